"""What keeps a gate in one phase on a whole region, whether the weights are numbers, forms or a solver's terms.

An affine form lies within bounds on a polyhedron iff it does at every vertex and its slope along rays and lines does
not lead out. `Corners` holds those values, of whatever arithmetic; the conditions on them are linear in the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Generic, TypeAlias, TypeVar, assert_never

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.linear.generators import Direction, Generators

Value = TypeVar("Value")


class Comparison(Enum):
    AT_MOST = "<="
    EQUAL = "="
    AT_LEAST = ">="


Bound: TypeAlias = tuple[Value, Comparison, Fraction]


@dataclass(frozen=True, slots=True)
class Corners(Generic[Value]):
    """The values of a form at the vertices of a region, and its slopes along the rays and lines."""

    points: tuple[Value, ...]
    rays: tuple[Value, ...]
    lines: tuple[Value, ...]

    @staticmethod
    def of(shape: Generators, at: Callable[[Direction], Value], along: Callable[[Direction], Value]) -> Corners[Value]:
        """The form's values by `at`, its slopes by `along`."""
        return Corners(
            tuple(at(point) for point in shape.points),
            tuple(along(ray) for ray in shape.rays),
            tuple(along(line) for line in shape.lines),
        )

    def within(self, phase: Phase) -> Iterator[Bound[Value]]:
        """All of these together: the gate with this argument is in the phase on the whole region."""
        match phase:
            case Phase.LOW:
                yield from self._bounded(Comparison.AT_MOST, ZERO)
            case Phase.HIGH:
                yield from self._bounded(Comparison.AT_LEAST, ONE)
            case Phase.LINEAR:
                for value in self.points:
                    yield value, Comparison.AT_LEAST, ZERO
                    yield value, Comparison.AT_MOST, ONE
                for slope in (*self.rays, *self.lines):
                    yield slope, Comparison.EQUAL, ZERO
            case _:
                assert_never(phase)

    def _bounded(self, side: Comparison, bound: Fraction) -> Iterator[Bound[Value]]:
        for value in self.points:
            yield value, side, bound
        for slope in self.rays:
            yield slope, side, ZERO
        for slope in self.lines:
            yield slope, Comparison.EQUAL, ZERO
