"""Case files: TOML text to a `Problem`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from lstmsolve.formats.files import MIB, parse_toml, read_text
from lstmsolve.formats.schemas.case_schema import CaseFile
from lstmsolve.kernel.base.errors import Complaint, InputError, spelled
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.spec.problems import Problem

MAX_CASE: Final = MIB


def read_case(path: Path) -> Problem:
    """The problem that a case file states.

    Raises:
        InputError: with every complaint about the file.
    """
    text = read_text(path, MAX_CASE)
    try:
        problem = parse_case(text, path.stem)
    except InputError as error:
        raise error.within(str(path)) from None
    if problem.name != path.stem:
        note = f"the case calls itself {problem.name!r}, its file {path.name!r}"
        return replace(problem, notes=(*problem.notes, note))
    return problem


def parse_case(text: str, name: str = "case") -> Problem:
    """The problem that a case's text states; `name` is its name where the text gives none."""
    return problem_from_record(validated({"name": name, **parse_toml(text)}).record())


def validated(data: Mapping[str, object]) -> CaseFile:
    """The case file with all its structure checked.

    Raises:
        InputError: with every complaint of the schema.
    """
    try:
        return CaseFile.model_validate(data)
    except ValidationError as error:
        raise InputError(schema_complaints(error, "docs/case-format.md")) from None


def schema_complaints(error: ValidationError, page: str) -> list[Complaint]:
    """Pydantic's errors in our words; `page` is where the keys are explained."""
    return [_complaint(dict(entry), page) for entry in error.errors(include_url=False)]


def _complaint(error: Mapping[str, object], page: str) -> Complaint:
    location = error["loc"]
    assert isinstance(location, tuple)
    key = ".".join(str(part) for part in location if part not in ("int", "literal['minimal']", "constrained-int"))
    message = str(error["msg"]).removeprefix("Value error, ")
    match error["type"]:
        case "extra_forbidden":
            return Complaint(key, f"unknown key (see {page} for the keys there are)")
        case "missing":
            return Complaint(key, "is missing")
        case _:
            value = error.get("input")
            return Complaint(key, message, None if isinstance(value, Mapping) else spelled(value))
