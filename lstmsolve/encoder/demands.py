"""Demands on outputs as conditions on z3 terms."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import assert_never

import z3

from lstmsolve.encoder.terms import Term, at_least, at_most, equal, times, total
from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.spec.specs import Demand, Relation


def met(demand: Demand, z: Sequence[Term]) -> z3.BoolRef:
    """Is a demand whose bound is a number met by these outputs?"""
    parts = [times(z[output], Fraction(factor)) for output, factor in demand.terms]
    return related(demand.relation, total([*parts, -demand.bound.constant]))


def related(relation: Relation, value: Term) -> z3.BoolRef:
    """Is the value zero, at least zero, above zero?"""
    match relation:
        case Relation.EQUAL:
            return equal(value, ZERO)
        case Relation.AT_LEAST:
            return at_least(value, ZERO)
        case Relation.ABOVE:
            return z3.Not(at_most(value, ZERO))
        case _:
            assert_never(relation)
