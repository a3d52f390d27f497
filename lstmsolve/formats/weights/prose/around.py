"""What stands around weights in a text: what may be passed over, and what may say something that must not be missed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from lstmsolve.formats.weights.names import named

_LABEL: Final = re.compile(
    r"(?i)(?:problem|exercise|question|task|homework|hw|sheet|assignment|part|chapter|section|page|version|no|nr|number"
    r"|student|matrikel(?:nr|nummer)?|matriculation|id|group|team|points|date|exam|midterm|quiz|lecture|week|fig(?:ure)?"
    r"|table|eq|equation|step|solution|answer|attempt|aufgabe|blatt|übung|gruppe|lösung|exercice|devoir|feuille"
    r"|ejercicio|problema|esercizio)"
)
"""Words that are followed by a number of their own: `Problem 6.4`."""

_SPEAKING: Final = re.compile(
    r"(?i)\b(?:weights?|bias(?:es)?|gates?|rest|others?|remaining|all|every\w*|each|any\w*|both|half|cell|state"
    r"|initial\w*|start\w*|values?|parameters?|entries|autres?|reste|tous|toutes|anderen?|übrigen|alle|otr[ao]s|resto"
    r"|altri|gewichte?|poids|pesos?)\b"
)
"""Words by which a line may speak of weights without their names."""

_REST: Final = re.compile(
    r"(?i)\b(?:rest|others?|remaining|everything|anything|autres?|reste|anderen?|übrigen|otr[ao]s|resto|altri)\b"
)

_WEIGHTS: Final = re.compile(r"(?i)\b(?:weights?|bias(?:es)?|parameters?|entries|gewichte?|poids|pesos?)\b")

_BECAUSE: Final = re.compile(
    r"(?i)\b(?:so|because|since|as|which|that|thus|hence|therefore|then|when\w*|if|unless|until|after|for"
    r"|damit|weil|wenn|also|da|donc|car|quand|si)\b"
)
"""What follows these explains, and states nothing."""

_NOT: Final = re.compile(
    r"(?i)(?:\b(?:not|never|no|without|except|unless|instead\s+of|nicht|ohne|kein|pas|sans)[ \t]+|[!\u00ac][ \t]*)$"
)
_QUANTITY: Final = re.compile(
    r"(?i)two|three|four|five|six|ten|half|twice|doubled?|tripled?|halved|negated|inverted|squared|times|zwei|drei|deux|trois"
)
"""Words that say how much, as a number would."""

_SCALE: Final = re.compile(
    r"(?i)[ \t]*(?:%|(?:hundred|thousand|million|billion|dozen|percent|tausend|prozent|mille)\b)"
)
_ASSIGNED: Final = re.compile(r"(?<!\w)([^\W\d]\w*+(?:\[[\d, ]*\])?)\s*(?:=|:|<-)\s*([-+]?[\d./]*)")
_LONG: Final = re.compile(r"\d{4,}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}")
_FAR: Final = 2_000
"""Characters around a number that are looked at, of a long line."""
_CLAUSE: Final = re.compile(r";|\.\s")


def is_quantity(text: str, start: int, word: str) -> bool:
    """Does a word say how much, on a line of weights or one that speaks of them, and not in an explanation?"""
    if word.lower() == "one":
        clause = _clause(text, start)
        return _WEIGHTS.search(clause) is not None and _BECAUSE.search(clause) is None
    return _QUANTITY.fullmatch(word) is not None and not says_nothing(text, start, start)


def says_nothing(text: str, start: int, end: int, word: str = "") -> bool:
    """May the number be passed over that stands here, after a word that is no weight?

    It may after a label, in an explanation, and, if it is a date's or a student's, on a line of its own.
    """
    line = _line(text, start)
    if _LABEL.fullmatch(word):
        return True
    clause = _clause(text, start)
    if _REST.search(clause) is not None:
        return False
    given = [found for found in _ASSIGNED.finditer(line) if named(found[1]) is not None]
    if given:
        last = [found.end() for found in _ASSIGNED.finditer(clause) if named(found[1]) is not None]
        because = _BECAUSE.search(clause, last[-1] if last else 0)
        return because is not None and _WEIGHTS.search(clause, because.end()) is None
    return _SPEAKING.search(line) is None and (start == end or _LONG.match(text, start, end) is not None)


def dated(text: str, at: int) -> int:
    """Where a date or a student's number ends that begins here, on a line that says nothing of weights; else `at`."""
    found = _LONG.match(text, at)
    return at if found is None or not says_nothing(text, at, found.end()) else found.end()


def is_denied(text: str, at: int) -> bool:
    """Does `not` or the like stand right before a name?"""
    return _NOT.search(text, max(0, at - 20), at) is not None


def goes_on(text: str, at: int) -> bool:
    """Is a number not at its end: `1\u00be`, `2\u00b2`, `1 million`?"""
    return unicodedata.category(text[at : at + 1] or " ")[0] == "N" or _SCALE.match(text, at) is not None


def assigned_in(comments: list[str]) -> list[tuple[str, str]]:
    """Weights that stand with a number in what is otherwise no part of a text."""
    return [
        (place.text, found[2])
        for comment in comments
        for found in _ASSIGNED.finditer(comment)
        if found[2].strip("+-./") and (place := named(found[1])) is not None
    ]


def _clause(text: str, at: int) -> str:
    """The line up to here, from its last full stop or semicolon on."""
    return _CLAUSE.split(text[max(text.rfind("\n", 0, at) + 1, at - _FAR) : at])[-1]


def _line(text: str, at: int) -> str:
    first, last = max(0, at - _FAR), min(len(text), at + _FAR)
    start, end = text.rfind("\n", first, at), text.find("\n", at, last)
    return text[first if start < 0 else start + 1 : last if end < 0 else end]
