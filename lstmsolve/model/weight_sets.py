"""Sets of weights: half-spaces over the weights' names, and what "and" and "or" make of them.

A region and a family are both such sets. `Row` is a half-space, `All` an intersection, `Some` a
union; complements stay inside the language, because the complement of a `Row` is a `Row`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import ZERO, Affine, Row, common_denominator, dot
from lstmsolve.kernel.language.expressions import (
    Arithmetic,
    Binary,
    Compare,
    Comparison,
    Connected,
    Connective,
    Expression,
    Name,
    Number,
)
from lstmsolve.kernel.lstm.cells import Cell, Weights, parameters
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Formula


@dataclass(frozen=True, slots=True)
class All:
    """The weights in every part."""

    parts: tuple[WeightSet, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """The weights in at least one part."""

    parts: tuple[WeightSet, ...]


WeightSet: TypeAlias = Row | All | Some
Polyhedron: TypeAlias = tuple[Row, ...]
Point: TypeAlias = Mapping[str, Fraction]
"""A value for each weight by its full name, `w_o[0,0]`; those left out are 0."""

EVERYTHING: Final = All(())
NOTHING: Final = Some(())


def complement(weights: WeightSet) -> WeightSet:
    """All other weights."""
    match weights:
        case Row(form, strict):
            return Row(-form, not strict)
        case All(parts):
            return Some(tuple(map(complement, parts)))
        case Some(parts):
            return All(tuple(map(complement, parts)))
        case _:
            assert_never(weights)


def closed_around(weights: WeightSet, point: Point) -> WeightSet:
    """The set with `>=` in place of each `>` that holds at a point, and a little room in place of the edge."""
    match weights:
        case Row(form, strict):
            value = dot(((factor, point.get(name, ZERO)) for name, factor in form.terms), form.constant)
            return Row(form - value / 1024) if strict and value > 0 else weights
        case All(parts):
            return All(tuple(closed_around(part, point) for part in parts))
        case Some(parts):
            return Some(tuple(closed_around(part, point) for part in parts))
        case _:
            assert_never(weights)


def contains(weights: WeightSet, point: Point) -> bool:
    """Is this point in the set?"""
    match weights:
        case Row(form, strict):
            value = dot(((factor, point.get(name, ZERO)) for name, factor in form.terms), form.constant)
            return value > 0 or (not strict and value == 0)
        case All(parts):
            return all(contains(part, point) for part in parts)
        case Some(parts):
            return any(contains(part, point) for part in parts)
        case _:
            assert_never(weights)


def intersection(parts: Iterable[WeightSet]) -> WeightSet:
    """`All`, with nested ones flattened."""
    flat: dict[WeightSet, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, All) else [part])
    return next(iter(flat)) if len(flat) == 1 else All(tuple(flat))


def union(parts: Iterable[WeightSet]) -> WeightSet:
    """`Some`, with nested ones flattened."""
    flat: dict[WeightSet, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, Some) else [part])
    return next(iter(flat)) if len(flat) == 1 else Some(tuple(flat))


def names_of(weights: WeightSet) -> frozenset[str]:
    """The weights that the set says anything about."""
    if isinstance(weights, Row):
        return frozenset(weights.form.variables)
    return frozenset(name for part in weights.parts for name in names_of(part))


def equation(form: Affine) -> All:
    """form = 0."""
    return All((Row(form), Row(-form)))


def point_from(weights: Weights) -> dict[str, Fraction]:
    """Weights as a point."""
    return {place.name: value for place, value in weights.values().items()}


def weights_at(point: Point, problem: Problem) -> Weights:
    """A point as weights of the problem's cell."""
    cell = problem.cell()
    values = {place: point[place.name] for place in parameters(cell) if place.name in point}
    return Weights.of(cell, values, problem.initial_state(cell.hidden))


def formula(weights: WeightSet) -> Formula:
    """The set as a condition that a case could put on its weights."""
    return Formula(_expression(weights))


def _expression(weights: WeightSet) -> Expression:
    match weights:
        case Row(form, strict):
            total: Expression = Number(form.constant)
            for name, factor in form.terms:
                total = Binary(Arithmetic.ADD, total, Binary(Arithmetic.MULTIPLY, Number(factor), Name(name)))
            return Compare(total, ((Comparison.GREATER if strict else Comparison.AT_LEAST, Number(ZERO)),))
        case All(parts) | Some(parts):
            if not parts:
                empty = Comparison.EQUAL if isinstance(weights, All) else Comparison.UNEQUAL
                return Compare(Number(ZERO), ((empty, Number(ZERO)),))
            connective = Connective.AND if isinstance(weights, All) else Connective.OR
            return Connected(connective, tuple(map(_expression, parts)))
        case _:
            assert_never(weights)


# --- as a person would write them ----------------------------------------------------------------


def conditions(rows: Sequence[Row], rename: Callable[[str], str]) -> list[str]:
    """Rows as texts, two opposite ones as an equation."""
    written: dict[str, None] = {}
    known = set(rows)
    for row in rows:
        if not row.strict and Row(-row.form) in known:
            written[_equation_text(row.form, rename)] = None
        else:
            written[str(Row(_renamed(tidy(row.form), rename), row.strict))] = None
    return list(written)


def text(weights: WeightSet, rename: Callable[[str], str]) -> str:
    """The set as one expression of the case language."""
    match weights:
        case Row():
            return conditions([weights], rename)[0]
        case All(parts):
            rows = [part for part in parts if isinstance(part, Row)]
            others = [text(part, rename) for part in parts if not isinstance(part, Row)]
            written = [*conditions(rows, rename), *others]
            return " and ".join(_bracketed(part) for part in written) if written else "0 == 0"
        case Some(parts):
            return " or ".join(_bracketed(text(part, rename)) for part in parts) if parts else "0 == 1"
        case _:
            assert_never(weights)


def short_names(cell: Cell) -> Callable[[str], str]:
    """Full names to the shortest that are clear: `w_o[0,0]` to `w_o` in a cell with one weight of the kind."""
    short = {place.name: place.short_name(cell) for place in parameters(cell)}
    return lambda name: short[name]


def tidy(form: Affine) -> Affine:
    """The same half-space in coprime whole numbers, which the case language can say without a division."""
    values = [factor for _, factor in form.terms]
    scale = common_denominator([*values, form.constant])
    common = gcd(*((value * scale).numerator for value in [*values, form.constant]))
    return form * Fraction(scale, common or 1)


def _equation_text(form: Affine, rename: Callable[[str], str]) -> str:
    tidied = tidy(form)
    # Of the two ways round, the one that starts with a plus.
    sign = 1 if tidied.terms[0][1] > 0 else -1
    row = str(Row(_renamed(tidied * sign, rename)))
    return row.replace(">=", "==").replace("<=", "==")


def _renamed(form: Affine, rename: Callable[[str], str]) -> Affine:
    return Affine(tuple((rename(name), factor) for name, factor in form.terms), form.constant)


def _bracketed(written: str) -> str:
    return f"({written})" if " and " in written or " or " in written else written
