"""Between fractions and z3 terms."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

import z3

from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.base.numbers import MAX_PROOF_DIGITS, format_number, parse_number

Term: TypeAlias = Fraction | z3.ArithRef
"""A number that may be known already; known ones never reach the solver as variables."""


def real(value: Fraction | int) -> z3.ArithRef:
    """The number as a term."""
    return z3.RealVal(format_number(value))


def to_z3(term: Term) -> z3.ArithRef:
    return real(term) if isinstance(term, Fraction) else term


def times(term: Term, factor: Fraction) -> Term:
    if isinstance(term, Fraction):
        return term * factor
    return ZERO if not factor else term if factor == 1 else term * real(factor)


def total(terms: Iterable[Term]) -> Term:
    """The sum, with the known part added up beforehand."""
    known, open_terms = ZERO, []
    for term in terms:
        if isinstance(term, Fraction):
            known += term
        else:
            open_terms.append(term)
    if not open_terms:
        return known
    if known:
        open_terms.append(real(known))
    # SMT-LIB has no sum of one term, and other solvers insist.
    return open_terms[0] if len(open_terms) == 1 else z3.Sum(open_terms)


def equal(a: Term, b: Term) -> z3.BoolRef:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return z3.BoolVal(a == b)
    return to_z3(a) == to_z3(b)


def at_least(a: Term, b: Fraction) -> z3.BoolRef:
    return z3.BoolVal(a >= b) if isinstance(a, Fraction) else a >= real(b)


def at_most(a: Term, b: Fraction) -> z3.BoolRef:
    return z3.BoolVal(a <= b) if isinstance(a, Fraction) else a <= real(b)


def value_of(model: z3.ModelRef, term: Term) -> Fraction:
    """The term's value as a fraction.

    Raises:
        LimitReached: the model's value is irrational (an algebraic number), or very long.
    """
    if isinstance(term, Fraction):
        return term
    value = model.eval(term, model_completion=True)
    if z3.is_int_value(value) or z3.is_rational_value(value):
        try:
            return parse_number(value.as_string(), MAX_PROOF_DIGITS)
        except ValueError as error:
            raise LimitReached(f"the solver answers with {error}") from None
    raise LimitReached(f"the solver's answer is irrational: {value}")


def approximately(model: z3.ModelRef, term: Term) -> Fraction:
    """`value_of`, or a fraction near an irrational value."""
    if not isinstance(term, Fraction):
        value = model.eval(term, model_completion=True)
        if z3.is_algebraic_value(value):
            near = value.approx(30)
            return Fraction(near.numerator_as_long(), near.denominator_as_long())
    return value_of(model, term)
