"""`export`: designs to files of other tools."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.weights import WeightsLike, load_weights
from lstmsolve.api.passes.files.packages import missing
from lstmsolve.api.passes.rechecking import recheck
from lstmsolve.formats.binary import write_folder
from lstmsolve.formats.documents import MAX_CERTIFICATE
from lstmsolve.formats.files import kind_of_file, parse_json, read_bytes, write_bytes
from lstmsolve.interop.writing.design import Design, Files, rounded_names
from lstmsolve.kernel.base.errors import InputError, some
from lstmsolve.kernel.lstm.cells import Gate
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.model.floats import FLOAT_FORMATS
from lstmsolve.model.outcomes import Accepted
from lstmsolve.model.watch import UNWATCHED, Watch

Target: TypeAlias = Literal[
    "onnx", "onnx-step", "onnx-int8", "onnx-lstm", "torch", "safetensors", "c", "smtlib", "latex", "dot"
]
Precision: TypeAlias = Literal["float32", "float64"]

TARGETS: Final[tuple[Target, ...]] = get_args(Target)

_HOMES: Final[dict[Target, tuple[str, str]]] = {
    "onnx": ("graphs.floats", "scan_model"),
    "onnx-step": ("graphs.floats", "step_model"),
    "onnx-int8": ("graphs.int8", "int8_model"),
    "onnx-lstm": ("graphs.lstm", "lstm_model"),
    "c": ("c.code", "c_files"),
    "smtlib": ("smt.queries", "smtlib_files"),
    "latex": ("latex", "latex_file"),
    "dot": ("dot", "dot_file"),
    "torch": ("torch_net", "torch_files"),
    "safetensors": ("state_dict", "safetensors_file"),
}
"""The module of each exporter and its function. Modules are imported when they are needed: most need a package."""

_FLOATS: Final = frozenset({"onnx", "onnx-step", "onnx-lstm", "torch", "safetensors"})
"""Targets with weights in floats."""


_PROOFS: Final = frozenset({"smtlib", "dot"})
"""Targets that say what the modes of a proof say."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written where, and what there is to know about it."""

    written: tuple[str, ...]
    notes: tuple[str, ...]


def load_design(path: Path, case: str | Path | None = None, watch: Watch = UNWATCHED) -> Design:
    """The design of a weights file, or of a certificate that the checker accepts.

    Raises:
        InputError: it is neither, the checker rejects it, or the case is about something else.
        LimitReached: the watch ran out.
    """
    data = read_bytes(path, MAX_CERTIFICATE)
    if kind_of_file(data[:10_000].decode(errors="replace")) != "certificate":
        problem = None if case is None else load_case(case)
        weights = load_weights(path, problem)
        return Design(weights, None if problem is None else problem.for_weights(weights))
    try:
        record = parse_json(data.decode())
        certificate = certificate_from_record(record)
        if isinstance(certificate, Impossibility):
            raise InputError.single("", "says that no weights exist, so there are none to export")
        checked = recheck(certificate, watch)
    except UnicodeDecodeError:
        raise InputError.single("", "is no JSON; weights and certificates of ours are", source=str(path)) from None
    except InputError as error:
        raise error.within(error.source or str(path)) from None
    if not isinstance(checked, Accepted):
        raise InputError.single("", f"is a certificate that proves nothing: {checked.reason}", source=str(path))
    if case is not None:
        raise InputError.single("--case", "is for weights; a certificate carries its own case", str(case))
    digest = hashlib.sha256(data).hexdigest()
    exact = certificate if isinstance(certificate, Certificate) else None
    return Design(certificate.weights, certificate.problem, exact, checked.statement, digest)


