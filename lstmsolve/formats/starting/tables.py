"""Automata as tables, in JSON or as Python dicts: transitions as rows, lists or nested tables, under common names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from lstmsolve.formats.starting.automata import Automaton, Moves
from lstmsolve.kernel.base.errors import InputError

_START: Final = ("start", "initial", "initial_state", "start_state", "init", "q0", "initialState", "startState")
_MOVES: Final = ("transitions", "next", "delta", "transition_function", "edges", "moves", "transitionFunction")
_FINAL: Final = ("accepting", "accept", "final", "finals", "final_states", "accepting_states", "accept_states", "F",
                 "finalStates", "acceptStates")  # fmt: skip
_OUTPUT: Final = ("output", "outputs", "labels", "output_function", "output_table", "moore")
_ALPHABET: Final = ("alphabet", "input_symbols", "symbols", "inputs", "sigma", "input_alphabet")
_SOURCE: Final = ("from", "source", "src", "state")
_SYMBOL: Final = ("symbol", "input", "on", "label", "letter", "read")
_TARGET: Final = ("to", "target", "dst", "dest", "next")
_SAID: Final = ("output", "out", "write", "says")


def automaton_of_table(table: Mapping[Any, object]) -> Automaton:
    """The automaton of a table, or of the `[machine]` of a case in JSON.

    Raises:
        InputError: keys are missing, or it is nondeterministic.
    """
    named = {str(key): value for key, value in table.items()}
    if isinstance(named.get("machine"), Mapping):
        inner = named["machine"]
        assert isinstance(inner, Mapping)
        return automaton_of_table(inner)
    given = _first(named, _MOVES)
    if given is None:
        raise InputError.single("", f"has no transitions; they stand under one of {', '.join(_MOVES[:4])}")
    moves = Moves()
    for source, symbol, target, said in _transitions(given):
        moves.add(source, symbol, target, said)
    start = _first(named, _START)
    if start is None:
        raise InputError.single("", f"has no start state; it stands under one of {', '.join(_START[:4])}")
    letters = _first(named, _ALPHABET)
    alphabet = None if letters is None else [_text(letter) for letter in _members(letters)]
    moves.next.setdefault(_text(start), {})
    spoken = _first(named, _OUTPUT)
    if isinstance(spoken, Mapping):
        if any(isinstance(entry, Mapping) for entry in spoken.values()):
            moves.said = {_text(q): {_text(a): _text(x) for a, x in dict(row).items()} for q, row in spoken.items()}
            return moves.mealy(_text(start), alphabet)
        return moves.moore(_text(start), {_text(state): _text(entry) for state, entry in spoken.items()}, alphabet)
    if any(moves.said.values()):
        return moves.mealy(_text(start), alphabet)
    final = _first(named, _FINAL)
    if final is None:
        message = (
            f"says nothing: give accepting states ({', '.join(_FINAL[:4])}), or outputs ({', '.join(_OUTPUT[:2])})"
        )
        raise InputError.single("", message)
    return moves.accepting(_text(start), [_text(state) for state in _members(final)], alphabet)


def is_automaton(table: Mapping[Any, object]) -> bool:
    """Has a table a start and transitions, so that it is no case's?"""
    named = {str(key): value for key, value in table.items()}
    return _first(named, _START) is not None and _first(named, _MOVES) is not None


def _transitions(given: object) -> Iterable[tuple[str, str, str, str | None]]:
    """`{q: {a: r}}`, `{q: {a: [r, out]}}`, `[[q, a, r]]`, `[[q, a, r, out]]`, `[{from, symbol, to}]`, `{(q, a): r}`."""
    if isinstance(given, Mapping):
        for key, row in given.items():
            if isinstance(row, Mapping):
                yield from (_aimed(_text(key), _text(symbol), target) for symbol, target in row.items())
            elif isinstance(key, tuple) and len(key) == 2:
                yield _aimed(_text(key[0]), _text(key[1]), row)
            else:
                raise InputError.single("transitions", "a state has a table of symbols and states", _text(key))
        return
    for entry in _members(given):
        if isinstance(entry, Mapping):
            by_name = {str(key): value for key, value in entry.items()}
            source, symbol, target = (_first(by_name, keys) for keys in (_SOURCE, _SYMBOL, _TARGET))
            if source is None or symbol is None or target is None:
                raise InputError.single("transitions", "a transition has from, symbol and to", str(dict(entry)))
            said = _first(by_name, _SAID)
            yield _text(source), _text(symbol), _text(target), None if said is None else _text(said)
        else:
            parts = [_text(part) for part in _members(entry)]
            if len(parts) not in (3, 4):
                raise InputError.single(
                    "transitions", "a transition is [state, symbol, state] or with an output", str(parts)
                )
            yield parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else None


def _aimed(source: str, symbol: str, target: object) -> tuple[str, str, str, str | None]:
    if isinstance(target, Mapping):
        by_name = {str(key): value for key, value in target.items()}
        to, said = _first(by_name, _TARGET), _first(by_name, _SAID)
        if to is not None:
            return source, symbol, _text(to), None if said is None else _text(said)
    if isinstance(target, Iterable) and not isinstance(target, str | tuple | list):
        states = list(target)  # a set, as nondeterministic automata have them
        if len(states) == 1:
            return source, symbol, _text(states[0]), None
        message = f"is nondeterministic: {source!r} on {symbol!r} leads to {len(states)} states"
        raise InputError.single("", message)
    if isinstance(target, list | tuple) and len(target) == 2:
        return source, symbol, _text(target[0]), _text(target[1])
    if isinstance(target, list | tuple) and len(target) == 1:
        return source, symbol, _text(target[0]), None
    return source, symbol, _text(target), None


def _first(table: Mapping[str, object], keys: Sequence[str]) -> object:
    return next((table[key] for key in keys if key in table and table[key] is not None), None)


def _members(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [key for key, kept in value.items() if kept]
    if isinstance(value, Iterable):
        return list(value)
    return [value]


def _text(value: object) -> str:
    return "1" if value is True else "0" if value is False else str(value)
