"""What the gates did along a run: f, i, g and o after every step, exactly or in floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Final, TypeAlias, TypeVar

from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.lstm.cells import Gate, Vector, Weights
from lstmsolve.kernel.lstm.symbolic import NoPhaseOracle, Sparse, SymbolicArithmetic, SymbolicCell
from lstmsolve.model.floats import FLOAT_FORMATS
from lstmsolve.model.traces import FloatGates, FloatTrace, Gates, Trace
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.simulator.rounded import Floats, Order, RoundedArithmetic

_IN_ORDER: Final = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)
"""Of `Gates`."""

R = TypeVar("R")
GateValues: TypeAlias = Callable[[Gate, Floats, Floats], Floats]
"""The values [H] of a gate at x [D] and h [H]."""


def gates_of(weights: Weights, trace: Trace, watch: Watch = UNWATCHED) -> Gates:
    """The gates' values along an exact run, each [T, H].

    Raises:
        LimitReached: the watch ran out.
    """
    arithmetic = SymbolicArithmetic(SymbolicCell(weights), NoPhaseOracle())
    known: dict[tuple[Vector, Vector], list[Vector]] = {}
    """By what they see: long runs see few things."""

    def at(x: Vector, h: Vector) -> list[Vector]:
        watch.check()
        values = [arithmetic.gate(gate, _nonzero(x), _nonzero(h)) for gate in _IN_ORDER]
        return [tuple(_number(of.get(unit, ZERO)) for unit in range(weights.cell.hidden)) for of in values]

    found: list[list[Vector]] = []
    for x, h in _seen(trace.inputs, trace.h, weights.initial.h):
        if (x, h) not in known:
            known[x, h] = at(x, h)
        found.append(known[x, h])
    f, i, g, o = (tuple(gates[place] for gates in found) for place in range(len(_IN_ORDER)))
    return Gates(f, i, g, o)


def float_gates_of(weights: Weights, trace: FloatTrace, precision: str) -> FloatGates:
    """The same of a run in floats."""
    at = _rounded_gates(weights) if precision == "bfloat16" else _numpy_gates(weights, precision)
    found: dict[Gate, list[tuple[float, ...]]] = {gate: [] for gate in Gate}
    start = tuple(map(float, weights.initial.h))
    for x, h in _seen([tuple(map(float, x)) for x in trace.inputs], trace.h, start):
        for gate in Gate:
            found[gate].append(at(gate, x, h))
    f, i, g, o = (tuple(found[gate]) for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT))
    return FloatGates(f, i, g, o)


def _rounded_gates(weights: Weights) -> GateValues:
    arithmetic = RoundedArithmetic(weights, FLOAT_FORMATS["bfloat16"], Order.FORWARD)
    return lambda gate, x, h: arithmetic.gate(gate, arithmetic.given(tuple(map(Fraction, x))), h)


def _numpy_gates(weights: Weights, precision: str) -> GateValues:
    import numpy as np

    from lstmsolve.simulator.batched import Arrays, NumpyArithmetic

    kind = np.dtype(precision)
    arithmetic = NumpyArithmetic(Arrays.of(weights, kind.name))  # type: ignore[arg-type]

    def at(gate: Gate, x: Floats, h: Floats) -> Floats:
        values = arithmetic.gate(gate, np.array([x], dtype=kind), np.array([h], dtype=kind))
        return tuple(map(float, values[0]))

    return at


def _seen(inputs: Sequence[R], h: Sequence[R], start: R) -> Iterator[tuple[R, R]]:
    """What the gates see at each step: x[n] and h[n-1]."""
    return zip(inputs, [start, *h[:-1]], strict=True) if inputs else iter(())


def _nonzero(values: Sequence[Fraction]) -> Sparse:
    return {place: value for place, value in enumerate(values) if value}


def _number(value: object) -> Fraction:
    assert isinstance(value, Fraction)
    return value
