"""The value of a formula, given what its names stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias, assert_never

from lstmsolve.derivation.language.formulas import (
    Add,
    Call,
    Choice,
    Condition,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Negative,
    Number,
    Position,
    Power,
    Ref,
    Relation,
    Sum,
)
from lstmsolve.derivation.trial.arithmetic import Arithmetic, Dual, Real, Undefined, Value
from lstmsolve.kernel.base.affine import Affine

Element: TypeAlias = tuple[str, tuple[int, ...]]
"""A name at concrete indices: h[3] is ("h", (3,))."""

Indices: TypeAlias = Mapping[str, int]
"""Values of index variables and sizes."""


class Look(Protocol):
    """What names and derivatives are worth."""

    def ref(self, element: Element) -> Value: ...

    def derivative(self, total: bool, of: Element, by: Element) -> Value: ...


def evaluate(formula: Formula, at: Indices, look: Look, arithmetic: Arithmetic) -> Value:
    """The value.

    Raises:
        NoValue: a logarithm of a negative number, a division by zero.
    """
    match formula:
        case Number(number):
            return arithmetic.number(number)
        case Position(form):
            return arithmetic.number(index_value(form, at))
        case Ref():
            return look.ref(element_at(formula, at))
        case Derivative(total, of, by):
            return look.derivative(total, element_at(of, at), element_at(by, at))
        case Call(function, argument, slope):
            return arithmetic.call(function, slope, evaluate(argument, at, look, arithmetic))
        case Add(terms):
            result = evaluate(terms[0], at, look, arithmetic)
            for term in terms[1:]:
                result = arithmetic.add(result, evaluate(term, at, look, arithmetic))
            return result
        case Multiply(factors):
            result = evaluate(factors[0], at, look, arithmetic)
            for factor in factors[1:]:
                result = arithmetic.multiply(result, evaluate(factor, at, look, arithmetic))
            return result
        case Negative(operand):
            return arithmetic.negate(evaluate(operand, at, look, arithmetic))
        case Divide(numerator, denominator):
            above = evaluate(numerator, at, look, arithmetic)
            return arithmetic.divide(above, evaluate(denominator, at, look, arithmetic))
        case Power(base, exponent):
            raised = evaluate(base, at, look, arithmetic)
            return arithmetic.power(raised, evaluate(exponent, at, look, arithmetic))
        case Sum(index, low, high, body):
            result = arithmetic.number(0)
            for value in range(index_value(low, at), index_value(high, at) + 1):
                result = arithmetic.add(result, evaluate(body, {**at, index: value}, look, arithmetic))
            return result
        case Choice(condition, then, otherwise):
            met = holds(condition, at, look, arithmetic)
            if isinstance(met, Undefined):
                return met
            return evaluate(then if met else otherwise, at, look, arithmetic)
        case _:
            assert_never(formula)


def holds(condition: Condition, at: Indices, look: Look, arithmetic: Arithmetic) -> bool | Undefined:
    """Does the condition hold? Its sides are made of inputs, indices and numbers."""
    sides: list[Real] = []
    for side in (condition.left, condition.right):
        value = evaluate(side, at, look, arithmetic)
        if isinstance(value, Undefined):
            return value
        sides.append(value.value if isinstance(value, Dual) else value)
    left, right = sides
    match condition.relation:
        case Relation.EQUAL:
            return bool(left == right)
        case Relation.UNEQUAL:
            return bool(left != right)
        case Relation.LESS:
            return bool(left < right)
        case Relation.AT_MOST:
            return bool(left <= right)
        case Relation.GREATER:
            return bool(left > right)
        case Relation.AT_LEAST:
            return bool(left >= right)
        case _:
            assert_never(condition.relation)


def element_at(ref: Ref, at: Indices) -> Element:
    return ref.name, tuple(index_value(form, at) for form in ref.indices)


def index_value(form: Affine, at: Indices) -> int:
    # Index forms have whole coefficients; fractions would be slow here.
    return form.constant.numerator + sum(factor.numerator * at[name] for name, factor in form.terms)
