"""Tables of Markdown: a gate a row and w, u, b in columns, the other way round, or names over numbers."""

from __future__ import annotations

import re
from typing import Final

from lstmsolve.formats.weights.tables import pairs_of

_TABLE: Final = re.compile(r"(?m)(?:^[ \t]*\|?[^|\n]*\|[^\n]*(?:\n|\Z)){2,}")
_RULE: Final = re.compile(r"[\s|:+-]+")
_MARKS: Final = re.compile(r"[*`$\\{}]")


def tables_spelled_out(text: str) -> str:
    """The text with the weights of its tables as `w_f = 0`, a line each; other tables stay as they are."""
    return _TABLE.sub(_spelled_out, text)


def _spelled_out(found: re.Match[str]) -> str:
    rows = [_cells(line) for line in found[0].splitlines() if line.strip() and not _RULE.fullmatch(line)]
    pairs = pairs_of(rows)
    return "\n" + "".join(f"{name} = {value}\n" for name, value in pairs) if pairs else found[0]


def _cells(line: str) -> list[str]:
    return [_MARKS.sub("", cell).strip() for cell in line.strip().strip("|").split("|")]
