"""Weights as plain records: the weights file, and the same inside results and certificates.

A row of a matrix is a list of numbers, or, where it is mostly zero, a table `{"column": number}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.base.errors import Complaints, InputError
from lstmsolve.kernel.lstm.cells import (
    CANDIDATE_ACTIVATIONS,
    GATE_ACTIVATIONS,
    MAX_HIDDEN,
    MAX_OUTPUTS,
    OUTPUT_ACTIVATIONS,
    Activation,
    Cell,
    Gate,
    GateWeights,
    Layer,
    Matrix,
    State,
    Weights,
    row_of,
)
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.records.problems import state_from_record

FORMAT: Final = "lstmsolve/weights/1"


def weights_from_record(record: object, at: str = "") -> Weights:
    """The weights that a record states.

    Raises:
        InputError: with every complaint: unknown or missing keys, shapes, numbers that are not exact.
    """
    prefix = f"{at}." if at else ""
    found = records.fields(record, at, ["format", "cell", "weights"], ["initial", "readout"])
    records.expect_format(found["format"], FORMAT, f"{prefix}format")
    cell = cell_from_record(found["cell"], f"{prefix}cell")
    names = [f"{matrix}_{gate.value}" for gate in Gate for matrix in ("w", "u", "b")]
    arrays = records.fields(found["weights"], f"{prefix}weights", names)
    complaints = Complaints()
    gates = {
        gate: GateWeights(
            w=_matrix(arrays, f"w_{gate.value}", cell.hidden, cell.inputs, f"{prefix}weights.", complaints),
            u=_matrix(arrays, f"u_{gate.value}", cell.hidden, cell.hidden, f"{prefix}weights.", complaints),
            b=tuple(_row(arrays[f"b_{gate.value}"], cell.hidden, f"{prefix}weights.b_{gate.value}", complaints)),
        )
        for gate in Gate
    }
    initial = State.zero(cell.hidden)
    if "initial" in found:
        given = complaints.attempt(state_from_record, found["initial"], f"{prefix}initial")
        if given is not None and len(given.c) != cell.hidden:
            complaints.add(f"{prefix}initial", f"needs {cell.hidden} numbers each, one a unit", len(given.c))
        initial = given or initial
    layer = None
    if "readout" in found:
        layer = complaints.attempt(_layer, found["readout"], cell.hidden, f"{prefix}readout")
        cell = replace(cell, outputs=None if layer is None else len(layer.d))
    complaints.refuse()
    return Weights(cell, gates, initial, layer)


def _layer(record: object, hidden: int, at: str) -> Layer:
    found = records.fields(record, at, ["V", "d"])
    complaints = Complaints()
    outputs = len(records.items(found["V"], f"{at}.V"))
    if not 1 <= outputs <= MAX_OUTPUTS:
        raise InputError.single(f"{at}.V", f"from 1 to {MAX_OUTPUTS} outputs are supported", outputs)
    matrix = _matrix(found, "V", outputs, hidden, f"{at}.", complaints)
    d = _row(found["d"], outputs, f"{at}.d", complaints)
    complaints.refuse()
    return Layer(matrix, tuple(d))


def cell_from_record(record: object, at: str) -> Cell:
    found = records.fields(record, at, ["inputs", "hidden"], ["gate", "candidate", "output"])

    def activation(key: str, options: Sequence[Activation], default: Activation) -> Activation:
        names = {option.value: option for option in options}
        return records.choice(found.get(key, default.value), f"{at}.{key}", names)

    return Cell(
        records.whole(found["inputs"], f"{at}.inputs", 1, MAX_HIDDEN),
        records.whole(found["hidden"], f"{at}.hidden", 1, MAX_HIDDEN),
        activation("gate", GATE_ACTIVATIONS, Activation.CRELU),
        activation("candidate", CANDIDATE_ACTIVATIONS, Activation.CRELU),
        activation("output", OUTPUT_ACTIVATIONS, Activation.IDENTITY),
    )


def _matrix(
    arrays: Mapping[str, object], name: str, rows: int, columns: int, prefix: str, complaints: Complaints
) -> Matrix:
    at = f"{prefix}{name}"
    found = complaints.attempt(records.items, arrays[name], at)
    if found is None:
        return ()
    if len(found) != rows:
        complaints.add(at, f"needs shape [{rows}, {columns}], has {len(found)} rows")
        return ()
    return tuple(_row(row, columns, f"{at}[{position}]", complaints) for position, row in enumerate(found))


def _row(value: object, columns: int, at: str, complaints: Complaints) -> Sequence[Fraction]:
    if isinstance(value, Mapping):
        return complaints.attempt(_sparse_row, value, columns, at) or ()
    found = complaints.attempt(records.items, value, at)
    if found is None:
        return ()
    if len(found) != columns:
        complaints.add(at, f"needs {columns} numbers, has {len(found)}")
        return ()
    entries = (complaints.attempt(records.number, entry, f"{at}[{place}]") for place, entry in enumerate(found))
    return row_of({place: entry for place, entry in enumerate(entries) if entry}, columns)


def _sparse_row(value: Mapping[str, object], columns: int, at: str) -> Sequence[Fraction]:
    row: dict[int, Fraction] = {}
    for key, entry in value.items():
        row[records.position(key, at, columns)] = records.number(entry, f"{at}[{key}]")
    return row_of(row, columns)
