"""Certificates of boxes as the record that `kernel.records.enclosures` reads back."""

from __future__ import annotations

from typing import assert_never

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.proofs.enclosures import Cut, EnclosureCertificate, Follow, Way
from lstmsolve.writing.problems import problem_record
from lstmsolve.writing.weights import weights_record


def enclosure_record(certificate: EnclosureCertificate) -> dict[str, object]:
    """All of the record but its format and claim."""
    return {
        "problem": problem_record(certificate.problem),
        "weights": weights_record(certificate.weights),
        "error": format_number(certificate.error),
        "states": [
            {name: {"symbol": value} if isinstance(value, str) else _plain(value) for name, value in state.items()}
            for state in certificate.states
        ],
        "scale": certificate.scale,
        "start": [_way_record(way) for way in certificate.start],
        "boxes": [
            {
                "state": box.state,
                "c": [list(side) for side in box.c],
                "o": [list(side) for side in box.o],
                "ways": [_way_record(way) for way in box.ways],
            }
            for box in certificate.boxes
        ],
    }


def _plain(value: Affine) -> str:
    assert value.is_constant
    return format_number(value.constant)


def _way_record(way: Way) -> object:
    match way:
        case None | int():
            return way
        case Cut(coordinate, at, below, above):
            return {"cut": coordinate, "at": at, "below": _way_record(below), "above": _way_record(above)}
        case Follow(ways):
            return {"follow": [_way_record(then) for then in ways]}
        case _:
            assert_never(way)
