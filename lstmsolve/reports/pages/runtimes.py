"""`runtimes.md`: every certificate of a folder, exported and run wherever a runtime is installed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from lstmsolve.api.exporting import load_design
from lstmsolve.arithmetic.verdicts import float_verdicts
from lstmsolve.formats.files import write_text
from lstmsolve.interop.writing.design import Design
from lstmsolve.interop.writing.drawing import owed_run
from lstmsolve.kernel.base.affine import dot
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.model.floats import FloatsExact, FloatsHorizon, FloatsWrong, FloatVerdict
from lstmsolve.model.watch import Part, Watch
from lstmsolve.reports.parts.runtimes import RUNTIMES, Runtime, Tried, tried
from lstmsolve.showing.media import markdown
from lstmsolve.simulator.exact import run

STEPS: Final = 1_000
VERDICT_SECONDS: Final = 10.0

_FORMATS: Final = ("float32", "float16", "bfloat16")


def build_runtimes(names: Sequence[str], folder: Path, watch: Watch) -> str:
    """Write `runtimes.md` from the certificates of these names in `folder/certificates`; the path written."""
    present = [runtime for runtime in RUNTIMES if runtime.installed]
    absent = [runtime.name for runtime in RUNTIMES if not runtime.installed]
    rows: list[list[str]] = []
    for name in names:
        watch.check()
        path = folder / "certificates" / f"{name}.json"
        if not path.is_file():
            continue
        watch.say(f"runtimes: {name}")
        try:
            design = load_design(path)
        except InputError:
            continue  # a claim of impossibility has no weights
        if design.certificate is not None:
            rows.append(_row(name, design, present, watch))
    write_text(folder / "runtimes.md", _page(rows, present, absent))
    return str(folder / "runtimes.md")


def _row(name: str, design: Design, present: Sequence[Runtime], watch: Watch) -> list[str]:
    assert design.certificate is not None
    assert design.problem is not None
    verdicts = float_verdicts(design.certificate, Part(watch, VERDICT_SECONDS), _FORMATS)
    inputs = [x for x, _ in owed_run(design.problem, STEPS)]
    exact = _outputs(design, inputs)
    found = (tried(runtime, design, inputs, exact) for runtime in present)
    return [markdown(name), *(_verdict(verdicts[kind]) for kind in _FORMATS), *map(_told, found)]


def _outputs(design: Design, inputs: Sequence[Vector]) -> list[Vector]:
    """z after every step, in fractions."""
    matrix, bias = design.readout
    trace = run(design.weights, inputs)
    return [tuple(dot(zip(row, h, strict=True), d) for row, d in zip(matrix, bias, strict=True)) for h in trace.h]


def _told(found: Tried | None) -> str:
    if found is None:
        return "–"
    return "equal" if found.differs is None else f"differs at step {found.differs}"


def _verdict(found: FloatVerdict) -> str:
    match found:
        case FloatsExact():
            return "exact"
        case FloatsHorizon(length, inputs):
            steps = "any length" if length is None else f"{length} steps"
            return steps if inputs is None else f"{steps}, inputs up to {_power(inputs)}"
        case FloatsWrong(failing):
            return f"wrong at step {failing.length - 1}"
        case _:
            return "open"


def _power(value: Fraction) -> str:
    """A power of two as such where it is large."""
    exponent = value.numerator.bit_length() - 1
    return f"2^{exponent}" if value == 2**exponent and exponent > 13 else str(value)


def _page(rows: Sequence[Sequence[str]], present: Sequence[Runtime], absent: Sequence[str]) -> str:
    header = ["design", *_FORMATS, *(runtime.name for runtime in present)]
    lines = [
        "# Runtimes",
        "",
        "Every certificate of this folder, exported and run on one random string: `equal` is bit for bit what the",
        "fractions say after each of 1,000 steps (100 in onnx.reference); – is a design that the format does not take.",
        "Counters leave eight bits after a while, as `export` notes. The LSTM node is computed by onnxruntime alone:",
        "onnx.reference and tract pass over its activations, and OpenVINO refuses it.",
        "`float32`, `float16` and `bfloat16` say what is proved of the format, whatever the order of evaluation",
        "([docs/interop.md](../docs/interop.md#floats)). Made by `lstmsolve report --runtimes`.",
        "",
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
    if absent:
        lines += [f"Not installed where this was made: {'; '.join(absent)}.", ""]
    return "\n".join(lines)
