"""Weights as the record that `kernel.records.weights` reads back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.lstm.cells import SPARSE_FROM, Cell, State, Weights, nonzero
from lstmsolve.kernel.records.weights import FORMAT


def weights_record(weights: Weights, *, dense: bool = False) -> dict[str, object]:
    """The record that `weights_from_record` reads back as the same weights; with `dense`, all rows are lists."""
    arrays: dict[str, object] = {}
    for gate, values in weights.gates.items():
        arrays[f"w_{gate.value}"] = [_row_record(row, dense) for row in values.w]
        arrays[f"u_{gate.value}"] = [_row_record(row, dense) for row in values.u]
        arrays[f"b_{gate.value}"] = _row_record(values.b, dense)
    record: dict[str, object] = {
        "format": FORMAT,
        "cell": cell_record(weights.cell),
        "weights": arrays,
        "initial": state_record(weights.initial),
    }
    if weights.layer is not None:
        record["readout"] = {
            "V": [_row_record(row, dense) for row in weights.layer.V],
            "d": _row_record(weights.layer.d, dense),
        }
    return record


def cell_record(cell: Cell) -> dict[str, object]:
    return {
        "inputs": cell.inputs,
        "hidden": cell.hidden,
        "gate": cell.gate.value,
        "candidate": cell.candidate.value,
        "output": cell.output.value,
    }


def state_record(state: State) -> dict[str, object]:
    return {"c": [format_number(value) for value in state.c], "h": [format_number(value) for value in state.h]}


def _row_record(row: Sequence[Fraction], dense: bool) -> object:
    if dense or len(row) < SPARSE_FROM:
        return [format_number(value) for value in row]
    return {str(place): format_number(value) for place, value in nonzero(row)}
