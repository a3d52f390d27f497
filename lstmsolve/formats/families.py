"""Family files (`lstmsolve/family/1`): the `[weights]` of a case on their own.

The conditions stand in a table `[weights]` as in a case, or right at the top of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ConfigDict, ValidationError, model_validator

from lstmsolve.formats.cases import schema_complaints
from lstmsolve.formats.files import MIB, other_file, parse_json, parse_toml, read_bytes
from lstmsolve.formats.schemas.case_schema import Text, WeightsTable
from lstmsolve.formats.schemas.tables import Table
from lstmsolve.formats.weights.decoding import decoded
from lstmsolve.formats.weights.names import looks_like_weight, named, unknown_weight
from lstmsolve.formats.weights.prose.conditions import condition, family_stated
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.records.problems import constraints_from_record
from lstmsolve.model.families import Family

FORMAT: Final = "lstmsolve/family/1"
MAX_FAMILY: Final = MIB


class FamilyFile(Table):
    """Either `[weights]`, or its keys at the top."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["lstmsolve/family/1"] = "lstmsolve/family/1"
    name: Text = ""
    title: Text = ""
    source: Text = ""
    weights: WeightsTable = WeightsTable()

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, data: Any) -> Any:
        """Keys at the top that are not the file's own are conditions, where there is no `[weights]`."""
        if not isinstance(data, Mapping) or "weights" in data:
            return data
        own = {"format", "name", "title", "source"}
        loose = {key: value for key, value in data.items() if key not in own}
        return {**{key: value for key, value in data.items() if key in own}, "weights": loose}


def read_family(path: Path) -> Family:
    """The family of a file: TOML or JSON, or conditions as people write them.

    Raises:
        InputError: with every complaint about the file.
    """
    try:
        text, note = decoded(read_bytes(path, MAX_FAMILY))
        other = other_file(text, "family")
        if other is not None:
            raise other
        found = replace(parse_family(text, path.stem, path.suffix.lower()), origin=str(path))
    except InputError as error:
        raise error.within(str(path)) from None
    return found if note is None else replace(found, notes=(*found.notes, note))


def parse_family(text: str, name: str, suffix: str = "") -> Family:
    """The family that a text states, called `name` unless it names itself.

    Raises:
        InputError: with every complaint.
    """
    if not text.strip():
        raise InputError.single("", "is empty")
    record = _record(text, suffix)
    if record is None:
        stated = family_stated(text)
        constraints = constraints_from_record({"fixed": stated.fixed, "where": stated.where})
        return Family(name, constraints, notes=tuple(stated.notes))
    try:
        found = FamilyFile.model_validate(_tidied(record))
    except ValidationError as error:
        raise InputError(schema_complaints(error, "docs/regions.md")) from None
    return Family(found.name or name, constraints_from_record(found.weights.record()), found.title, found.source)


def _record(text: str, suffix: str) -> Mapping[str, object] | None:
    """A table in TOML or JSON; None where the text is neither.

    Raises:
        InputError: it says that it is TOML of ours, and is not valid.
    """
    try:
        value = parse_json(text) if text.lstrip().startswith("{") else parse_toml(text)
    except InputError as error:
        # A file that begins like ours is to be mended, not guessed at; anything else is read as a text.
        if "not valid" not in str(error) or FORMAT in text:
            raise
        return None
    return value if isinstance(value, Mapping) else None


def _tidied(record: Mapping[str, object]) -> dict[str, object]:
    """A table with names and conditions as the case language writes them."""
    tidied: dict[str, object] = {}
    where: list[object] = []
    for key, value in record.items():
        place = named(key)
        match value:
            case Mapping() if key == "weights":
                tidied[key] = _tidied(value)
            case list() if key == "where":
                where += [condition(entry) if isinstance(entry, str) else entry for entry in value]
            case str() if key == "where":
                where.append(condition(value))
            case str() if place is not None and value.strip()[:1] in tuple("<>≥≤"):
                where.append(condition(f"{key} {value}"))
            case _ if place is None and looks_like_weight(key):
                raise InputError.single("", unknown_weight(key))
            case _:
                tidied[key if place is None else place.text] = value
    return tidied | ({"where": where} if where else {})
