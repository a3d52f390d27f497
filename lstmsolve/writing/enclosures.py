"""Certificates of boxes as the record that `kernel.records.enclosures` reads back."""

from __future__ import annotations

from typing import assert_never

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.proofs.enclosures import Box, Cut, EnclosureCertificate, Follow, Registers, Way
from lstmsolve.writing.problems import problem_record
from lstmsolve.writing.weights import weights_record


def enclosure_record(certificate: EnclosureCertificate) -> dict[str, object]:
    """All of the record but its format and claim."""
    return {
        "problem": problem_record(certificate.problem),
        "weights": weights_record(certificate.weights),
        "error": format_number(certificate.error),
        "states": [registers_record(state) for state in certificate.states],
        "scale": certificate.scale,
        "start": [way_record(way) for way in certificate.start],
        "boxes": [box_record(box) for box in certificate.boxes],
    }


def box_record(box: Box) -> dict[str, object]:
    return {
        "state": box.state,
        "c": [list(side) for side in box.c],
        "o": [list(side) for side in box.o],
        "ways": [way_record(way) for way in box.ways],
    }


def registers_record(registers: Registers) -> dict[str, object]:
    return {name: {"symbol": value} if isinstance(value, str) else _plain(value) for name, value in registers.items()}


def _plain(value: Affine) -> str:
    assert value.is_constant
    return format_number(value.constant)


def way_record(way: Way) -> object:
    match way:
        case None | int():
            return way
        case Cut(coordinate, at, below, above):
            return {"cut": coordinate, "at": at, "below": way_record(below), "above": way_record(above)}
        case Follow(ways):
            return {"follow": [way_record(then) for then in ways]}
        case _:
            assert_never(way)
