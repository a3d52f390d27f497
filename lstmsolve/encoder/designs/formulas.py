"""Expressions of the spec language as z3 formulas: the third reading of them, after numbers and forms.

Numbers are reals, conditions are Booleans, and symbols are strings where they are known and
`SymbolTerm`s (a condition for each symbol) where they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Final, TypeAlias, assert_never

import z3

from lstmsolve.encoder.terms import Term, real, to_z3
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


@dataclass(frozen=True)
class SymbolTerm:
    """One of several symbols: the condition under which it is each."""

    cases: Mapping[str, z3.BoolRef]


@dataclass(frozen=True)
class Optional:
    """A number that is owed only under a condition (elsewhere the spec says `any`)."""

    owed: z3.BoolRef
    value: z3.ArithRef


Value: TypeAlias = z3.ArithRef | z3.BoolRef | SymbolTerm | Optional


def formula(expression: Expression, names: Mapping[str, Value]) -> Value:
    """The value of a well-kinded expression."""
    match expression:
        case Number(constant):
            return real(constant)
        case Name(name):
            return names[name]
        case Symbol(symbol):
            return SymbolTerm({symbol: z3.BoolVal(True)})
        case Anything():
            return Optional(z3.BoolVal(False), real(0))
        case Binary(operator, left, right):
            return _BINARY[operator](number(left, names), number(right, names))
        case Call(function, arguments):
            values = [number(argument, names) for argument in arguments]
            if function is Function.ABS:
                return z3.If(values[0] >= 0, values[0], -values[0])
            return reduce(_FOLDS[function], values)
        case Compare(first, rest):
            parts = []
            left_value = formula(first, names)
            for comparison, operand in rest:
                right_value = formula(operand, names)
                parts.append(_compared(comparison, left_value, right_value))
                left_value = right_value
            return z3.And(parts)
        case Connected(connective, operands):
            conditions = [condition(operand, names) for operand in operands]
            return z3.And(conditions) if connective is Connective.AND else z3.Or(conditions)
        case Not(part):
            return z3.Not(condition(part, names))
        case IfElse(test, then, otherwise):
            return _chosen(condition(test, names), formula(then, names), formula(otherwise, names))
        case Lookup(keys, table):
            found: Value | None = None
            for key, entry in table.items():
                matches = z3.And([_is(names[name], value) for name, value in zip(keys, key, strict=True)])
                said = _constant(entry)
                found = said if found is None else _chosen(matches, said, found)
            assert found is not None
            return found
        case _:
            assert_never(expression)


def number(expression: Expression, names: Mapping[str, Value]) -> z3.ArithRef:
    """`formula`, for an expression whose kind is a number."""
    value = formula(expression, names)
    assert isinstance(value, z3.ArithRef)
    return value


def condition(expression: Expression, names: Mapping[str, Value]) -> z3.BoolRef:
    """`formula`, for an expression whose kind is a condition."""
    value = formula(expression, names)
    assert isinstance(value, z3.BoolRef)
    return value


def weight_condition(expression: Expression, names: Mapping[str, Term]) -> z3.BoolRef:
    """A condition of a case on its weights."""
    return condition(expression, {name: to_z3(term) for name, term in names.items()})


def _floor(a: z3.ArithRef, b: z3.ArithRef) -> z3.ArithRef:
    return z3.ToReal(z3.ToInt(a / b))


_BINARY: Final[Mapping[Arithmetic, Callable[[z3.ArithRef, z3.ArithRef], z3.ArithRef]]] = {
    Arithmetic.ADD: lambda a, b: a + b,
    Arithmetic.SUBTRACT: lambda a, b: a - b,
    Arithmetic.MULTIPLY: lambda a, b: a * b,
    Arithmetic.FLOOR_DIVIDE: _floor,
    Arithmetic.MODULO: lambda a, b: a - b * _floor(a, b),
}
_FOLDS: Final[Mapping[Function, Callable[[z3.ArithRef, z3.ArithRef], z3.ArithRef]]] = {
    Function.MIN: lambda a, b: z3.If(b < a, b, a),
    Function.MAX: lambda a, b: z3.If(b > a, b, a),
}
_COMPARISONS: Final[Mapping[Comparison, Callable[[z3.ArithRef, z3.ArithRef], z3.BoolRef]]] = {
    Comparison.EQUAL: lambda a, b: a == b,
    Comparison.UNEQUAL: lambda a, b: a != b,
    Comparison.LESS: lambda a, b: a < b,
    Comparison.AT_MOST: lambda a, b: a <= b,
    Comparison.GREATER: lambda a, b: a > b,
    Comparison.AT_LEAST: lambda a, b: a >= b,
}


def _compared(operator: Comparison, a: Value, b: Value) -> z3.BoolRef:
    if isinstance(a, z3.ArithRef) and isinstance(b, z3.ArithRef):
        return _COMPARISONS[operator](a, b)
    assert isinstance(a, SymbolTerm)
    assert isinstance(b, SymbolTerm)
    same = z3.Or([z3.And(a.cases[symbol], b.cases[symbol]) for symbol in a.cases if symbol in b.cases])
    return same if operator is Comparison.EQUAL else z3.Not(same)


def _chosen(test: z3.BoolRef, then: Value, otherwise: Value) -> Value:
    match then, otherwise:
        case SymbolTerm(a), SymbolTerm(b):
            no = z3.BoolVal(False)
            return SymbolTerm({s: z3.If(test, a.get(s, no), b.get(s, no)) for s in dict.fromkeys([*a, *b])})
        case (Optional(), _) | (_, Optional()):
            x, y = _optional(then), _optional(otherwise)
            return Optional(z3.If(test, x.owed, y.owed), z3.If(test, x.value, y.value))
        case _:
            return z3.If(test, then, otherwise)


def _optional(value: Value) -> Optional:
    if isinstance(value, Optional):
        return value
    assert isinstance(value, z3.ArithRef)
    return Optional(z3.BoolVal(True), value)


def _is(value: Value, wanted: Fraction | str) -> z3.BoolRef:
    if isinstance(value, SymbolTerm):
        assert isinstance(wanted, str)
        return value.cases.get(wanted, z3.BoolVal(False))
    assert isinstance(wanted, Fraction)
    return value == real(wanted)


def _constant(value: Fraction | str | DontCare) -> Value:
    if value is ANY:
        return Optional(z3.BoolVal(False), real(0))
    return SymbolTerm({value: z3.BoolVal(True)}) if isinstance(value, str) else real(value)
