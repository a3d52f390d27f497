"""Families by path or by name."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from lstmsolve.api.loading.cases import is_there, shipped_files
from lstmsolve.formats.families import read_family
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.model.families import Family


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
