"""From a spec to what a cell must do, step by step; from modes with a map to a proof.

    stepping   one symbolic step, its case tree, the certificate made of it
    modes      which joint states there are
    tables     the spec as a table that a design keeps
    strings    what any weights must do on finite and endless strings
    weights    all weights that keep a map

No solver, no numpy: everything here is exact, and everything it claims is proved by multipliers.
"""
