"""Requirements made short: what follows is left out, what is impossible is left out, by exact linear programs.

A unit's requirements are rows that must hold and choices between sets of rows. `simplified` says
the same with fewer of both: it drops alternatives that contradict the rest, moves what all
alternatives share to the front, and forgets choices and rows that follow from others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import Affine, Row, normalised
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.linear.polyhedra import pinned
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.model.weight_sets import NOTHING, All, Polyhedron, Some, WeightSet, contains, intersection, union
from lstmsolve.obligations.weights.components import components, follows, is_empty, some_point
from lstmsolve.obligations.weights.requirements import Requirement

Rows: TypeAlias = tuple[Row, ...]
Choice: TypeAlias = tuple[Rows, ...]

MAX_MERGED: Final = 16
"""Alternatives that two choices may have together for it to be tried whether they are one."""


def simplified(requirements: Iterable[Requirement], watch: Watch = UNWATCHED) -> WeightSet:
    """The weights that meet every requirement: rows, and choices between rows.

    Raises:
        LimitReached: the watch ran out.
    """
    choices = dict.fromkeys(
        tuple(dict.fromkeys(_rows(row for condition in way for row in condition.rows) for way in requirement.ways))
        for requirement in requirements
    )
    found = _Simplifier(watch).run(list(choices))
    if found is None:
        return NOTHING
    base, rest = found
    return intersection([*base, *(union(All(rows) for rows in choice) for choice in rest)])


def pieces(weights: WeightSet, most: int, watch: Watch = UNWATCHED) -> list[Polyhedron]:
    """The set as a union of polyhedra with points, none inside another.

    Raises:
        LimitReached: there are more than `most`, or the watch ran out.
    """
    found = [rows for rows in _multiplied(weights, most, watch) if not is_empty(rows)]
    kept: list[Polyhedron] = []
    for rows in sorted(found, key=len):
        watch.check()
        if not any(all(follows(rows, goal) for goal in other) for other in kept):
            kept = [other for other in kept if any(not follows(other, goal) for goal in rows)]
            kept.append(rows)
    return [slim(rows) for rows in kept]


def _multiplied(weights: WeightSet, most: int, watch: Watch) -> list[Rows]:
    match weights:
        case Row():
            return [_rows([weights])]
        case Some(parts):
            found = list(dict.fromkeys(rows for part in parts for rows in _multiplied(part, most, watch)))
        case All(parts):
            found = [()]
            for part in sorted(parts, key=lambda part: not isinstance(part, Row)):
                watch.check()
                joined = (_rows((*a, *b)) for a, b in product(found, _multiplied(part, most, watch)))
                found = [rows for rows in dict.fromkeys(joined) if isinstance(part, Row) or not is_empty(rows)]
                if len(found) > most:
                    raise LimitReached(f"more than {most} polyhedra")
        case _:
            assert_never(weights)
    if len(found) > most:
        raise LimitReached(f"more than {most} polyhedra")
    return found


def slim(rows: Sequence[Row]) -> Rows:
    """Rows that say the same as these, none of which follows from the others. The rows have a point."""
    kept = list(_equations_first(rows))
    for row in list(kept):
        others = [other for other in kept if other is not row]
        if follows(others, row):
            kept = others
    return tuple(kept)


def tied(rows: Sequence[Row]) -> frozenset[str]:
    """The variables of the equations that the rows imply. The rows have a point."""
    solved = set(_equations_first(_rows(rows)))
    return frozenset(name for row in solved if Row(-row.form) in solved for name in row.form.variables)


def _equations_first(rows: Sequence[Row]) -> Rows:
    """Rows whose equations are written as two opposite rows each, and substituted in the others."""
    return tuple(row for part in components(rows) for row in _solved(part))


def _solved(rows: Rows) -> Rows:
    left = rows
    equations: list[Affine] = []
    while (found := pinned(left, ())) is not None:
        name, value, _, _ = found
        put = {name: value}
        equations = [equation.substitute(put) for equation in equations]
        equations.append(Affine.variable(name) - value)
        left = _rows(row.substitute(put, ()) for row in left)
    pairs = [row for equation in equations for row in (Row(equation), Row(-equation))]
    return (*pairs, *left)


def _rows(rows: Iterable[Row]) -> Rows:
    """Rows in canonical form; those that hold anyway are left out."""
    kept = dict.fromkeys(normalised(row.form, row.strict, ()) for row in rows)
    return tuple(row for row in kept if not (row.is_constant and row.holds_trivially))


class _Simplifier:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def run(self, choices: list[Choice]) -> tuple[Rows, list[Choice]] | None:
        """What must hold and what remains to choose; None if nothing is possible."""
        base: Rows = ()
        while True:
            settled = self._propagated(base, choices)
            if settled is None:
                return None
            base, choices = settled
            choices = self._without_implied(base, choices)
            shared = self._shared(choices)
            if shared:
                base = (*base, *shared)
                continue
            merged = self._merged(base, choices)
            if merged is None:
                break
            choices = merged
        base = slim(base)
        return base, [tuple(self._slimmed(base, rows) for rows in choice) for choice in choices]

    def _propagated(self, base: Rows, choices: list[Choice]) -> tuple[Rows, list[Choice]] | None:
        """Alternatives that cannot be taken are dropped; where one is left, it must hold."""
        while True:
            open_choices: list[Choice] = []
            grown = base
            for choice in choices:
                self._watch.check()
                possible = self._possible(grown, choice)
                if not possible:
                    return None
                if () in possible:
                    continue
                if len(possible) == 1:
                    grown = slim((*grown, *possible[0]))
                else:
                    open_choices.append(possible)
            choices = open_choices
            if grown == base:
                return base, choices
            base = grown

    def _possible(self, base: Rows, choice: Choice) -> Choice:
        """The alternatives that agree with the base, without what follows from it, none inside another."""
        left: dict[Rows, None] = {}
        for rows in choice:
            if not is_empty([*base, *rows]):
                needed = tuple(row for row in rows if not follows(base, row))
                if not needed:
                    return ((),)
                left[needed] = None
        kept = list(left)
        for rows in list(kept):
            others = [other for other in kept if other is not rows]
            if any(self._follows(base, rows, other) for other in others):
                kept = others
        return tuple(kept)

    def _follows(self, base: Rows, rows: Rows, goals: Rows) -> bool:
        """Do all goals follow? A look at one point spares most of the proofs."""
        given = (*base, *rows)
        point = some_point(given, (), small=False)
        if point is not None and not contains(All(goals), point):
            return False
        return all(follows(given, goal) for goal in goals)

    def _without_implied(self, base: Rows, choices: list[Choice]) -> list[Choice]:
        """Choices that another one already makes are dropped."""
        kept = sorted(choices, key=len)
        for choice in sorted(choices, key=len, reverse=True):
            others = [other for other in kept if other is not choice]
            if any(
                all(any(self._follows(base, rows, goals) for goals in choice) for rows in other) for other in others
            ):
                kept = others
        return kept

    def _shared(self, choices: list[Choice]) -> Rows:
        """Rows that stand in every alternative of some choice."""
        common = (set(choice[0]).intersection(*choice[1:]) for choice in choices)
        return tuple(dict.fromkeys(row for rows in common for row in sorted(rows, key=str)))

    def _merged(self, base: Rows, choices: list[Choice]) -> list[Choice] | None:
        """Two choices made one where that leaves no more alternatives; None if there are no such two."""
        for a, b in combinations(choices, 2):
            if len(a) * len(b) > MAX_MERGED:
                continue
            self._watch.check()
            together = self._possible(base, tuple(_rows((*x, *y)) for x, y in product(a, b)))
            if len(together) <= max(len(a), len(b)):
                return [*(choice for choice in choices if choice is not a and choice is not b), together]
        return None

    def _slimmed(self, base: Rows, rows: Rows) -> Rows:
        """An alternative without what follows from the base and the rest of it; equations are shown as such."""
        opposite = [Row(-row.form) for row in rows if not row.strict]
        closed = [row for row in opposite if follows(base, row)]
        kept = list(_equations_first((*rows, *closed)))
        for row in list(kept):
            if row not in kept:
                continue
            gone = {row, Row(-row.form)} if Row(-row.form) in kept else {row}
            others = [other for other in kept if other not in gone]
            if all(follows([*base, *others], goal) for goal in gone):
                kept = others
        return tuple(kept)
