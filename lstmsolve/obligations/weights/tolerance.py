"""The largest boxes around a point inside a set of weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from typing import Final

from lstmsolve.kernel.base.affine import ZERO, Row
from lstmsolve.model.tolerances import Interval, Tolerance
from lstmsolve.model.weight_sets import All, Point, Polyhedron, Some, WeightSet, contains
from lstmsolve.obligations.weights.simplify import tied

MAX_PIECES: Final = 64
"""Polyhedra around the point among which the best is chosen."""


def tolerance(weights: WeightSet, point: Point, names: Sequence[str]) -> Tolerance | None:
    """The widest boxes around a point in one polyhedron of the set; None if it is outside.

    A union may hold wider boxes than any of its polyhedra; those are not looked for.
    """
    if not contains(weights, point):
        return None
    around = list(islice(_pieces_at(weights, point), MAX_PIECES))
    tight = [tied(rows) for rows in around]
    radii = [_radius(rows, point, exact) for rows, exact in zip(around, tight, strict=True)]
    best = max(range(len(around)), key=lambda n: (-len(tight[n]), radii[n] is None, radii[n] or ZERO))
    exact = tuple(name for name in names if name in tight[best])
    together = _grown(around[best], point, names, exact, radii[best] or ZERO)
    alone = {name: _widest([_line(rows, point, name) for rows in around]) for name in names}
    return Tolerance(radii[best], exact, together, alone)


def _pieces_at(weights: WeightSet, point: Point) -> Iterator[Polyhedron]:
    """The polyhedra of the set that hold the point."""
    match weights:
        case Row():
            if contains(weights, point):
                yield (weights,)
        case Some(parts):
            for part in parts:
                yield from _pieces_at(part, point)
        case All(parts):
            for pieces in product(*(list(islice(_pieces_at(part, point), MAX_PIECES)) for part in parts)):
                yield tuple(dict.fromkeys(row for rows in pieces for row in rows))


def _radius(rows: Polyhedron, point: Point, exact: frozenset[str]) -> Fraction | None:
    """How far all weights that are not exact may move at once."""
    found: Fraction | None = None
    for row in rows:
        size = sum((abs(factor) for name, factor in row.form.terms if name not in exact), ZERO)
        if size:
            room = _value(row, point) / size
            found = room if found is None else min(found, room)
    return found


def _grown(
    rows: Polyhedron, point: Point, names: Sequence[str], exact: Sequence[str], radius: Fraction
) -> dict[str, Interval]:
    """The box of this radius, with each side then moved out in turn as far as it goes."""
    low = {name: point.get(name, ZERO) - (ZERO if name in exact else radius) for name in names}
    high = {name: point.get(name, ZERO) + (ZERO if name in exact else radius) for name in names}
    found: dict[str, Interval] = {}
    for name in names:
        if name in exact:
            found[name] = low[name], high[name]
            continue
        room: dict[int, Fraction | None] = {1: None, -1: None}
        for row in rows:
            factor = row.form.coefficient(name)
            if factor:
                side = -1 if factor > 0 else 1
                most = _least(row, low, high) / abs(factor)
                known = room[side]
                room[side] = most if known is None else min(known, most)
        down, up = room[-1], room[1]
        # A side without bound occurs in no row that could break, so any number stands for it.
        low[name], high[name] = low[name] - (down or ZERO), high[name] + (up or ZERO)
        found[name] = None if down is None else low[name], None if up is None else high[name]
    return found


def _least(row: Row, low: Mapping[str, Fraction], high: Mapping[str, Fraction]) -> Fraction:
    """The least value of the row's form in a box."""
    corners = (factor * (low if factor > 0 else high)[name] for name, factor in row.form.terms)
    return sum(corners, row.form.constant)


def _line(rows: Polyhedron, point: Point, name: str) -> Interval:
    """The values that one weight may take while the others stay."""
    low: Fraction | None = None
    high: Fraction | None = None
    here = point.get(name, ZERO)
    for row in rows:
        factor = row.form.coefficient(name)
        edge = here - _value(row, point) / factor if factor else here
        if factor > 0:
            low = edge if low is None else max(low, edge)
        elif factor < 0:
            high = edge if high is None else min(high, edge)
    return low, high


def _widest(intervals: Sequence[Interval]) -> Interval:
    lows, highs = zip(*intervals, strict=True)
    return None if None in lows else min(lows), None if None in highs else max(highs)


def _value(row: Row, point: Point) -> Fraction:
    return sum((factor * point.get(name, ZERO) for name, factor in row.form.terms), row.form.constant)
