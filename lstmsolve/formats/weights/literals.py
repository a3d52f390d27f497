"""Numbers, lists and tables inside of texts, as Python, JSON, Matlab and people write them.

Quotes may be single, commas may be left out or stand at the end, a row may end in `;`, and `np.array(…)` is what is in
it. Numbers are exact. Nothing is evaluated.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, NoReturn

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import parse_number

MAX_DEPTH: Final = 40

MAX_TEXT: Final = 2**18
"""Characters of a text of weights that is no JSON."""

_BLANK: Final = re.compile(r"(?:\s|#[^\n]*|//[^\n]*)*")
NUMBER: Final = re.compile(
    r"[+-]?[ \t]?(?:\d+[ \t]?/[ \t]?\d+(?![\d/]|\.\d)|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z_\d/])", re.ASCII
)
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_STRING: Final = re.compile(r'"((?:\\.|[^"\\\n])*)"' + r"|'((?:\\.|[^'\\\n])*)'")
_CONSTANTS: Final[dict[str, object]] = {
    **dict.fromkeys(["None", "null", "nil"]),
    **dict.fromkeys(["True", "true"], True),
    **dict.fromkeys(["False", "false"], False),
}
_ARRAYS: Final = frozenset({"array", "asarray", "tensor", "Tensor", "matrix", "list", "tuple", "float", "int"})
_TABLES: Final = frozenset({"dict", "OrderedDict"})
_CLOSING: Final = {"[": "]", "(": ")", "{": "}"}


def literal(text: str) -> object:
    """The value that a whole text states.

    Raises:
        InputError: it states none, with line and column.
    """
    value, end = literal_at(text, 0)
    end = _skipped(text, end)
    if end != len(text):
        _refuse(text, end)
    return value


def literal_at(text: str, at: int, depth: int = 0) -> tuple[object, int]:
    """The value that begins here, and where it ends.

    Raises:
        InputError: there is none, with line and column.
    """
    at = _skipped(text, at)
    if depth > MAX_DEPTH:
        raise InputError.single("", f"is nested deeper than {MAX_DEPTH} levels")
    found = NUMBER.match(text, at)
    if found is not None:
        return _number(text, found), found.end()
    if text[at : at + 1] in ("[", "("):
        return _list(text, at, depth)
    if text[at : at + 1] == "{":
        return _table(text, at + 1, "}", depth)
    quoted = _STRING.match(text, at)
    if quoted is not None:
        return (quoted[1] if quoted[1] is not None else quoted[2]), quoted.end()
    word = _WORD.match(text, at)
    if word is None:
        _refuse(text, at)
    if word[0] in _CONSTANTS:
        return _CONSTANTS[word[0]], word.end()
    after = _skipped(text, word.end())
    if text[after : after + 1] == "(":
        return _called(text, word[0].rpartition(".")[2], after, depth)
    return word[0], word.end()


def _called(text: str, name: str, at: int, depth: int) -> tuple[object, int]:
    """`np.array([…], dtype=float)` is its first argument, `Fraction(1, 2)` a number."""
    if name in _TABLES:
        inner = _skipped(text, at + 1)
        if text[inner : inner + 1] in ("{", "["):
            given, end = _list(text, at, depth)
            assert isinstance(given, list)
            return given[0], end
        return _table(text, at + 1, ")", depth)
    if name not in _ARRAYS and name != "Fraction":
        _refuse(text, at)
    given, end = _list(text, at, depth, named=True)
    assert isinstance(given, list)
    if name == "Fraction" and len(given) == 2 and all(isinstance(part, Fraction) for part in given) and given[1]:
        return given[0] / given[1], end
    if len(given) != 1:
        _refuse(text, at)
    return given[0], end


def _list(text: str, at: int, depth: int, *, named: bool = False) -> tuple[object, int]:
    """`[1, 2]`, `(1, 2,)`, `[1 2]`, or rows as Matlab has them, `[1 0; 0 1]`."""
    closing, at = _CLOSING[text[at]], at + 1
    rows: list[list[object]] = [[]]
    while True:
        at = _skipped(text, at)
        sign = text[at : at + 1]
        if sign == closing:
            break
        if sign == ",":
            at += 1
        elif sign == ";":
            rows.append([])
            at += 1
        else:
            word = _WORD.match(text, at) if named else None
            equals = -1 if word is None else _skipped(text, word.end())
            keyword = word is not None and text[equals : equals + 1] == "="
            value, at = literal_at(text, equals + 1 if keyword else at, depth + 1)
            if not keyword:
                rows[-1].append(value)
    found: list[object] = [*rows[0]] if len(rows) == 1 else [row for row in rows if row]
    return found, at + 1


def _table(text: str, at: int, closing: str, depth: int) -> tuple[object, int]:
    """`{"b_f": 1, 'w_o': -1, b_i = 0,}`."""
    found: dict[str, object] = {}
    while True:
        at = _skipped(text, at)
        if text[at : at + 1] == closing:
            return found, at + 1
        if text[at : at + 1] in (",", ";"):
            at += 1
            continue
        quoted, word, number = _STRING.match(text, at), _WORD.match(text, at), NUMBER.match(text, at)
        key = quoted or word or number
        if key is None:
            _refuse(text, at)
        name = key[0] if quoted is None else quoted[1] if quoted[1] is not None else quoted[2]
        at = _skipped(text, key.end())
        if quoted is None and text[at : at + 1] == "[":  # b_f[0]: 1
            end = text.find("]", at) + 1
            name, at = f"{name}{text[at:end]}", _skipped(text, end or len(text))
        if text[at : at + 1] not in (":", "="):
            _refuse(text, at)
        if name in found:
            raise InputError.single(name, "is given twice")
        found[name], at = literal_at(text, at + 1, depth + 1)


def _number(text: str, found: re.Match[str]) -> Fraction:
    try:
        return parse_number(re.sub(r"\s", "", found[0]))
    except ValueError as error:
        raise InputError.single("", str(error), found[0]) from None


def _skipped(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return at if found is None else found.end()


def _refuse(text: str, at: int) -> NoReturn:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    if at >= len(text):
        raise InputError.single("", f"ends too early (line {line}): a value or a bracket is missing")
    message = f"cannot be read at line {line}, column {column}"
    raise InputError.single("", message, text[at : at + 20].split("\n")[0])
