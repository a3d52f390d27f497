"""Exact runs, for the piecewise-linear activations: fractions in, fractions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.lstm.cells import State, Vector, Weights
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
from lstmsolve.simulator.integers import IntegerRun, Numbers


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
    seen: list[Vector] = []
    trace_c: list[Vector] = []
    trace_h: list[Vector] = []
    trace_z: list[Vector] = []
    stepped = _stepper(weights)
    for n, x in enumerate(inputs):
        if len(x) != cell.inputs:
            raise InputError.single(f"inputs[{n}]", f"needs {cell.inputs} columns, has {len(x)}")
        try:
            watch.check()
            c, h = stepped(x)
        except LimitReached as error:
            raise LimitReached(f"{error} (after {n} steps of a run)") from None
        seen.append(x)
        trace_c.append(c)
        trace_h.append(h)
        if weights.layer is not None:
            trace_z.append(_numbers(read_out(weights.layer, h)))
    return Trace(tuple(seen), tuple(trace_c), tuple(trace_h), None if weights.layer is None else tuple(trace_z))


Stepper: TypeAlias = Callable[[Vector], tuple[Vector, Vector]]
"""From the next input columns [D] to the new c and h [H]."""


def _stepper(weights: Weights) -> Stepper:
    """A run from the start: on integers while numbers are short, then on fractions."""
    whole = IntegerRun(weights)
    slow: Stepper | None = None

    def stepped(x: Vector) -> tuple[Vector, Vector]:
        nonlocal slow
        if slow is not None:
            return slow(x)
        given = Numbers.of(x)
        if not (whole.is_short and given.is_short):
            slow = on_fractions(weights, State(*whole.state))
            return slow(x)
        whole.go(given)
        return whole.state

    return stepped


def on_fractions(weights: Weights, start: State) -> Stepper:
    arithmetic = SymbolicArithmetic(SymbolicCell(weights), NoPhaseOracle())
    c, h = start.c, start.h

    def stepped(x: Vector) -> tuple[Vector, Vector]:
        nonlocal c, h
        after = symbolic_step(arithmetic, c, h, x)
        c, h = _numbers(after.c), _numbers(after.h)
        return c, h

    return stepped


def _numbers(entries: Sequence[Entry]) -> Vector:
    """The entries of a run on numbers, which are numbers."""
    assert not any(isinstance(entry, Affine) for entry in entries)
    return tuple(entry for entry in entries if not isinstance(entry, Affine))
