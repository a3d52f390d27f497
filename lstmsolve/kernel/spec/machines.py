"""Finite automata as specs: Moore (an output for each state) or Mealy (for each state and symbol)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, count
from typing import Final, TypeAlias

from lstmsolve.kernel.base.errors import Complaint, InputError, some
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.language.expressions import ANY, Constant, DontCare, Lookup, SymbolKind
from lstmsolve.kernel.spec.domains import Domain, Listed, Symbols
from lstmsolve.kernel.spec.specs import Formula, Input, Register, Spec

MAX_STATES: Final = 10_000
INPUT_NAME: Final = "x"
STATE_NAME: Final = "state"
SAID_NAME: Final = "said"

Letter: TypeAlias = Constant | DontCare
"""What a machine says: a number, a symbol, or `any`."""


@dataclass(frozen=True)
class Machine:
    """A total deterministic automaton with outputs."""

    alphabet: tuple[str, ...]
    start: str
    next: Mapping[str, Mapping[str, str]]
    """State, symbol -> state."""
    output: Mapping[str, Letter | Mapping[str, Letter]]
    """State -> what is said on entering it (Moore), or state, symbol -> what is said on leaving it (Mealy)."""
    regex: str | None = None
    """The regular expression that this is the minimal automaton of, where it was made of one."""
    replies: tuple[str, ...] | None = None
    """The symbols that it says, where these are no numbers."""

    @property
    def is_mealy(self) -> bool:
        return any(isinstance(said, Mapping) for said in self.output.values())

    def letter(self, state: str, symbol: str) -> Letter:
        """What is said when `symbol` is read in `state`."""
        said = self.output[state] if self.is_mealy else self.output[self.next[state][symbol]]
        return said[symbol] if isinstance(said, Mapping) else said


def machine(
    alphabet: Sequence[str],
    start: str,
    next: Mapping[str, Mapping[str, str]],
    output: Mapping[str, Letter | Mapping[str, Letter]],
    regex: str | None = None,
    replies: Sequence[str] | None = None,
) -> tuple[Machine, tuple[str, ...]]:
    """A checked machine, cut to its reachable states, and the states that were dropped.

    Raises:
        InputError: with every complaint: missing transitions, unknown states or symbols, too many states.
    """
    complaints = [*_complaints(alphabet, start, next, output), *_reply_complaints(output, replies)]
    if complaints:
        raise InputError(complaints)
    reached = _reachable(start, next)
    kept = [state for state in next if state in reached]
    trimmed = Machine(
        tuple(alphabet),
        start,
        {state: dict(next[state]) for state in kept},
        {state: output[state] for state in kept},
        regex,
        None if replies is None else tuple(replies),
    )
    return trimmed, tuple(state for state in next if state not in reached)


def machine_spec(automaton: Machine) -> Spec:
    """The spec of a machine: one register for its state, tables for its updates.

    Two symbols share one column (0 for the first, 1 for the second); otherwise they are one-hot.
    """
    values = column_values(automaton.alphabet)
    domain: Domain = (
        Listed(tuple(v for v in values.values() if isinstance(v, Fraction)))
        if len(values) == 2
        else Symbols(automaton.alphabet)
    )
    moves: dict[tuple[Constant, ...], Constant | DontCare] = {
        (state, values[symbol]): row[symbol] for state, row in automaton.next.items() for symbol in row
    }
    state = Register(STATE_NAME, SymbolKind(frozenset(automaton.next)), automaton.start)
    update = Formula(Lookup((STATE_NAME, INPUT_NAME), moves))
    inputs = (Input(INPUT_NAME, domain),)
    if not automaton.is_mealy:
        said: dict[tuple[Constant, ...], Constant | DontCare] = {
            (name,): letter for name, letter in automaton.output.items() if not isinstance(letter, Mapping)
        }
        output = Formula(Lookup((STATE_NAME,), said))
        return Spec(inputs, (state,), {STATE_NAME: update}, (output,), replies=automaton.replies)
    letters = {(state_, symbol): automaton.letter(state_, symbol) for state_ in automaton.next for symbol in values}
    # A symbol is its own name, so that no two letters have one.
    names = {
        letter: "any" if letter is ANY else format_number(letter) if isinstance(letter, Fraction) else letter
        for letter in letters.values()
    }
    speak: dict[tuple[Constant, ...], Constant | DontCare] = {
        (state_, values[symbol]): names[letter] for (state_, symbol), letter in letters.items()
    }
    others = chain(["nothing"], (f"nothing {n}" for n in count(2)))
    nothing = next(name for name in others if name not in names.values())
    spoken = Register(SAID_NAME, SymbolKind(frozenset(names.values()) | {nothing}), nothing)
    said_update = Formula(Lookup((STATE_NAME, INPUT_NAME), speak))
    output = Formula(Lookup((SAID_NAME,), {(name,): letter for letter, name in names.items()}))
    updates = {STATE_NAME: update, SAID_NAME: said_update}
    return Spec(inputs, (state, spoken), updates, (output,), replies=automaton.replies)


def column_values(alphabet: Sequence[str]) -> dict[str, Constant]:
    """What each symbol is as an input value."""
    if len(alphabet) == 2:
        return {alphabet[0]: Fraction(0), alphabet[1]: Fraction(1)}
    return {symbol: symbol for symbol in alphabet}


def _reachable(start: str, next: Mapping[str, Mapping[str, str]]) -> set[str]:
    reached = {start}
    frontier = [start]
    while frontier:
        for target in next[frontier.pop()].values():
            if target not in reached:
                reached.add(target)
                frontier.append(target)
    return reached


def _complaints(
    alphabet: Sequence[str],
    start: str,
    next: Mapping[str, Mapping[str, str]],
    output: Mapping[str, Letter | Mapping[str, Letter]],
) -> list[Complaint]:
    if len(next) > MAX_STATES:
        return [Complaint("machine.next", f"{len(next)} states; at most {MAX_STATES} are supported")]
    found: list[Complaint] = []
    if start not in next:
        found.append(Complaint("machine.start", "the start state has no transitions", start))
    symbols = set(alphabet)
    missing = [f"{state} on {symbol}" for state, row in next.items() for symbol in alphabet if symbol not in row]
    if missing:
        more = f" and {len(missing) - 20} more" if len(missing) > 20 else ""
        found.append(Complaint("machine.next", f"transitions are missing: {', '.join(missing[:20])}{more}"))
    for state, row in next.items():
        for symbol, target in row.items():
            key = f"machine.next.{state}.{symbol}"
            if symbol not in symbols:
                found.append(Complaint(key, f"{symbol!r} is not in the alphabet {some(alphabet)}"))
            if target not in next:
                found.append(Complaint(key, "leads to a state that has no transitions", target))
    found += [Complaint(f"machine.output.{state}", "no such state") for state in output if state not in next]
    without = [state for state in next if state not in output]
    if without:
        found.append(Complaint("machine.output", f"states without an output: {', '.join(without[:20])}"))
    kinds = {isinstance(said, Mapping) for said in output.values()}
    if len(kinds) == 2:
        found.append(
            Complaint("machine.output", "either every state has one output (Moore) or every state has a table (Mealy)")
        )
    for state, said in output.items():
        if isinstance(said, Mapping) and set(said) != symbols:
            found.append(Complaint(f"machine.output.{state}", f"a Mealy output names every symbol: {some(alphabet)}"))
    return found


def _reply_complaints(
    output: Mapping[str, Letter | Mapping[str, Letter]], replies: Sequence[str] | None
) -> Iterator[Complaint]:
    """Letters that are symbols where there are numbers, or are not among the symbols."""
    for state, said in output.items():
        for symbol, letter in said.items() if isinstance(said, Mapping) else [(None, said)]:
            key = f"machine.output.{state}" + ("" if symbol is None else f".{symbol}")
            if replies is None and isinstance(letter, str):
                yield Complaint(key, "is a symbol; without replies, outputs are numbers", letter)
            if replies is not None and letter is not ANY and letter not in replies:
                said_ = format_number(letter) if isinstance(letter, Fraction) else letter
                yield Complaint(key, f"is not among the replies {some(replies)}", said_)
