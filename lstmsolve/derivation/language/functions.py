"""The functions that formulas may use: names, values, slopes, and how they are written.

Each has its value and slope as plain numbers (for the numeric check) in terms of a `Library`, which
floats (`math`) and 50-digit numbers (mpmath) both provide. What sympy knows of them is in `symbolic`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol


class Library(Protocol):
    """Elementary functions over one kind of number."""

    def exp(self, a: Any, /) -> Any: ...
    def log(self, a: Any, /) -> Any: ...
    def sin(self, a: Any, /) -> Any: ...
    def cos(self, a: Any, /) -> Any: ...
    def tanh(self, a: Any, /) -> Any: ...
    def sqrt(self, a: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Function:
    """One function; `value` and `slope` take a library and a number of it."""

    name: str
    latex: str
    value: Callable[[Library, Any], Any]
    slope: Callable[[Library, Any], Any]
    other_names: tuple[str, ...] = ()
    kinks: str = ""
    """Where it has no derivative, and which slope is taken there; empty for smooth functions."""


def _sigmoid(m: Library, a: Any) -> Any:
    return 1 / (1 + m.exp(-a)) if a >= 0 else m.exp(a) / (1 + m.exp(a))


def _sigmoid_slope(m: Library, a: Any) -> Any:
    return _sigmoid(m, a) * _sigmoid(m, -a)


_ALL: Final = (
    Function("σ", r"\sigma", _sigmoid, _sigmoid_slope, ("sigma", "sigmoid")),
    Function("tanh", r"\tanh", lambda m, a: m.tanh(a), lambda m, a: 1 - m.tanh(a) ** 2),
    Function("exp", r"\exp", lambda m, a: m.exp(a), lambda m, a: m.exp(a)),
    Function("ln", r"\ln", lambda m, a: m.log(a), lambda m, a: 1 / a, ("log",)),
    Function("sin", r"\sin", lambda m, a: m.sin(a), lambda m, a: m.cos(a)),
    Function("cos", r"\cos", lambda m, a: m.cos(a), lambda m, a: -m.sin(a)),
    Function("sqrt", r"\operatorname{sqrt}", lambda m, a: m.sqrt(a), lambda m, a: 1 / (2 * m.sqrt(a))),
    Function(
        "softplus",
        r"\operatorname{softplus}",
        lambda m, a: (a if a > 0 else 0) + m.log(1 + m.exp(-abs(a))),
        _sigmoid,
    ),
    Function(
        "crelu",
        r"\operatorname{CReLU}",
        lambda m, a: max(a * 0, min(a * 0 + 1, a)),
        lambda m, a: a * 0 + (1 if 0 <= a <= 1 else 0),
        ("CReLU",),
        "at 0 and 1; its slope is taken to be 1 for 0 <= a <= 1 and 0 elsewhere",
    ),
    Function(
        "relu",
        r"\operatorname{ReLU}",
        lambda m, a: max(a * 0, a),
        lambda m, a: a * 0 + (1 if a >= 0 else 0),
        ("ReLU",),
        "at 0; its slope is taken to be 1 for a >= 0 and 0 elsewhere",
    ),
    Function(
        "abs",
        r"\operatorname{abs}",
        lambda m, a: abs(a),
        lambda m, a: a * 0 + (1 if a >= 0 else -1),
        (),
        "at 0; its slope is taken to be 1 for a >= 0 and -1 elsewhere",
    ),
)

FUNCTIONS: Final[Mapping[str, Function]] = {function.name: function for function in _ALL}

NAMES: Final[Mapping[str, str]] = {
    spelling: function.name for function in _ALL for spelling in (function.name, *function.other_names)
}
"""Every spelling to the function's name; a slope is written with a dot, `σ̇`, or `sigma_dot`."""

SLOPE_ENDINGS: Final = ("\u0307", "_dot")

NEVER_DIFFERENTIABLE: Final = frozenset(
    {"floor", "ceil", "round", "int", "sign", "sgn", "step", "heaviside", "mod", "max", "min", "argmax", "indicator"}
)


def function_of(spelling: str) -> tuple[str, bool] | None:
    """The function's name and whether its slope is meant, or None."""
    if spelling in NAMES:
        return NAMES[spelling], False
    for ending in SLOPE_ENDINGS:
        if spelling.endswith(ending) and spelling.removesuffix(ending) in NAMES:
            return NAMES[spelling.removesuffix(ending)], True
    return None
