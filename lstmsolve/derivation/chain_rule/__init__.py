"""Derivatives of recurrences as formulas.

symbolic       what sympy does: differentiate and factor one layer of arithmetic
calculus       the differential of a formula
elimination    sums over Kronecker deltas solved
rules          partial and total derivatives
"""
