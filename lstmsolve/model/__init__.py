"""Cells, weights, expressions, specs, problems, traces, certificates and outcomes.

The ground floor: frozen values and the rules that give them meaning, with the standard library
alone. `specs.Spec.step` and `cells.step` are the only definitions of what a spec says and what a
cell does; both run on numbers and on affine forms alike.
"""
