"""Case files: TOML text to a `Problem`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from lstmsolve.formats.files import MIB, other_file, parse_toml, read_text, toml_value
from lstmsolve.formats.schemas.case_schema import (
    Assume,
    CaseFile,
    CellTable,
    Initial,
    LanguageTable,
    Output,
    Readout,
)
from lstmsolve.formats.schemas.machine_tables import MachineTable
from lstmsolve.formats.schemas.tables import Table
from lstmsolve.kernel.base.errors import Complaint, InputError, some
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.spec.problems import Problem

MAX_CASE: Final = MIB
MOST_STRANGE: Final = 6
"""Unknown keys that are complained about one by one."""

_TABLES: Final[Mapping[str, type[Table]]] = {
    "": CaseFile,
    "output": Output,
    "assume": Assume,
    "readout": Readout,
    "cell": CellTable,
    "cell.initial": Initial,
    "machine": MachineTable,
    "language": LanguageTable,
}
_KEYS: Final = {name: tuple(table.model_fields) for name, table in _TABLES.items()}
"""The keys of each table of a case."""


def read_case(path: Path) -> Problem:
    """The problem that a case file states.

    Raises:
        InputError: with every complaint about the file.
    """
    text = read_text(path, MAX_CASE)
    try:
        other = other_file(text, "case")
        if other is not None:
            raise other
        problem = parse_case(text, case_name(path.stem))
    except InputError as error:
        raise error.within(str(path)) from None
    if problem.name != case_name(path.stem):
        note = f"the case calls itself {problem.name!r}, its file {path.name!r}"
        return replace(problem, notes=(*problem.notes, note))
    return problem


def case_name(stem: str) -> str:
    """A name that a case may have, out of its file's."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:100]
    return plain or "case"


def parse_case(text: str, name: str = "case") -> Problem:
    """The problem that a case's text states, called `name` unless it names itself."""
    return case_from_table(parse_toml(text), name)


def case_from_table(table: Mapping[str, object], name: str = "case") -> Problem:
    """The problem that a table states as a case file does.

    Raises:
        InputError: with every complaint.
    """
    return problem_from_record(validated({"name": name, **table}).record())


def validated(data: Mapping[str, object]) -> CaseFile:
    """The case file with all its structure checked.

    Raises:
        InputError: with every complaint of the schema.
    """
    try:
        return CaseFile.model_validate(data)
    except ValidationError as error:
        raise InputError(schema_complaints(error, "docs/case-format.md", _KEYS)) from None


def schema_complaints(
    error: ValidationError, page: str, known: Mapping[str, Collection[str]] | None = None
) -> list[Complaint]:
    """Pydantic's errors in our words; `page` explains the keys, `known` has them by the table that they stand in."""
    entries = [dict(entry) for entry in error.errors(include_url=False)]
    strange = [entry for entry in entries if entry["type"] == "extra_forbidden"]
    if len(strange) > MOST_STRANGE:
        # Not a typo here and there, but a file of another kind, or a table in the wrong place.
        named = some((".".join(map(str, _location(entry))) for entry in strange), 5)
        tops = (known or {}).get("", ())
        hint = f"known at the top: {', '.join(tops)}" if tops else f"see {page} for the keys there are"
        return [Complaint("", f"{len(strange)} unknown keys, {named}; {hint}")]
    return [_complaint(entry, page, known or {}) for entry in entries]


def _location(error: Mapping[str, object]) -> tuple[object, ...]:
    location = error["loc"]
    assert isinstance(location, tuple)
    return location


def _complaint(error: Mapping[str, object], page: str, known: Mapping[str, Collection[str]]) -> Complaint:
    location = _location(error)
    key = ".".join(map(str, location))
    message = str(error["msg"]).removeprefix("Value error, ")
    match error["type"]:
        case "extra_forbidden":
            table, name = ".".join(map(str, location[:-1])), str(location[-1])
            names = known.get(table, ())
            near = get_close_matches(name, names, n=1, cutoff=0.7)
            if near:
                meant = f"[{near[0]}]" if not table and isinstance(error.get("input"), Mapping) else near[0]
                return Complaint(key, f"unknown key; did you mean {meant}?")
            where = f"known here: {', '.join(names)}" if names else f"see {page} for the keys there are"
            return Complaint(key, f"unknown key; {where}")
        case "missing":
            return Complaint(key, "is missing")
        case _:
            value = error.get("input")
            if error["type"] in ("model_type", "dict_type"):
                message = f"a table is needed here; see {page}"
            if isinstance(value, Mapping):
                return Complaint(key, message)
            # Where a text is wrong for being one, its quotes say so.
            plain = isinstance(value, str) and not str(error["type"]).endswith("_type")
            return Complaint(key, message, str(value) if plain else toml_value(value))
