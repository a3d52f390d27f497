"""Families of weights as people write them: `b_f = 1, u_f ≥ 0, b_i ≥ 1 or w_i ≥ 1, the rest arbitrary`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lstmsolve.formats.weights.literals import MAX_TEXT, NUMBER
from lstmsolve.formats.weights.names import ARRAYS, looks_like_weight, named, unknown_weight
from lstmsolve.formats.weights.prose.around import assigned_in, says_nothing
from lstmsolve.formats.weights.prose.cleaning import TAG, headings, plain, without_markup
from lstmsolve.formats.weights.prose.texts import REST
from lstmsolve.kernel.base.errors import Complaints, InputError, some

_OPERATORS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"\|\||\bOR\b|\bOr\b", " or "),
        (r"&&|\bAND\b|\bAnd\b", " and "),
        (r"\beither\b|\bboth\b|(?:\bwhere\b|\bwith\b|\bsuch that\b|\bif and only if\b)(?=\s)", " "),
        (r"=>(?=\s*-?[\d.])", ">="),
        (r"=<", "<="),
        (r"<>", "!="),
    ]
)
_NAME: Final = re.compile(r"[^\W\d_]\w*(?:\s?[\[]\s*\d{1,9}\s*(?:,\s*\d{1,9}\s*)?\]){0,2}")
_WORDS: Final = frozenset({"and", "or", "not", "min", "max", "abs", "if", "else"})
_RELATION: Final = re.compile(r"[<>]=?|==?|!=")
_ANY: Final = r"\b(?:is|are|be)?\s*(?:any(?:thing|\s+value|\s+number)?|arbitrary|free|whatever)\b\.?"
_FREE: Final = re.compile(rf"(?:\s|=|:)*{_ANY}", re.IGNORECASE)
_REST_FREE: Final = re.compile(
    rf"\b(?:all\s+)?(?:the\s+)?(?:rest|others?|remaining|everything\s+else)\b[^,;\n<>=]{{0,80}}?[\s=:]*{_ANY}",
    re.IGNORECASE,
)
_BOUND: Final = rf"(?:{NUMBER.pattern}|[-+]?\s*(?:\u221e|\\infty(?![a-zA-Z])|inf(?:inity)?\b))"
_WITHIN: Final = re.compile(
    rf"(?P<name>{_NAME.pattern})\s*(?:\u2208|\\in\b|\bin\b)\s*"
    rf"(?P<left>[\[(\]])\s*(?P<low>{_BOUND})\s*[,;]\s*(?P<high>{_BOUND})\s*(?P<right>[\])\[])"
)
_AMONG: Final = re.compile(
    rf"(?P<name>{_NAME.pattern})\s*(?:\u2208|\\in\b|\bin\b)\s*\\?\{{(?P<values>\s*{NUMBER.pattern}(?:\s*,\s*{NUMBER.pattern})*)\s*\\?\}}"
)
_REAL: Final = re.compile(r"(?:\u2208|\\in\b|\bin\b)\s*(?:\u211d|\\(?:mathbb|mathbf)\s*\{?R\}?|R\b|(?:the\s+)?reals\b)")
_SHORT: Final = r"[wub]_?\{?[fico]\}?(?:\[[\d, ]{1,9}\])?"
_SIGNED: Final = tuple(
    (re.compile(rf"(?i)\b({_SHORT})\s+(?:is|are|be)\s+{words}\b"), rf"\1 {relation} 0")
    for words, relation in [
        (r"non-?\s?negative", ">="),
        (r"non-?\s?positive", "<="),
        (r"non-?\s?zero", "!="),
        (r"(?:strictly\s+)?positive", ">"),
        (r"(?:strictly\s+)?negative", "<"),
    ]
)
_COLON: Final = re.compile(r"(?<=[A-Za-z0-9\]}])\s*(?::=|:)\s*(?=[-+.\d])")
_QUOTATION: Final = re.compile(r"(?m)^\s{0,3}>\s|<[^<>\s]*@[^<>\s]*>|<-|->|=>(?!\s*-?[\d.])|(?:#|//).*$")
_CONDITION: Final = re.compile(
    rf"(?i:\b{_SHORT}\s+(?:is|are)\s+(?:strictly\s+)?(?:(?:non-?\s?)?(?:negative|positive)|non-?\s?zero)\b)"
    r"|[<>≥≤≠⩾⩽∨∧∈]|!=|\|\||&&|\\(?:geq?|leq?|neq?|lor|in)\b|[=:]\s*['\"]?(?:any|arbitrary|free)\b"
    r"|[\w\]}]\s+(?:is\s+|are\s+)?(?:arbitrary|free)\b"
)


_OR: Final = re.compile(r"\bor\b")
_CLAUSE: Final = re.compile(r"[,;\n]")
NEAR: Final = 200
"""Characters around an "or" in which the two equations stand that it connects."""


def states_conditions(text: str) -> bool:
    """Does a text speak of many weights at once: `>=`, `or` between equations, `any`?"""
    plain_text = _QUOTATION.sub(" ", TAG.sub(" ", text))
    if _CONDITION.search(plain_text) is not None:
        return True
    return any(
        "=" in _CLAUSE.split(plain_text[max(0, found.start() - NEAR) : found.start()])[-1]
        and "=" in _CLAUSE.split(plain_text[found.end() : found.end() + NEAR])[0]
        for found in _OR.finditer(plain_text)
    )


@dataclass
class Stated:
    """What a text says of a family's members."""

    fixed: dict[str, str] = field(default_factory=dict)
    where: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def family_stated(text: str) -> Stated:
    """The family that a text states, a condition a line or between commas.

    Raises:
        InputError: with every statement that makes no sense.
    """
    if len(text) > MAX_TEXT:
        raise InputError.single("", f"is a text of more than {MAX_TEXT // 2**10} KiB")
    stated, complaints = Stated(), Complaints()
    text = plain(text)
    headed = assigned_in(headings(text))
    text = _COLON.sub(" = ", without_markup(text, stars=False))
    rest = REST.search(text) is not None
    text = _REST_FREE.sub(" ", REST.sub(" ", text))
    text = _AMONG.sub(_one_of, _REAL.sub(" arbitrary", _WITHIN.sub(_between, text)))
    for words, relation in _SIGNED:
        text = words.sub(relation, text)
    text = re.sub(r"[,;]?\s*\n?\s*\b(or|OR)\b\s*", r" \1 ", text)
    pending: list[str] = []
    mentioned: set[str] = set()
    passed: list[str] = []
    for statement in _statements(text):
        mentioned |= {place.array for word in _NAME.findall(statement) if (place := named(word)) is not None}
        if _RELATION.search(statement) is None and _FREE.search(statement) is None:
            if all(map(looks_like_weight, re.split(r"\s+and\s+|\s+", statement))):
                pending += re.split(r"\s+and\s+|\s+", statement)
            elif _says_something(statement):
                complaints.add("", "is no condition that can be read; write b_f = 1, u_f >= 0", statement)
            else:
                passed.append(statement)
            continue
        for name in [*pending, ""]:
            _state(statement if not name else _applied(statement, name), stated, complaints)
        pending = []
    if pending:
        complaints.add(pending[0], "has no value, and no condition")
    if passed:
        stated.notes.append(f"passed over: {some(passed, 8)}")
    for name, value in headed:
        if name.partition("[")[0] not in mentioned:
            complaints.add(name, "stands in a heading or comment alone; is it part of the answer?", value)
    complaints.refuse()
    if rest:
        stated.fixed |= {name: "0" for name in ARRAYS if name not in mentioned}
    if not stated.fixed and not stated.where:
        raise InputError.single("", "states no condition on any weight; write b_f = 1, u_f >= 0")
    return stated


