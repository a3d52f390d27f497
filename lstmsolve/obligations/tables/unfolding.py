"""A finite table as given weights walk through it: a mode for each state that spec and cell reach together.

What a cell holds need not be a function of the spec's modes. On the unfolded table it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.lstm.cells import State, Vector, Weights
from lstmsolve.obligations.tables.transitions import START, SpecMode, Transition, TransitionTable
from lstmsolve.simulator.exact import on_fractions

MOST_UNFOLDED: Final = 2_000
"""Modes; beyond them the weights are given up."""


@dataclass(frozen=True)
class Unfolded:
    """The table, and what c and h are in each of its modes, [H]."""

    table: TransitionTable
    c: Mapping[str, tuple[Affine, ...]]
    h: Mapping[str, tuple[Affine, ...]]


def unfolded(table: TransitionTable, weights: Weights) -> Unfolded | None:
    """The table with each mode once for every c and h that it is reached with; None if these are too many.

    Modes are single states, and steps single inputs.
    """
    leaving: dict[str, list[Transition]] = defaultdict(list)
    for step in table.transitions:
        leaving[step.source].append(step)
    start = START, weights.initial.c, weights.initial.h
    names: dict[tuple[str, Vector, Vector], str] = {start: START}
    given = _Names({*table.modes, *(one.name for members in table.merged.values() for one in members)})
    steps: list[Transition] = []
    todo = [start]
    for mode, c, h in todo:
        for step in leaving[mode]:
            x = tuple(column.constant for column in step.x)
            after = step.target, *on_fractions(weights, State(c, h))(x)
            if after not in names:
                if len(names) >= MOST_UNFOLDED:
                    return None
                names[after] = given.another(step.target)
                todo.append(after)
            steps.append(replace(step, source=names[mode, c, h], target=names[after]))
    modes: dict[str, SpecMode] = {}
    merged: dict[str, tuple[SpecMode, ...]] = {}
    for (mode, _, _), name in names.items():
        modes[name] = replace(table.modes[mode], name=name)
        members = tuple(replace(one, name=given.another(one.name)) for one in table.merged.get(mode, ()))
        if members:
            merged[name] = members
    return Unfolded(
        replace(table, modes=modes, transitions=tuple(steps), merged=merged),
        {name: tuple(Affine((), value) for value in c) for (_, c, _), name in names.items()},
        {name: tuple(Affine((), value) for value in h) for (_, _, h), name in names.items()},
    )


class _Names:
    """Names for copies: first the name itself, then the name with a number that no other has."""

    def __init__(self, originals: set[str]) -> None:
        self._taken = set(originals)
        self._fresh = set(originals)

    def another(self, name: str) -> str:
        if name in self._fresh:
            self._fresh.remove(name)
            return name
        found = next(copy for number in count(2) if (copy := f"{name} ({number})") not in self._taken)
        self._taken.add(found)
        return found
