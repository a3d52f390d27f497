"""Weights, maps and traces as rows of text, for the command line and the reports alike."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import Affine, show
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Mode
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate, Side
from lstmsolve.model.outcomes import Proof
from lstmsolve.model.traces import Counterexample, EnclosedCounterexample, Ends

Rows = list[list[str]]
MOST_WEIGHTS = 100
"""So many weights are spelt out; the weights file has them all."""

MOST_UNITS = 12
"""Beyond so many units only those that are not zero are shown."""


def weights_line(weights: Weights) -> str:
    """`b_f=1, w_i=1, …, the rest 0`."""
    cell = weights.cell
    named = [f"{place.short_name(cell)}={show_number(value)}" for place, value in weights.nonzero().items()]
    more = [f"{len(named) - MOST_WEIGHTS} more that are not 0"] if len(named) > MOST_WEIGHTS else []
    return ", ".join([*named[:MOST_WEIGHTS], *more, "the rest 0"])


def map_table(certificate: Proof) -> tuple[list[str], Rows]:
    """For each mode when it applies, and c and h as functions of the registers; or the boxes of c and o."""
    if isinstance(certificate, EnclosureCertificate):
        return ["box", "registers", "c", "o"], [_box_row(certificate, n) for n in range(len(certificate.boxes))]
    header = ["mode", "registers", "c", "h"]
    return header, [_mode_row(mode) for mode in certificate.modes.values()]


def _box_row(certificate: EnclosureCertificate, number: int) -> list[str]:
    box = certificate.boxes[number]
    registers = certificate.states[box.state]

    def sides(pairs: Sequence[Side]) -> str:
        ends = [["-∞" if low is None else _scaled(low), "∞" if high is None else _scaled(high)] for low, high in pairs]
        return ", ".join(f"{low}..{high}" for low, high in ends)

    def _scaled(value: int) -> str:
        return f"{value / 2**certificate.scale:.4g}"

    told = ", ".join(f"{name} = {show(value)}" for name, value in registers.items())
    return [str(number), told, sides(box.c), sides(box.o)]


def _mode_row(mode: Mode) -> list[str]:
    values = [f"{name} = {show(value)}" for name, value in mode.registers.items() if str(value) != name]
    where = [show(row) for row in mode.where]
    return [mode.name, ", ".join([*values, *where]), _vector(mode.c), _vector(mode.h)]


def _vector(forms: Sequence[Affine]) -> str:
    if len(forms) <= MOST_UNITS:
        return ", ".join(map(show, forms))
    shown = [f"[{unit}] {show(form)}" for unit, form in enumerate(forms) if not form.is_zero]
    return ", ".join([*shown, "else 0"])


def trace_table(run: Counterexample | EnclosedCounterexample) -> tuple[list[str], Rows]:
    """Step by step: inputs, c, h, and z where that is read; on the last step what the spec says."""
    header = ["step", "x", "c", "h", "spec says"]
    if isinstance(run, EnclosedCounterexample):
        trace = run.trace
        columns = [list(map(numbers, trace.inputs)), list(map(about, trace.c)), list(map(about, trace.h))]
        if trace.z is not None:
            header.insert(4, "z")
            columns.append(list(map(about, trace.z)))
        rows = [[str(n), *cells, ""] for n, cells in enumerate(zip(*columns, strict=True))]
    else:
        steps = zip(run.trace.inputs, run.trace.c, run.trace.h, strict=True)
        rows = [[str(n), numbers(x), numbers(c), numbers(h), ""] for n, (x, c, h) in enumerate(steps)]
    rows[-1][-1] = ", ".join("any" if value is None else show_number(value) for value in run.expected)
    return header, rows


def about(ends: Sequence[Ends]) -> str:
    """Numbers that are known up to narrow intervals, by their first digits."""
    return ", ".join(f"{float((low + high) / 2):.6g}" for low, high in ends)


def said(run: Counterexample | EnclosedCounterexample) -> str:
    """What a run's last step says."""
    return about(run.actual) if isinstance(run, EnclosedCounterexample) else numbers(run.actual)


def numbers(values: Sequence[Fraction | float]) -> str:
    return ", ".join(map(show_number, values))
