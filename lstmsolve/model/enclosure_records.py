"""Certificates of boxes as plain records: writing, and reading that fails closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from lstmsolve.model import records
from lstmsolve.model.affine import Affine
from lstmsolve.model.enclosures import Box, Cut, EnclosureCertificate, Follow, Side, Way
from lstmsolve.model.errors import InputError
from lstmsolve.model.evaluation import Value
from lstmsolve.model.numbers import format_number
from lstmsolve.model.problem_records import problem_from_record, problem_record
from lstmsolve.model.weight_records import weights_from_record, weights_record

MAX_SCALE: Final = 80
_LARGEST: Final = 1 << 200
"""No number of a box is larger."""


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


def enclosure_from_record(found: Mapping[str, object]) -> EnclosureCertificate:
    """The certificate that a record states, its keys as in `enclosure_record`.

    Raises:
        InputError: an unknown key, a missing one, a wrong type, or a number that is not exact.
    """
    problem = problem_from_record(found["problem"])
    weights = weights_from_record(found["weights"], "weights")
    return EnclosureCertificate(
        problem,
        weights,
        tuple(_state(state, f"states[{i}]") for i, state in enumerate(records.items(found["states"], "states"))),
        records.whole(found["scale"], "scale", 0, MAX_SCALE),
        _ways(found["start"], "start"),
        tuple(_box(box, f"boxes[{i}]") for i, box in enumerate(records.items(found["boxes"], "boxes"))),
        records.number(found["error"], "error"),
    )


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


def _way(value: object, at: str) -> Way:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return records.whole(value, at)
    if "follow" in value:
        return Follow(_ways(records.fields(value, at, ["follow"])["follow"], f"{at}.follow"))
    found = records.fields(value, at, ["cut", "at", "below", "above"])
    return Cut(
        records.whole(found["cut"], f"{at}.cut"),
        _number(found["at"], f"{at}.at"),
        _way(found["below"], f"{at}.below"),
        _way(found["above"], f"{at}.above"),
    )


def _ways(value: object, at: str) -> tuple[Way, ...]:
    return tuple(_way(way, f"{at}[{i}]") for i, way in enumerate(records.items(value, at)))


def _state(value: object, at: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, entry in records.table(value, at).items():
        if isinstance(entry, Mapping):
            found[name] = records.text(records.fields(entry, f"{at}.{name}", ["symbol"])["symbol"], f"{at}.{name}")
        else:
            found[name] = Affine((), records.number(entry, f"{at}.{name}"))
    return found


def _box(value: object, at: str) -> Box:
    found = records.fields(value, at, ["state", "c", "o", "ways"])
    o: list[tuple[int, int]] = []
    for side in _sides(found["o"], f"{at}.o"):
        if side[0] is None or side[1] is None:
            raise InputError.single(f"{at}.o", "an output gate has two finite bounds")
        o.append((side[0], side[1]))
    return Box(
        records.whole(found["state"], f"{at}.state"),
        tuple(_sides(found["c"], f"{at}.c")),
        tuple(o),
        _ways(found["ways"], f"{at}.ways"),
    )


def _sides(value: object, at: str) -> list[Side]:
    sides: list[Side] = []
    for unit, entry in enumerate(records.items(value, at)):
        pair = records.items(entry, f"{at}[{unit}]")
        if len(pair) != 2:
            raise InputError.single(f"{at}[{unit}]", "needs a lower and an upper bound", len(pair))
        low, high = (None if side is None else _number(side, f"{at}[{unit}]") for side in pair)
        sides.append((low, high))
    return sides


def _number(value: object, at: str) -> int:
    return records.whole(value, at, -_LARGEST, _LARGEST)
