"""The cell over exact values that may be affine forms: `cells.step` with a question for each gate.

A CReLU of a form is 0, 1 or the form itself, depending on where the form lies: its *phase*. A
constant decides that for itself; for the rest a `PhaseOracle` is asked, and only when the answer
matters (a gate that multiplies zero is never asked about). As with `evaluation.Oracle`, a
simulation is never asked, the prover proves its answer, the checker re-proves the one it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Protocol, TypeAlias

from lstmsolve.model.affine import ONE, ZERO, Affine, linear_sum
from lstmsolve.model.cells import Activation, Gate, Stepped, Weights, crelu, step
from lstmsolve.model.errors import OutsideFragment

Entry: TypeAlias = Fraction | Affine
"""One component of a vector; an `Affine` here is never constant."""


class Phase(Enum):
    """Where a CReLU's argument lies on a whole region, and so what its value is."""

    LOW = "low"
    """argument <= 0: value 0"""
    HIGH = "high"
    """argument >= 1: value 1"""
    LINEAR = "linear"
    """0 <= argument <= 1: the argument itself"""


class PhaseOracle(Protocol):
    def phase(self, place: str, form: Affine) -> Phase:
        """The phase of the CReLU called `place` (`f[0]`, `out[0]`), whose argument is `form`."""
        ...


class NoPhaseOracle:
    """For concrete runs: being asked at all is a bug."""

    def phase(self, place: str, form: Affine) -> Phase:
        raise AssertionError(f"a concrete run asked for the phase of {place} at {form}")


@dataclass(frozen=True, slots=True)
class Pending:
    """A gate whose phase has not been asked for yet."""

    place: str
    argument: Affine


Lazy: TypeAlias = Entry | Pending


class SymbolicArithmetic:
    """`cells.CellArithmetic` over tuples of `Lazy`. One instance serves one set of weights."""

    def __init__(self, weights: Weights, oracle: PhaseOracle) -> None:
        if not weights.cell.exact:
            raise OutsideFragment("sigmoid and tanh have no exact values")
        self._cell = weights.cell
        self._oracle = oracle
        self._sparse = {gate: _sparse_rows(weights, gate) for gate in Gate}

    def with_oracle(self, oracle: PhaseOracle) -> SymbolicArithmetic:
        """The same weights, asking somebody else."""
        twin = object.__new__(SymbolicArithmetic)
        twin._cell, twin._sparse, twin._oracle = self._cell, self._sparse, oracle
        return twin

    def gate(self, gate: Gate, x: Sequence[Lazy], h: Sequence[Lazy]) -> tuple[Lazy, ...]:
        activation = self._cell.activation(gate)
        arguments = (_dot(row, x, h) for row in self._sparse[gate])
        return tuple(
            self._activate(activation, f"{gate.value}[{unit}]", argument) for unit, argument in enumerate(arguments)
        )

    def output(self, c: Sequence[Lazy]) -> tuple[Lazy, ...]:
        return tuple(
            self._activate(self._cell.output, f"out[{unit}]", self._force(value)) for unit, value in enumerate(c)
        )

    def multiply(self, a: Sequence[Lazy], b: Sequence[Lazy]) -> tuple[Lazy, ...]:
        return tuple(self._product(x, y) for x, y in zip(a, b, strict=True))

    def add(self, a: Sequence[Lazy], b: Sequence[Lazy]) -> tuple[Lazy, ...]:
        return tuple(settled(self._force(x) + self._force(y)) for x, y in zip(a, b, strict=True))

    def _activate(self, activation: Activation, place: str, argument: Entry) -> Lazy:
        if activation is Activation.IDENTITY:
            return argument
        return crelu(argument) if isinstance(argument, Fraction) else Pending(place, argument)

    def _product(self, a: Lazy, b: Lazy) -> Entry:
        # Zero on either side answers before the other side's phase is asked for.
        if ZERO in (a, b):
            return ZERO
        if isinstance(b, Pending) and not isinstance(a, Pending):
            a, b = b, a
        left = self._force(a)
        if left == ZERO:
            return ZERO
        right = self._force(b)
        if isinstance(right, Fraction):
            return settled(left * right)
        if isinstance(left, Fraction):
            return settled(right * left)
        raise OutsideFragment(f"the product of {left} and {right} is not affine")

    def _force(self, value: Lazy) -> Entry:
        if not isinstance(value, Pending):
            return value
        match self._oracle.phase(value.place, value.argument):
            case Phase.LOW:
                return ZERO
            case Phase.HIGH:
                return ONE
            case Phase.LINEAR:
                return value.argument


def symbolic_step(
    arithmetic: SymbolicArithmetic, c: Sequence[Entry], h: Sequence[Entry], x: Sequence[Entry]
) -> Stepped[tuple[Entry, ...]]:
    """`cells.step` on entries, [H] and [D].

    Raises:
        OutsideFragment: a product of two forms that both vary.
    """
    result: Stepped[tuple[Lazy, ...]] = step(arithmetic, tuple(c), tuple(h), tuple(x))
    return Stepped(_forced(result.c), _forced(result.h))


def settled(value: Entry) -> Entry:
    """A constant form as its number."""
    return value.constant if isinstance(value, Affine) and value.is_constant else value


def _forced(values: Sequence[Lazy]) -> tuple[Entry, ...]:
    assert not any(isinstance(value, Pending) for value in values)
    return tuple(value for value in values if not isinstance(value, Pending))


@dataclass(frozen=True, slots=True)
class _SparseRow:
    """The nonzero weights of one unit in one gate."""

    w: tuple[tuple[int, Fraction], ...]
    u: tuple[tuple[int, Fraction], ...]
    b: Fraction


def _sparse_rows(weights: Weights, gate: Gate) -> tuple[_SparseRow, ...]:
    values = weights.gates[gate]
    return tuple(_SparseRow(_nonzero(w), _nonzero(u), b) for w, u, b in zip(values.w, values.u, values.b, strict=True))


def _nonzero(row: Sequence[Fraction]) -> tuple[tuple[int, Fraction], ...]:
    return tuple((position, value) for position, value in enumerate(row) if value)


def _dot(row: _SparseRow, x: Sequence[Lazy], h: Sequence[Lazy]) -> Entry:
    total = row.b
    forms: list[tuple[Affine, Fraction]] = []
    for weights, values in ((row.w, x), (row.u, h)):
        for position, weight in weights:
            value = values[position]
            if isinstance(value, Affine):
                forms.append((value, weight))
            elif isinstance(value, Fraction):
                if value:
                    total += weight * value
            else:
                raise AssertionError("an argument is never pending")
    return settled(linear_sum(forms, total)) if forms else total


def bind(values: Mapping[str, Affine], entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Each entry with its variables replaced."""
    return tuple(settled(entry.substitute(values)) if isinstance(entry, Affine) else entry for entry in entries)
