"""Between fractions and z3 terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

import z3

from lstmsolve.model.affine import ZERO
from lstmsolve.model.errors import LimitReached
from lstmsolve.model.expressions import (
    Anything,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Connected,
    Connective,
    Expression,
    Function,
    IfElse,
    Lookup,
    Name,
    Not,
    Number,
    Symbol,
)

Term: TypeAlias = Fraction | z3.ArithRef
"""A number that may be known already; known ones never reach the solver as variables."""


def to_z3(term: Term) -> z3.ArithRef:
    return z3.RealVal(term) if isinstance(term, Fraction) else term


def times(term: Term, factor: Fraction) -> Term:
    if isinstance(term, Fraction):
        return term * factor
    return ZERO if not factor else term if factor == 1 else term * z3.RealVal(factor)


def total(terms: Iterable[Term]) -> Term:
    """The sum, with the known part added up beforehand."""
    known, open_terms = ZERO, []
    for term in terms:
        if isinstance(term, Fraction):
            known += term
        else:
            open_terms.append(term)
    if not open_terms:
        return known
    return z3.Sum([*open_terms, z3.RealVal(known)] if known else open_terms)


def equal(a: Term, b: Term) -> z3.BoolRef:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return z3.BoolVal(a == b)
    return to_z3(a) == to_z3(b)


def at_least(a: Term, b: Fraction) -> z3.BoolRef:
    return z3.BoolVal(a >= b) if isinstance(a, Fraction) else a >= z3.RealVal(b)


def at_most(a: Term, b: Fraction) -> z3.BoolRef:
    return z3.BoolVal(a <= b) if isinstance(a, Fraction) else a <= z3.RealVal(b)


def value_of(model: z3.ModelRef, term: Term) -> Fraction:
    """The term's value as a fraction.

    Raises:
        LimitReached: the model's value is irrational (an algebraic number).
    """
    if isinstance(term, Fraction):
        return term
    value = model.eval(term, model_completion=True)
    if z3.is_int_value(value):
        return Fraction(value.as_long())
    if z3.is_rational_value(value):
        return Fraction(value.numerator_as_long(), value.denominator_as_long())
    raise LimitReached(f"the solver's answer is irrational: {value}")


def condition(formula: Expression, names: Mapping[str, Term]) -> z3.BoolRef:
    """A condition of the expression language over numbers, as a z3 formula."""
    match formula:
        case Compare(first, rest):
            parts, left = [], _number(first, names)
            for operator, operand in rest:
                right = _number(operand, names)
                parts.append(_comparison(operator, left, right))
                left = right
            return z3.And(parts)
        case Connected(connective, operands):
            conditions = [condition(operand, names) for operand in operands]
            return z3.And(conditions) if connective is Connective.AND else z3.Or(conditions)
        case Not(part):
            return z3.Not(condition(part, names))
        case IfElse(test, then, otherwise):
            return z3.If(condition(test, names), condition(then, names), condition(otherwise, names))
        case _:
            raise AssertionError(f"not a condition: {formula}")


def _number(formula: Expression, names: Mapping[str, Term]) -> z3.ArithRef:
    match formula:
        case Number(value):
            return z3.RealVal(value)
        case Name(name):
            return to_z3(names[name])
        case Binary(operator, left, right):
            a, b = _number(left, names), _number(right, names)
            match operator:
                case Arithmetic.ADD:
                    return a + b
                case Arithmetic.SUBTRACT:
                    return a - b
                case Arithmetic.MULTIPLY:
                    return a * b
                case _:
                    raise AssertionError("% and // are for integers; weights are real")
        case Call(function, arguments):
            values = [_number(argument, names) for argument in arguments]
            result = values[0]
            if function is Function.ABS:
                return z3.If(result >= 0, result, -result)
            for value in values[1:]:
                result = z3.If(value < result if function is Function.MIN else value > result, value, result)
            return result
        case IfElse(test, then, otherwise):
            return z3.If(condition(test, names), _number(then, names), _number(otherwise, names))
        case Symbol() | Anything() | Compare() | Connected() | Not() | Lookup():
            raise AssertionError(f"not a number: {formula}")


def _comparison(operator: Comparison, a: z3.ArithRef, b: z3.ArithRef) -> z3.BoolRef:
    match operator:
        case Comparison.EQUAL:
            return a == b
        case Comparison.UNEQUAL:
            return a != b
        case Comparison.LESS:
            return a < b
        case Comparison.AT_MOST:
            return a <= b
        case Comparison.GREATER:
            return a > b
        case Comparison.AT_LEAST:
            return a >= b
