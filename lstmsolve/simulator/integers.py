"""The cell over integers: `cells.step` on vectors of integers over one denominator each.

What fractions say, several times faster: a sum of fractions brings each pair to a common denominator and cuts it down,
here a vector has one. Only where numbers are short: common denominators may be longer than those that they are made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Final, NamedTuple, TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Activation, Gate, Matrix, Stepped, Vector, Weights, nonzero, step

LARGEST: Final = 2**1_000
"""Numbers and denominators up to which integers are used; what comes of one step is far below the limit on bits."""

MOST_KEPT: Final = 2**13
"""States of a run, times units, that are kept to know them again."""

MOST_INPUTS_KEPT: Final = 256
"""Inputs for which the gates' arguments before h are kept."""


Key: TypeAlias = tuple[int, tuple[tuple[int, int], ...]]


class Numbers(NamedTuple):
    """A vector: its entries that are not zero, times a denominator that they have in common."""

    below: int
    above: Mapping[int, int]

    @staticmethod
    def of(values: Sequence[Fraction]) -> Numbers:
        entries = dict(nonzero(values))
        below = lcm(*(value.denominator for value in entries.values()))
        return Numbers(below, {n: v.numerator * (below // v.denominator) for n, v in entries.items()})

    def over(self, below: int) -> Mapping[int, int]:
        """The entries times a multiple of the denominator."""
        if below == self.below:
            return self.above
        factor = below // self.below
        return {place: value * factor for place, value in self.above.items()}

    @property
    def key(self) -> Key:
        return self.below, tuple(self.above.items())

    @property
    def is_short(self) -> bool:
        return self.below <= LARGEST and all(-LARGEST <= value <= LARGEST for value in self.above.values())

    def dense(self, size: int) -> Vector:
        """The vector as fractions."""
        found = [ZERO] * size
        for place, value in self.above.items():
            found[place] = ONE if value == self.below else Fraction(value, self.below)
        return tuple(found)


def _reduced(below: int, above: Mapping[int, int]) -> Numbers:
    if below != 1:
        common = gcd(below, *above.values())
        if common != 1:
            return Numbers(below // common, {place: value // common for place, value in above.items()})
    return Numbers(below, above)


@dataclass(frozen=True, slots=True)
class _GateOf:
    """The weights of a gate times their common denominator, by columns."""

    w: Mapping[int, Sequence[tuple[int, int]]]
    u: Mapping[int, Sequence[tuple[int, int]]]
    b: Mapping[int, int]
    squashed: bool


class IntegerArithmetic:
    """`cells.CellArithmetic` over `Numbers`, for cells of CReLUs and identities."""

    def __init__(self, weights: Weights) -> None:
        self._output = weights.cell.output
        values = [value for place, value in weights.nonzero().items() if place.gate is not None]
        self._below = lcm(*(value.denominator for value in values))
        self._gates = {gate: self._gate_of(weights, gate) for gate in Gate}
        self._known: dict[Key, dict[Gate, tuple[Numbers, Numbers]]] = {}
        self._last = Numbers(1, {})
        self._before_h = self._before(self._last)
        """Of the last inputs."""
        self.is_short = Numbers(self._below, dict(enumerate(value.numerator for value in values))).is_short
        """Are the weights?"""

    def _gate_of(self, weights: Weights, gate: Gate) -> _GateOf:
        part, below = weights.gates[gate], self._below
        b = {unit: value.numerator * (below // value.denominator) for unit, value in nonzero(part.b)}
        squashed = weights.cell.activation(gate) is Activation.CRELU
        return _GateOf(_columns(part.w, below), _columns(part.u, below), b, squashed)

    def gate(self, gate: Gate, x: Numbers, h: Numbers) -> Numbers:
        part = self._gates[gate]
        if x is not self._last:
            self._last, self._before_h = x, self._before(x)
        arguments, found = self._before_h[gate]
        if not part.u:
            return found
        added: dict[int, int] = {}
        for place, value in h.above.items():
            for unit, weight in part.u.get(place, ()):
                added[unit] = added.get(unit, 0) + value * weight
        if not added:
            return found
        below = self._below * (x.below if x.below == h.below else lcm(x.below, h.below))
        own, theirs = below // arguments.below, below // (self._below * h.below)
        values = dict(found.over(below))
        for unit, value in added.items():
            total = arguments.above.get(unit, 0) * own + value * theirs
            if part.squashed:
                total = 0 if total <= 0 else min(total, below)
            if total:
                values[unit] = total
            else:
                values.pop(unit, None)
        return _reduced(below, values)

    def _before(self, x: Numbers) -> dict[Gate, tuple[Numbers, Numbers]]:
        """The gates' arguments were h zero, over the weights' denominator times that of x; and their values."""
        key = x.key
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST_INPUTS_KEPT:
                self._known.clear()
            known = self._known[key] = {gate: self._before_one(part, x) for gate, part in self._gates.items()}
        return known

    def _before_one(self, part: _GateOf, x: Numbers) -> tuple[Numbers, Numbers]:
        below = self._below * x.below
        arguments = {unit: value * x.below for unit, value in part.b.items()}
        for place, value in x.above.items():
            for unit, weight in part.w.get(place, ()):
                arguments[unit] = arguments.get(unit, 0) + value * weight
        values = {u: min(v, below) if part.squashed else v for u, v in arguments.items() if v > 0 or not part.squashed}
        return Numbers(below, arguments), _reduced(below, {unit: value for unit, value in values.items() if value})

    def output(self, c: Numbers) -> Numbers:
        if self._output is Activation.IDENTITY:
            return c
        return _reduced(c.below, {unit: min(value, c.below) for unit, value in c.above.items() if value > 0})

    def multiply(self, a: Numbers, b: Numbers) -> Numbers:
        few, many = (a.above, b.above) if len(a.above) <= len(b.above) else (b.above, a.above)
        return _reduced(a.below * b.below, {unit: value * many[unit] for unit, value in few.items() if unit in many})

    def add(self, a: Numbers, b: Numbers) -> Numbers:
        below = a.below if a.below == b.below else lcm(a.below, b.below)
        sums = dict(a.over(below))
        for unit, value in b.over(below).items():
            total = sums.get(unit, 0) + value
            if total:
                sums[unit] = total
            else:
                sums.pop(unit, None)
        return _reduced(below, sums)


def _columns(matrix: Matrix, below: int) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for unit, row in enumerate(matrix):
        for column, weight in nonzero(row):
            found.setdefault(column, []).append((unit, weight.numerator * (below // weight.denominator)))
    return found


class IntegerRun:
    """A run on integers. Steps that come again are not done again: a finite design has few."""

    def __init__(self, weights: Weights) -> None:
        self._size = weights.cell.hidden
        self._arithmetic = IntegerArithmetic(weights)
        self._places: dict[tuple[Key, Key], _Place] = {}
        c, h = Numbers.of(weights.initial.c), Numbers.of(weights.initial.h)
        short = self._arithmetic.is_short and c.is_short and h.is_short
        self._now = _Place(c, h, weights.initial.c, weights.initial.h, {}, short)

    @property
    def is_short(self) -> bool:
        """Are weights and state short, so that the next step can be taken?"""
        return self._now.is_short

    @property
    def state(self) -> tuple[Vector, Vector]:
        """c and h."""
        return self._now.c, self._now.h

    def go(self, x: Numbers) -> None:
        """A step on input columns, which are short."""
        key, now = x.key, self._now
        after = now.after.get(key)
        if after is None:
            after = now.after[key] = self._place(step(self._arithmetic, now.integer_c, now.integer_h, x))
        self._now = after

    def _place(self, after: Stepped[Numbers]) -> _Place:
        key = after.c.key, after.h.key
        known = self._places.get(key)
        if known is None:
            if len(self._places) * self._size >= MOST_KEPT:
                for place in self._places.values():
                    place.after.clear()
                self._places.clear()
            short = after.c.is_short and after.h.is_short
            known = _Place(after.c, after.h, after.c.dense(self._size), after.h.dense(self._size), {}, short)
            self._places[key] = known
        return known


@dataclass(frozen=True, slots=True)
class _Place:
    """A state of a run, and where known inputs lead from it."""

    integer_c: Numbers
    integer_h: Numbers
    c: Vector
    h: Vector
    after: dict[Key, _Place]
    is_short: bool
