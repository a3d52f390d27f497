"""Sinks: where the output never changes again, a design need not keep track of anything.

A word that is lost stays lost, whether the reference machine counts on, freezes or forgets. The
modes that owe the same constant from now on become a few *sinks* without registers. What holds of
a cell in a sink is the design's to choose: c is 0, c is 1, or c is a variable of its own that is at
least 0 or at least 1. Which sink a step leads to is its choice as well, so sinks tell apart what
the cell can see of how a word was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Demand
from lstmsolve.obligations.stepping.systems import Inputs
from lstmsolve.obligations.tables.transitions import START, SpecMode, Transition, TransitionTable, Wanted

ANY_SINK: Final = "a sink"
"""The target of a step whose sink is not chosen yet."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of a cell in a sink."""

    least: Fraction
    exact: bool
    """Is c this number, rather than at least this number?"""


Levels: TypeAlias = Mapping[str, tuple[Level, ...]]
"""By sink, for each unit."""


def with_sinks(table: TransitionTable, problem: Problem, count: int) -> TransitionTable:
    """The table with `count` sinks for the modes whose output never changes again; as it is if there are none."""
    wanted, final = _final(table)
    if not final:
        return table
    inputs = Inputs(problem.spec)
    steps = [(inputs.region((), {}), problem.spec.encode(given)) for _, given in inputs.cases]
    names = tuple(f"sink {number + 1}" for number in range(count))
    left = tuple(
        replace(step, target=ANY_SINK, values={}) if step.target in final else step
        for step in table.transitions
        if step.source not in final
    )
    staying = tuple(Transition(name, ANY_SINK, region, x, {}) for name in names for region, x in steps)
    modes = {name: mode for name, mode in table.modes.items() if name not in final}
    members = tuple(table.modes[name] for name in final)
    return replace(
        table,
        modes={**modes, **{name: SpecMode(name, {}, (), {}, *wanted) for name in names}},
        transitions=(*left, *staying),
        merged=dict.fromkeys(names, members),
        sinks=names,
    )


_Owed: TypeAlias = tuple[tuple[Wanted, ...], tuple[Demand, ...]]


def _final(table: TransitionTable) -> tuple[_Owed, list[str]]:
    """What is owed forever, and the modes that owe it: the most there are of one kind."""
    kinds: dict[_Owed, list[str]] = {}
    for name, mode in table.modes.items():
        if name != START and all(demand.bound.is_constant for demand in mode.owed):
            kinds.setdefault((mode.wanted, mode.mixed), []).append(name)
    for wanted, names in kinds.items():
        while leaving := {s.source for s in table.transitions if s.source in names and s.target not in names}:
            names = [name for name in names if name not in leaving]
        kinds[wanted] = names
    return max(kinds.items(), key=lambda kind: len(kind[1]), default=(((), ()), []))


def settled(table: TransitionTable, levels: Levels, chosen: Mapping[int, str]) -> TransitionTable:
    """The table once a design has said what holds in its sinks, and to which one each step leads."""
    modes, merged = dict(table.modes), dict(table.merged)
    for name in table.sinks:
        variables, rows = _variables(levels[name]), _rows(levels[name])
        modes[name] = replace(modes[name], variables=variables, where=rows)
        merged[name] = tuple(
            replace(
                member,
                name=f"{member.name}, {name}",
                variables={**member.variables, **variables},
                where=(*member.where, *rows),
            )
            for member in table.merged[name]
        )
    transitions = []
    for number, step in enumerate(table.transitions):
        region = step.region
        if step.source in table.sinks:
            mode = modes[step.source]
            rows = (*region.rows, *mode.where)
            region = Region.of(rows, region.integers | mode.variables.keys(), region.variables | mode.variables.keys())
        transitions.append(replace(step, target=chosen.get(number, step.target), region=region))
    return replace(table, modes=modes, transitions=tuple(transitions), merged=merged)


def holding(unit: int, level: Level) -> Affine:
    """c of a unit in a sink, as a form over the sink's variables."""
    return Affine((), level.least) if level.exact else Affine.variable(f"c[{unit}]")


def _variables(levels: tuple[Level, ...]) -> dict[str, bool]:
    return {f"c[{unit}]": True for unit, level in enumerate(levels) if not level.exact}


def _rows(levels: tuple[Level, ...]) -> tuple[Row, ...]:
    return tuple(Row(holding(unit, level) - level.least) for unit, level in enumerate(levels) if not level.exact)
