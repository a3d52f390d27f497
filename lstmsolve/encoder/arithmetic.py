"""`cells.step` over z3 terms: the real semantics of the cell, with nothing assumed about gates."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

import z3

from lstmsolve.encoder.terms import Term, times, total
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Parameter

Terms: TypeAlias = tuple[Term, ...]


class Z3Arithmetic:
    """`cells.CellArithmetic` over z3 terms. Each CReLU gets a variable and its conditions."""

    def __init__(self, weights: Mapping[Parameter, Term], cell: Cell) -> None:
        self._weights = weights
        self._cell = cell
        self._fresh = 0
        self.conditions: list[z3.BoolRef] = []

    def gate(self, gate: Gate, x: Terms, h: Terms) -> Terms:
        found: list[Term] = []
        for unit in range(self._cell.hidden):
            parts: list[Term] = [self._weights[Parameter("b", gate, unit)]]
            parts += [product(self._weights[Parameter("w", gate, unit, d)], value) for d, value in enumerate(x)]
            parts += [product(self._weights[Parameter("u", gate, unit, k)], value) for k, value in enumerate(h)]
            found.append(self.activated(self._cell.activation(gate), total(parts)))
        return tuple(found)

    def output(self, c: Terms) -> Terms:
        return tuple(self.activated(self._cell.output, value) for value in c)

    def read_out(self, h: Terms) -> Terms:
        """z: V h + d, or h where there is no layer."""
        if self._cell.outputs is None:
            return h
        return tuple(
            total(
                [
                    self._weights[Parameter("d", None, output)],
                    *(product(self._weights[Parameter("V", None, output, k)], value) for k, value in enumerate(h)),
                ]
            )
            for output in range(self._cell.outputs)
        )

    def multiply(self, a: Terms, b: Terms) -> Terms:
        return tuple(product(x, y) for x, y in zip(a, b, strict=True))

    def add(self, a: Terms, b: Terms) -> Terms:
        return tuple(total([x, y]) for x, y in zip(a, b, strict=True))

    def activated(self, activation: Activation, argument: Term) -> Term:
        """The activation's value at one argument."""
        if activation is Activation.IDENTITY:
            return argument
        if isinstance(argument, z3.ArithRef):
            self._fresh += 1
            value = z3.Real(f"gate {self._fresh}")
            self.conditions += [
                value >= 0,
                value <= 1,
                z3.Or(
                    z3.And(argument <= 0, value == 0),
                    z3.And(argument >= 1, value == 1),
                    z3.And(argument >= 0, argument <= 1, value == argument),
                ),
            ]
            return value
        return max(ZERO, min(ONE, argument))


def product(a: Term, b: Term) -> Term:
    """a*b, where the known factors never reach the solver as variables."""
    if isinstance(b, Fraction):
        return times(a, b)
    return times(b, a) if isinstance(a, Fraction) else a * b
