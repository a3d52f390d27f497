"""What the gates did along a run: f, i, g and o after every step, exactly or in floats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeVar

from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.lstm.cells import Gate, Vector, Weights
from lstmsolve.kernel.lstm.symbolic import NoPhaseOracle, Sparse, SymbolicArithmetic, SymbolicCell
from lstmsolve.model.traces import FloatGates, FloatTrace, Gates, Trace
from lstmsolve.model.watch import UNWATCHED, Watch

R = TypeVar("R")


def gates_of(weights: Weights, trace: Trace, watch: Watch = UNWATCHED) -> Gates:
    """The gates' values along an exact run, each [T, H].

    Raises:
        LimitReached: the watch ran out.
    """
    arithmetic = SymbolicArithmetic(SymbolicCell(weights), NoPhaseOracle())
    found: dict[Gate, list[Vector]] = {gate: [] for gate in Gate}
    for x, h in _seen(trace.inputs, trace.h, weights.initial.h):
        watch.check()
        for gate in Gate:
            values = arithmetic.gate(gate, _nonzero(x), _nonzero(h))
            found[gate].append(tuple(_number(values.get(unit, ZERO)) for unit in range(weights.cell.hidden)))
    f, i, g, o = (tuple(found[gate]) for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT))
    return Gates(f, i, g, o)


def float_gates_of(weights: Weights, trace: FloatTrace, precision: str) -> FloatGates:
    """The same of a run in floats."""
    import numpy as np

    from lstmsolve.simulator.batched import Arrays, NumpyArithmetic

    kind = np.dtype(precision)
    arrays = Arrays.of(weights, kind.name)  # type: ignore[arg-type]
    arithmetic = NumpyArithmetic(arrays)
    found: dict[Gate, list[tuple[float, ...]]] = {gate: [] for gate in Gate}
    start = tuple(map(float, weights.initial.h))
    for x, h in _seen([tuple(map(float, x)) for x in trace.inputs], trace.h, start):
        for gate in Gate:
            values = arithmetic.gate(gate, np.array([x], dtype=kind), np.array([h], dtype=kind))
            found[gate].append(tuple(map(float, values[0])))
    f, i, g, o = (tuple(found[gate]) for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT))
    return FloatGates(f, i, g, o)


def _seen(inputs: Sequence[R], h: Sequence[R], start: R) -> Iterator[tuple[R, R]]:
    """What the gates see at each step: x[n] and h[n-1]."""
    return zip(inputs, [start, *h[:-1]], strict=True) if inputs else iter(())


def _nonzero(values: Sequence[Fraction]) -> Sparse:
    return {place: value for place, value in enumerate(values) if value}


def _number(value: object) -> Fraction:
    assert isinstance(value, Fraction)
    return value
