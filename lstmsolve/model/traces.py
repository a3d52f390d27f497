"""What happened: runs of a cell, and runs that contradict a spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.kernel.base.numbers import show_number
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

    @property
    def step(self) -> int:
        """The step where it differs, counted from 0."""
        return len(self.trace.inputs) - 1

    @property
    def actual(self) -> Vector:
        return self.trace.outputs[-1]

    def repetition(self) -> Repetition | None:
        """The run as prefix · loopⁿ · suffix, where that is a good deal shorter to write."""
        inputs = self.trace.inputs
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
