"""What cells hold while a spec counts, guessed from runs in floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from lstmsolve.kernel.proofs.counting import counting, value_of
from lstmsolve.kernel.proofs.horizons import Target
from lstmsolve.smooth.counting.machine import Machine
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Integers, Net, Table
from lstmsolve.smooth.runs import origin, walks

WALKS: Final = 400
WINDOWS: Final = (48, 24, 12, 6)
"""Steps of the walks that are looked at: the later ones only where errors are still small then."""
AGAIN: Final = 0.8
"""How often a walk stays with its symbol, so that counters get far."""
CLOSE: Final = 0.3
"""What a cell may be off, in units of its factor, to be taken for one that follows."""
STEEP: Final = 0.02
HOLDS: Final = 1.0 - 1e-6
"""A forget gate from here on is one that is to hold a number."""


class Seen(NamedTuple):
    """N steps of runs: states of the spec before and after [N], c, f and i g [N, H], and which step it is [N]."""

    before: Integers
    after: Integers
    c: Floats
    f: Floats
    new: Floats
    step: Integers

    def early(self, most: int) -> Seen:
        before, after, c, f, new, step = self
        rows = step <= most
        return Seen(before[rows], after[rows], c[rows], f[rows], new[rows], step[rows])


@dataclass(frozen=True, slots=True)
class Guess:
    """What a cell follows."""

    unit: int
    counter: int | None
    targets: tuple[Target | None, ...]
    """In each state of the machine."""


def seen(net: Net) -> Seen:
    """Steps of random walks; the start of the cell is step 0."""
    first = origin(net)
    zero = np.zeros_like(first.c)
    found = [Seen(first.state, first.state, first.c, zero, zero, np.zeros(1, dtype=np.int64))]
    for step, walked in enumerate(walks(net, WALKS, WINDOWS[0], AGAIN), 1):
        points = walked.points
        found.append(
            Seen(walked.before, points.state, points.c, walked.f, walked.new, np.full(len(points.state), step))
        )
    return Seen(*map(np.concatenate, zip(*found, strict=True)))


def guesses(machine: Machine, table: Table, found: Seen, holding: bool) -> list[Guess]:
    """The cells that follow a counter, and with `holding` those that hold numbers as well."""
    keys = [counting(machine.counters, registers).key[0] for registers in table.states]
    values = np.array(
        [[float(value_of(registers, counter)) for counter in machine.counters] for registers in table.states]
    )
    windows = [_Window.of(found.early(most), keys, values) for most in WINDOWS]
    guessed = []
    for unit in range(found.c.shape[1]):
        for window in windows:
            slope = window.slope(unit)
            targets = () if slope is None else window.targets(unit, slope, machine)
            if slope is not None and any(target is not None and target.factor for target in targets):
                guessed.append(Guess(unit, slope[0], targets))
                break
        else:
            if holding and (found.f[:, unit] > HOLDS).any():
                guessed.append(Guess(unit, None, windows[0].targets(unit, None, machine)))
    return guessed


@dataclass(frozen=True)
class _Window:
    """Some steps, by the registers of the spec that are no counters."""

    found: Seen
    values: Floats
    """Of each counter after each step [N, K]."""
    moved: Floats
    """By how much each counter moved."""
    rows: Mapping[object, Integers]

    @staticmethod
    def of(found: Seen, keys: list[object], values: Floats) -> _Window:
        groups: dict[object, list[int]] = {}
        for row, state in enumerate(found.after.tolist()):
            groups.setdefault(keys[state], []).append(row)
        after = values[found.after]
        return _Window(
            found, after, after - values[found.before], {key: np.array(group) for key, group in groups.items()}
        )

    def slope(self, unit: int) -> tuple[int, Fraction] | None:
        """The counter that a cell follows somewhere, and how steeply: between its least and its greatest step."""
        best: tuple[int, int] | None = None
        for group in self.rows.values():
            for place in range(self.values.shape[1]):
                v, c = self.values[group, place], self.found.c[group, unit]
                distinct = len(np.unique(v))
                if distinct < 4 or (best is not None and distinct <= best[0]):
                    continue
                factor, offset = np.polyfit(v, c, 1)
                off = np.abs(c - factor * v - offset).max()
                if abs(factor) > STEEP and off < CLOSE * abs(factor):
                    best = distinct, place
        if best is None:
            return None
        moved = self.moved[:, best[1]]
        keeping = np.flatnonzero((moved != 0) & (self.found.f[:, unit] > 0.5))
        if not len(keeping):
            return None
        steps = self.found.new[keeping, unit] / moved[keeping]
        factor = _simple(float(0.5 * (steps.min() + steps.max())))
        return (best[1], factor) if abs(factor) > STEEP else None

    def targets(self, unit: int, slope: tuple[int, Fraction] | None, machine: Machine) -> tuple[Target | None, ...]:
        at = {key: self._target(unit, slope, group) for key, group in self.rows.items()}
        return tuple(at.get(state.key[0]) for state in machine.states)

    def _target(self, unit: int, slope: tuple[int, Fraction] | None, group: Integers) -> Target | None:
        """What a cell holds on these steps: the earliest of them have the least errors."""
        c, first = self.found.c[group, unit], self.found.step[group] == self.found.step[group].min()
        for factor in (Fraction(0),) if slope is None else (slope[1], Fraction(0)):
            rest = c if slope is None else c - float(factor) * self.values[group, slope[0]]
            if np.ptp(rest) < 2 * CLOSE * (abs(float(factor)) or 1.0):
                return Target(factor, _simple(float(0.5 * (rest[first].min() + rest[first].max()))))
        return None


def _simple(value: float) -> Fraction:
    """A simple fraction where the value is one within errors of floats, else the value in 56 bits."""
    simple = Fraction(value).limit_denominator(64)
    return simple if abs(float(simple) - value) < 1e-9 else Fraction(round(value * 2**56), 2**56)
