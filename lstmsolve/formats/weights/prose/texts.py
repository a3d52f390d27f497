"""Weights as a text: `b_f = 1, w_i=1; w_o = −1`, one a line, in LaTeX, in a list, or as our own output prints them."""

from __future__ import annotations

import re
from typing import Final

from lstmsolve.formats.weights.finding import Found, found_in
from lstmsolve.formats.weights.literals import MAX_TEXT, NUMBER, literal_at
from lstmsolve.formats.weights.names import looks_like_weight, named, unknown_weight
from lstmsolve.formats.weights.prose.around import assigned_in, dated, goes_on, is_denied, is_quantity, says_nothing
from lstmsolve.formats.weights.prose.cleaning import headings, plain, spelled_out, without_markup
from lstmsolve.formats.weights.prose.markdown import tables_spelled_out
from lstmsolve.kernel.base.errors import InputError, some

_ZERO: Final = r"(?:0(?:\.0*)?|zeros?|nulls?|nul(?:le)?s?|z\u00e9ros?|ceros?)\b(?!\.\d)"
REST: Final = re.compile(
    r"(?i)\b(?:(?:and\s+)?(?:let\s+|set\s+)?(?:all\s+)?(?:of\s+)?(?:the\s+)?"
    r"(?:rest|others?|remaining|remainder|everything\s+else|anything\s+else)"
    r"(?:\s+(?:of\s+)?(?:the\s+)?(?:ones|weights?|parameters?|values?|entries|biases|gates|variables?|"
    r"weights\s+and\s+biases))?\s*(?:is|are|be|to|at|=|:|==|->|set\s+to|equals?)?\s*(?:all\s+)?"
    r"|(?:und\s+)?(?:alle\s+)?(?:der\s+|die\s+)?(?:rest|anderen?|\u00fcbrigen|restlichen)(?:\s+gewichte)?\s+"
    r"(?:(?:sind|ist|gleich)\s+)*"
    r"|(?:et\s+)?(?:tous\s+|toutes\s+)?(?:les\s+autres|le\s+reste)(?:\s+poids)?\s+"
    r"(?:(?:sont|est|valent|vaut|\u00e0|\u00e9gaux|\u00e9gal)\s+)*"
    rf"){_ZERO}"
)
_CUT: Final = re.compile(r"\d+ more that are not 0")
_COMMAND: Final = re.compile(
    r"lstmsolve\s+(?:verify|simulate)\s+(?:[\w./-]+\s+)?(?P<quote>[\"'])(?P<weights>.*?)(?P=quote)"
)
_PRINTED: Final = re.compile(r"(?m)^\s*weights:[ \t]*(?P<weights>.*(?:\n(?=\S*=).*)*)")
_NAME: Final = re.compile(
    r"[^\W\d_]\w*(?:_?\{[A-Za-z0-9]{1,9}\})?(?:\s?[\[(]\s*\d{1,9}\s*(?:,\s*\d{1,9}\s*)?[\])]){0,2}"
)
_SIGN: Final = re.compile(r"\s*(?::=|==?|:|<-|->|=>)\s*")
_SKIPPED: Final = re.compile(r"[\s,;.]+")
_RULE: Final = re.compile(r"[-=_~+]{3,}|[-/](?=[A-Za-z])|[!?()\[\]\"'<>|:…\u00b7]")
"""Rules under headings, and signs that mean nothing between two weights or words."""

_COMMA: Final = re.compile(r"[+-]?[ \t]?\d+,\d+(?=[\s,;.]*(?:[^\W\d]|\Z))", re.ASCII)
"""A number with a decimal comma, and then no other number."""

_SIGNAL: Final = re.compile(r"[ficoghx]_?\{?[tn]\}?")
"""What a gate, a cell or an input is at step t, which an explanation may say."""

_WORDS: Final = frozenset({"weights", "params", "parameters", "state_dict", "answer", "solution"})
"""Names of a table of weights as a whole."""


def text_found(text: str) -> Found:
    """What a text says of weights.

    Raises:
        InputError: a value that is none.
    """
    if len(text) > MAX_TEXT:
        raise InputError.single(
            "", f"is a text of more than {MAX_TEXT // 2**10} KiB; weights that large are read as JSON"
        )
    found = Found()
    text = plain(text)
    text = _told_by_us(text, found)
    headed = assigned_in(headings(text))
    text = spelled_out(without_markup(tables_spelled_out(text)))
    found.rest = REST.search(text) is not None
    _Reading(REST.sub(" ", text), found).run()
    for name, value in headed:
        if not found.says(name):
            found.complaints.add(name, "stands in a heading or comment alone; is it part of the answer?", value)
    return found


def _told_by_us(text: str, found: Found) -> str:
    """Of what a command of ours prints, the line of weights; of a call, the weights in it."""
    call = _COMMAND.search(text)
    if call is not None:
        return call["weights"]
    printed = _PRINTED.search(text)
    if printed is None or named(printed["weights"].partition("=")[0]) is None:
        return text
    if _CUT.search(printed["weights"]):
        raise InputError.single("", "this line of weights leaves some out; give the file weights.json of --out instead")
    return printed["weights"]


