"""Weights, maps and traces as rows of text, for the command line and the reports alike."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import Affine, show
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Mode
from lstmsolve.model.traces import Counterexample, FloatTrace, Trace

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


def map_table(certificate: Certificate) -> tuple[list[str], Rows]:
    """For each mode when it applies, and c and h as functions of the registers."""
    header = ["mode", "registers", "c", "h"]
    return header, [_mode_row(mode) for mode in certificate.modes.values()]


def _mode_row(mode: Mode) -> list[str]:
    values = [f"{name} = {show(value)}" for name, value in mode.registers.items() if str(value) != name]
    where = [show(row) for row in mode.where]
    return [mode.name, ", ".join([*values, *where]), _vector(mode.c), _vector(mode.h)]


def _vector(forms: Sequence[Affine]) -> str:
    if len(forms) <= MOST_UNITS:
        return ", ".join(map(show, forms))
    shown = [f"[{unit}] {show(form)}" for unit, form in enumerate(forms) if not form.is_zero]
    return ", ".join([*shown, "else 0"])


def trace_table(run: Counterexample) -> tuple[list[str], Rows]:
    """Step by step: inputs, c, h and z; on the last step what the spec says."""
    header, rows = run_table(run.trace)
    header.append("spec says")
    rows = [[*row, ""] for row in rows]
    rows[-1][-1] = ", ".join("any" if value is None else show_number(value) for value in run.expected)
    return header, rows


def run_table(run: Trace | FloatTrace) -> tuple[list[str], Rows]:
    """Step by step: inputs, c, h, and z where there is a layer."""
    parts = [("x", run.inputs), ("c", run.c), ("h", run.h), *([] if run.z is None else [("z", run.z)])]
    columns = (map(numbers, column) for _, column in parts)
    rows = [[str(n), *step] for n, step in enumerate(zip(*columns, strict=True))]
    return ["step", *(name for name, _ in parts)], rows


def numbers(values: Sequence[Fraction | float]) -> str:
    return ", ".join(map(show_number, values))
