"""Numbers as the files write them: exact, or refused; and as people read them.

A number is an integer, a decimal (`0.1` is 1/10) or a string `"p/q"`; inside the program it is a
`Fraction`. Floats, booleans, NaN and infinities are refused here, once, for every format.

Python turns at most some thousands of digits into text and back (`sys.set_int_max_str_digits`), and
raises beyond. Exact runs have longer numbers than that, so nothing else prints or reads a number:

    format_number   every digit, for files and for names that must differ where numbers differ
    show_number     for people: a long number by its first digits and their count
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

MAX_DIGITS: Final = 1_000
"""Digits that numerator and denominator of a number in a file may have; far beyond any design."""

MAX_PROOF_DIGITS: Final = 20_000
"""The same in certificates, where numbers are sums of products of those in files."""

SHOWN_DIGITS: Final = 60
"""Numerators and denominators of up to so many digits are shown whole."""

LEADING_DIGITS: Final = 12
"""What is shown of longer ones."""

_PYTHONS_DIGITS: Final = 600
"""Python converts so many digits, whatever its limit is set to (the least that it can be set to is 640)."""

_NUMBER: Final = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<over>\d+)/(?P<under>\d+)|(?P<whole>\d*)(?:\.(?P<part>\d*))?(?:[eE](?P<power>[+-]?\d+))?)"
)


def parse_number(text: str, most: int = MAX_DIGITS) -> Fraction:
    """The exact value of `text`; numerator and denominator have at most `most` digits.

    Raises:
        ValueError: not a number, a zero denominator, or too long.
    """
    stripped = text.strip()
    # A sign, a stroke, an exponent and some blanks on top.
    if len(stripped) > 2 * most + 20:
        raise _too_long(f"a number of {len(stripped)} characters", most)
    found = _NUMBER.fullmatch(stripped) if stripped.isascii() else None
    if found is None or not (found["under"] or found["whole"] or found["part"]):
        raise ValueError('not a number: write an integer, a decimal, or "p/q"')
    if found["under"]:
        under = _integer(found["under"])
        if not under:
            raise ValueError("the denominator is zero")
        value = Fraction(_integer(found["over"]), under)
    else:
        part = found["part"] or ""
        power = _integer(found["power"] or "0")
        if abs(power) > 2 * most:
            raise _too_long("a number of too many digits", most)
        value = Fraction(_integer(found["whole"] + part))
        if power != len(part):
            value *= Fraction(10) ** (power - len(part))
    return _limited(-value if found["sign"] == "-" else value, most)


def read_number(value: object, most: int = MAX_DIGITS) -> Fraction:
    """A number out of parsed TOML or JSON, where decimals arrive as their text.

    Raises:
        ValueError: a boolean, a binary float, or anything else that is no exact number.
    """
    match value:
        case bool():
            raise ValueError("a boolean is not a number")
        case int():
            return _limited(Fraction(value), most)
        case Fraction():
            return value
        case float():
            raise ValueError("infinities, NaN and binary floats are not exact numbers")
        case str():
            return parse_number(value, most)
        case _:
            raise ValueError(f'a number is an integer, a decimal or "p/q", not {type(value).__name__}')


def looks_like_number(text: str) -> bool:
    """Is this written as a number, whatever its length?"""
    return bool(text) and text.isascii() and _NUMBER.fullmatch(text) is not None


def format_number(value: Fraction | int) -> str:
    """`"p"` or `"p/q"` with every digit, as every output file writes it."""
    over, under = value.numerator, value.denominator
    return _digits(over) if under == 1 else f"{_digits(over)}/{_digits(under)}"


def show_number(value: Fraction | int | float) -> str:
    """The number for people: whole where it is short, else as `123456789012…(4321 digits)`."""
    if isinstance(value, float):
        return str(value)
    over, under = value.numerator, value.denominator
    return _shortened(over) if under == 1 else f"{_shortened(over)}/{_shortened(under)}"


def _shortened(value: int) -> str:
    digits = _digits(abs(value))
    if len(digits) > SHOWN_DIGITS:
        digits = f"{digits[:LEADING_DIGITS]}…({len(digits)} digits)"
    return f"-{digits}" if value < 0 else digits


def _digits(value: int) -> str:
    # Decimals are converted without Python's limit; the time grows as the square of the length.
    return str(value) if value.bit_length() < 3 * _PYTHONS_DIGITS else str(Decimal(value))


def _limited(value: Fraction, most: int) -> Fraction:
    largest = max(abs(value.numerator), value.denominator)
    # A digit takes more than three bits.
    if largest.bit_length() > 3 * most and largest >= 10**most:
        raise _too_long("a number of too many digits", most)
    return value


def _too_long(what: str, most: int) -> ValueError:
    return ValueError(f"{what}; its numerator and its denominator may have {most} digits each")


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _PYTHONS_DIGITS else int(Decimal(digits))
