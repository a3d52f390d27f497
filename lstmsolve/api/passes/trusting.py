"""What must be trusted to believe a certificate: the lines of `kernel/` and `checker/`, counted."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOMS: Final = ("kernel", "checker")
_NO_CODE: Final = frozenset(
    (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
)


@dataclass(frozen=True)
class Trusted:
    """Lines of code of each trusted module, by its path in the package."""

    modules: dict[str, int]

    @property
    def lines(self) -> int:
        return sum(self.modules.values())


def trusted() -> Trusted:
    """The trusted modules as they are installed. Besides them, Python and its standard library are trusted."""
    package = Path(__file__).parents[2]
    paths = sorted(path for room in ROOMS for path in (package / room).rglob("*.py"))
    return Trusted({str(path.relative_to(package)): lines_of_code(path.read_text("utf-8")) for path in paths})


def lines_of_code(source: str) -> int:
    """Lines that hold something else than blanks, comments and docstrings."""
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        # A text that stands alone is evaluated by nobody: docstrings of modules, classes, functions and constants.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            code.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(code)
