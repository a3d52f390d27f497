"""Automata in line formats: AT&T tables (OpenFst, foma, HFST) and the Hanoi format for automata over propositions.

An AT&T line is `source target symbol [output] [weight]`, or a final state alone; the first source is the start. Where
input and output differ anywhere, the outputs are what is said (Mealy); else final states accept.

A Hanoi automaton reads sets of propositions, here one symbol each, such as `a&!b`. It is read over finite words: 1 is
said in states, or on transitions, that carry an acceptance mark, whatever the condition says of endless words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Final

from lstmsolve.formats.starting.automata import Automaton, Moves
from lstmsolve.kernel.base.errors import InputError

MAX_PROPOSITIONS: Final = 8

_EPSILON: Final = frozenset({"@0@", "<eps>", "<epsilon>", "@_EPSILON_SYMBOL_@", "ε"})
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|inf(?:inity)?", re.IGNORECASE)
_HEADER: Final = re.compile(r"([A-Za-z][\w-]*):\s*(.*)")
_PLACE: Final = re.compile(r'State:\s*(?:\[[^\]]*\])?\s*(\d+)\s*(?:"(?:\\.|[^"\\])*")?\s*(\{[^}]*\})?\s*')
_EDGE: Final = re.compile(r"(?:\[([^\]]*)\]\s*)?(\d+)\s*(\{[^}]*\})?")


def parse_att(text: str) -> Automaton:
    """The automaton of an AT&T table.

    Raises:
        InputError: lines of another shape, epsilon transitions, or a nondeterministic table.
    """
    moves, final, start = Moves(), [], None
    differ = False
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.split("\t") if "\t" in line else line.split()
        cells = [cell.strip() for cell in cells if cell.strip()]
        if not cells:
            continue
        start = start or cells[0]
        if len(cells) <= 2:
            final.append(cells[0])
            continue
        if len(cells) > 5:
            raise InputError.single("", f"line {number} has {len(cells)} columns; at most 5 are read", line[:60])
        source, target, symbol, *rest = cells
        # A fourth column is an output, or an acceptor's weight.
        said = rest[0] if rest and not (len(rest) == 1 and _NUMBER.fullmatch(rest[0]) and "." in rest[0]) else symbol
        if _EPSILON & {symbol, said}:
            raise InputError.single("", f"line {number} moves without a symbol; remove epsilons first", line[:60])
        differ = differ or said != symbol
        moves.add(source, symbol, target, said)
    if start is None or not moves.symbols:
        raise InputError.single("", "has no transitions")
    return moves.mealy(start) if differ else moves.accepting(start, final)


def parse_hoa(text: str) -> Automaton:
    """The automaton of a file in the Hanoi format, version 1.

    Raises:
        InputError: it is none, several starts, too many propositions, or a nondeterministic one.
    """
    head, body, _ = (*re.split(r"--BODY--|--END--", text, maxsplit=2), "", "")[:3]
    headers = [found for line in head.splitlines() if (found := _HEADER.match(line.strip()))]
    header = {found[1].lower(): found[2] for found in headers}
    if "hoa" not in header or not body:
        raise InputError.single("", "is not in the Hanoi format: it begins with `HOA: v1` and has a --BODY--")
    starts = re.findall(r"(?m)^\s*Start:\s*(.+)$", head)
    if len(starts) != 1 or not starts[0].strip().isdecimal():
        raise InputError.single("", f"needs one start state, has {len(starts)}")
    names = re.findall(r'"((?:\\.|[^"\\])*)"', header.get("ap", ""))
    if len(names) > MAX_PROPOSITIONS:
        raise InputError.single("", f"has {len(names)} propositions; at most {MAX_PROPOSITIONS} are read")
    letters = {_symbol(names, values): values for values in product((False, True), repeat=len(names))}
    moves, marked, by_edge = Moves(), set(), False
    for state, state_mark, label, target, edge_mark in _edges(body):
        if state_mark:
            marked.add(state)
        by_edge = by_edge or bool(edge_mark)
        moves.next.setdefault(state, {})
        for symbol, values in letters.items():
            if _holds(label, values):
                moves.add(state, symbol, target, "1" if edge_mark else "0")
    if by_edge:
        return moves.mealy(starts[0].strip(), list(letters))
    for row in moves.said.values():
        row.clear()
    return replace(moves.accepting(starts[0].strip(), marked, list(letters)), alphabet=tuple(letters))


def _edges(body: str) -> Iterator[tuple[str, bool, str, str, bool]]:
    """State, whether it is marked, label, target, whether the edge is marked."""
    places = list(_PLACE.finditer(body))
    for place, following in zip(places, [*places[1:], None], strict=True):
        rest = body[place.end() : following.start() if following else len(body)]
        for edge in _EDGE.finditer(rest):
            if edge[1] is None:
                raise InputError.single("", f"state {place[1]} has edges without labels; write them out as [0&!1]")
            yield place[1], bool(place[2]), edge[1], edge[2], bool(edge[3])


def _symbol(names: list[str], values: tuple[bool, ...]) -> str:
    return "&".join(name if value else f"!{name}" for name, value in zip(names, values, strict=True)) or "t"


def _holds(label: str, values: tuple[bool, ...]) -> bool:
    """A label over propositions by number: `0&!1 | t`."""
    tokens = re.findall(r"\d+|[tf()!&|]|\S", label)
    value, at = _either(tokens, 0, values)
    if at != len(tokens):
        raise InputError.single("", "a label has numbers of propositions, t, f, !, &, | and brackets", label[:60])
    return value


def _either(tokens: list[str], at: int, values: tuple[bool, ...]) -> tuple[bool, int]:
    value, at = _both(tokens, at, values)
    while at < len(tokens) and tokens[at] == "|":
        other, at = _both(tokens, at + 1, values)
        value = value or other
    return value, at


def _both(tokens: list[str], at: int, values: tuple[bool, ...]) -> tuple[bool, int]:
    value, at = _one(tokens, at, values)
    while at < len(tokens) and tokens[at] == "&":
        other, at = _one(tokens, at + 1, values)
        value = value and other
    return value, at


def _one(tokens: list[str], at: int, values: tuple[bool, ...]) -> tuple[bool, int]:
    constants: Mapping[str, bool] = {"t": True, "f": False}
    match tokens[at : at + 1]:
        case ["!"]:
            value, at = _one(tokens, at + 1, values)
            return not value, at
        case ["("]:
            value, at = _either(tokens, at + 1, values)
            return value, at + 1
        case [token] if token in constants:
            return constants[token], at + 1
        case [token] if token.isdecimal() and int(token) < len(values):
            return values[int(token)], at + 1
        case _:
            raise InputError.single("", "a label names a proposition by its number", " ".join(tokens)[:60])
