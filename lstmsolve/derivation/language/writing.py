"""Formulas as plain text, in the notation that `reading` reads."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, assert_never

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
    Sum,
)
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.numbers import format_number

# How tightly a formula holds together; what is looser than its surroundings goes into parentheses.
CHOICE: Final = 0
TERMS: Final = 1
FACTORS: Final = 2
POWER: Final = 3
ATOM: Final = 4


def write(formula: Formula) -> str:
    """The formula in one line."""
    match formula:
        case Number(value):
            return format_number(value)
        case Position(form):
            return write_index(form)
        case Ref():
            return write_ref(formula)
        case Derivative(total, of, by):
            mark = "d" if total else "∂"
            return f"{mark}{write_ref(of)}/{mark}{write_ref(by)}"
        case Call(function, argument, slope):
            return f"{function}{_dot(function) if slope else ''}({write(argument)})"
        case Add(terms):
            return joined([_signed(term) for term in terms])
        case Multiply(factors):
            return "*".join(_within(factor, FACTORS, first=not place) for place, factor in enumerate(factors))
        case Negative(operand):
            return f"-{_within(operand, FACTORS)}"
        case Divide(numerator, denominator):
            return f"{_within(numerator, FACTORS)}/{_within(denominator, POWER)}"
        case Power(base, exponent):
            return f"{_within(base, ATOM)}**{_within(exponent, ATOM)}"
        case Sum(index, low, high, body):
            return f"Σ({index}, {write_index(low)}, {write_index(high)}, {write(body)})"
        case Choice(condition, then, otherwise):
            return f"{_within(then, TERMS)} if {write_condition(condition)} else {write(otherwise)}"
        case _:
            assert_never(formula)


def write_equation(left: Formula, right: Formula) -> str:
    return f"{write(left)} = {write(right)}"


def write_ref(ref: Ref) -> str:
    return f"{ref.name}[{', '.join(map(write_index, ref.indices))}]" if ref.indices else ref.name


def write_condition(condition: Condition) -> str:
    return f"{_within(condition.left, TERMS)} {condition.relation.value} {_within(condition.right, TERMS)}"


def write_index(form: Affine) -> str:
    """`n+m`, `N-n-1`: what is added first, then what is taken away."""
    ordered = sorted(form.terms, key=lambda term: (term[1] < 0, [-ord(letter) for letter in term[0]]))
    text = ""
    for name, factor in ordered:
        text += f"{'-' if factor < 0 else '+'}{_multiple(name, abs(factor))}"
    if form.constant or not text:
        text += f"{'-' if form.constant < 0 else '+'}{format_number(abs(form.constant))}"
    return text.removeprefix("+")


def joined(terms: list[tuple[bool, str]]) -> str:
    """Signed terms as one text: `a - b + c`."""
    text = "".join(f"{' - ' if negative else ' + '}{term}" for negative, term in terms)
    return f"-{text[3:]}" if text.startswith(" - ") else text[3:]


def tightness(formula: Formula) -> int:
    match formula:
        case Choice():
            return CHOICE
        case Add() | Negative():
            return TERMS
        case Multiply() | Divide() | Derivative():
            return FACTORS
        case Number(value):
            return TERMS if value < 0 else FACTORS if value.denominator != 1 else ATOM
        case Position(form):
            single = not form.constant and len(form.terms) == 1 and form.terms[0][1] == 1
            return ATOM if single or (form.is_constant and form.constant >= 0) else TERMS
        case Power():
            return POWER
        case Ref() | Call() | Sum():
            return ATOM
        case _:
            assert_never(formula)


def signed(term: Formula) -> tuple[bool, Formula]:
    """Whether a term is taken away, and what stands after its sign."""
    match term:
        case Negative(operand):
            return True, operand
        case Number(value) if value < 0:
            return True, Number(-value)
        case _:
            return False, term


def _signed(term: Formula) -> tuple[bool, str]:
    negative, rest = signed(term)
    return negative, _within(rest, FACTORS)


def _within(formula: Formula, least: int, first: bool = True) -> str:
    """In parentheses, where the formula is looser than `least`, or would swallow what follows."""
    loose = tightness(formula) < least
    # a*(b/c) and a*(b*c) are read as they are written only with parentheses.
    regrouped = least == FACTORS and not first and isinstance(formula, Divide | Multiply)
    return f"({write(formula)})" if loose or regrouped else write(formula)


def _multiple(name: str, factor: Fraction) -> str:
    return name if factor == 1 else f"{format_number(factor)}*{name}"


def _dot(function: str) -> str:
    return "\u0307" if function == "σ" else "_dot"
