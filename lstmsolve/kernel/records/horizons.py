"""Certificates of horizons as plain records: reading that fails closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lstmsolve.kernel.base.affine import ZERO, Affine
from lstmsolve.kernel.proofs.horizons import Counter, Counting, Followed, HorizonCertificate, Target
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.records.enclosures import MAX_SCALE, box_from_record, registers_from_record, ways_from_record
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.records.weights import weights_from_record

MAX_LENGTH: Final = 10**1000
MAX_VALUE: Final = 10**9
"""Of a counter's classes, step and reach."""


def horizon_from_record(found: Mapping[str, object]) -> HorizonCertificate:
    """The certificate that a record states, its keys read already.

    Raises:
        InputError: an unknown key, a missing one, a wrong type, or a number that is not exact.
    """
    problem = problem_from_record(found["problem"])
    weights = weights_from_record(found["weights"], "weights")

    def entries(key: str) -> Iterator[tuple[object, str]]:
        return ((entry, f"{key}[{i}]") for i, entry in enumerate(records.items(found[key], key)))

    return HorizonCertificate(
        problem,
        weights,
        records.whole(found["length"], "length", 1, MAX_LENGTH),
        tuple(_counter(entry, at) for entry, at in entries("counters")),
        {
            name: _form(form, f"registers.{name}")
            for name, form in records.table(found["registers"], "registers").items()
        },
        tuple(_followed(entry, at) for entry, at in entries("followed")),
        tuple(_counting(entry, at) for entry, at in entries("states")),
        records.whole(found["choices"], "choices", 1),
        records.whole(found["scale"], "scale", 0, MAX_SCALE),
        ways_from_record(found["start"], "start"),
        tuple(box_from_record(entry, at) for entry, at in entries("boxes")),
        records.number(found["error"], "error") if "error" in found else ZERO,
    )


def _counter(value: object, at: str) -> Counter:
    found = records.fields(value, at, ["name", "form", "least", "most", "step", "reach"])
    return Counter(
        records.text(found["name"], f"{at}.name"),
        _form(found["form"], f"{at}.form"),
        records.whole(found["least"], f"{at}.least", -MAX_VALUE, MAX_VALUE),
        records.whole(found["most"], f"{at}.most", -MAX_VALUE, MAX_VALUE),
        records.whole(found["step"], f"{at}.step", 1, MAX_VALUE),
        records.whole(found["reach"], f"{at}.reach", 0, MAX_VALUE),
    )


def _form(value: object, at: str) -> Affine:
    """A form without a constant."""
    factors = records.table(value, at)
    return Affine.of({name: records.number(factor, f"{at}.{name}") for name, factor in factors.items()})


def _followed(value: object, at: str) -> Followed:
    found = records.fields(value, at, ["unit", "counter", "start", "leak", "drift", "targets"])
    start, leak, drift = (records.number(found[name], f"{at}.{name}") for name in ("start", "leak", "drift"))
    return Followed(
        records.whole(found["unit"], f"{at}.unit"),
        None if found["counter"] is None else records.whole(found["counter"], f"{at}.counter"),
        start,
        leak,
        drift,
        tuple(_target(entry, f"{at}.targets[{i}]") for i, entry in enumerate(records.items(found["targets"], at))),
    )


def _target(value: object, at: str) -> Target | None:
    if value is None:
        return None
    found = records.fields(value, at, ["factor", "offset"])
    return Target(records.number(found["factor"], f"{at}.factor"), records.number(found["offset"], f"{at}.offset"))


def _counting(value: object, at: str) -> Counting:
    found = records.fields(value, at, ["known", "classes"])
    classes = records.items(found["classes"], f"{at}.classes")
    return Counting(
        registers_from_record(found["known"], f"{at}.known"),
        tuple(records.whole(entry, f"{at}.classes[{i}]") for i, entry in enumerate(classes)),
    )
