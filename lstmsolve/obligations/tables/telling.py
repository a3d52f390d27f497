"""How many modes of a finite table a design has to tell apart, by counting alone."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.spec.specs import Demand, Relation
from lstmsolve.obligations.tables.maps import candidate_forms
from lstmsolve.obligations.tables.transitions import START, SpecMode, TransitionTable

MOST_COMPARED: Final = 128
"""Modes: every two of them are compared."""


def told_apart(table: TransitionTable) -> int:
    """A number of modes but the start no two of which may have the same c and h; 1 where nothing is known.

    Two modes of the same c and h say the same on every further input. So they must not owe what no outputs meet, nor
    lead to two such modes. Modes are single states, steps single inputs; others, and tables of too many modes, tell
    nothing.
    """
    if not table.is_finite or len(table.modes) > MOST_COMPARED or any(s.region.variables for s in table.transitions):
        return 1
    apart = _apart(table)
    best = 1
    names = [name for name in table.modes if name != START]  # where a cell starts is no choice of the map's
    for first in names:
        chosen = [first]
        for name in names:
            if all(name in apart[other] for other in chosen):
                chosen.append(name)
        best = max(best, len(chosen))
    return best


def codes(table: TransitionTable, levels: Sequence[Fraction], shown_or_not: bool) -> int:
    """At most so many pairs of c and h has one unit for the modes of a finite table, in maps of these levels.

    They are any two of the forms, or, with `shown_or_not`, a form and itself or 0, which is one of them.
    """
    modes = (mode for mode in table.modes.values() if mode.name != START)
    forms = len({form for mode in modes for form in candidate_forms(mode, levels)})
    return 2 * forms - 1 if shown_or_not else forms**2


def _apart(table: TransitionTable) -> dict[str, set[str]]:
    """For each mode those that cannot share its c and h."""
    before: dict[str, list[tuple[object, str]]] = defaultdict(list)
    for step in table.transitions:
        before[step.target].append((step.x, step.source))
    apart: dict[str, set[str]] = {name: set() for name in table.modes}
    todo: deque[tuple[str, str]] = deque()

    def part(one: str, other: str) -> None:
        if other not in apart[one]:
            apart[one].add(other)
            apart[other].add(one)
            todo.append((one, other))

    modes = [mode for mode in table.modes.values() if mode.name != START]
    for number, mode in enumerate(modes):
        for earlier in modes[:number]:
            if _clash(mode, earlier):
                part(mode.name, earlier.name)
    while todo:
        one, other = todo.popleft()
        by_input: dict[object, list[str]] = defaultdict(list)
        for x, source in before[other]:
            by_input[x].append(source)
        for x, source in before[one]:
            for second in by_input[x]:
                if second != source:
                    part(source, second)
    return apart


def _clash(one: SpecMode, other: SpecMode) -> bool:
    """Do two modes owe what no outputs meet at once?"""
    return any(_contradict(a, b) for a in one.owed for b in other.owed)


def _contradict(a: Demand, b: Demand) -> bool:
    """Of the same sum of outputs, or of a sum and its contrary, no value meets both."""
    if a.terms == b.terms and a.relation is Relation.EQUAL is b.relation:
        return a.bound != b.bound
    contrary = tuple((output, -factor) for output, factor in b.terms)
    if Relation.EQUAL in (a.relation, b.relation) or sorted(a.terms) != sorted(contrary):
        return False
    least = a.bound.constant + b.bound.constant
    return least > 0 or (least == 0 and Relation.ABOVE in (a.relation, b.relation))
