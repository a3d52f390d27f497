"""Jumping over levels of the search that only repeat one another.

When a register is pumped by a loop, the levels of the breadth-first search become translates of
each other: the same few states, each moved on by the same step. Then, for as long as every case of
every step stays what it is, nothing new can happen, and the search may jump to where something
does. The claim is checked symbolically, with the number of levels as a variable; over the cases it
holds by linearity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Final

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.lstm.symbolic import Entry, settled
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.linear.polyhedra import minimum
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.stepping.branching import Forking, Leaf, Outside, explore, leaves
from lstmsolve.obligations.stepping.systems import CellSystem, Inputs, Joint, Missed, Moved, bind_values, judge
from lstmsolve.verifier.nodes import Given, Node, root

MAX_STATES: Final = 12
"""States of a level; more of them seldom repeat."""

MAX_JUMP: Final = 1_000_000
"""Levels in one jump; a counterexample this long could still be replayed, but hardly read."""

REMEMBERED: Final = 2
"""Levels back to which a step may return."""

LEVELS: Final = "levels"
"""The variable that counts levels; no input or register can be called so in a region of its own."""


@dataclass(frozen=True)
class Level:
    """A level of single states, in an order that the next one keeps."""

    nodes: tuple[Node, ...]
    origins: tuple[int, ...]
    """For each node, which node of the level before it comes from."""


@dataclass(frozen=True)
class Jump:
    """The level after so many more levels."""

    count: int
    nodes: tuple[Node, ...]
    passed: tuple[Joint, ...]
    """The states of the last levels, to be recognised when they are met again."""


@dataclass(frozen=True)
class Endless:
    """Nothing new ever happens again."""


def jump(
    system: CellSystem, problem: Problem, levels: Sequence[Level], seen: Collection[object], watch: Watch
) -> Jump | Endless | None:
    """As many levels ahead as nothing new happens; None if that is none.

    `levels` are the last three, the latest first.
    """
    last, before = levels[0], levels[1]
    if len(last.nodes) > MAX_STATES or any(level.origins != last.origins for level in levels):
        return None
    lines: list[Joint] = []
    for old, new in zip(before.nodes, last.nodes, strict=True):
        line = _line(old.joint, new.joint)
        if line is None:
            return None
        lines.append(line)
    count = _Pattern(system, problem, lines, seen, watch).repeats()
    if count is None:
        return Endless()
    if count < 1:
        return None
    count = min(count, MAX_JUMP)
    passed = [_at(line, at) for line in lines for at in range(max(0, count - REMEMBERED), count + 1)]
    return Jump(count, tuple(_moved_on(last, lines, index, count) for index in range(len(lines))), tuple(passed))


def _line(before: Joint, now: Joint) -> Joint | None:
    """The joint state as a form of `LEVELS`, 0 now and -1 before; None if a symbol changed."""
    count = Affine.variable(LEVELS)
    registers: dict[str, Value] = {}
    for name, value in now.registers.items():
        previous = before.registers[name]
        if isinstance(value, str) or isinstance(previous, str):
            if value != previous:
                return None
            registers[name] = value
        else:
            registers[name] = value + count * (value.constant - previous.constant)

    def entries(old: Sequence[Entry], new: Sequence[Entry]) -> tuple[Entry, ...]:
        pairs = zip(map(Affine.lift, old), map(Affine.lift, new), strict=True)
        return tuple(settled(b + count * (b.constant - a.constant)) for a, b in pairs)

    return Joint(registers, entries(before.c, now.c), entries(before.h, now.h))


class _Pattern:
    """Lines of states, one level to the next."""

    def __init__(
        self, system: CellSystem, problem: Problem, lines: Sequence[Joint], seen: Collection[object], watch: Watch
    ) -> None:
        self._system = system
        self._spec = problem.spec
        self._inputs = Inputs(problem.spec)
        self.lines = lines
        self._seen = seen
        self._watch = watch
        # A successor may be on the next level, on this one, or on one of those before.
        self._known = [_shifted(line, by) for by in range(1, -REMEMBERED - 1, -1) for line in lines]

    def repeats(self) -> int | None:
        """For how many levels every case of every step leads to a known line, rightly; None for ever."""
        region = self._inputs.region([Row(Affine.variable(LEVELS))], {LEVELS: True})
        count: int | None = None
        for line in self.lines:
            for _, inputs in self._inputs.cases:
                for leaf in leaves(explore(region, partial(self._step, line, inputs), self._watch)):
                    if not self._is_known(leaf):
                        least = _least(leaf.region)
                        count = least if count is None else min(count, least)
        return count

    def _step(self, line: Joint, inputs: Mapping[str, Value], oracle: Forking) -> Moved | Missed | None:
        moved = self._system.step(line.bind(oracle.region), bind_values(inputs, oracle.region), oracle)
        if moved is None:
            return None
        judgement = judge(self._spec, moved, oracle)
        return judgement if isinstance(judgement, Missed) else moved

    def _is_known(self, leaf: Leaf[Moved | Missed | None] | Outside) -> bool:
        if isinstance(leaf, Outside) or isinstance(leaf.result, Missed):
            return False
        if leaf.result is None:
            return True
        key = leaf.result.joint.key()
        return key in self._seen or any(known.bind(leaf.region).key() == key for known in self._known)


def _shifted(line: Joint, by: int) -> Joint:
    """The line some levels later."""
    return line.bind(Region((), frozenset(), frozenset(), {LEVELS: Affine.variable(LEVELS) + by}))


def _at(line: Joint, level: int) -> Joint:
    """The state of the line at one level."""
    return line.bind(Region((), frozenset(), frozenset(), {LEVELS: Affine((), Fraction(level))}))


def _least(region: Region) -> int:
    """The first level at which a case can occur."""
    found = minimum(region.rows, region.bind(Affine.variable(LEVELS)))
    return 0 if found is None else max(0, ceil(found[0]))


def _moved_on(last: Level, lines: Sequence[Joint], index: int, count: int) -> Node:
    """A node as it is `count` levels later."""

    def inputs() -> list[Given]:
        given: list[Given] = []
        place = index
        steps = [node.last_given() for node in last.nodes]
        for _ in range(count):
            given.append(steps[place])
            place = last.origins[place]
        return [*last.nodes[place].path(), *reversed(given)]

    return root(_at(lines[index], count), inputs)
