"""What happened: runs of a cell, and runs that contradict a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector


@dataclass(frozen=True, slots=True)
class Trace:
    """A run: the input columns [T, D], the c and h after each step [T, H], and z [T, outputs] of a layer."""

    inputs: tuple[Vector, ...]
    c: tuple[Vector, ...]
    h: tuple[Vector, ...]
    z: tuple[Vector, ...] | None = None

    @property
    def outputs(self) -> tuple[Vector, ...]:
        """What is read after each step: z, or h where there is no layer."""
        return self.h if self.z is None else self.z


@dataclass(frozen=True, slots=True)
class FloatTrace:
    """The same of a run in floats, which are candidates for the truth at best."""

    inputs: tuple[Vector, ...]
    c: tuple[tuple[float, ...], ...]
    h: tuple[tuple[float, ...], ...]
    z: tuple[tuple[float, ...], ...] | None = None


Ends: TypeAlias = tuple[Fraction, Fraction]
"""An interval that a number lies in for certain."""


@dataclass(frozen=True, slots=True)
class EnclosedTrace:
    """A run of a cell without exact values: an interval for every number of it, each [T, H], z [T, outputs]."""

    inputs: tuple[Vector, ...]
    c: tuple[tuple[Ends, ...], ...]
    h: tuple[tuple[Ends, ...], ...]
    f: tuple[tuple[Ends, ...], ...]
    i: tuple[tuple[Ends, ...], ...]
    g: tuple[tuple[Ends, ...], ...]
    o: tuple[tuple[Ends, ...], ...]
    z: tuple[tuple[Ends, ...], ...] | None
    """None where the case reads h itself."""


@dataclass(frozen=True, slots=True)
class EnclosedCounterexample:
    """A legal run after whose last step some output is on the wrong side for certain, or a condition is broken."""

    trace: EnclosedTrace
    expected: tuple[Fraction | None, ...]
    broken: str | None = None
    """The condition of [property], where it is one that fails."""

    @property
    def step(self) -> int:
        """The step where it differs, counted from 0."""
        return len(self.trace.inputs) - 1

    @property
    def actual(self) -> tuple[Ends, ...]:
        """What the output is read from, after the last step."""
        return (self.trace.h if self.trace.z is None else self.trace.z)[-1]

    def repetition(self) -> Repetition | None:
        """The run as prefix · loopⁿ · suffix, where that is a good deal shorter to write."""
        return repetition(self.trace.inputs)


@dataclass(frozen=True, slots=True)
class Gates:
    """The values of the gates along a run, each [T, H]; g is the candidate, after its activation."""

    f: tuple[Vector, ...]
    i: tuple[Vector, ...]
    g: tuple[Vector, ...]
    o: tuple[Vector, ...]


@dataclass(frozen=True, slots=True)
class FloatGates:
    """The same of a run in floats."""

    f: tuple[tuple[float, ...], ...]
    i: tuple[tuple[float, ...], ...]
    g: tuple[tuple[float, ...], ...]
    o: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """What the spec has to say of one step of a run."""

    given: Mapping[str, Constant]
    """The inputs by name, symbols as such."""
    registers: Mapping[str, Constant]
    """After the step."""
    outputs: tuple[Fraction | None, ...]
    """What each unit must be; None where nothing is owed."""
    right: bool
    """Is it, and does every condition of [property] hold?"""
    broken: str | None = None
    """The condition that does not hold, if one does not."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A long run told shortly: `prefix` steps, then `loop` steps `times` times, then the rest."""

    prefix: int
    loop: int
    times: int

    def describe(self, inputs: Sequence[Vector]) -> str:
        """`0, 1 · (1)^1000 · 0, 0`."""
        end = self.prefix + self.loop * self.times
        parts = [
            _told(inputs[: self.prefix]),
            f"({_told(inputs[self.prefix : self.prefix + self.loop])})^{self.times}",
            _told(inputs[end:]),
        ]
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A legal run after whose last step some output differs from what the spec says."""

    trace: Trace
    expected: tuple[Fraction | None, ...]
    """What the spec says of each output at the last step (a symbol is 1 at its own); None is "don't care"."""
    broken: str | None = None
    """The condition of [property] that does not hold there, if one does not."""
    gates: Gates | None = field(default=None, compare=False)
    owed: tuple[Owed, ...] = field(default=(), compare=False)
    """What the spec says of each step, for people to see."""

    @property
    def step(self) -> int:
        """The step where it differs, counted from 0."""
        return len(self.trace.inputs) - 1

    @property
    def actual(self) -> Vector:
        return self.trace.outputs[-1]

    def repetition(self) -> Repetition | None:
        """The run as prefix · loopⁿ · suffix, where that is a good deal shorter to write."""
        return repetition(self.trace.inputs)


def repetition(inputs: Sequence[Vector]) -> Repetition | None:
    """A run as prefix · loopⁿ · suffix, where that is a good deal shorter to write."""
    best: Repetition | None = None
    saved = max(8, len(inputs) // 3)
    for loop in range(1, min(8, len(inputs) // 2) + 1):
        start = 0
        while start + loop < len(inputs):
            run = 1
            while inputs[start + run * loop : start + (run + 1) * loop] == inputs[start : start + loop]:
                run += 1
            if (run - 1) * loop > saved:
                saved, best = (run - 1) * loop, Repetition(start, loop, run)
            start += max(1, (run - 1) * loop)
    return best


def _told(inputs: Sequence[Vector]) -> str:
    return ", ".join(":".join(map(show_number, x)) for x in inputs)
