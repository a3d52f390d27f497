"""Exact runs, in fractions, for the piecewise-linear activations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.lstm.symbolic import (
    Entry,
    NoPhaseOracle,
    SymbolicArithmetic,
    SymbolicCell,
    read_out,
    symbolic_step,
)
from lstmsolve.model.traces import Trace
from lstmsolve.model.watch import UNWATCHED, Watch


def run(weights: Weights, inputs: Iterable[Vector], watch: Watch = UNWATCHED) -> Trace:
    """The trace of c and h over these input columns, [T, D].

    Raises:
        InputError: an activation without exact values, or an input with the wrong number of columns.
        LimitReached: the numbers are too long to go on with, or the watch ran out.
    """
    cell = weights.cell
    if not cell.exact:
        used = ", ".join(a.value for a in (cell.gate, cell.candidate, cell.output) if not a.piecewise_linear)
        message = f"{used} has no exact values; use --arithmetic float64, or a crelu cell"
        raise InputError.single("cell", message)
    arithmetic = SymbolicArithmetic(SymbolicCell(weights), NoPhaseOracle())
    c, h = weights.initial.c, weights.initial.h
    seen: list[Vector] = []
    trace_c: list[Vector] = []
    trace_h: list[Vector] = []
    trace_z: list[Vector] = []
    for n, x in enumerate(inputs):
        if len(x) != cell.inputs:
            raise InputError.single(f"inputs[{n}]", f"needs {cell.inputs} columns, has {len(x)}")
        try:
            watch.check()
            after = symbolic_step(arithmetic, c, h, x)
        except LimitReached as error:
            raise LimitReached(f"{error} (after {n} steps of a run)") from None
        c, h = _numbers(after.c), _numbers(after.h)
        seen.append(x)
        trace_c.append(c)
        trace_h.append(h)
        if weights.layer is not None:
            trace_z.append(_numbers(read_out(weights.layer, h)))
    return Trace(tuple(seen), tuple(trace_c), tuple(trace_h), None if weights.layer is None else tuple(trace_z))


def _numbers(entries: Sequence[Entry]) -> Vector:
    """The entries of a run on numbers, which are numbers."""
    assert not any(isinstance(entry, Affine) for entry in entries)
    return tuple(entry for entry in entries if not isinstance(entry, Affine))
