"""Numbers as the files write them: exact, or refused.

A number is an integer, a decimal (`0.1` is 1/10) or a string `"p/q"`; inside the program it is a
`Fraction`. Floats, booleans, NaN and infinities are refused here, once, for every format.
"""

from __future__ import annotations

import re
from fractions import Fraction

MAX_DIGITS = 1_000
"""Digits a number in a file may have; far beyond any design, and well below what stalls Python."""

_NUMBER = re.compile(r"[+-]?(\d+/\d+|\d+(\.\d*)?([eE][+-]?\d{1,3})?|\.\d+([eE][+-]?\d{1,3})?)")


def parse_number(text: str) -> Fraction:
    """The exact value of `text`.

    Raises:
        ValueError: not a number, a zero denominator, or more than `MAX_DIGITS` digits.
    """
    stripped = text.strip()
    if len(stripped) > MAX_DIGITS:
        raise ValueError(f"a number of {len(stripped)} characters; at most {MAX_DIGITS} are read")
    if not _NUMBER.fullmatch(stripped) or not stripped.isascii():
        raise ValueError('not a number: write an integer, a decimal, or "p/q"')
    try:
        return Fraction(stripped)
    except ZeroDivisionError:
        raise ValueError("the denominator is zero") from None


def read_number(value: object) -> Fraction:
    """A number out of parsed TOML or JSON, where decimals arrive as their text.

    Raises:
        ValueError: a boolean, a binary float, or anything else that is no exact number.
    """
    match value:
        case bool():
            raise ValueError("a boolean is not a number")
        case int():
            if value.bit_length() > 4 * MAX_DIGITS:
                raise ValueError(f"an integer of more than {MAX_DIGITS} digits")
            return Fraction(value)
        case Fraction():
            return value
        case float():
            raise ValueError("infinities, NaN and binary floats are not exact numbers")
        case str():
            return parse_number(value)
        case _:
            raise ValueError(f'a number is an integer, a decimal or "p/q", not {type(value).__name__}')


def format_number(value: Fraction | int) -> str:
    """`"p"` or `"p/q"`, as every output file writes it."""
    return str(Fraction(value))
