"""Functions compiled by numba, and cached on disk where there is a place for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Final = {"fastmath": True, "boundscheck": False, "error_model": "numpy", "nogil": True}


def compiled(function: F) -> F:
    """The function in machine code, made at its first call."""
    try:
        return cast("F", numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # no folder to keep it in
        return cast("F", numba.njit(**_OPTIONS)(function))
