"""Regular expressions to minimal automata.

greenery reads the expression. Its own automata are not used, because nothing bounds their size
(`(0|1)*1(0|1){10}` takes a minute): here the automaton is built state by state, by partial
derivatives (Antimirov 1996), until it is complete or a limit says that it will not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from greenery import Charclass, Pattern, parse
from greenery.bound import INF
from greenery.parse import NoMatch
from greenery.rxelems import Conc

from lstmsolve.automata.merging import indistinguishable
from lstmsolve.kernel.base.errors import InputError, some
from lstmsolve.kernel.records.specs import MAX_COLUMNS
from lstmsolve.kernel.spec.machines import MAX_STATES

MAX_REGEX: Final = 10_000
"""Characters of a regular expression."""

MAX_BUILT: Final = 2 * MAX_STATES
"""States before those that accept the same words are merged."""

MAX_RANGES: Final = 500
"""Ranges such as `a-z`: greenery takes the square of their number."""

MAX_WORK: Final = 2_000_000
"""Terms that may be looked at on the way: a second or two, so that a few huge states are noticed too."""

SYNTAX: Final = (
    r"known are ab, a|b, (…), a*, a+, a?, a{3}, a{2,}, a{2,5}, ., [ab], [^ab], and \ before a special letter"
)


class _Piece(NamedTuple):
    """`body{least,most}`; the body by its number, and no upper end where `most` is None."""

    body: int
    least: int
    most: int | None


_Term: TypeAlias = int
"""A sequence of pieces, by its number; 0 is the empty one, which matches the empty word."""

_State: TypeAlias = frozenset[_Term]
"""What may still follow: the words of any of the terms."""


def language_record(alphabet: Sequence[str], regex: str) -> dict[str, object]:
    """The record of the minimal automaton (`kernel.spec.machines`) that says 1 after a word of the language, else 0.

    `alphabet` holds distinct texts. States are called q0, q1, … in breadth-first order.

    Raises:
        InputError: the expression is not well-formed, uses other letters, matches no word at all, or
            needs more states than the limits allow.
    """
    if len(alphabet) > MAX_COLUMNS:
        message = f"has {len(alphabet)} letters; at most {MAX_COLUMNS} are supported"
        raise InputError.single("language.alphabet", message)
    for symbol in alphabet:
        if len(symbol) != 1:
            raise InputError.single("language.alphabet", "the symbols of a regular language are single letters", symbol)
    expression = _Expression(_parsed(regex), alphabet, regex)
    if expression.foreign:
        named = ", ".join(map(repr, sorted(expression.foreign)[:10]))
        hint = " (a word is always matched whole, so leave ^ and $ out)" if expression.foreign & {"^", "$"} else ""
        message = f"the alphabet is {some(alphabet)}, and has no {named}{hint}"
        raise InputError.single("language.regex", message, regex)
    accepting, moves = _determined(expression, alphabet, regex)
    if not any(accepting):
        raise InputError.single("language.regex", "the language is empty: no word matches", regex)
    return _merged(accepting, moves, alphabet) | {"regex": regex}


def _parsed(regex: str) -> Pattern:
    if len(regex) > MAX_REGEX:
        message = f"is {len(regex)} characters long; at most {MAX_REGEX} are read"
        raise InputError.single("language.regex", message)
    if regex.count("-") > MAX_RANGES:
        message = f"has {regex.count('-')} ranges such as a-z; at most {MAX_RANGES} are read"
        raise InputError.single("language.regex", message)
    try:
        return parse(regex)
    except NoMatch as error:
        raise InputError.single("language.regex", f"{str(error)[0].lower()}{str(error)[1:]}; {SYNTAX}") from None
    except (ValueError, IndexError) as error:
        raise InputError.single("language.regex", f"is not a regular expression: {error}; {SYNTAX}", regex) from None
    except RecursionError:
        raise InputError.single("language.regex", "is nested too deeply", regex) from None


class _Expression:
    """A regular expression over an alphabet, with numbers for its parts, and its partial derivatives."""

    def __init__(self, pattern: Pattern, alphabet: Sequence[str], regex: str) -> None:
        self._alphabet = frozenset(alphabet)
        self._regex = regex
        self._bodies: list[frozenset[str] | tuple[_Term, ...]] = []
        self._terms: list[tuple[_Piece, _Term]] = [(_Piece(0, 0, 0), 0)]
        """First piece and the rest; the empty term stands in its place 0 unread."""
        self._numbers: dict[tuple[_Piece, _Term], _Term] = {}
        self._nullable = [True]
        self._after: dict[tuple[_Term, str], _State] = {}
        self.foreign: set[str] = set()
        """Letters that are written in the expression and missing in the alphabet."""
        self._work = 0
        self.start: _State = frozenset(self._read(sequence) for sequence in pattern.concs)

    def _read(self, sequence: Conc) -> _Term:
        term: _Term = 0
        for part in reversed(sequence.mults):
            inside = part.multiplicand
            if isinstance(inside, Charclass):
                body: frozenset[str] | tuple[_Term, ...] = self._symbols(inside)
            else:
                body = tuple(self._read(choice) for choice in inside.concs)
            self._bodies.append(body)
            most = None if part.multiplier.max == INF else part.multiplier.max.v
            term = self._put(_Piece(len(self._bodies) - 1, part.multiplier.min.v, most), term)
        return term

    def _symbols(self, letters: Charclass) -> frozenset[str]:
        if not letters.negated:
            few = (letter for letter, _ in zip(letters.get_chars(), range(MAX_REGEX), strict=False))
            self.foreign |= set(few) - self._alphabet
        return frozenset(symbol for symbol in self._alphabet if letters.accepts(symbol))

    def _put(self, piece: _Piece, rest: _Term) -> _Term:
        """The term with a piece before the rest."""
        if piece.most == 0:
            return rest
        number = self._numbers.setdefault((piece, rest), len(self._terms))
        if number == len(self._terms):
            self._terms.append((piece, rest))
            self._nullable.append(self._skippable(piece) and self._nullable[rest])
        return number

    def _skippable(self, piece: _Piece) -> bool:
        inside = self._bodies[piece.body]
        return piece.least == 0 or (isinstance(inside, tuple) and any(map(self.nullable, inside)))

    def spend(self, terms: int) -> None:
        """Count the work on so many terms, and refuse the expression when it is too much."""
        self._work += terms
        if self._work > MAX_WORK:
            raise _too_large("there is too much that may follow in one state", self._regex)

    def nullable(self, term: _Term) -> bool:
        """Does the term match the empty word?"""
        return self._nullable[term]

    def after(self, term: _Term, symbol: str) -> _State:
        """Terms for what may follow once the symbol was read."""
        # From the back, as a term may be long and Python's stack is not.
        ahead = [term]
        while (ahead[-1], symbol) not in self._after and ahead[-1] != 0 and self._skippable(self._terms[ahead[-1]][0]):
            ahead.append(self._terms[ahead[-1]][1])
        found: _State = frozenset()
        for number in reversed(ahead):
            key = number, symbol
            if key not in self._after:
                self._after[key] = found | self._through(number, symbol) if number != 0 else frozenset()
            found = self._after[key]
            self.spend(1 + len(found))
        return found

    def _through(self, term: _Term, symbol: str) -> set[_Term]:
        """What follows if the first piece reads the symbol."""
        (body, least, most), rest = self._terms[term]
        again = self._put(_Piece(body, max(least - 1, 0), None if most is None else most - 1), rest)
        inside = self._bodies[body]
        if not isinstance(inside, tuple):
            return {again} if symbol in inside else set()
        return {self._joined(head, again) for choice in inside for head in self.after(choice, symbol)}

    def _joined(self, head: _Term, rest: _Term) -> _Term:
        pieces: list[_Piece] = []
        while head != 0:
            piece, head = self._terms[head]
            pieces.append(piece)
        self.spend(1 + 2 * len(pieces))
        for piece in reversed(pieces):
            rest = self._put(piece, rest)
        return rest


def _too_large(why: str, regex: str) -> InputError:
    message = f"its automaton is too large: {why}; what makes automata large is counting, as in (0|1)*1(0|1){{20}}"
    return InputError.single("language.regex", message, regex)


def _determined(expression: _Expression, alphabet: Sequence[str], regex: str) -> tuple[list[bool], list[list[int]]]:
    """A deterministic automaton: for each state whether it accepts, and where each symbol leads."""
    numbers: dict[_State, int] = {expression.start: 0}
    states = [expression.start]
    moves: list[list[int]] = []
    for state in states:
        row: list[int] = []
        for symbol in alphabet:
            target: _State = frozenset().union(*(expression.after(term, symbol) for term in state))
            expression.spend(len(state) + len(target))
            if target not in numbers:
                numbers[target] = len(states)
                states.append(target)
            row.append(numbers[target])
            if len(states) > MAX_BUILT:
                raise _too_large(f"{len(states)} states and still growing (at most {MAX_STATES} are supported)", regex)
        moves.append(row)
    return [any(map(expression.nullable, state)) for state in states], moves


def _merged(accepting: Sequence[bool], moves: Sequence[Sequence[int]], alphabet: Sequence[str]) -> dict[str, object]:
    """The record of the minimal automaton."""
    # States come in breadth-first order and classes in the order of their first states.
    classes = indistinguishable(accepting, moves)
    firsts = {number: state for state, number in reversed(list(enumerate(classes)))}
    names = {number: f"q{number}" for number in sorted(firsts)}
    return {
        "alphabet": list(alphabet),
        "start": "q0",
        "output": {name: str(int(accepting[firsts[number]])) for number, name in names.items()},
        "next": {
            name: {
                symbol: names[classes[target]] for symbol, target in zip(alphabet, moves[firsts[number]], strict=True)
            }
            for number, name in names.items()
        },
    }
