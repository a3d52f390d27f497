"""Packages that only some commands need."""

from __future__ import annotations

from typing import Final

from lstmsolve.kernel.base.errors import InputError

_EXTRAS: Final = {"fastapi": "serve", "latex2mathml": "serve", "onnx": "onnx", "torch": "torch", "uvicorn": "serve"}


def missing(error: ModuleNotFoundError, what: str) -> InputError:
    """Which package to install for this; the error itself is raised again if no extra has the package."""
    package = (error.name or "").partition(".")[0]
    if package not in _EXTRAS:
        raise error
    message = f"needs the package {package}: pip install 'lstmsolve[{_EXTRAS[package]}]'"
    return InputError.single(what, message)
