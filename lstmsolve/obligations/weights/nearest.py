"""Changes of one weight that lead into a set of weights, the smallest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Final

from lstmsolve.kernel.base.affine import ZERO, Row, dot
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.model.weight_sets import WeightSet, contains, names_of

MOST_NAMES: Final = 400
MOST_ROWS: Final = 2_000
"""Beyond that many weights or half-spaces, no changes are looked for."""


def single_changes(
    weights: WeightSet, point: Mapping[str, Fraction], watch: Watch = UNWATCHED
) -> Iterator[tuple[str, Fraction]]:
    """Each weight that can move the point into the set by itself, with its nearest such value; the smallest move first.

    Where the set is open or has room, the value is a whole number if there is one.

    Raises:
        LimitReached: the watch ran out.
    """
    rows = list(dict.fromkeys(_rows(weights)))
    names = sorted(names_of(weights))
    if len(names) > MOST_NAMES or len(rows) > MOST_ROWS:
        return
    found: list[tuple[Fraction, int, str, Fraction]] = []
    for number, name in enumerate(names):
        watch.check()
        here = point.get(name, ZERO)
        inside = [value for value in _candidates(rows, name, point) if contains(weights, {**point, name: value})]
        if inside:
            nearest = min(inside, key=lambda value: (abs(value - here), value.denominator))
            found.append((abs(nearest - here), number, name, nearest))
    for _, _, name, value in sorted(found):
        yield name, value


def _rows(weights: WeightSet) -> Iterator[Row]:
    if isinstance(weights, Row):
        yield weights
    else:
        for part in weights.parts:
            yield from _rows(part)


def _candidates(rows: list[Row], name: str, point: Mapping[str, Fraction]) -> Iterator[Fraction]:
    """Values at which the truth of a half-space changes along the line, and one between each two of them."""
    here = point.get(name, ZERO)
    borders: set[Fraction] = set()
    for row in rows:
        slope = next((factor for variable, factor in row.form.terms if variable == name), None)
        if slope is not None:
            others = ((factor, point.get(variable, ZERO)) for variable, factor in row.form.terms if variable != name)
            borders.add(-dot(others, row.form.constant) / slope)
    ordered = sorted(borders)
    yield from ordered
    if not ordered:
        return
    yield min(here, Fraction(ceil(ordered[0]) - 1))
    yield max(here, Fraction(floor(ordered[-1]) + 1))
    for low, high in pairwise(ordered):
        yield _between(low, high, here)


def _between(low: Fraction, high: Fraction, here: Fraction) -> Fraction:
    """A plain number strictly between the two, as near to `here` as whole numbers come."""
    if low < here < high:
        return here
    first, last = Fraction(floor(low) + 1), Fraction(ceil(high) - 1)
    if first > last:
        return (low + high) / 2
    return first if here <= low else last