class _Reading:
    """One pass over a text, from one value to the next."""

    def __init__(self, text: str, found: Found) -> None:
        self.text, self.found, self.at = text, found, 0
        self.passed: list[str] = []
        """Words that say nothing of weights."""
        self.doubtful = False
        """Was there a number that may say something? One is told, as texts are long."""

    def run(self) -> None:
        while self.at < len(self.text):
            blank = _SKIPPED.match(self.text, self.at)
            if blank is not None:
                self.at = blank.end()
                continue
            name = _NAME.match(self.text, self.at)
            if name is not None:
                self._from_name(name)
            else:
                self._stray()
        if self.passed:
            self.found.notes.append(f"passed over: {some(self.passed, 8)}")

    def _from_name(self, name: re.Match[str]) -> None:
        """`b_f = 1`, `b_f = w_i = 1`, `b_f 1`, or a word."""
        names = [name[0]]
        sign = _SIGN.match(self.text, name.end())
        end = name.end() if sign is None else sign.end()
        while sign is not None:
            following = _NAME.match(self.text, end)
            again = None if following is None else _SIGN.match(self.text, following.end())
            if following is None or again is None or named(following[0]) is None or ":" in sign[0] + again[0]:
                break
            names.append(following[0])
            sign, end = again, again.end()
        if sign is None:
            number = re.compile(r"[ \t]+").match(self.text, end)
            if number is None or NUMBER.match(self.text, number.end()) is None or not looks_like_weight(name[0]):
                self._pass(name)
                return
            end = number.end()
        self._valued(names, name, end, explicit=sign is not None and ":" not in sign[0])

    def _valued(self, names: list[str], first: re.Match[str], at: int, *, explicit: bool) -> None:
        if names[0].lower() in _WORDS and self.text[at : at + 1] != "{":
            self.at = at  # `weights: b_f=1`
            return
        known = [named(name) for name in names]
        if not explicit and None in known and not looks_like_weight(names[0]):
            self._pass(first, to=at)  # `Name: Anna`
            return
        if is_denied(self.text, first.start()):
            self.found.complaints.add(names[0], "stands after a word that denies it; leave out what is not so")
        comma = _COMMA.match(self.text, at)
        try:
            value, self.at = literal_at(self.text, at) if comma is None else (re.sub(r"\s", "", comma[0]), comma.end())
        except InputError as error:
            shown = self.text[at : at + 20].split("\n")[0].strip()
            message = "has no value" if not shown else "not a number: write an integer, a decimal, or p/q"
            if NUMBER.match(self.text, at) is not None or "nested" in str(error):
                message = error.complaints[0].message  # a number, and too long or a fraction of nothing
            raise InputError.single(names[0], message, shown or None) from None
        if names[0].lower() in _WORDS and isinstance(value, dict):
            found_in(value, self.found)
            return
        if goes_on(self.text, self.at):
            shown = self.text[at : self.at + 10].split("\n")[0].strip()
            self.found.complaints.add(names[0], "not a number: write an integer, a decimal, or p/q", shown)
            return
        if isinstance(value, str) and comma is None:
            self.found.complaints.add(names[0], "not a number: write an integer, a decimal, or p/q", value)
            return
        for name, place in zip(names, known, strict=True):
            if place is not None:
                self.found.name(name, value)
            elif name.lower() in ("hidden", "inputs"):
                found_in({name.lower(): value}, self.found)
            elif _SIGNAL.fullmatch(name):
                self.passed.append(name)
            else:
                self.found.complaints.add("", unknown_weight(name))

    def _pass(self, name: re.Match[str], to: int | None = None) -> None:
        """A word, and a number right after it (`Problem 6.4`)."""
        self.at = name.end() if to is None else to
        if looks_like_weight(name[0]) and len(name[0]) > 1 and "_" in name[0]:
            place = named(name[0])
            hint = unknown_weight(name[0]) if place is None else f"{name[0]} has no value; write {place.text} = 1"
            self.found.complaints.add("", hint)
        if is_quantity(self.text, name.start(), name[0]):
            self.found.complaints.add("", "says how much, and not of which weight; write b_f = 1", name[0])
        number = re.compile(rf"[ \t]*#?(?:{NUMBER.pattern})").match(self.text, self.at)
        if number is not None:
            self.at = number.end()
            start = number.end() - len(number[0].strip(" \t#"))
            if not self.doubtful and not says_nothing(self.text, start, number.end(), name[0]):
                self.doubtful = True
                message = "a number that is no weight's, and may say something of weights; write b_f = 1, the rest 0"
                self.found.complaints.add("", message, f"{name[0]} {number[0].strip()}")
        self.passed.append(name[0])

    def _stray(self) -> None:
        """What is neither a name nor a blank."""
        number = NUMBER.match(self.text, self.at)
        if number is None:
            if self.text[self.at] == "{":
                value, self.at = literal_at(self.text, self.at)
                if isinstance(value, dict):
                    found_in(value, self.found)
                return
            rule = _RULE.match(self.text, self.at)
            if rule is None:
                self.found.complaints.add("", "cannot be read here", self.text[self.at : self.at + 20].split("\n")[0])
                self.at = len(self.text)
                return
            self.at = rule.end()
            name = _NAME.match(self.text, self.at)
            if rule[0] == "-" and name is not None and named(name[0]) is not None:
                shown = self.text[rule.start() :][:20].split("\n")[0]
                self.found.complaints.add(name[0], "has a minus before it; write w_o = -1", shown)
            return
        if (end := dated(self.text, self.at)) > self.at:
            self.at = end
            return
        self.found.complaints.add("", "a number without a name; write b_f = 1", number[0].strip())
        self.at = number.end()
