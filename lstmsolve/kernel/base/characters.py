"""Which characters texts may hold, and texts shown so that nobody is deceived by them.

Names (of inputs, registers, symbols, states, modes and cases), titles and sources hold characters
that are seen and that leave their neighbours alone. Refused are

    control and format characters, so line breaks, ESC, and marks that turn the direction of writing
    letters written from right to left, which reorder what stands around them
    blanks other than the plain one, and letters that look like nothing
    full-width forms, which look like ASCII and are not
    more than two combining marks on one letter, which run over other lines

What could not be refused, such as the name of a file, is shown with these characters escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

MOST_MARKS: Final = 2

_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters, marks and symbols of which nothing is seen (Unicode's Default_Ignorable_Code_Point, Braille's blank)."""

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_PLAIN: Final = re.compile(r"[ -~]*")


def escape(character: str) -> str:
    """`\\n`, `\\x1b`, `\\u202e`, as Python writes a character."""
    return ascii(character)[1:-1]


def name_flaw(text: str) -> str | None:
    """Why this cannot be a name or a title: its first character of the kinds above; None if it can."""
    at = next(_odd_places(text), None)
    return None if at is None else f"holds {character_name(text[at])}, which cannot be shown safely; leave it out"


def shown(text: str, *, lines: bool = False, spell: Callable[[str], str] = escape) -> str:
    """The text with every odd character spelled out, `\\x1b`; with `lines`, line breaks are left."""
    if _PLAIN.fullmatch(text):
        return text
    if lines:
        return "\n".join(shown(line, spell=spell) for line in text.split("\n"))
    odd = set(_odd_places(text))
    return "".join(spell(character) if at in odd else character for at, character in enumerate(text))


def ascii_only(text: str) -> str:
    """The text with everything but printable ASCII escaped, so that no two texts look the same."""
    return "".join(character if _PLAIN.fullmatch(character) else escape(character) for character in text)


def quoted(text: str) -> str:
    """The text in quotes, as the expression language writes a symbol; in printable ASCII."""
    return ascii(text)


def character_name(character: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'a control character')}"


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.category(character)[0] == "M" for character in text)


def _odd_places(text: str) -> Iterator[int]:
    if _PLAIN.fullmatch(text):
        return
    marks = 0
    for at, character in enumerate(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if (
            (category[0] in "CZ" and character != " ")
            or marks > MOST_MARKS
            or _BLANK.match(character)
            or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
            or unicodedata.east_asian_width(character) == "F"
        ):
            yield at
