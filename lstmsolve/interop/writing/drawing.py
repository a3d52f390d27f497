"""Runs of a case drawn by a generator that gives the same ones every time, and what its spec says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, Listed, RealInterval, Symbols, enumerated
from lstmsolve.kernel.spec.problems import Problem

TRIES: Final = 64
"""Inputs that are drawn until one keeps the promise of [assume]."""

Expected: TypeAlias = Sequence[Fraction | None]
"""What each output owes; None where nothing is owed, or a threshold and no number."""


def owed_run(problem: Problem, steps: int, seed: int = 1) -> Iterator[tuple[Vector, Expected]]:
    """Input columns and what is owed, for up to so many steps."""
    drawn = Drawing(seed)
    spec = problem.spec
    registers: Mapping[str, Value] = spec.initial
    for _ in range(steps):
        for _ in range(TRIES):
            given = {entry.name: _lifted(drawn.value(entry.domain)) for entry in spec.inputs}
            if spec.assumed(registers, given):
                break
        else:
            return
        after = spec.step(registers, given)
        registers = after.registers
        expected = [value.constant if isinstance(value, Affine) else None for value in after.outputs]
        if spec.readout is not None or spec.replies is not None:
            # What is owed is a threshold, and no number.
            expected = [None] * len(expected)
        yield tuple(column.constant for column in spec.encode(given)), expected


def _lifted(value: Constant) -> Value:
    return value if isinstance(value, str) else Affine((), value)


class Drawing:
    """Numbers that look random and are the same every time (Knuth's linear congruential generator, MMIX)."""

    def __init__(self, seed: int = 1) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """One of 0, 1, … below the limit."""
        self._state = (6364136223846793005 * self._state + 1442695040888963407) % 2**64
        return (self._state >> 33) % limit

    def value(self, domain: Domain) -> Constant:
        """A value of the domain; near its ends where it has too many."""
        listed = enumerated(domain)
        if listed is not None:
            return listed[self.below(len(listed))]
        match domain:
            case IntegerRange(low, high):
                start = low if low is not None else (high - 8 if high is not None else -4)
                end = high if high is not None else start + 8
                return Fraction(start + self.below(min(9, end - start + 1)))
            case RealInterval(low, high):
                first = low if low is not None else (high - 1 if high is not None else Fraction(-1))
                width = (high - first) if high is not None else Fraction(2)
                return first + width * self.below(9) / 8
            case Listed() | Symbols():
                raise AssertionError("a listed domain is enumerated")
