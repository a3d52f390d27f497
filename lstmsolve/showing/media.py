"""Texts out of files and from elsewhere, made harmless for the medium that shows them.

Whatever a page, a table or a picture says that the program did not word itself goes through one of
these, so that no text can command a terminal, start a heading, a link, a formula or a tag, or be
evaluated by a spreadsheet. Each escapes what `characters` calls odd, and what the medium would act on.
"""

from __future__ import annotations

import json
import re
from typing import Final

from lstmsolve.kernel.base.characters import shown

_MARKDOWN: Final = re.compile(
    r"[\\`*|$~#]"
    r"|<(?=[A-Za-z/!?])"  # what opens a tag
    r"|(?<![^\W_])_|_(?![^\W_])"  # between letters or digits it is only an underscore
    r"|&(?=[A-Za-z#])"
    r"|\](?=[(\[:])|\[(?=\^)"  # what makes links and footnotes of brackets
)
_BLOCK: Final = re.compile(r"(?=[-+=](?:[-= ]|$)|>)|\d+(?=[.)](?: |$))")
"""What starts a list, a quotation or a rule at the beginning of a paragraph."""

_MERMAID: Final = re.compile(r'["#;:&`%{}\\]|<(?![= ])')
_FORMULA: Final = re.compile(r"\s*[-=+@]")


def terminal(text: str) -> str:
    """The text for a terminal; its line breaks are ours."""
    return shown(text, lines=True)


def markdown(text: str) -> str:
    """The text as markdown that shows it in one line of a paragraph or a cell of a table."""
    escaped = _MARKDOWN.sub(lambda found: "\\" + found[0], shown(text).strip())
    start = _BLOCK.match(escaped)
    return escaped if start is None else f"{start[0]}\\{escaped[start.end() :]}"


def code(text: str) -> str:
    """The text as a code span, also within a table."""
    text = shown(text).replace("|", "\\|")
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    blank = " " if text[:1] == "`" or text[-1:] in ("`", "") else ""
    return f"{fence}{blank}{text}{blank}{fence}"


def fenced(text: str, kind: str = "text") -> str:
    """The lines as a code block."""
    fence = "`" * max(3, max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence}{kind}\n{shown(text, lines=True)}\n{fence}"


def mermaid(text: str) -> str:
    """The text as a label in a mermaid diagram; special characters by their numbers."""
    return _MERMAID.sub(lambda found: f"#{ord(found[0])};", shown(text))


def dot(text: str) -> str:
    """The text as a string of Graphviz, where a backslash would start an escape."""
    escaped = shown(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mathtext(text: str) -> str:
    """The text as a label in a plot, where matplotlib would read formulas between dollar signs."""
    return shown(text).replace("$", r"\$")


def csv_cell(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    text = shown(text)
    return f"'{text}" if _FORMULA.match(text) else text


def json_string(text: str) -> str:
    """The text in JSON, every odd character escaped."""
    return shown(json.dumps(text, ensure_ascii=False), spell=lambda character: json.dumps(character)[1:-1])
