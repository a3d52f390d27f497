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
from typing import Final, Protocol, TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, linear_sum, refuse_long, short
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.lstm.cells import (
    Activation,
    Gate,
    Layer,
    Matrix,
    Stepped,
    Weights,
    crelu,
    nonzero,
    step,
    vector_of,
)

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
    def phase(self, place: str, form: Affine) -> Phase | Affine:
        """The phase of the CReLU called `place` (`f[0]`, `out[0]`), whose argument is `form`; or what stands for it."""
        ...

    def product(self, left: Affine, right: Affine) -> Affine:
        """What stands for the product of two forms that both vary.

        Raises:
            OutsideFragment: nothing does.
        """
        ...


class NoPhaseOracle:
    """For concrete runs: being asked at all is a bug."""

    def phase(self, place: str, form: Affine) -> Phase:
        raise AssertionError(f"a concrete run asked for the phase of {place} at {form}")

    def product(self, left: Affine, right: Affine) -> Affine:
        raise AssertionError(f"a concrete run asked for the product of {left} and {right}")


@dataclass(frozen=True, slots=True)
class Pending:
    """A gate whose phase has not been asked for yet."""

    place: str
    argument: Affine


Lazy: TypeAlias = Entry | Pending
Sparse: TypeAlias = dict[int, Lazy]
"""A vector by its components that are not zero."""

MOST_INPUTS_KEPT: Final = 256
"""Inputs for which a gate's argument before h is kept; a run seldom has more different ones."""


class SymbolicCell:
    """One set of weights, ready for steps over `Sparse` vectors.

    A step costs as much as there are components and weights that are not zero.
    """

    def __init__(self, weights: Weights) -> None:
        if not weights.cell.exact:
            raise OutsideFragment("sigmoid and tanh have no exact values")
        self.cell = weights.cell
        self._gates = {gate: _SparseGate.of(weights, gate) for gate in Gate}
        self._before_h: dict[tuple[Gate, tuple[tuple[int, Lazy], ...]], tuple[dict[int, Entry], Sparse]] = {}

    def added_by_h(self, gate: Gate, h: Sparse) -> dict[int, Parts]:
        """What `u h` adds to each of the gate's units that it reaches."""
        return _products(self._gates[gate].u, h)

    def before_h(self, gate: Gate, x: Sparse) -> tuple[dict[int, Entry], Sparse]:
        """The gate's arguments `w x + b` where they are not zero, and its values were h zero."""
        key = gate, tuple(x.items())
        if key not in self._before_h:
            if len(self._before_h) >= MOST_INPUTS_KEPT:
                self._before_h.clear()
            arguments: dict[int, Entry] = dict(self._gates[gate].b)
            for unit, parts in _products(self._gates[gate].w, x).items():
                arguments[unit] = _sum(arguments.get(unit, ZERO), parts)
            values = {unit: self.activated(gate, unit, argument) for unit, argument in arguments.items()}
            self._before_h[key] = arguments, {unit: value for unit, value in values.items() if value != ZERO}
        return self._before_h[key]

    def activated(self, gate: Gate, unit: int, argument: Entry) -> Lazy:
        return _activate(self.cell.activation(gate), f"{gate.value}[{unit}]", argument)


class SymbolicArithmetic:
    """`cells.CellArithmetic` of a cell, where an oracle says in which phases gates are."""

    def __init__(self, symbolic: SymbolicCell, oracle: PhaseOracle) -> None:
        self.cell = symbolic.cell
        self._symbolic = symbolic
        self._oracle = oracle

    def gate(self, gate: Gate, x: Sparse, h: Sparse) -> Sparse:
        arguments, found = self._symbolic.before_h(gate, x)
        added = self._symbolic.added_by_h(gate, h)
        if not added:
            return found
        found = dict(found)
        for unit, parts in added.items():
            value = self._symbolic.activated(gate, unit, _sum(arguments.get(unit, ZERO), parts))
            if value:
                found[unit] = value
            else:
                found.pop(unit, None)
        return found

    def output(self, c: Sparse) -> Sparse:
        if self.cell.output is Activation.IDENTITY:
            return c
        return {unit: _activate(self.cell.output, f"out[{unit}]", self._force(value)) for unit, value in c.items()}

    def multiply(self, a: Sparse, b: Sparse) -> Sparse:
        return {unit: self._product(a[unit], b[unit]) for unit in sorted(a.keys() & b.keys())}

    def add(self, a: Sparse, b: Sparse) -> Sparse:
        units = sorted(a.keys() | b.keys())
        sums = {unit: self._sum_of(a.get(unit), b.get(unit)) for unit in units}
        return {unit: value for unit, value in sums.items() if value}

    def _sum_of(self, a: Lazy | None, b: Lazy | None) -> Entry:
        if a is None or b is None:
            return self._force(b or ZERO) if a is None else self._force(a)
        return settled(self._force(a) + self._force(b))

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
        # A gate that is 1 leaves the very number that it opens for.
        if left is ONE:
            return right
        if right is ONE:
            return left
        if isinstance(right, Fraction):
            return settled(left * right)
        if isinstance(left, Fraction):
            return settled(right * left)
        return self._oracle.product(left, right)

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
            case stand_in:
                return stand_in


