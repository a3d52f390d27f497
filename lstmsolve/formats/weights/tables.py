"""Weights as CSV: one weight a row (`b_f,1`), one a column, or a gate a row and w, u, b in columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

from lstmsolve.formats.weights.finding import Found
from lstmsolve.formats.weights.names import looks_like_weight, named, unknown_weight
from lstmsolve.formats.weights.prose.cleaning import plain
from lstmsolve.kernel.base.errors import InputError, some

MAX_ROWS: Final = 200_000

_GATE: Final = re.compile(r"(?i)(forget|input|candidate|cell|output|[ficog])(?:[ _-]?gate)?")
_MATRIX: Final = re.compile("[wubWUB]")
_CELLS: Final = re.compile(r"[,;\t]")


def is_table(text: str) -> bool:
    """Is this a table without `=`: names and numbers in columns?"""
    if "=" in text or "{" in text:
        return False
    rows = [_CELLS.split(line) for line in text.splitlines()[:50] if line.strip()]
    if pairs_of(rows):
        return True
    names = [sum(named(cell.strip("\"' ")) is not None for cell in row) for row in rows]
    if len(rows) > 1 and names[0] > 1 and len(rows[0]) == len(rows[1]):
        return True
    first = sum(len(row) > 1 and named(row[0].strip("\"' ")) is not None for row in rows)
    return bool(rows) and first >= max(1, len(rows) // 2)


def pairs_of(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Names and values of a table with names over numbers, or of gates by w, u and b; none of any other."""
    header, *others = rows or [[]]
    if len(others) == 1 and len(header) > 1 and all(named(name) is not None for name in header):
        return list(zip(header, others[0], strict=False))
    pairs = [
        (_joined(first, column), value)
        for first, *values in others
        for column, value in zip(header[1:], values, strict=False)
    ]
    return [(name, value) for name, value in pairs if value] if all(name for name, _ in pairs) else []


def _joined(row: str, column: str) -> str:
    """`w_f` of a row f and a column w, or of a row w and a column f; empty where these are neither."""
    for gate, matrix in ((row, column), (column, row)):
        found = _GATE.fullmatch(gate.strip())
        if found is not None and _MATRIX.fullmatch(matrix.strip()):
            return f"{matrix.strip().lower()}_{found[1].lower()}"
    return ""


def table_found(text: str) -> Found:
    """What a table says of weights.

    Raises:
        InputError: it has more rows than are read, or rows of another shape.
    """
    text = plain(text)
    rows = _rows(text)
    found = Found()
    if not rows:
        return found
    for name, value in pairs_of(rows):
        found.name(name, value)
    if not found.is_empty:
        return found
    header = rows[0]
    known = [named(cell) is not None for cell in header]
    if len(header) > 1 and sum(known) > 1:
        _wide(header, rows[1:], found)
    else:
        _long(rows, found)
    return found


def _rows(text: str) -> list[list[str]]:
    """The rows that are not empty, cells stripped."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    # Where columns stand between semicolons or tabs, commas may be decimal ones.
    delimiter = next((sign for sign in ";\t" if sign in first), ",")
    try:
        read = list(islice(csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True), MAX_ROWS + 1))
    except csv.Error as error:
        raise InputError.single("", f"is no CSV that can be read: {error}") from None
    if len(read) > MAX_ROWS:
        raise InputError.single("", f"has more than {MAX_ROWS} rows")
    rows = [[cell.strip() for cell in row] for row in read]
    return [row for row in rows if any(row) and not row[0].startswith("#")]


def _wide(header: Sequence[str], rows: Sequence[Sequence[str]], found: Found) -> None:
    """Names in the first row, numbers in the second."""
    if len(rows) != 1:
        message = f"has a row of names and {len(rows)} rows of numbers; one is needed, so give each answer a file"
        raise InputError.single("", message)
    unknown: list[str] = []
    for name, value in zip(header, rows[0], strict=False):
        if value and not found.name(name, value):
            if looks_like_weight(name):
                found.complaints.add("", unknown_weight(name))
            else:
                unknown.append(name)
    if unknown:
        found.notes.append(f"passed over: {some(unknown, 8)}")


def _long(rows: Sequence[Sequence[str]], found: Found) -> None:
    """A name a row, then its number; or a name, its indices, and the number."""
    unknown: list[str] = []
    for position, row in enumerate(rows):
        cells = [cell for cell in row if cell]
        name = cells[0]
        if not looks_like_weight(name) or (position == 0 and not any(map(_is_number, cells[1:]))):
            unknown.append(name)
            continue
        if len(cells) < 2:
            found.complaints.add(name, "has no value")
            continue
        *index, value = cells[1:]
        written = f"{name}[{','.join(index)}]" if index else name
        if not found.name(written, value):
            found.complaints.add("", unknown_weight(written))
    if unknown and unknown != [rows[0][0]]:
        found.notes.append(f"passed over: {some(unknown, 8)}")


def _is_number(text: str) -> bool:
    return any(character.isdigit() for character in text)
