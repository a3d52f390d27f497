"""Strict reading of JSON-like records: what is not expected is an error, never passed over.

Certificates and weights are read with these few functions, so an unknown key, a missing one, a
value of the wrong type or a text that cannot be shown (`characters`) cannot slip through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final, TypeVar

from lstmsolve.kernel.base.characters import name_flaw, quoted
from lstmsolve.kernel.base.errors import Complaint, InputError
from lstmsolve.kernel.base.numbers import MAX_DIGITS, read_number

T = TypeVar("T")

_POSITION: Final = re.compile("0|[1-9][0-9]{0,8}")


def table(value: object, at: str) -> Mapping[str, object]:
    """`value` as a table with text keys."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InputError.single(at, f"a table is needed here, not {_type_name(value)}")
    for key in value:
        flaw = name_flaw(key)
        if flaw is not None:
            raise InputError.single(at, f"the key {quoted(key)} {flaw}")
    return value


def fields(value: object, at: str, required: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, object]:
    """`value` as a table with exactly these keys.

    Raises:
        InputError: not a table; keys missing; keys unknown. All of them are named.
    """
    found = table(value, at)
    missing = [Complaint(_join(at, key), "is missing") for key in required if key not in found]
    known = {*required, *optional}
    hint = f"unknown key; known here: {', '.join([*required, *optional])}"
    unknown = [Complaint(_join(at, key), hint) for key in found if key not in known]
    if missing or unknown:
        raise InputError(missing + unknown)
    return found


def items(value: object, at: str) -> Sequence[object]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InputError.single(at, f"a list is needed here, not {_type_name(value)}")
    return value


def text(value: object, at: str) -> str:
    if not isinstance(value, str):
        raise InputError.single(at, f"a text is needed here, not {_type_name(value)}")
    flaw = name_flaw(value)
    if flaw is not None:
        raise InputError.single(at, flaw, value)
    return value


def whole(value: object, at: str, low: int = 0, high: int | None = None) -> int:
    """An integer within limits."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low or (high is not None and value > high):
        limit = f"at least {low}" if high is None else f"from {low} to {high}"
        raise InputError.single(at, f"an integer {limit} is needed here", value)
    return value


def number(value: object, at: str, most: int = MAX_DIGITS) -> Fraction:
    return parsed(value, at, lambda given: read_number(given, most))


def position(key: str, at: str, limit: int | None = None) -> int:
    """A key that counts something off: 0, 1, … below `limit`."""
    if not _POSITION.fullmatch(key) or (limit is not None and int(key) >= limit):
        said = "0, 1, …" if limit is None else f"0 to {limit - 1}"
        raise InputError.single(at, f"keys here are positions, {said}", key)
    return int(key)


def parsed(value: object, at: str, parse: Callable[[object], T]) -> T:
    """`parse(value)`, its ValueError turned into a complaint about this place."""
    try:
        return parse(value)
    except ValueError as error:
        raise InputError.single(at, str(error), value) from None


def choice(value: object, at: str, options: Mapping[str, T]) -> T:
    if not isinstance(value, str) or value not in options:
        raise InputError.single(at, f"must be one of {', '.join(options)}", value)
    return options[value]


def expect_format(value: object, wanted: str, at: str = "format") -> None:
    if value != wanted:
        raise InputError.single(at, f"must be {wanted!r}", value)


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _type_name(value: object) -> str:
    names = {dict: "a table", list: "a list", str: "a text", bool: "a boolean", int: "a number", type(None): "null"}
    return names.get(type(value), type(value).__name__)
