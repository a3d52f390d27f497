"""Cases by path or by name, and what verbs need of one."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from lstmsolve.formats.cases import read_case
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.spec.problems import Problem

_KINDS: Final = {
    "*.toml": "a behaviour to design a cell for; `solve`, `verify` and `report` take it",
    "gradients/*.toml": "a derivation case; `derive` and `report` take it",
}


def load_case(case: str | Path | Problem) -> Problem:
    """The problem of a case file, or of a shipped case by its name.

    Raises:
        InputError: there is no such case, or something is wrong with it.
    """
    if isinstance(case, Problem):
        problem, source = case, case.name
    else:
        path = case_path(case, shipped_cases())
        problem, source = read_case(path), str(path)
    if not problem.constraints.is_empty:
        from lstmsolve.api.loading.contradictions import refuse_contradictions  # most cases have no conditions

        refuse_contradictions(problem, source)
    return problem


def case_path(case: str | Path, shipped: Mapping[str, Path]) -> Path:
    """The path that is meant: a file, or a shipped case by its name.

    Raises:
        InputError: there is neither.
    """
    path = Path(case)
    if isinstance(case, Path) or path.suffix == ".toml" or is_there(path):
        return path
    if case in shipped:
        return shipped[case]
    for pattern, kind in _KINDS.items():
        if case in shipped_files(pattern):
            raise InputError.single("", f"{case!r} is {kind}")
    near = get_close_matches(case, shipped, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`lstmsolve cases` lists them"
    raise InputError.single("", f"no file and no shipped case is called {case!r}; {hint}")


def is_there(path: Path) -> bool:
    """Is there such a file? A text that cannot be a path is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def shipped_cases() -> dict[str, Path]:
    """The path of every case that comes with the package, by name."""
    return shipped_files("*.toml")


def shipped_files(pattern: str) -> dict[str, Path]:
    """The shipped case files that match, by name."""
    package = Path(__file__).resolve().parents[2]
    # A wheel carries the cases inside the package; a checkout has them beside it.
    folder = next(folder for folder in (package / "cases", package.parent / "cases") if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob(pattern))}


def is_smooth(problem: Problem) -> bool:
    """Are its gates sigmoids, its candidate and output tanh? Others with such activations are not judged."""
    cell = problem.cell()
    return (cell.gate, cell.candidate, cell.output) == (Activation.SIGMOID, Activation.TANH, Activation.TANH)


def require_exact(problem: Problem) -> None:
    """Refuse a cell whose activations have no exact values."""
    if not problem.cell().exact:
        message = (
            "needs crelu gates, a crelu or identity candidate, and an identity or crelu output, which are exact; "
            "sigmoid gates with tanh for both others are judged by `verify` and built by `solve`, nothing else is"
        )
        raise InputError.single("cell", message, source=problem.name)
