"""A finite spec with states that nobody can tell apart merged: fewer modes for a search to map."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Final

from lstmsolve.automata.merging import indistinguishable
from lstmsolve.obligations.tables.transitions import START, SpecMode, TransitionTable

_BROKEN: Final = "broken"


def merged(table: TransitionTable) -> TransitionTable:
    """The table with one mode for each class of modes that owe the same after every further input.

    A design for it is one for the whole table: a class's map serves all its modes, which are
    listed in `merged`. The initial state stays on its own, as its c and h are given. A table whose
    steps are not all single inputs from single states is returned as it is.
    """
    if any(transition.region.variables for transition in table.transitions):
        return table
    columns = {x: number for number, x in enumerate(dict.fromkeys(step.x for step in table.transitions))}
    states = {name: number for number, name in enumerate(table.modes)}
    lost = len(states)
    moves = [[lost] * len(columns) for _ in range(len(states) + 1)]
    for step in table.transitions:
        moves[states[step.source]][columns[step.x]] = states[step.target]
    labels: list[Hashable] = [(name == START, mode.owed) for name, mode in table.modes.items()]
    classes = indistinguishable([*labels, _BROKEN], moves)
    kept: dict[int, SpecMode] = {}
    others: dict[str, tuple[SpecMode, ...]] = {}
    for mode, number in zip(table.modes.values(), classes, strict=False):
        first = kept.setdefault(number, mode)
        if first is not mode:
            others[first.name] = (*others.get(first.name, ()), mode)
    representative = {name: kept[classes[number]].name for name, number in states.items()}
    return replace(
        table,
        modes={mode.name: mode for mode in kept.values()},
        transitions=tuple(
            replace(step, target=representative[step.target])
            for step in table.transitions
            if representative[step.source] == step.source
        ),
        merged=others,
    )