def symbolic_step(
    arithmetic: SymbolicArithmetic, c: Sequence[Entry], h: Sequence[Entry], x: Sequence[Entry]
) -> Stepped[Sequence[Entry]]:
    """`cells.step` on entries, [H] and [D].

    Raises:
        OutsideFragment: a product of two forms that both vary.
        LimitReached: the numbers are too long to go on with.
    """
    result = step(arithmetic, _sparse(c), _sparse(h), _sparse(x))
    refuse_long(value for part in (result.c, result.h) for value in part.values() if not isinstance(value, Pending))
    return Stepped(_whole(result.c, arithmetic.cell.hidden), _whole(result.h, arithmetic.cell.hidden))


def read_out(layer: Layer | None, h: Sequence[Entry]) -> Sequence[Entry]:
    """z: V h + d, [outputs], or h itself where there is no layer.

    Raises:
        LimitReached: the numbers become too long.
    """
    if layer is None:
        return h
    shown = list(nonzero(h))
    return tuple(
        _sum(d, [(entry, row[unit]) for unit, entry in shown]) for row, d in zip(layer.V, layer.d, strict=True)
    )


def settled(value: Entry) -> Entry:
    """A constant form as its number."""
    return value.constant if isinstance(value, Affine) and value.is_constant else value


def _sparse(entries: Sequence[Entry]) -> Sparse:
    return dict(nonzero(entries))


def _whole(values: Sparse, size: int) -> Sequence[Entry]:
    found: dict[int, Entry] = {}
    for unit, value in values.items():
        assert not isinstance(value, Pending)  # sums and products are of values
        found[unit] = value
    return vector_of(found, size, ZERO)


Columns: TypeAlias = Mapping[int, Sequence[tuple[int, Fraction]]]
"""A matrix by its columns that are not zero: each the units it reaches, with their weights."""


@dataclass(frozen=True, slots=True)
class _SparseGate:
    """The weights of one gate that are not zero."""

    w: Columns
    u: Columns
    b: Mapping[int, Fraction]

    @staticmethod
    def of(weights: Weights, gate: Gate) -> _SparseGate:
        values = weights.gates[gate]
        return _SparseGate(_columns(values.w), _columns(values.u), {unit: b for unit, b in enumerate(values.b) if b})


def _columns(matrix: Matrix) -> Columns:
    found: dict[int, list[tuple[int, Fraction]]] = {}
    for unit, row in enumerate(matrix):
        for column, weight in nonzero(row):
            found.setdefault(column, []).append((unit, weight))
    return found


Parts: TypeAlias = list[tuple[Entry, Fraction]]
"""Entries and their factors, to be added up."""


def _products(columns: Columns, vector: Sparse) -> dict[int, Parts]:
    """What a vector adds to each unit that it reaches, as terms of a sum."""
    found: dict[int, Parts] = {}
    for position, value in vector.items():
        assert not isinstance(value, Pending)  # arguments are made of values
        for unit, weight in columns.get(position, ()):
            found.setdefault(unit, []).append((value, weight))
    return found


def _sum(start: Entry, parts: Parts) -> Entry:
    total = ZERO if isinstance(start, Affine) else start
    forms: list[tuple[Affine, Fraction]] = [(start, ONE)] if isinstance(start, Affine) else []
    for value, weight in parts:
        if isinstance(value, Affine):
            forms.append((value, weight))
        else:
            # Most of what a large cell shows is this very one.
            added = weight if value is ONE else value * weight
            total = short(total + added) if total else short(added)
    return settled(linear_sum(forms, total)) if forms else total


def _activate(activation: Activation, place: str, argument: Entry) -> Lazy:
    if activation is Activation.IDENTITY:
        return argument
    return crelu(argument) if isinstance(argument, Fraction) else Pending(place, argument)
