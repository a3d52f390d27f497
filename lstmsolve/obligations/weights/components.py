"""Questions about many rows, asked of the few that matter.

Rows over weights fall into components that share no variable: mostly one for each gate. Whether a
set of rows has a point, and whether another follows, is a question about components, and the
answers about small ones are remembered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import Row, normalised
from lstmsolve.linear.polyhedra import point_in, prove, refute


def components(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """The rows that mention variables, sorted into sets that share none, each in a fixed order."""
    groups: list[tuple[set[str], list[Row]]] = []
    for row in rows:
        if row.is_constant:
            continue
        names, members = set(row.form.variables), [row]
        apart = []
        for other in groups:
            if other[0].isdisjoint(names):
                apart.append(other)
            else:
                names |= other[0]
                members += other[1]
        groups = [*apart, (names, members)]
    return [tuple(sorted(set(members), key=_key)) for _, members in groups]


def is_empty(rows: Sequence[Row]) -> bool:
    """Have these rows no common point?"""
    if any(row.is_constant and not row.holds_trivially for row in rows):
        return True
    return any(refute(part) is not None for part in components(rows))


def follows(rows: Sequence[Row], goal: Row) -> bool:
    """Does the goal hold wherever the rows do? They have a common point."""
    if goal.is_constant:
        return goal.holds_trivially
    plain = normalised(goal.form, goal.strict, ())
    if plain in rows:
        return True
    near = next((part for part in components([*rows, plain]) if plain in part), ())
    return prove([row for row in near if row != plain], plain, ()) is not None


def some_point(rows: Sequence[Row], integers: Collection[str], *, small: bool = True) -> dict[str, Fraction] | None:
    """A common point, as near to zero as `polyhedra.point_in` makes it; None if there is none."""
    found: dict[str, Fraction] = {}
    if any(row.is_constant and not row.holds_trivially for row in rows):
        return None
    for part in components(rows):
        point = point_in(part, integers, small=small)
        if point is None:
            return None
        found |= point
    return found


def _key(row: Row) -> tuple[object, ...]:
    return row.form.terms, row.form.constant, row.strict
