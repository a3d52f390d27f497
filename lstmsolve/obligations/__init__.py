"""From a spec to what a cell must do, step by step; from modes with a map to a proof.

    polyhedra, simplex, generators, hulls    exact linear arithmetic, each answer with its proof or witness
    branching     a piecewise-affine computation run on a region: a case tree
    systems       the reference machine with a cell beside it
    partitions, abstraction                  which modes there are, and what holds in them
    transitions   a spec's modes and steps, for designs to answer for
    quotients, sinks, ghosts, comparisons    other tables of the same spec, on which more designs are found, or sooner
    maps, requirements                       what a map may be; what weights must satisfy, given the map
    simplify, components, refining, regions  all weights that keep a map
    weight_points, tolerance                 a point in a set of weights, and the boxes around it
    strings, string_pools                    what any weights at all must do on some strings, and on which
    impossibility, outsiders                 the questions that are put to strings
    induction     modes with a map to a certificate, or to the obligation that fails

No solver, no numpy: everything here is exact, and everything it claims is proved by multipliers.
"""
