"""Weights, maps and traces as rows of text, for the command line and the reports alike."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import ONE, Affine, show
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Weights, nonzero
from lstmsolve.kernel.proofs.certificates import Mode
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate, Side
from lstmsolve.kernel.spec.specs import Decide, Spec
from lstmsolve.model.outcomes import Proof
from lstmsolve.model.traces import (
    Counterexample,
    EnclosedCounterexample,
    Ends,
    FloatGates,
    FloatTrace,
    Gates,
    Owed,
    Trace,
)

Rows = list[list[str]]
MOST_WEIGHTS = 100
"""So many weights are spelt out; the weights file has them all."""

MOST_UNITS = 12
"""Beyond so many units only those that are not zero are shown."""


MOST_GATED = 3
"""Gates are shown beside c and h of cells of up to so many units."""

WIDEST_GATE = 24
"""So long may what a gate's column says be; longer numbers push c and h out of sight."""

MOST_REGISTERS = 4
SHORT_FRACTION = 9
"""Characters of a fraction that needs no decimals beside it."""

LONG_FRACTION = 40
"""Beyond that it is told by its first digits, and decimals would be mostly zeros."""


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
    shown = [f"[{unit}] {show(form)}" for unit, form in nonzero(forms) if not form.is_zero]
    return ", ".join([*shown, "else 0"])


def trace_table(run: Counterexample | EnclosedCounterexample) -> tuple[list[str], Rows]:
    """Step by step: inputs, gates of small cells, c, h, z where that is read, what the spec says; ✗ where it fails."""
    if isinstance(run, Counterexample):
        return run_table(run.trace, run.gates, run.owed or [None] * run.step + [run.expected])
    header = ["step", "x", "c", "h", "spec says"]
    trace = run.trace
    columns = [list(map(numbers, trace.inputs)), list(map(about, trace.c)), list(map(about, trace.h))]
    if trace.z is not None:
        header.insert(4, "z")
        columns.append(list(map(about, trace.z)))
    rows = [[str(n), *cells, ""] for n, cells in enumerate(zip(*columns, strict=True))]
    rows[-1][-1] = _owed(run.expected, last=True)
    return header, rows


def run_table(
    trace: Trace | FloatTrace,
    gates: Gates | FloatGates | None = None,
    owed: Sequence[Owed | Sequence[Fraction | None] | None] = (),
) -> tuple[list[str], Rows]:
    """A run as rows; `owed` is what the spec says of each step, where it is known, else of the last."""
    told = [entry for entry in owed if isinstance(entry, Owed)]
    columns: dict[str, list[str]] = {"step": [str(n) for n in range(len(trace.inputs))]}
    if told:
        rest = trace.inputs[len(told) :]
        for place, name in enumerate(told[0].given):
            # Where nothing is owed any more, inputs are shown by their columns.
            more = map(numbers, rest) if place == 0 else [""] * len(rest)
            columns[name] = [*(_value(step.given[name]) for step in told), *more]
        for name in told[0].registers if len(told[0].registers) <= MOST_REGISTERS else ():
            columns[name] = _padded([_value(step.registers[name]) for step in told], len(trace.inputs))
    else:
        columns["x"] = list(map(numbers, trace.inputs))
    columns |= _gate_columns(gates)
    columns |= {"c": list(map(numbers, trace.c)), "h": list(map(numbers, trace.h))}
    if trace.z is not None:
        columns["z"] = list(map(numbers, trace.z))
    if owed:
        columns["spec says"] = _padded(
            [_owed(entry, last=n + 1 == len(owed)) for n, entry in enumerate(owed)], len(trace.h)
        )
    return list(columns), [list(row) for row in zip(*columns.values(), strict=True)]


def _gate_columns(gates: Gates | FloatGates | None) -> dict[str, list[str]]:
    """f, i, g and o, where they are few and short enough to stand beside c and h."""
    if gates is None or not gates.f or len(gates.f[0]) > MOST_GATED:
        return {}
    columns = {name: list(map(numbers, getattr(gates, name))) for name in ("f", "i", "g", "o")}
    wide = any(len(cell) > WIDEST_GATE for cells in columns.values() for cell in cells)
    return {} if wide else columns


def owed_text(spec: Spec, expected: Sequence[Fraction | None]) -> str:
    """What a spec says of a step: its numbers, or the reply that they stand for."""
    numbers = f"({_told(expected)})"
    if spec.replies is None or None in expected:
        return numbers
    place = expected.index(ONE)
    greatest = spec.readout is not None and spec.readout.decide is Decide.ARGMAX
    label = "z" if spec.has_layer else "h"
    return f"{spec.replies[place]!r}, " + (f"{label}[{place}] the greatest" if greatest else numbers)


def _told(values: Sequence[Fraction | None]) -> str:
    return ", ".join("any" if value is None else show_number(value) for value in values)


def _owed(entry: Owed | Sequence[Fraction | None] | None, *, last: bool) -> str:
    if entry is None:
        return ""
    values, right = (entry.outputs, entry.right) if isinstance(entry, Owed) else (entry, not last)
    said = _told(values)
    return said if right else f"{said} ✗"


def _padded(cells: list[str], size: int) -> list[str]:
    """The cells, and empty ones for the steps on which nothing is owed."""
    return cells + [""] * (size - len(cells))


def _value(value: Constant) -> str:
    return value if isinstance(value, str) else number(value)


def number(value: Fraction | float) -> str:
    """A number for people: a long fraction with its decimals beside it."""
    shown = show_number(value)
    if isinstance(value, float) or value.denominator == 1 or not SHORT_FRACTION < len(shown) <= LONG_FRACTION:
        return shown
    try:
        return f"{shown} ≈ {float(value):.6g}"
    except OverflowError:
        return shown


def about(ends: Sequence[Ends]) -> str:
    """Numbers that are known up to narrow intervals, by their first digits."""
    return ", ".join(f"{float((low + high) / 2):.6g}" for low, high in ends)


def said(run: Counterexample | EnclosedCounterexample) -> str:
    """What a run's last step says."""
    return about(run.actual) if isinstance(run, EnclosedCounterexample) else numbers(run.actual)


def numbers(values: Sequence[Fraction | float]) -> str:
    return ", ".join(map(number, values))
