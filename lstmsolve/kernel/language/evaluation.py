"""The value of an expression, concrete or symbolic: one evaluator for both.

Names may stand for fractions, symbols or affine forms. Where a value depends on the sign of a
form that is not constant, the evaluator asks an `Oracle`. Who answers makes the difference: a
simulation is never asked, a proof search forks, the checker looks up what its case assumes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor
from typing import Final, Protocol, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.language.expressions import (
    ANY,
    Anything,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Connected,
    Connective,
    DontCare,
    Expression,
    Function,
    IfElse,
    Lookup,
    Name,
    Not,
    Number,
    Symbol,
)

MAX_PIECES: Final = 256
"""Pieces into which `//` and `%` of a symbolic value may fall before it counts as unbounded."""

Value: TypeAlias = Affine | str
"""What a name can stand for. A concrete number is a constant `Affine`."""

Result: TypeAlias = Affine | str | bool | DontCare


class Oracle(Protocol):
    """Answers questions about forms that are not constant."""

    def at_least_zero(self, form: Affine) -> bool:
        """Is `form >= 0` everywhere in the case at hand?"""
        ...

    def is_integer(self, variable: str) -> bool:
        """Does the variable range over integers only?"""
        ...


class NoOracle:
    """For concrete runs: being asked at all is a bug."""

    def at_least_zero(self, form: Affine) -> bool:
        raise AssertionError(f"a concrete run asked for the sign of {form}")

    def is_integer(self, variable: str) -> bool:
        raise AssertionError(f"a concrete run asked about {variable}")


def evaluate(expression: Expression, names: Mapping[str, Value], oracle: Oracle) -> Result:
    """The value of a well-kinded expression (see `expressions.kind_of`).

    Raises:
        OutsideFragment: the value is not affine, whatever the oracle answers.
    """
    match expression:
        case Number(constant):
            return Affine((), constant)
        case Name(name):
            return names[name]
        case Symbol(symbol):
            return symbol
        case Anything():
            return ANY
        case Binary(operator, left, right):
            return _arithmetic(operator, number(left, names, oracle), number(right, names, oracle), oracle)
        case Call(function, arguments):
            return _call(function, [number(argument, names, oracle) for argument in arguments], oracle)
        case Compare(first, rest):
            value = evaluate(first, names, oracle)
            for comparison, operand in rest:
                previous, value = value, evaluate(operand, names, oracle)
                if not _compare(comparison, previous, value, oracle):
                    return False
            return True
        case Connected(connective, parts):
            stop = connective is Connective.OR
            return next((stop for part in parts if truth(part, names, oracle) is stop), not stop)
        case Not(part):
            return not truth(part, names, oracle)
        case IfElse(condition, then, otherwise):
            return evaluate(then if truth(condition, names, oracle) else otherwise, names, oracle)
        case Lookup(keys, table):
            found = table[tuple(_key(names[key]) for key in keys)]
            return Affine((), found) if isinstance(found, Fraction) else found
        case _:
            assert_never(expression)


def number(expression: Expression, names: Mapping[str, Value], oracle: Oracle) -> Affine:
    """`evaluate`, for an expression whose kind is a number."""
    value = evaluate(expression, names, oracle)
    assert isinstance(value, Affine)
    return value


def truth(expression: Expression, names: Mapping[str, Value], oracle: Oracle) -> bool:
    """`evaluate`, for an expression whose kind is a condition."""
    value = evaluate(expression, names, oracle)
    assert isinstance(value, bool)
    return value


def at_least_zero(form: Affine, oracle: Oracle) -> bool:
    """Is the form >= 0? Constants answer for themselves."""
    return form.constant >= 0 if form.is_constant else oracle.at_least_zero(form)


def is_zero(form: Affine, oracle: Oracle) -> bool:
    return at_least_zero(form, oracle) and at_least_zero(-form, oracle)


def _key(value: Value) -> Fraction | str:
    if isinstance(value, str):
        return value
    if not value.is_constant:
        raise OutsideFragment(f"a table is looked up by {value}, which is not one value")
    return value.constant


def _arithmetic(operator: Arithmetic, left: Affine, right: Affine, oracle: Oracle) -> Affine:
    match operator:
        case Arithmetic.ADD:
            return left + right
        case Arithmetic.SUBTRACT:
            return left - right
        case Arithmetic.MULTIPLY:
            return right * left.constant if left.is_constant else left * right.constant
        case Arithmetic.FLOOR_DIVIDE:
            return _floor_divide(left, int(right.constant), oracle)
        case Arithmetic.MODULO:
            divisor = int(right.constant)
            return left - _floor_divide(left, divisor, oracle) * divisor
        case _:
            assert_never(operator)


def _floor_divide(form: Affine, divisor: int, oracle: Oracle) -> Affine:
    """⌊form / divisor⌋ of an integer form: divide what divides, search for the rest."""
    whole = {
        name: factor / divisor
        for name, factor in form.terms
        if (factor / divisor).denominator == 1 and oracle.is_integer(name)
    }
    rest = Affine(tuple(term for term in form.terms if term[0] not in whole), form.constant)
    if rest.is_constant:
        return Affine.of(whole, floor(rest.constant / divisor))
    quotient = 0
    step = 1 if oracle.at_least_zero(rest) else -1
    for _ in range(MAX_PIECES):
        edge = quotient + 1 if step > 0 else quotient
        if at_least_zero(rest - divisor * edge, oracle) is not (step > 0):
            return Affine.of(whole, quotient)
        quotient += step
    raise OutsideFragment(f"{rest} // {divisor} has more than {MAX_PIECES} pieces")


def _call(function: Function, arguments: list[Affine], oracle: Oracle) -> Affine:
    best = arguments[0]
    match function:
        case Function.ABS:
            return best if at_least_zero(best, oracle) else -best
        case Function.MIN:
            for other in arguments[1:]:
                best = best if at_least_zero(other - best, oracle) else other
            return best
        case Function.MAX:
            for other in arguments[1:]:
                best = best if at_least_zero(best - other, oracle) else other
            return best
        case _:
            assert_never(function)


_ON_NUMBERS: Final[Mapping[Comparison, Callable[[Affine, Oracle], bool]]] = {
    Comparison.AT_LEAST: lambda d, oracle: at_least_zero(d, oracle),
    Comparison.AT_MOST: lambda d, oracle: at_least_zero(-d, oracle),
    Comparison.GREATER: lambda d, oracle: not at_least_zero(-d, oracle),
    Comparison.LESS: lambda d, oracle: not at_least_zero(d, oracle),
    Comparison.EQUAL: is_zero,
    Comparison.UNEQUAL: lambda d, oracle: not is_zero(d, oracle),
}
"""The meaning of each comparison, given the difference of its sides."""


def _compare(operator: Comparison, left: Result, right: Result, oracle: Oracle) -> bool:
    if isinstance(left, Affine) and isinstance(right, Affine):
        return _ON_NUMBERS[operator](left - right, oracle)
    return (left == right) is (operator is Comparison.EQUAL)
