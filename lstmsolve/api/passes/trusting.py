"""What must be trusted to believe a certificate: the lines of `kernel/` and `checker/`, in all and by claims."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOMS: Final = ("kernel", "checker")
_NO_CODE: Final = frozenset(
    (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
)


_READ_AND_TOLD: Final = ("kernel/records/certificates.py", "kernel/proofs/statements.py")
"""What reads a certificate and says what was proved, whatever its claim."""
CLAIMS: Final[Mapping[str, tuple[str, ...]]] = {
    "exact cells, for all lengths": ("checker/check.py",),
    "sigmoid and tanh cells, for all lengths": ("checker/enclosures.py", "kernel/records/enclosures.py"),
    "sigmoid and tanh cells, up to a length": ("checker/horizons.py", "kernel/records/horizons.py"),
    "impossible at any size, by bounds": ("checker/beyond.py",),
    "impossible at any size, by signs": ("checker/signs.py", "kernel/records/signs.py"),
}
"""What can be claimed, and the modules that are loaded for it besides."""


@dataclass(frozen=True)
class Trusted:
    """Lines of code of each trusted module, by its path in the package, and the modules behind each kind of claim."""

    modules: Mapping[str, int]
    claims: Mapping[str, frozenset[str]]

    @property
    def lines(self) -> int:
        return sum(self.modules.values())

    def lines_for(self, claim: str) -> int:
        return sum(self.modules[path] for path in self.claims[claim])


def trusted() -> Trusted:
    """The trusted modules as they are installed. Besides them, Python and its standard library are trusted."""
    package = Path(__file__).parents[2]
    paths = sorted(path for room in ROOMS for path in (package / room).rglob("*.py"))
    sources = {path.relative_to(package).as_posix(): path.read_text("utf-8") for path in paths}
    imported = {path: frozenset(_imported(source)) & sources.keys() for path, source in sources.items()}
    claims = {claim: _behind((*_READ_AND_TOLD, *own), imported) for claim, own in CLAIMS.items()}
    return Trusted({path: lines_of_code(source) for path, source in sources.items()}, claims)


def _behind(paths: Iterable[str], imported: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """These modules, and all that are loaded with them."""
    found: set[str] = set()
    left = list(paths)
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += imported[path]
    return frozenset(found)


def _imported(source: str) -> Iterator[str]:
    """What a module of ours loads when it is loaded: not what is for type checkers, or inside of functions."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            base = node.module.removeprefix("lstmsolve.").replace(".", "/")
            yield f"{base}.py"
            yield from (f"{base}/{name.name}.py" for name in node.names)


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
