"""Gates whose argument is any number of our choice on each input."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Vector


def are_free(columns: Sequence[Vector]) -> bool:
    """Can w x + b be any number on each input? `columns` are [D] of each."""
    return _are_one_hot(columns) or (len(columns) == 2 and len(columns[0]) == 1)


def fitted(columns: Sequence[Vector], wanted: Sequence[Fraction]) -> tuple[Vector, Fraction]:
    """w [D] and b with w x + b as wanted on each input; the columns are free."""
    if _are_one_hot(columns):
        slopes = [ZERO] * len(columns[0])
        for x, value in zip(columns, wanted, strict=True):
            slopes[x.index(ONE)] = value
        return tuple(slopes), ZERO
    (a,), (b,) = columns
    slope = (wanted[1] - wanted[0]) / (b - a)
    return (slope,), wanted[0] - slope * a


def _are_one_hot(columns: Sequence[Vector]) -> bool:
    return all(sorted(x) == [*[ZERO] * (len(x) - 1), ONE] for x in columns) and len(set(columns)) == len(columns)
