"""`[machine]`, with its conveniences: partial tables, Mealy lists, replies that are texts.

`MachineTable.record` is the table that `kernel.records.specs.machine_from_record` reads: total, each output a number
or one of `replies`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator

from lstmsolve.formats.schemas.tables import Table
from lstmsolve.kernel.base.errors import Complaint, InputError, some
from lstmsolve.kernel.base.numbers import format_number, read_number
from lstmsolve.kernel.spec.domains import parse_symbols


def alphabet(value: object) -> tuple[str, ...]:
    """`"ab"` or `["a", "b"]`."""
    return parse_symbols(list(value) if isinstance(value, str) else value)


def _letter(value: object) -> object:
    """A text as it is, any other number spelled exactly."""
    return value if isinstance(value, str) else _Spelled(format_number(read_number(value)))


class _Spelled(str):
    """A number that was one in the file, not a text that looks like one."""


def _said(value: object) -> object:
    """A Moore output, a Mealy table, or a Mealy list in the order of the alphabet."""
    if isinstance(value, Mapping):
        return {symbol: _letter(entry) for symbol, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_letter(entry) for entry in value]
    return _letter(value)


class MachineTable(Table):
    alphabet: Annotated[tuple[str, ...], BeforeValidator(alphabet)]
    start: str
    output: dict[str, Annotated[object, BeforeValidator(_said)]]
    next: dict[str, dict[str, str]]
    default: str | None = None
    replies: Annotated[tuple[str, ...], BeforeValidator(parse_symbols)] | None = None

    def record(self) -> dict[str, object]:
        """The total machine.

        Raises:
            InputError: a list of another length than the alphabet, numbers among symbols, outputs that are missing.
        """
        said = {state: self._table(state, value) for state, value in self.output.items()}
        replies = self._replies(said)
        moves = {state: dict(row) for state, row in self.next.items()}
        if self.default is not None:
            said, moves = self._completed(said, moves, self.default, replies)
        record: dict[str, object] = {"alphabet": list(self.alphabet), "start": self.start, "output": {}, "next": moves}
        record["output"] = {
            state: {symbol: _written(entry, replies) for symbol, entry in value.items()}
            if isinstance(value, Mapping)
            else _written(value, replies)
            for state, value in said.items()
        }
        return record if replies is None else record | {"replies": list(replies)}

    def _table(self, state: str, value: object) -> object:
        if not isinstance(value, list):
            return value
        if len(value) != len(self.alphabet):
            message = f"a Mealy list has one output a symbol, in the order {some(self.alphabet)}"
            raise InputError.single(f"machine.output.{state}", message, f"{len(value)} outputs")
        return dict(zip(self.alphabet, value, strict=True))

    def _replies(self, said: Mapping[str, object]) -> tuple[str, ...] | None:
        """The symbols that are said, in order; None where numbers are."""
        letters = [(state, letter) for state, value in said.items() for letter in _letters(value) if letter != "any"]
        if self.replies is None and all(_is_number(letter) for _, letter in letters):
            return None
        numbers = [(state, letter) for state, letter in letters if isinstance(letter, _Spelled)]
        if numbers:
            state, letter = numbers[0]
            message = "is a number among outputs that are symbols; write all of them as texts, or all as numbers"
            raise InputError([Complaint(f"machine.output.{state}", message, str(letter))])
        return self.replies or parse_symbols(list(dict.fromkeys(letter for _, letter in letters)))

    def _completed(
        self, said: dict[str, object], moves: dict[str, dict[str, str]], default: str, replies: tuple[str, ...] | None
    ) -> tuple[dict[str, object], dict[str, dict[str, str]]]:
        """The machine with what is missing: moves to `default`, and 0 said where a number is missing."""
        mealy = any(isinstance(value, Mapping) for value in said.values())
        total = {state: dict.fromkeys(self.alphabet, default) | row for state, row in moves.items()}
        total.setdefault(default, dict.fromkeys(self.alphabet, default))
        full = dict(said)
        silent: list[str] = []
        for state in total:
            value = full.setdefault(state, {}) if mealy else full.get(state)
            if mealy and isinstance(value, Mapping):
                without = [symbol for symbol in self.alphabet if symbol not in value]
                # An output is missing only where the move was, or all of a state is new.
                new = [s for s in without if s not in moves.get(state, {})]
                silent += [f"{state} on {symbol}" for symbol in new] if replies else []
                full[state] = {**value, **({} if replies else dict.fromkeys(new, _Spelled("0")))}
            elif not mealy and value is None and state not in moves:
                silent += [state] if replies else []
                full[state] = _Spelled("0")
        if silent:
            message = f"what is said there? Outputs are symbols, so none is taken for granted: {some(silent)}"
            raise InputError.single("machine.output", message)
        return full, total


def _letters(value: object) -> Iterator[str]:
    for letter in value.values() if isinstance(value, Mapping) else [value]:
        assert isinstance(letter, str)
        yield letter


def _is_number(letter: str) -> bool:
    try:
        read_number(letter)
    except ValueError:
        return False
    return True


def _written(letter: object, replies: Sequence[str] | None) -> str:
    assert isinstance(letter, str)
    return str(letter) if replies is not None or letter == "any" else format_number(read_number(letter))
