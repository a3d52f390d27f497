"""Demands on outputs as conditions on z3 terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias, assert_never

import z3

from lstmsolve.encoder.terms import Term, at_least, at_most, equal, times, to_z3, total
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.kernel.spec.specs import Demand, Relation
from lstmsolve.linear.generators import Direction, Generators, generators
from lstmsolve.linear.phases import Comparison, Corners

Parts: TypeAlias = Sequence[tuple[Affine, Term]]
"""Forms and their coefficients, to be added up."""


def places(**parts: Sequence[Term]) -> dict[str, z3.ArithRef]:
    """Terms under the names that conditions of [property] have for them: `h[0]`."""
    return {f"{part}[{place}]": to_z3(term) for part, terms in parts.items() for place, term in enumerate(terms)}


def met(demand: Demand, z: Sequence[Term]) -> z3.BoolRef:
    """Is a demand whose bound is a number met by these outputs?"""
    parts = [times(z[output], Fraction(factor)) for output, factor in demand.terms]
    return related(demand.relation, total([*parts, -demand.bound.constant]))


def met_on(demand: Demand, where: Sequence[Row], names: Sequence[str], z: Callable[[int], Parts]) -> z3.BoolRef:
    """Is a demand met at every point of a polyhedron? At its vertices and along its rays.

    `z` says what each output is there: a sum of terms times forms.
    """
    parts = [(form, times(term, Fraction(factor))) for output, factor in demand.terms for form, term in z(output)]
    parts.append((-demand.bound, ONE))
    corners = corners_of(parts, generators(where, names))
    along = Relation.EQUAL if demand.relation is Relation.EQUAL else Relation.AT_LEAST
    found = [related(demand.relation, value) for value in corners.points]
    found += [related(along, slope) for slope in corners.rays] + [equal(slope, ZERO) for slope in corners.lines]
    return z3.And(found)


def corners_of(parts: Parts, shape: Generators) -> Corners[Term]:
    """A sum of terms times forms at the corners of a region."""

    def at(point: Direction) -> Term:
        place = dict(zip(shape.names, point, strict=True))
        return total(times(term, form.at(place)) for form, term in parts)

    def along(ray: Direction) -> Term:
        place = dict(zip(shape.names, ray, strict=True))
        return total(times(term, (form - form.constant).at(place)) for form, term in parts)

    return Corners.of(shape, at, along)


def stays_in(phase: Phase, argument: Corners[Term]) -> z3.BoolRef:
    """Is a gate with this argument in the phase on the whole region?"""
    compared = {Comparison.AT_MOST: at_most, Comparison.EQUAL: equal, Comparison.AT_LEAST: at_least}
    return z3.And([compared[comparison](value, bound) for value, comparison, bound in argument.within(phase)])


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
