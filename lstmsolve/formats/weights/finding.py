"""What was found of weights, before it is known which shapes the cell has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypeVar

from lstmsolve.formats.weights.names import Named, joined, looks_like_weight, named, unknown_weight
from lstmsolve.kernel.base.errors import Complaints, some

K = TypeVar("K")

_CELL: Final = frozenset({"inputs", "hidden", "gate", "candidate", "output"})
"""Keys of `cell`."""

_DECIMAL_COMMA: Final = re.compile(r"(?P<whole>[+-]?\d+),(?P<part>\d+)")


@dataclass
class Found:
    """Arrays and single weights by name, as they were written, and what was done to read them."""

    arrays: dict[str, object] = field(default_factory=dict)
    """Whole arrays: a number, lists, or a table of what is not zero."""
    entries: dict[str, dict[tuple[int, ...], object]] = field(default_factory=dict)
    """Single weights by array and index."""
    cell: dict[str, object] = field(default_factory=dict)
    initial: object = None
    readout: object = None
    rest: bool = False
    """It was said that the others are 0."""
    notes: list[str] = field(default_factory=list)
    complaints: Complaints = field(default_factory=Complaints)

    @property
    def is_empty(self) -> bool:
        return not (self.arrays or self.entries or self.readout is not None)

    def put(self, place: Named, value: object) -> None:
        """Note the value of a weight or an array; the same value twice is no mistake."""
        value = self._with_point(place, value)
        if place.index:
            _put_once(self.entries.setdefault(place.array, {}), place.index, value, place, self)
        else:
            _put_once(self.arrays, place.array, value, place, self)

    def says(self, text: str) -> bool:
        """Was something said of the array of this weight?"""
        place = named(text)
        return place is not None and (place.array in self.arrays or place.array in self.entries)

    def name(self, text: str, value: object) -> bool:
        """Note the value under a name as it was written; false if that is no weight's name."""
        place = named(text)
        if place is None:
            return False
        if place.text.lower() != text.strip().lower():
            self.renamed[text.strip()] = place.text
        self.put(place, value)
        return True

    def _with_point(self, place: Named, value: object) -> object:
        """0,5 as 0.5; with three digits after its comma a number may be one of thousands."""
        comma = _DECIMAL_COMMA.fullmatch(value) if isinstance(value, str) else None
        if comma is None:
            return value
        if len(comma["part"]) == 3 and comma["whole"].strip("+-") != "0":
            self.complaints.add(place.text, "has a comma: write a decimal point, or no sign between thousands", value)
            return "0"
        note = "decimal commas are read as points"
        if note not in self.notes:
            self.notes.append(note)
        return f"{comma['whole']}.{comma['part']}"

    renamed: dict[str, str] = field(default_factory=dict)
    """Names that were written in another way."""

    repeated: dict[str, None] = field(default_factory=dict)
    """Weights that were given more than once, with the same value."""

    def told(self) -> tuple[str, ...]:
        """The notes, with all names that were read as others in one of them, and all repeated ones in another."""
        renamed = some((f"{old} as {new}" for old, new in self.renamed.items()), 12)
        first = [f"names were read so: {renamed}"] if self.renamed else []
        twice = [f"given twice, with the same value: {some(self.repeated, 12)}"] if self.repeated else []
        return (*first, *twice, *self.notes)


def found_in(record: Mapping[str, object], found: Found) -> None:
    """Note all that a table says: a weights file, a result or a certificate with weights in it, or names and values."""
    inner = record.get("weights")
    if isinstance(inner, Mapping) and ("weights" in inner or not _is_weights(record)):
        said = record.get("command") or str(record.get("format", "")).removeprefix("lstmsolve/").partition("/")[0]
        found.notes.append(f"these are the weights inside of a {said or 'larger'} file")
        found_in(inner, found)
        return
    unknown: list[str] = []
    for key, value in _flat(record, found):
        match key:
            case "format":
                if value != "lstmsolve/weights/1":
                    found.complaints.add("format", "must be 'lstmsolve/weights/1', or be left out", value)
            case "weights" if isinstance(value, Mapping):
                for name, entry in _flat(value, found):
                    if not found.name(name, entry):
                        _odd(name, found, unknown)
            case "weights" | "initial" | "readout" | "cell":
                _part(key, value, found)
            case _ if key in _CELL:
                found.cell[key] = _plain(value)
            case _ if not found.name(key, value):
                _odd(key, found, unknown)
    if unknown:
        found.notes.append(f"passed over, as nobody here knows these keys: {some(unknown, 8)}")


def _is_weights(record: Mapping[str, object]) -> bool:
    return str(record.get("format", "lstmsolve/weights")).startswith("lstmsolve/weights")


def _flat(record: Mapping[str, object], found: Found) -> Iterator[tuple[str, object]]:
    """The entries of a table, those of `{"forget": {"w": 0, "b": 1}}` or `{"b": {"f": 1}}` under one name each."""
    for key, value in record.items():
        names = joined(key, value) if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping) or not names:
            yield key, value
            continue
        found.notes.append(f"the table {key} is read as {some(names.values(), 8)}")
        for inner, entry in value.items():
            yield names.get(inner, inner if looks_like_weight(inner) else f"{key}.{inner}"), entry


def _part(key: str, value: object, found: Found) -> None:
    match key:
        case "initial":
            found.initial = value
        case "readout":
            found.readout = value
        case _ if isinstance(value, Mapping) and key == "cell":
            found.cell |= {name: _plain(entry) for name, entry in value.items()}
        case _:
            found.complaints.add(key, "a table is needed here", value)


def _odd(name: str, found: Found, unknown: list[str]) -> None:
    """A key that is no weight: a slip of the pen, or something about somebody else's business."""
    if looks_like_weight(name):
        found.complaints.add("", unknown_weight(name))
    else:
        unknown.append(name)


def _plain(value: object) -> object:
    """A whole number as the integer that sizes are."""
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def _put_once(into: dict[K, object], key: K, value: object, place: Named, found: Found) -> None:
    if key not in into:
        into[key] = value
    elif into[key] != value:
        found.complaints.add(place.text, "is given twice, with different values")
    else:
        found.repeated[place.text] = None
