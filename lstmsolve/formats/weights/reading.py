"""The one way from a file, a text or a Python value to weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Final

from lstmsolve.formats.files import MIB, other_file, parse_json, parse_toml, read_bytes
from lstmsolve.formats.weights.decoding import decoded, is_numpy
from lstmsolve.formats.weights.literals import MAX_TEXT, literal
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.kernel.spec.problems import Problem

MAX_WEIGHTS: Final = 64 * MIB

CONDITIONS: Final = "states conditions, so it is a family of weights; `lstmsolve family` judges those"
_HEADING: Final = re.compile(r"\[[a-z_]+\][ \t]*(\r?\n|\Z)")
"""A table of TOML."""


def read_weights(path: Path, problem: Problem | None = None) -> Weights:
    """The weights of a file; `problem` says of the cell what the file does not.

    Raises:
        InputError: with every complaint about the file.
    """
    try:
        return _of_bytes(read_bytes(path, MAX_WEIGHTS), path.suffix.lower(), problem)
    except InputError as error:
        raise error.within(str(path)) from None
    except RecursionError:
        raise InputError.single("", "is nested too deeply", source=str(path)) from None


def parse_weights(text: str, problem: Problem | None = None) -> Weights:
    """The weights of a text such as `b_f=1, w_o=-1`, or of any that a file may hold; names left out are 0.

    Raises:
        InputError: a name the cell does not have, a number that is none, a name given twice.
    """
    return _of_text(text, "", problem)


def weights_from_value(value: object, problem: Problem | None = None) -> Weights:
    """The weights of a Python value: a table of numbers, lists or arrays by name.

    Floats are taken at the exact values that they have.

    Raises:
        InputError: with every complaint.
    """
    notes: list[str] = []
    plain = _exact(value, notes)
    if not isinstance(plain, Mapping):
        raise InputError.single("", "weights are a table by name: {'b_f': 1, 'w_o': -1}", type(value).__name__)
    return _of_record(plain, problem, notes)


def is_family(text: str, suffix: str) -> bool:
    """Does a text, whatever its format, state conditions on weights rather than weights?"""
    record = None
    try:
        if _is_table(text, suffix):
            record = _table(text, suffix not in (".yaml", ".yml"))
        elif text.lstrip()[:1] == "{":
            record, _ = _json(text.strip())
    except InputError:
        return False  # whoever reads it as weights says what is wrong
    if record is None and len(text) > MAX_TEXT:
        return False  # too long a text for either
    if record is not None:
        return _has_conditions(record)
    from lstmsolve.formats.weights.prose.conditions import states_conditions

    return states_conditions(text)


# --- by kind -------------------------------------------------------------------------------------


def _of_bytes(data: bytes, suffix: str, problem: Problem | None) -> Weights:
    if is_numpy(data, suffix):
        from lstmsolve.formats.weights.files import numpy_arrays

        notes: list[str] = []
        record = _exact(numpy_arrays(data), notes)
        assert isinstance(record, Mapping)
        return _of_record(record, problem, notes)
    text, note = decoded(data)
    weights = _of_text(text, suffix, problem)
    return weights if note is None else weights.noted(note)


def _of_text(text: str, suffix: str, problem: Problem | None) -> Weights:
    stripped = text.strip()
    if not stripped:
        raise InputError.single("", "is empty")
    other = other_file(text, "weights", also=("result", "certificate", "family"))
    if other is not None:
        raise other
    if _is_table(text, suffix):
        table = _table(text, suffix not in (".yaml", ".yml"))
        if table is not None:
            return _of_record(table, problem, [])
    if suffix == ".json" or stripped[0] in "{[":
        record, notes = _json(stripped)
        if record is not None:
            return _of_record(record, problem, notes)
    if len(text) > MAX_TEXT:
        raise InputError.single(
            "", f"is a text of more than {MAX_TEXT // 2**10} KiB; weights that large are read as JSON"
        )
    # What people write in texts takes more to read than files of ours, which do not wait for it.
    from lstmsolve.formats.weights.assembling import assembled
    from lstmsolve.formats.weights.prose.conditions import states_conditions
    from lstmsolve.formats.weights.prose.texts import text_found
    from lstmsolve.formats.weights.tables import is_table, table_found

    if suffix in (".csv", ".tsv") or is_table(text):
        return assembled(table_found(text), problem)
    if states_conditions(text):
        raise InputError.single("", CONDITIONS)
    return assembled(text_found(text), problem)


def _json(text: str) -> tuple[Mapping[str, object] | None, list[str]]:
    """A table, strictly or loosely JSON; None where it is something else.

    Raises:
        InputError: it should be JSON, and cannot be read.
    """
    notes: list[str] = []
    try:
        value = parse_json(text)
    except InputError as strict:
        if len(text) > MAX_TEXT or "appears twice" in str(strict) or "digits" in str(strict) or "deeply" in str(strict):
            raise
        if text[0] not in "{[":
            return None, []
        if any(mark in text for mark in ("NaN", "Infinity")):
            raise
        try:
            value = literal(text)
        except InputError as loose:
            raise InputError(strict.complaints) from loose
        notes.append("this is not quite JSON; it was read all the same")
    if not isinstance(value, Mapping):
        if text[0] == "[":
            raise InputError.single("", 'is a list; weights need their names: {"b_f": 1, "w_o": -1}')
        raise InputError.single("", 'a table is needed here: {"b_f": 1, "w_o": -1}', text[:20])
    return value, notes


def _table(text: str, toml: bool) -> Mapping[str, object] | None:
    """TOML or YAML; None where the text is neither, so that it may still be read as a text.

    Raises:
        InputError: its limits are exceeded.
    """
    from lstmsolve.formats.weights.files import parse_yaml

    try:
        table = parse_toml(text) if toml else parse_yaml(text)
    except InputError as error:
        if "not valid" in str(error):
            return None
        raise
    return table if isinstance(table, Mapping) else None


def _of_record(record: Mapping[str, object], problem: Problem | None, notes: list[str]) -> Weights:
    if record.get("format") == "lstmsolve/weights/1":
        # As we write it; nearly always there is nothing to repair.
        try:
            return weights_from_record(record)
        except InputError:
            pass
    kind = str(record.get("format", "")).removeprefix("lstmsolve/").partition("/")[0]
    if kind in ("case", "family", "derivation"):
        command = {"case": "solve", "family": "family CASE", "derivation": "derive"}[kind]
        raise InputError.single("", f"is no weights file but a {kind} file; `lstmsolve {command}` takes it")
    if _has_conditions(record):
        raise InputError.single("", CONDITIONS)
    from lstmsolve.formats.weights.assembling import assembled
    from lstmsolve.formats.weights.finding import Found, found_in
    from lstmsolve.formats.weights.frameworks import OURS, gathered

    found = Found(notes=list(notes))
    inner = record.get("weights")
    if gathered(inner if isinstance(inner, Mapping) else record, found, problem):
        if problem is None:
            found.cell |= {"gate": "sigmoid", "candidate": "tanh", "output": "tanh"}
        found_in({key: value for key, value in record.items() if key in OURS}, found)
    else:
        found_in(record, found)
    return assembled(found, problem)


def _has_conditions(record: Mapping[str, object]) -> bool:
    """Is this a family in JSON, TOML or YAML?"""
    inner = record.get("weights")
    tables = (record, inner if isinstance(inner, Mapping) else {})
    values = [value for table in tables for value in table.values() if isinstance(value, str)]
    return (
        any(key in table for table in tables for key in ("where", "bounds"))
        or str(record.get("format", "")).startswith("lstmsolve/family")
        or any(value.lstrip().startswith((">", "<", "≥", "≤")) or value == "any" for value in values)
    )


def _is_table(text: str, suffix: str) -> bool:
    """TOML or YAML, by its suffix or by a heading of TOML."""
    return suffix in (".toml", ".yaml", ".yml") or _HEADING.match(text.lstrip()) is not None


def _exact(value: object, notes: list[str]) -> object:
    """A Python value with exact numbers: arrays and tensors as lists, floats at their exact values."""
    match value:
        case bool() | None | str() | int() | Fraction():
            return value
        case float():
            if not isfinite(value):
                raise InputError.single("", "infinities and NaN are no weights", repr(value))
            exact = Fraction(value)
            if exact.denominator > 2**20 and not notes:
                notes.append(f"floats are taken at their exact values, {value} as {exact}")
            return exact
        case Mapping():
            return {str(key): _exact(entry, notes) for key, entry in value.items()}
        case list() | tuple():
            return [_exact(entry, notes) for entry in value]
        case _ if callable(getattr(value, "tolist", None)):
            return _exact(value.tolist(), notes)  # type: ignore[attr-defined]
        case _:
            raise InputError.single("", "numbers, lists and arrays are read, no other objects", type(value).__name__)
