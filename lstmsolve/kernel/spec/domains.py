"""What an input may be: integers in a range, listed numbers, a real interval, or symbols."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.characters import name_flaw, quoted
from lstmsolve.kernel.base.numbers import MAX_DIGITS, format_number, parse_number, read_number
from lstmsolve.kernel.language.expressions import Constant, Kind, NumericKind, SymbolKind

MAX_ENUMERATED: Final = 16
"""Integer ranges up to this size are taken value by value; larger ones stay symbolic."""

MAX_LISTED: Final = 10_000

MAX_RANGE: Final = 2 * MAX_DIGITS + 20
"""Characters of a range: two numbers and a few words."""


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """All integers from `low` to `high`; None is no bound."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """These numbers only."""

    values: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class RealInterval:
    """All reals of a closed interval; None is no bound."""

    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True, slots=True)
class Symbols:
    """One of several symbols, fed to the cell one-hot, one column a symbol in this order."""

    names: tuple[str, ...]


Domain: TypeAlias = IntegerRange | Listed | RealInterval | Symbols

_RANGE: Final = re.compile(r"\s*(real\b)?\s*([^\s.][^\s]*?)?\s*\.\.\s*(\S+)?\s*")


def parse_domain(value: object) -> Domain:
    """The domain a case file writes: `"0.."`, `"real 0..1"`, `[0, 1]` or `{symbols = [...]}`.

    Raises:
        ValueError: not one of these forms, or empty.
    """
    match value:
        case str():
            return _parse_range(value)
        case Mapping():
            if set(value) != {"symbols"}:
                raise ValueError('a table here has one key: { symbols = ["a", "b"] }')
            return Symbols(parse_symbols(value["symbols"]))
        case Sequence():
            return _parse_listed(value)
        case _:
            raise ValueError('write a range ("0..", "-5..5", "real 0..1"), a list, or { symbols = [...] }')


def parse_symbols(value: object) -> tuple[str, ...]:
    """A non-empty list of distinct, non-empty texts.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError('symbols are a list of texts, such as ["a", "b"]')
    if not value or not all(isinstance(name, str) and name for name in value):
        raise ValueError("symbols are non-empty texts, at least one")
    if len(set(value)) != len(value):
        raise ValueError("the same symbol appears twice")
    for name in value:
        flaw = name_flaw(name)
        if flaw is not None:
            raise ValueError(f"the symbol {quoted(name)} {flaw}")
    return tuple(value)


def describe(domain: Domain) -> str:
    """The domain in words, for statements and reports."""
    match domain:
        case IntegerRange(None, None):
            return "any integer"
        case IntegerRange(low, None):
            return f"any integer >= {edge(low)}"
        case IntegerRange(None, high):
            return f"any integer <= {edge(high)}"
        case IntegerRange(low, high):
            return f"an integer from {edge(low)} to {edge(high)}"
        case RealInterval(None, None):
            return "any real"
        case RealInterval(low, None):
            return f"any real >= {edge(low)}"
        case RealInterval(None, high):
            return f"any real <= {edge(high)}"
        case RealInterval(low, high):
            return f"a real from {edge(low)} to {edge(high)}"
        case Listed(values):
            return "one of " + ", ".join(map(format_number, values))
        case Symbols(names):
            return "one of the symbols " + ", ".join(map(quoted, names))
        case _:
            assert_never(domain)


def kind_of_domain(domain: Domain) -> Kind:
    match domain:
        case IntegerRange():
            return NumericKind(True)
        case RealInterval():
            return NumericKind(False)
        case Listed(values):
            return NumericKind(all(value.denominator == 1 for value in values))
        case Symbols(names):
            return SymbolKind(frozenset(names))
        case _:
            assert_never(domain)


def enumerated(domain: Domain) -> tuple[Constant, ...] | None:
    """Every value, where the domain is taken value by value; None where it stays symbolic."""
    match domain:
        case Listed(values):
            return values
        case Symbols(names):
            return names
        case IntegerRange(int(low), int(high)) if high - low < MAX_ENUMERATED:
            return tuple(Fraction(value) for value in range(low, high + 1))
        case _:
            return None


def domain_rows(domain: Domain, variable: str) -> tuple[Row, ...]:
    """The inequalities of a symbolic domain, over the variable that stands for its value."""
    match domain:
        case IntegerRange(low, high) | RealInterval(low, high):
            x = Affine.variable(variable)
            below = () if low is None else (Row(x - low),)
            above = () if high is None else (Row(-x + high),)
            return below + above
        case Listed() | Symbols():
            raise AssertionError("a listed domain is enumerated")
        case _:
            assert_never(domain)


def contains(domain: Domain, value: Constant) -> bool:
    """Is this one of the values?"""
    match domain, value:
        case Symbols(names), str():
            return value in names
        case Listed(values), Fraction():
            return value in values
        case ((IntegerRange(low, high) | RealInterval(low, high)), Fraction()):
            whole = isinstance(domain, RealInterval) or value.denominator == 1
            return whole and (low is None or value >= low) and (high is None or value <= high)
        case _:
            return False


def width(domain: Domain) -> int:
    """Columns the domain takes in the cell's input."""
    return len(domain.names) if isinstance(domain, Symbols) else 1


def _parse_range(text: str) -> Domain:
    if len(text) > MAX_RANGE:
        raise ValueError(f"a range of {len(text)} characters; at most {MAX_RANGE} are read")
    found = _RANGE.fullmatch(text)
    if not found or (text.strip().startswith("real") and not found[1]):
        raise ValueError('a range is "0..", "..3", "-5..5", "..", or the same after the word real, as in "real .."')
    low, high = (None if edge is None else parse_number(edge) for edge in (found[2], found[3]))
    if low is not None and high is not None and low > high:
        raise ValueError("the range is empty: its low end is above its high end")
    if found[1]:
        return RealInterval(low, high)
    if any(edge is not None and edge.denominator != 1 for edge in (low, high)):
        raise ValueError('the ends of an integer range are integers; write "real 0..1.5" for reals')
    return IntegerRange(None if low is None else int(low), None if high is None else int(high))


def _parse_listed(values: Sequence[object]) -> Domain:
    if not values:
        raise ValueError("the list is empty: an input needs at least one value")
    if len(values) > MAX_LISTED:
        raise ValueError(f"{len(values)} values; at most {MAX_LISTED} can be listed, write a range")
    numbers = tuple(read_number(value) for value in values)
    if len(set(numbers)) != len(numbers):
        raise ValueError("the same value appears twice")
    return Listed(numbers)


def edge(value: Fraction | int | None) -> str:
    """One end of a range as `parse_domain` reads it."""
    return "" if value is None else format_number(value)