def _says_something(statement: str) -> bool:
    """Has it a weight's name, or a number that may be one's?"""
    if any("_" in word and looks_like_weight(word) for word in _NAME.findall(statement)):
        return True
    words = re.finditer(rf"(\w*)[ \t]*({NUMBER.pattern})", statement)
    return any(not says_nothing(statement, found.start(2), found.end(2), found[1]) for found in words)


def _between(found: re.Match[str]) -> str:
    """`u_f in [0, 1)` as conditions; a bound that is infinite is none."""
    name, low, high = found["name"], found["low"], found["high"]
    finite = [bound for bound in (low, high) if NUMBER.fullmatch(bound)]
    if not finite:
        return f"{name} arbitrary"
    above = f"{low} <{'=' if found['left'] == '[' else ''} " if low in finite else ""
    below = f" <{'=' if found['right'] == ']' else ''} {high}" if high in finite else ""
    return f"{above}{name}{below}"


def _one_of(found: re.Match[str]) -> str:
    return "(" + " or ".join(f"{found['name']} = {value.strip()}" for value in found["values"].split(",")) + ")"


def condition(text: str) -> str:
    """A condition in the case language: names and operators as it writes them.

    Raises:
        InputError: a name that no weight has.
    """
    text = plain(text)
    for pattern, replacement in _OPERATORS:
        text = pattern.sub(replacement, text)
    text = re.sub(r"(?<![<>=!])=(?!=)", "==", text)
    return _NAME.sub(_canonical, text).strip()


def _statements(text: str) -> Iterator[str]:
    """The parts between line breaks, semicolons, and commas that no bracket holds."""
    depth, start = 0, 0
    for at, sign in enumerate(text):
        depth = max(0, depth + (sign in "([{") - (sign in ")]}"))
        if sign in ";\n" or (sign == "," and depth == 0):
            yield from _tidied(text[start:at])
            start, depth = at + 1, 0 if sign == "\n" else depth
    yield from _tidied(text[start:])


def _tidied(part: str) -> Iterator[str]:
    stripped = part.strip().removesuffix(".").strip()
    stripped = stripped.removeprefix("and ")
    if stripped and not re.fullmatch(r"\[\w+\]|[-=_]{3,}|[\"'\[\]]*", stripped):
        yield stripped


def _applied(statement: str, name: str) -> str:
    """`u_f, w_f >= 0` for u_f."""
    found = _NAME.search(statement)
    return statement if found is None else statement[: found.start()] + name + statement[found.end() :]


def _state(statement: str, stated: Stated, complaints: Complaints) -> None:
    chain = re.split(r"(?<![<>=!])={1,2}(?!=)", statement)
    names, value = chain[:-1], chain[-1].strip()
    if names and all(_NAME.fullmatch(name.strip()) for name in names) and NUMBER.fullmatch(value):
        for name in names:
            place = named(name)
            if place is None:
                complaints.add("", unknown_weight(name.strip()))
            elif stated.fixed.setdefault(place.text, re.sub(r"\s", "", value)) != re.sub(r"\s", "", value):
                complaints.add(place.text, "is given twice, with different values")
        return
    if _RELATION.search(_FREE.sub(" ", statement)) is None:
        return  # b_i is arbitrary
    written = complaints.attempt(condition, statement)
    if written is not None:
        stated.where.append(written)


def _canonical(found: re.Match[str]) -> str:
    word = found[0]
    if word in _WORDS:
        return word
    place = named(word)
    if place is None:
        raise InputError.single("", unknown_weight(word))
    return place.text
