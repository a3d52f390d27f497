"""Runs in float32, float16 and bfloat16 with every rounding in its place, in a stated order of evaluation.

Operations are done in float64 and rounded once more. For sums and products of formats with up to 25 bits that is the
same as rounding once (Figueroa 1995); a fused step is done in fractions.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from enum import Enum
from fractions import Fraction
from math import frexp, inf, isfinite, ldexp, tanh
from typing import Final, TypeAlias

from lstmsolve.kernel.lstm.cells import Activation, Gate, Vector, Weights, nonzero, step
from lstmsolve.model.floats import FloatFormat
from lstmsolve.model.traces import FloatTrace

Floats: TypeAlias = tuple[float, ...]


class Order(Enum):
    """In which order a gate's argument is summed."""

    FORWARD = "w x, then u h, then b, from left to right"
    BIAS_FIRST = "b, then w x, then u h, from left to right"
    BACKWARD = "u h, then w x, both from right to left, then b"
    FUSED = "b, then w x, then u h, each product added by a fused multiply-add"


def rounder(kind: FloatFormat) -> Callable[[float], float]:
    """The nearest number of the format, ties to even; infinite beyond the greatest."""
    code = {"float32": "<f", "float16": "<e"}.get(kind.name)
    if code is None:
        return lambda value: _rounded(value, kind)
    packing = struct.Struct(code)

    def rounded(value: float) -> float:
        try:
            found: float = packing.unpack(packing.pack(value))[0]
        except OverflowError:
            return inf if value > 0 else -inf
        return found

    return rounded


def _rounded(value: float, kind: FloatFormat) -> float:
    if not value or not isfinite(value):
        return value
    exponent = max(frexp(value)[1] - kind.precision, kind.least_exponent + 1 - kind.precision)
    found = ldexp(round(ldexp(value, -exponent)), exponent)
    return found if abs(found) <= float(kind.greatest) else inf if found > 0 else -inf


def nearest(value: Fraction, kind: FloatFormat) -> float:
    """The number of the format that is nearest to a fraction, rounded once, ties to even."""
    if not value:
        return 0.0
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > size
    exponent = max(exponent, kind.least_exponent) + 1 - kind.precision
    found = round(size / Fraction(2) ** exponent) * Fraction(2) ** exponent
    sign = 1 if value > 0 else -1
    return sign * (inf if found > kind.greatest else float(found))


class RoundedArithmetic:
    """`cells.CellArithmetic` over tuples of Python floats, each a number of the format."""

    def __init__(self, weights: Weights, kind: FloatFormat, order: Order) -> None:
        self._cell = weights.cell
        self._kind = kind
        self._order = order
        self._round = rounder(kind)
        self._rows = {gate: [self._row(weights, gate, unit) for unit in range(weights.cell.hidden)] for gate in Gate}
        layer = weights.layer
        self._layer = (
            None
            if layer is None
            else [
                ([(unit, nearest(value, kind)) for unit, value in nonzero(row)], nearest(bias, kind))
                for row, bias in zip(layer.V, layer.d, strict=True)
            ]
        )
        self.initial = self.given(weights.initial.c), self.given(weights.initial.h)

    def given(self, values: Sequence[Fraction]) -> Floats:
        """These numbers as the format has them."""
        return tuple(nearest(value, self._kind) for value in values)

    def gate(self, gate: Gate, x: Floats, h: Floats) -> Floats:
        activation = self._cell.activation(gate)
        return tuple(self._activated(activation, self._sum(parts, bias, (x, h))) for parts, bias in self._rows[gate])

    def output(self, c: Floats) -> Floats:
        return tuple(self._activated(self._cell.output, value) for value in c)

    def multiply(self, a: Floats, b: Floats) -> Floats:
        return tuple(self._round(left * right) for left, right in zip(a, b, strict=True))

    def add(self, a: Floats, b: Floats) -> Floats:
        return tuple(self._round(left + right) for left, right in zip(a, b, strict=True))

    def step(self, c: Floats, h: Floats, x: Floats) -> tuple[Floats, Floats]:
        """The new c and h."""
        after = step(self, c, h, x)
        return after.c, after.h

    def readout(self, h: Floats) -> Floats:
        """z = V h + d, from left to right; h itself where there is no layer."""
        if self._layer is None:
            return h
        found = []
        for parts, bias in self._layer:
            total = 0.0
            for unit, weight in parts:
                total = self._round(total + self._round(weight * h[unit]))
            found.append(self._round(total + bias))
        return tuple(found)

    def _row(self, weights: Weights, gate: Gate, unit: int) -> tuple[list[tuple[int, int, float]], float]:
        part = weights.gates[gate]
        parts = [(0, column, nearest(value, self._kind)) for column, value in nonzero(part.w[unit])]
        parts += [(1, column, nearest(value, self._kind)) for column, value in nonzero(part.u[unit])]
        return parts[::-1] if self._order is Order.BACKWARD else parts, nearest(part.b[unit], self._kind)

    def _sum(self, parts: list[tuple[int, int, float]], bias: float, vectors: tuple[Floats, Floats]) -> float:
        rounded = self._round
        if self._order is Order.FUSED:
            total = bias
            for side, column, weight in parts:
                total = self._fused(weight, vectors[side][column], total)
            return total
        total = bias if self._order is Order.BIAS_FIRST else 0.0
        for side, column, weight in parts:
            total = rounded(total + rounded(weight * vectors[side][column]))
        return total if self._order is Order.BIAS_FIRST else rounded(total + bias)

    def _fused(self, a: float, b: float, c: float) -> float:
        if not all(map(isfinite, (a, b, c))):
            return self._round(a * b + c)
        return nearest(Fraction(a) * Fraction(b) + Fraction(c), self._kind)

    def _activated(self, activation: Activation, value: float) -> float:
        match activation:
            case Activation.IDENTITY:
                return value
            case Activation.CRELU:
                # In this order NaN stays NaN.
                return 0.0 if value < 0 else 1.0 if value > 1 else value
            # Runtimes round these as they like; here once, from double precision.
            case Activation.TANH:
                return self._round(tanh(value))
            case Activation.SIGMOID:
                return self._round((tanh(value / 2) + 1) / 2)


def run_rounded(weights: Weights, inputs: Sequence[Vector], kind: FloatFormat) -> FloatTrace:
    """One run over input columns [T, D], gates summed in the order `FORWARD`."""
    arithmetic = RoundedArithmetic(weights, kind, Order.FORWARD)
    c, h = arithmetic.initial
    states: list[tuple[Floats, Floats]] = []
    for x in inputs:
        c, h = arithmetic.step(c, h, arithmetic.given(x))
        states.append((c, h))
    z = None if weights.layer is None else tuple(arithmetic.readout(h) for _, h in states)
    return FloatTrace(tuple(inputs), tuple(c for c, _ in states), tuple(h for _, h in states), z)


ORDERS: Final = tuple(Order)
