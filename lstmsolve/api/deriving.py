"""`derive`: back-propagation formulas, and the judgement of formulas derived by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.api.loading.cases import case_path, is_there, shipped_files
from lstmsolve.formats.derivations.cases import is_derivation, read_derivation
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.model.derivations import Derivation, DerivationCase
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Stopwatch

DERIVE_SECONDS: Final = 600.0
"""Far more than a derivation takes: what settles a claim is counted in work, and only what never ends meets this."""


def derive(
    case: str | Path | DerivationCase,
    *,
    seconds: float = DERIVE_SECONDS,
    seed: int = 0,
    watch: Watch | None = None,
) -> Derivation:
    """Derive the formulas of a case, step by step, and judge each of its claims.

    `seed` chooses the random data on which claims are tried; `watch` replaces the clock that
    `seconds` would start. Claims that the time does not suffice for are open.

    Raises:
        InputError: with every complaint about the case, its formulas and its claims.
    """
    from lstmsolve.derivation.engine import run  # sympy takes its time

    path = None if isinstance(case, DerivationCase) else case_path(case, shipped_derivations())
    try:
        return run(load_derivation(case), seed, watch or Stopwatch(seconds))
    except RecursionError:
        message = "its formulas, once put into one another, are nested too deeply; split them up"
        raise InputError.single("", message, source=None if path is None else str(path)) from None
    except InputError as error:
        raise (error if path is None or error.source else error.within(str(path))) from None


def load_derivation(case: str | Path | DerivationCase) -> DerivationCase:
    """The derivation case of a file, or a shipped one by its name; its formulas are not read yet.

    Raises:
        InputError: there is no such case, or something is wrong with its structure.
    """
    return case if isinstance(case, DerivationCase) else read_derivation(case_path(case, shipped_derivations()))


def shipped_derivations() -> dict[str, Path]:
    """The path of every derivation case that comes with the package, by name."""
    return {**shipped_files("gradients/*.toml"), **restated_derivations()}


def restated_derivations() -> dict[str, Path]:
    """The same of derivations restated from textbooks, posts and code, with what is known to be wrong in them."""
    return shipped_files("gradients/restated/*.toml")


def names_derivation(case: str | Path) -> bool:
    """Is a derivation meant: a shipped one by its name, or a file that calls itself one?"""
    path = Path(case)
    if path.suffix == ".toml" or is_there(path):
        return is_derivation(path)
    return str(case) in shipped_derivations()
