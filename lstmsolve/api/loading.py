"""Cases, families and weights by path or by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from lstmsolve.api.passes.files.tensors import read_lstm
from lstmsolve.formats.cases import read_case
from lstmsolve.formats.documents import read_weights
from lstmsolve.formats.families import read_family
from lstmsolve.formats.texts import parse_weights
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import Family

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
        return case
    return read_case(case_path(case, shipped_cases()))


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
    package = Path(__file__).resolve().parents[1]
    # A wheel carries the cases inside the package; a checkout has them beside it.
    folder = next(folder for folder in (package / "cases", package.parent / "cases") if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob(pattern))}


def load_family(family: str | Path | Family) -> Family:
    """The family of a file, or a shipped family by its name.

    Raises:
        InputError: there is no such family, or something is wrong with its file.
    """
    if isinstance(family, Family):
        return family
    path = Path(family)
    if isinstance(family, Path) or path.suffix == ".toml" or is_there(path):
        return read_family(path)
    shipped = shipped_families()
    if family in shipped:
        return read_family(shipped[family])
    near = get_close_matches(family, shipped, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"shipped are {', '.join(shipped)}"
    raise InputError.single("", f"no file and no shipped family is called {family!r}; {hint}")


def shipped_families() -> dict[str, Path]:
    """The path of every family that comes with the package, by name."""
    return shipped_files("families/*.toml")


def families_of(case: str) -> list[Family]:
    """The shipped families about a case: those whose name begins with its name."""
    return [read_family(path) for name, path in shipped_families().items() if name.startswith(f"{case}-")]


def load_weights(weights: str | Path | Weights, problem: Problem | None = None) -> Weights:
    """The weights of a file; for a problem also of a text such as `"b_f=1 w_i=1"`, the rest 0.

    Raises:
        InputError: with every complaint about the file or the text.
    """
    if isinstance(weights, Weights):
        return weights
    if isinstance(weights, str) and problem is not None and "=" in weights and not is_there(Path(weights)):
        return parse_weights(weights, problem)
    path = Path(weights)
    if path.suffix == ".safetensors":
        try:
            return read_lstm(path, problem).weights
        except InputError as error:
            raise error.within(error.source or str(path)) from None
    return read_weights(path)


def is_smooth(problem: Problem) -> bool:
    """Are its gates sigmoids, its candidate and output tanh? Others with such activations are not judged."""
    cell = problem.cell()
    return (cell.gate, cell.candidate, cell.output) == (Activation.SIGMOID, Activation.TANH, Activation.TANH)


def require_exact(problem: Problem) -> None:
    """Refuse a cell whose activations have no exact values."""
    if not problem.cell().exact:
        message = (
            "sigmoid and tanh have no exact values, so nothing can be proved about them; "
            "use crelu gates, a crelu or identity candidate, and an identity or crelu output"
        )
        raise InputError.single("cell", message, source=problem.name)
    readout = problem.spec.readout
    if readout is not None and not readout.plain:
        message = "a layer, and thresholds with > or <, are read for sigmoid and tanh cells only"
        raise InputError.single("readout", message, source=problem.name)
