"""Certificates of boxes as plain records: reading that fails closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.proofs.enclosures import Box, Cut, EnclosureCertificate, Follow, Side, Way
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.records.weights import weights_from_record

MAX_SCALE: Final = 80
_LARGEST: Final = 1 << 200
"""No number of a box is larger."""


def enclosure_from_record(found: Mapping[str, object]) -> EnclosureCertificate:
    """The certificate that a record states, its keys read already.

    Raises:
        InputError: an unknown key, a missing one, a wrong type, or a number that is not exact.
    """
    problem = problem_from_record(found["problem"])
    weights = weights_from_record(found["weights"], "weights")
    return EnclosureCertificate(
        problem,
        weights,
        tuple(
            registers_from_record(state, f"states[{i}]")
            for i, state in enumerate(records.items(found["states"], "states"))
        ),
        records.whole(found["scale"], "scale", 0, MAX_SCALE),
        ways_from_record(found["start"], "start"),
        tuple(box_from_record(box, f"boxes[{i}]") for i, box in enumerate(records.items(found["boxes"], "boxes"))),
        records.number(found["error"], "error"),
    )


def _way(value: object, at: str) -> Way:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return records.whole(value, at)
    if "follow" in value:
        return Follow(ways_from_record(records.fields(value, at, ["follow"])["follow"], f"{at}.follow"))
    found = records.fields(value, at, ["cut", "at", "below", "above"])
    return Cut(
        records.whole(found["cut"], f"{at}.cut"),
        _number(found["at"], f"{at}.at"),
        _way(found["below"], f"{at}.below"),
        _way(found["above"], f"{at}.above"),
    )


def ways_from_record(value: object, at: str) -> tuple[Way, ...]:
    """One way for each combination of inputs."""
    return tuple(_way(way, f"{at}[{i}]") for i, way in enumerate(records.items(value, at)))


def registers_from_record(value: object, at: str) -> dict[str, Value]:
    """Values of registers by name; a symbol is `{"symbol": …}`."""
    found: dict[str, Value] = {}
    for name, entry in records.table(value, at).items():
        if isinstance(entry, Mapping):
            found[name] = records.text(records.fields(entry, f"{at}.{name}", ["symbol"])["symbol"], f"{at}.{name}")
        else:
            found[name] = Affine((), records.number(entry, f"{at}.{name}"))
    return found


def box_from_record(value: object, at: str) -> Box:
    """A box, its sides as integers."""
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
        ways_from_record(found["ways"], f"{at}.ways"),
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
