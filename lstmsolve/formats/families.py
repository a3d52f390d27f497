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
from lstmsolve.formats.files import MIB, parse_toml, read_text
from lstmsolve.formats.schemas.case_schema import Text, WeightsTable
from lstmsolve.formats.schemas.tables import Table
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.records.problems import constraints_from_record
from lstmsolve.model.families import Family

FORMAT: Final = "lstmsolve/family/1"
MAX_FAMILY: Final = MIB


class FamilyFile(Table):
    """Either `[weights]`, or its keys at the top."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["lstmsolve/family/1"]
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
    """The family of a file.

    Raises:
        InputError: with every complaint about the file.
    """
    text = read_text(path, MAX_FAMILY)
    try:
        return replace(parse_family(text, path.stem), origin=str(path))
    except InputError as error:
        raise error.within(str(path)) from None


def parse_family(text: str, name: str) -> Family:
    """The family that a text states, called `name` unless it names itself."""
    try:
        found = FamilyFile.model_validate(parse_toml(text))
    except ValidationError as error:
        raise InputError(schema_complaints(error, "docs/regions.md")) from None
    constraints = constraints_from_record(found.weights.record())
    return Family(found.name or name, constraints, found.title, found.source)