def export(
    source: str | Path | Design,
    target: Target,
    path: Path,
    *,
    case: str | Path | None = None,
    precision: Precision = "float32",
    watch: Watch = UNWATCHED,
) -> Exported:
    """Write a design for another tool.

    Raises:
        InputError: the file is wrong, the design does not fit the target, or a package is missing.
    """
    design = source if isinstance(source, Design) else load_design(Path(source), case, watch)
    files = exported(design, target, precision)
    if set(files) == {""}:
        if path.is_dir():
            raise InputError.single("", "is a folder; a file is written here", source=str(path))
        write_bytes(path, files[""])
        written: tuple[str, ...] = (str(path),)
    else:
        write_folder(path, files)
        written = tuple(str(path / name) for name in files)
    return Exported(written, tuple(_notes(design, target, precision)))


def exported(design: Design, target: Target, precision: Precision = "float32") -> Files:
    """The files of an export, by name; one file alone is called "".

    Raises:
        InputError: the design does not fit the target, or a package is missing.
    """
    module, function = _HOMES[target]
    try:
        home = import_module(f"lstmsolve.interop.writing.{module}")
    except ModuleNotFoundError as error:
        raise missing(error, f"--to {target}") from None
    write = getattr(home, function)
    if target in _PROOFS and design.statement and design.certificate is None:
        message = "needs a proof over the fractions, with modes; this certificate proves by boxes, which have none"
        raise InputError.single(f"--to {target}", message)
    if target in _FLOATS:
        return cast("Callable[[Design, Precision], Files]", write)(design, precision)
    return cast("Callable[[Design], Files]", write)(design)


def _bounded(certificate: Certificate) -> bool:
    """Does the proof say of every mode which numbers h holds?"""
    return all(form.is_constant for mode in certificate.modes.values() for form in mode.h)


def _notes(design: Design, target: Target, precision: Precision) -> list[str]:
    notes = []
    if target in _FLOATS:
        bits = FLOAT_FORMATS["float32"].precision if precision == "float32" else 53
        rounded = rounded_names(design, bits)
        if rounded:
            exact = design.weights.cell.exact
            how = "`verify --arithmetic float32`" if exact else "`verify` with the rounded weights"
            notes.append(
                f"{len(rounded)} numbers were rounded to {precision}: {some(rounded, 8)}; "
                f"{how} says whether the design bears it"
            )
    if target == "c" and any(value.denominator != 1 for _, value in design.numbers()):
        rounded = rounded_names(design, 53)
        if rounded:
            notes.append(f"{len(rounded)} numbers were rounded to double: {some(rounded, 8)}; replay the test vectors")
    if not design.statement:
        notes.append("these are weights alone, about which nothing is proved here; export a certificate to say more")
    if target == "onnx-int8" and (design.certificate is None or not _bounded(design.certificate)):
        notes.append("h and x have eight bits: right while they are from -128 to 127")
    if target == "onnx-lstm":
        notes.append(
            "only onnxruntime runs this node with its activations; other runtimes ignore them silently or refuse: "
            "`--to onnx` runs everywhere"
        )
    return notes


def arrays(weights: WeightsLike, precision: Precision = "float64") -> dict[str, Any]:
    """The weights as numpy arrays by name: w_* [H, D], u_* [H, H], b_* [H]; with a layer V [outputs, H], d [outputs].

    A start other than zeros is there as `initial`, a table of c and h, each [H]. `load_weights` reads it all again,
    every float as the fraction that it is; a fraction such as 1/3 is rounded here.

    Raises:
        InputError: a weight is too large for a float.
    """
    import numpy as np

    given = load_weights(weights)
    gates = {f"{name}_{gate.value}": getattr(given.gates[gate], name) for gate in Gate for name in ("w", "u", "b")}
    layer = {} if given.layer is None else {"V": given.layer.V, "d": given.layer.d}
    start = {"c": given.initial.c, "h": given.initial.h}
    try:
        found: dict[str, Any] = {
            name: np.array([tuple(map(float, row)) if name[0] in "wuV" else float(row) for row in values], precision)
            for name, values in (gates | layer).items()
        }
        if any(map(any, start.values())):
            found["initial"] = {name: np.array(list(map(float, values)), precision) for name, values in start.items()}
    except OverflowError:
        raise InputError.single("weights", "a weight is too large for a float") from None
    return found
