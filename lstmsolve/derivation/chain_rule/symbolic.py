"""Formulas to sympy and back: one *layer* at a time.

A layer is the arithmetic on top of a formula: + - * / and powers. What is below it (names, sums,
functions, choices) are its leaves and become symbols, so sympy never meets an index or a sum, and
what comes back keeps every leaf as it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeAlias

import sympy

from lstmsolve.derivation.language.formulas import (
    Add,
    Call,
    Divide,
    Formula,
    Multiply,
    Negative,
    Number,
    Position,
    Power,
    add,
    divide,
    multiply,
)
from lstmsolve.derivation.language.writing import signed, write

Expr: TypeAlias = Any
"""A sympy expression; sympy has no types."""


class NotReal(ArithmeticError):
    """What sympy makes of a formula is no real number, wherever it stands: 1/0, the square root of -1."""


def layer(formula: Formula, leaf: Callable[[Formula], Expr]) -> Expr:
    """The arithmetic of a formula in sympy; `leaf` says what stands for whatever is below it.

    Raises:
        NotReal: something is divided by zero; in sympy 1/(1/0) is 0.
    """
    match formula:
        case Number(value):
            return rational(value)
        case Position(form) if form.is_constant:
            return rational(form.constant)
        case Add(terms):
            return sympy.Add(*(layer(term, leaf) for term in terms))
        case Multiply(factors):
            return sympy.Mul(*(layer(factor, leaf) for factor in factors))
        case Negative(operand):
            return -layer(operand, leaf)
        case Divide(numerator, denominator):
            return _real(layer(numerator, leaf) / layer(denominator, leaf))
        case Power(base, exponent):
            return _real(layer(base, leaf) ** layer(exponent, leaf))
        case _:
            return leaf(formula)


def rational(value: Fraction) -> Expr:
    return sympy.Rational(value.numerator, value.denominator)


def _symbols(formula: Formula) -> tuple[Expr, dict[Formula, Expr]]:
    """The layer with a symbol for each leaf, and those symbols, in the order of appearance."""
    leaves: dict[Formula, Expr] = {}

    def leaf(part: Formula) -> Expr:
        return leaves.setdefault(part, sympy.Symbol(f"a{len(leaves):04d}"))

    return layer(formula, leaf), leaves


def written(expression: Expr, back: Mapping[Expr, Formula]) -> Formula:
    """A sympy expression as a formula; `back` says what its symbols stand for.

    Raises:
        NotReal: it has no value.
    """
    return _written(_real(expression), back)


def _real(expression: Expr) -> Expr:
    if expression.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I):
        raise NotReal("a division by zero, or a root of a negative number")
    return expression


def _written(expression: Expr, back: Mapping[Expr, Formula]) -> Formula:
    if expression in back:
        return back[expression]
    if expression.is_Rational:
        return Number(Fraction(int(expression.p), int(expression.q)))
    if expression.is_Add:
        terms = [_written(term, back) for term in expression.as_ordered_terms()]
        # A difference reads better with its positive part first.
        return add(*sorted(terms, key=lambda term: signed(term)[0]))
    if expression.is_Mul:
        above, below = [], []
        for factor in expression.as_ordered_factors():
            base, exponent = factor.as_base_exp()
            if exponent.is_Rational and exponent.is_negative:
                below.append(_written(base ** (-exponent), back))
            else:
                above.append(_written(factor, back))
        return divide(multiply(*above), multiply(*below)) if below else multiply(*above)
    if expression.is_Pow:
        base, exponent = expression.as_base_exp()
        if exponent.is_Rational and exponent.is_negative:
            return divide(Number(Fraction(1)), _written(base ** (-exponent), back))
        return Power(_written(base, back), _written(exponent, back))
    for name, known in FUNCTIONS.items():
        if expression.func is known:
            return Call(name, _written(expression.args[0], back))
    raise AssertionError(f"sympy answered with {expression.func}")


def slopes(formula: Formula) -> dict[Formula, Formula]:
    """The derivative of a layer by each of its leaves, by sympy; leaves without influence are left out.

    Raises:
        NotReal: there is none, for the layer divides by zero or the like.
    """
    expression, leaves = _symbols(formula)
    back = {symbol: leaf for leaf, symbol in leaves.items()}
    # Indices and sizes are numbers that nothing moves.
    moved = {leaf: symbol for leaf, symbol in leaves.items() if not isinstance(leaf, Position)}
    found = {leaf: sympy.diff(expression, symbol) for leaf, symbol in moved.items()}
    return {leaf: written(slope, back) for leaf, slope in found.items() if slope != 0}


@cache
def _slope_at(function: str) -> tuple[Expr, Expr]:
    """A function's derivative at a symbol, and the symbol."""
    at = sympy.Symbol("a")
    return sympy.diff(FUNCTIONS[function](at), at), at


def slope_of_call(call: Call) -> Formula:
    """f'(argument): σ̇(…) and the slopes of functions with kinks as they are, others worked out by sympy."""
    if call.function in KEPT:
        return Call(call.function, call.argument, slope=True)
    slope, at = _slope_at(call.function)
    return written(slope, {at: call.argument})


def factored(formula: Formula) -> Formula:
    """The layer as one fraction of products, if that is shorter to write."""
    expression, leaves = _symbols(formula)
    shorter = written(sympy.factor(expression), {symbol: leaf for leaf, symbol in leaves.items()})
    return shorter if len(write(shorter)) < len(write(formula)) else formula


class Sigmoid(sympy.Function):  # type: ignore[misc]
    """σ, with σ' = σ(1 - σ)."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return self * (1 - self)

    def _eval_rewrite_as_exp(self, argument: Expr, **hints: object) -> Expr:
        return 1 / (1 + sympy.exp(-argument))


class Softplus(sympy.Function):  # type: ignore[misc]
    """ln(1 + e^a), with slope σ."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return Sigmoid(self.args[0])

    def _eval_rewrite_as_exp(self, argument: Expr, **hints: object) -> Expr:
        return sympy.log(1 + sympy.exp(argument))


FUNCTIONS: Final[Mapping[str, Expr]] = {
    "σ": Sigmoid,
    "tanh": sympy.tanh,
    "exp": sympy.exp,
    "ln": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "sqrt": sympy.sqrt,
    "softplus": Softplus,
    "crelu": sympy.Function("crelu"),
    "relu": sympy.Function("relu"),
    "abs": sympy.Function("abs"),
}

KEPT: Final = frozenset({"σ", "crelu", "relu", "abs"})
"""Functions whose slope keeps its own name."""
