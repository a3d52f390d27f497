"""An automaton out of a file of any of the formats that are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from lstmsolve.formats.files import MIB, parse_json, read_text
from lstmsolve.formats.starting.automata import Automaton
from lstmsolve.formats.starting.dot import parse_dot
from lstmsolve.formats.starting.lines import parse_att, parse_hoa
from lstmsolve.formats.starting.tables import automaton_of_table
from lstmsolve.kernel.base.errors import InputError

MAX_AUTOMATON: Final = 4 * MIB


def _json(text: str) -> Automaton:
    table = parse_json(text)
    if not isinstance(table, Mapping):
        raise InputError.single("", "a table is needed, with transitions, a start and outputs or accepting states")
    return automaton_of_table({**table})


_READERS: Final[Mapping[str, Callable[[str], Automaton]]] = {
    ".dot": parse_dot,
    ".gv": parse_dot,
    ".att": parse_att,
    ".fst": parse_att,
    ".hoa": parse_hoa,
    ".json": _json,
}


def read_automaton(path: Path) -> Automaton:
    """The automaton of a file: Graphviz (.dot), AT&T (.att), Hanoi (.hoa) or a table in JSON.

    Raises:
        InputError: with what is wrong with it.
    """
    text = read_text(path, MAX_AUTOMATON)
    reader = _READERS.get(path.suffix.lower()) or _guessed(text)
    try:
        if reader is None:
            raise InputError.single("", f"no automaton of a format that is read: {', '.join(_READERS)}")
        return reader(text)
    except InputError as error:
        raise error.within(str(path)) from None
    except RecursionError:
        raise InputError.single("", "is nested too deeply", source=str(path)) from None


def _guessed(text: str) -> Callable[[str], Automaton] | None:
    start = text.lstrip()[:200]
    if start.startswith("HOA:"):
        return parse_hoa
    if start.startswith("{"):
        return _json
    return parse_dot if "digraph" in start.lower() else None
