"""An automaton out of somebody else's file, on its way to a `[machine]`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lstmsolve.kernel.base.errors import InputError, some
from lstmsolve.kernel.base.numbers import looks_like_number
from lstmsolve.kernel.spec.machines import MAX_STATES

DEAD: Final = "dead"


@dataclass(frozen=True)
class Automaton:
    """A total deterministic automaton."""

    alphabet: tuple[str, ...]
    start: str
    next: Mapping[str, Mapping[str, str]]
    """State, symbol -> state."""
    output: Mapping[str, str | Mapping[str, str]]
    """State -> output (Moore), or state, symbol -> output (Mealy)."""
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, object]:
        """The `[machine]` of a case. Outputs are numbers if all of them are, or are words such as yes and no."""
        every = [t for said in self.output.values() for t in (said.values() if isinstance(said, Mapping) else [said])]
        read = _letter if all(text == "any" or _is_number(text) for text in every) else str
        return {
            "alphabet": list(self.alphabet),
            "start": self.start,
            "output": {state: _letters(said, read) for state, said in self.output.items()},
            "next": {state: dict(row) for state, row in self.next.items()},
        }


@dataclass
class Moves:
    """Transitions as they are read, one by one."""

    next: dict[str, dict[str, str]] = field(default_factory=dict)
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    """Outputs of transitions."""
    symbols: dict[str, None] = field(default_factory=dict)

    def add(self, state: str, symbol: str, target: str, said: str | None = None) -> None:
        """One transition.

        Raises:
            InputError: another one for the same state and symbol leads elsewhere or says something else.
        """
        row = self.next.setdefault(state, {})
        self.next.setdefault(target, {})
        self.symbols[symbol] = None
        spoken = self.said.setdefault(state, {})
        if row.get(symbol, target) != target or (said is not None and spoken.get(symbol, said) != said):
            message = f"is nondeterministic: {state!r} has two transitions on {symbol!r}; a deterministic one is needed"
            raise InputError.single("", message)
        if len(self.next) > MAX_STATES:
            raise InputError.single("", f"has more than {MAX_STATES} states")
        row[symbol] = target
        if said is not None:
            spoken[symbol] = said

    def accepting(self, start: str, accept: Iterable[str], alphabet: Iterable[str] | None = None) -> Automaton:
        """The automaton that says 1 in these states; what is missing leads to a state that accepts nothing more."""
        symbols = _ordered(self.symbols if alphabet is None else alphabet)
        known = set(accept)
        strangers = sorted(known - set(self.next))
        for state in strangers:
            self.next.setdefault(state, {})
        output = {state: "1" if state in known else "0" for state in self.next}
        total, dead = self._total(symbols)
        notes = []
        if dead is not None:
            output[dead] = "0"
            notes.append(f"transitions that are missing lead to a new state {dead!r}, which accepts nothing")
        return Automaton(symbols, start, total, output, tuple(notes))

    def moore(self, start: str, output: Mapping[str, str], alphabet: Iterable[str] | None = None) -> Automaton:
        """The automaton that says these outputs on entering states. It must be total."""
        symbols = _ordered(self.symbols if alphabet is None else alphabet)
        self._refuse_holes(symbols)
        without = [state for state in self.next if state not in output]
        if without:
            raise InputError.single("", f"states without an output: {some(without)}")
        return Automaton(symbols, start, self.next, {state: output[state] for state in self.next})

    def mealy(self, start: str, alphabet: Iterable[str] | None = None) -> Automaton:
        """The automaton that says what its transitions say. It must be total."""
        symbols = _ordered(self.symbols if alphabet is None else alphabet)
        self._refuse_holes(symbols)
        return Automaton(symbols, start, self.next, self.said)

    def _total(self, symbols: tuple[str, ...]) -> tuple[dict[str, dict[str, str]], str | None]:
        if all(symbol in row for row in self.next.values() for symbol in symbols):
            return self.next, None
        dead = next(
            name for name in (DEAD, *(f"{DEAD}{n}" for n in range(len(self.next) + 1))) if name not in self.next
        )
        rows = {**self.next, dead: {}}
        return {state: {symbol: row.get(symbol, dead) for symbol in symbols} for state, row in rows.items()}, dead

    def _refuse_holes(self, symbols: tuple[str, ...]) -> None:
        holes = [f"{state} on {symbol}" for state, row in self.next.items() for symbol in symbols if symbol not in row]
        if holes:
            message = f"transitions are missing: {some(holes)}; only acceptors may leave some out"
            raise InputError.single("", message)


def _ordered(symbols: Iterable[str]) -> tuple[str, ...]:
    """Digits and letters in their order, so that two symbols 0 and 1 become the numbers 0 and 1."""
    found = list(dict.fromkeys(symbols))
    if not found:
        raise InputError.single("", "has no symbols")
    return tuple(sorted(found, key=lambda symbol: (len(symbol), symbol)))


def _letters(said: str | Mapping[str, str], read: Callable[[str], object]) -> object:
    return {symbol: read(entry) for symbol, entry in said.items()} if isinstance(said, Mapping) else read(said)


_WORDS: Final = {"true": "1", "false": "0", "True": "1", "False": "0", "yes": "1", "no": "0"}


def _is_number(text: str) -> bool:
    return looks_like_number(_WORDS.get(text, text))


def _letter(text: str) -> object:
    """A number; `any` is any."""
    plain = _WORDS.get(text, text)
    return int(plain) if plain.lstrip("-").isdecimal() else plain
