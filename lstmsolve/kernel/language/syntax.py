"""The door that both expression languages share: text in, a syntax tree of bounded size out.

Python's own parser reads the text; nothing is ever evaluated by it. Around it stands one set of guards,
so that whoever walks the tree needs none: which characters there may be, the length of the text and of
each number in it, the depth and the size of the tree, and no comments. What the nodes mean is for the
readers of the two languages, `parsing` and `derivation.language.reading`.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.base.characters import character_name, columns, shown
from lstmsolve.kernel.base.numbers import MAX_DIGITS, parse_number
from lstmsolve.kernel.language.expressions import ExpressionError

MAX_LENGTH: Final = 20_000
"""Characters of a text."""

MAX_DEPTH: Final = 150
"""Whoever walks a tree later does so by recursion. A chain of `+` is as deep as it is long."""

MAX_NODES: Final = 5_000

_DECIMAL: Final = re.compile(r"\d+(\.\d*)?|\.\d+")
_LONG_NUMBER: Final = re.compile(rf"\d{{{MAX_DIGITS + 1},}}")
_SHOWN: Final = 40

_FOREIGN: Final = (
    (re.compile(r"&&"), "and"),
    (re.compile(r"\|\|"), "or"),
    (re.compile(r"!(?!=)"), "not"),
    (re.compile(r"\?"), "A if C else B"),
    (re.compile(r"\bmod\b"), "%"),
    (re.compile(r"=>|=<"), ">= or <="),
    (re.compile(r"(?<![=!<>:])=(?!=)"), "=="),
    (re.compile(r"\bthen\b|\belif\b|\bendif\b"), "A if C else B"),
)
"""What other languages have, looked for where a text does not parse; and what is written here."""


@dataclass(frozen=True)
class Language:
    """What sets one of the languages apart at the door."""

    thing: str
    """What a text of it is called: an expression, a formula."""
    constructs: str
    """What there is to write."""
    characters: str
    """The same of characters, in words."""
    letters: re.Pattern[str] | None = None
    """Matches what is let in besides printable ASCII and blanks."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Characters that are read as others, one for one."""


@dataclass(frozen=True)
class Source:
    """A text that was let in."""

    language: Language
    text: bytes
    """As the parser saw it, which counts columns in bytes: one line, without the blanks in front."""
    margin: int
    """How many these were."""
    root: ast.expr

    def column(self, node: ast.expr) -> int:
        """Where a node starts in the text as it was written."""
        return self.margin + len(self.text[: node.col_offset].decode())

    def spelled(self, node: ast.expr) -> str:
        """What stands there, in quotes; its beginning, where that is long."""
        written = self._written(node)[:_SHOWN]
        for character, read_as in self.language.spellings.items():
            written = written if read_as.isascii() else written.replace(read_as, character)
        return repr(written)

    def wrong(self, message: str, node: ast.expr) -> ExpressionError:
        return ExpressionError(message, self.column(node))

    def no_construct(self, node: ast.expr) -> ExpressionError:
        """The complaint about something that the language does not have."""
        language = f"the {self.language.thing} language ({self.language.constructs})"
        return self.wrong(f"{self.spelled(node)} is not in {language}", node)

    def number(self, node: ast.expr) -> Fraction:
        """The exact value of a literal.

        Raises:
            ExpressionError: it is no integer and no decimal.
        """
        written = self._written(node)
        if not _DECIMAL.fullmatch(written):
            raise self.wrong(f"{self.spelled(node)} is not a number: write an integer or a decimal", node)
        try:
            return parse_number(written)
        except ValueError as error:
            raise self.wrong(str(error), node) from None

    def _written(self, node: ast.expr) -> str:
        return self.text[node.col_offset : node.end_col_offset].decode()


def parsed(text: str, language: Language) -> Source:
    """The text with its syntax tree.

    Raises:
        ExpressionError: a guard refuses it, or it does not parse; `at` is the column.
    """
    if len(text) > MAX_LENGTH:
        message = f"the {language.thing} has {len(text)} characters; at most {MAX_LENGTH} are read, so split it up"
        raise ExpressionError(message, 0)
    _refuse_characters(text, language)
    _refuse_long_numbers(text)
    flat = re.sub(r"[\t\n\r]", " ", text).translate({ord(c): read_as for c, read_as in language.spellings.items()})
    stripped = flat.strip()
    if not stripped:
        raise ExpressionError(f"the {language.thing} is empty", 0)
    margin = len(flat) - len(flat.lstrip())
    source = Source(language, stripped.encode(), margin, _tree(stripped, margin))
    _refuse_size(source)
    _refuse_comments(source)
    return source


def _tree(text: str, margin: int) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        # A text that ends too early has no offset: point behind its end.
        column = error.offset - 1 if error.offset else len(text)
        for sign, instead in _FOREIGN:
            found = sign.search(text)
            if found is not None:
                message = f"this does not parse: for {found[0]} write {instead}"
                raise ExpressionError(message, margin + found.start()) from None
        raise ExpressionError(f"this does not parse: {error.msg}", margin + column) from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError("this does not parse: it is nested too deeply; split it up", margin) from None


def _refuse_characters(text: str, language: Language) -> None:
    letters = [] if language.letters is None else language.letters.finditer(text)
    allowed = {at for found in letters for at in range(found.start(), found.end())}
    for found in re.finditer(r"[^ -~\t\n\r]", text):
        character = found[0]
        if character not in language.spellings and found.start() not in allowed:
            plain = unicodedata.normalize("NFKC", character)
            instead = f"; write {plain}" if plain != character and plain.isalnum() else ""
            message = f"{character_name(character)} cannot stand here: {language.characters}{instead}"
            raise ExpressionError(message, found.start())


def _refuse_long_numbers(text: str) -> None:
    found = _LONG_NUMBER.search(text)
    if found is not None:
        raise ExpressionError(f"a number of {len(found[0])} digits; at most {MAX_DIGITS} are read", found.start())


def _refuse_size(source: Source) -> None:
    level: list[ast.AST] = [source.root]
    depth = nodes = 0
    while level:
        depth += 1
        expressions = [node for node in level if isinstance(node, ast.expr)]
        nodes += len(expressions)
        if depth > MAX_DEPTH and expressions:
            raise source.wrong(f"this is nested more than {MAX_DEPTH} deep; split it up", expressions[0])
        if nodes > MAX_NODES:
            message = f"the {source.language.thing} has more than {MAX_NODES} parts; split it up"
            raise ExpressionError(message, source.margin)
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _refuse_comments(source: Source) -> None:
    """A comment is in no tree: a reader of the text would be told what the program never saw."""
    symbols = [
        range(node.col_offset, node.end_col_offset or 0)
        for node in ast.walk(source.root)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for found in re.finditer(b"#", source.text):
        if not any(found.start() in symbol for symbol in symbols):
            column = source.margin + len(source.text[: found.start()].decode())
            raise ExpressionError(f"there are no comments in the {source.language.thing} language", column)


def caret(text: str, at: int) -> str:
    """The text with a `^` under column `at`, cut to a window that fits a terminal."""
    flat = re.sub(r"[\t\n\r]", " ", text)
    at = min(max(at, 0), len(flat))
    start = max(0, at - 60)
    before, behind = shown(flat[start:at]), shown(flat[at : start + 100])
    return f"    {before}{behind}\n    {' ' * columns(before)}^"
