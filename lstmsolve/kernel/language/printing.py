"""Expression trees as text: what is shown of a spec is printed from the tree that was proved.

The text of a tree parses back to the same tree (`parsing.parse_expression`), and is printable ASCII.
Tables have no text in the language; they are spelt out as their entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, assert_never

from lstmsolve.kernel.base.characters import quoted
from lstmsolve.kernel.base.numbers import MAX_DIGITS, format_number
from lstmsolve.kernel.language.expressions import (
    Anything,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Connected,
    Connective,
    Constant,
    DontCare,
    Expression,
    IfElse,
    Lookup,
    Name,
    Not,
    Number,
    Symbol,
)

MAX_TOLD: Final = 24
"""Tables with more entries are not spelt out."""

# How tightly an expression holds together; what is looser than its surroundings goes into parentheses.
CHOICE: Final = 0
OR: Final = 1
AND: Final = 2
NOT: Final = 3
COMPARISON: Final = 4
TERMS: Final = 5
FACTORS: Final = 6
SIGN: Final = 7
ATOM: Final = 8


def written(expression: Expression) -> str:
    """The expression in one line."""
    match expression:
        case Number(value):
            return _number(value)
        case Name(name):
            return name
        case Symbol(symbol):
            return quoted(symbol)
        case Anything():
            return "any"
        case Binary(operator, left, right):
            if _is_negation(expression):
                return f"-{_within(right, SIGN)}"
            own = tightness(expression)
            return f"{_within(left, own)} {operator.value} {_within(right, own + 1)}"
        case Call(function, arguments):
            return f"{function.value}({', '.join(map(written, arguments))})"
        case Compare(first, rest):
            operands = "".join(f" {operator.value} {_within(operand, TERMS)}" for operator, operand in rest)
            return f"{_within(first, TERMS)}{operands}"
        case Connected(connective, parts):
            # `and` within `or` needs no parentheses; people do.
            return f" {connective.value} ".join(_within(part, NOT) for part in parts)
        case Not(part):
            # `not x < 1` would do for the parser.
            return f"not {written(part) if isinstance(part, Not) else _within(part, ATOM)}"
        case IfElse(condition, then, otherwise):
            return f"{_within(then, OR)} if {_within(condition, OR)} else {written(otherwise)}"
        case Lookup():
            return _table(expression)
        case _:
            assert_never(expression)


def tightness(expression: Expression) -> int:
    match expression:
        case IfElse():
            return CHOICE
        case Connected(connective):
            return OR if connective is Connective.OR else AND
        case Not():
            return NOT
        case Compare():
            return COMPARISON
        case Binary(Arithmetic.ADD | Arithmetic.SUBTRACT):
            return TERMS
        case Binary():
            return SIGN if _is_negation(expression) else FACTORS
        case Number(value):
            return FACTORS if "/" in _number(value) else SIGN if value < 0 else ATOM
        case Name() | Symbol() | Anything() | Call() | Lookup():
            return ATOM
        case _:
            assert_never(expression)


def constant_text(value: Constant | DontCare) -> str:
    """A register's or an input's value as an expression writes it."""
    match value:
        case Fraction():
            return _number(value)
        case str():
            return quoted(value)
        case DontCare():
            return "any"


def _is_negation(product: Binary) -> bool:
    """Is this what the parser makes of `-n`? It makes a number of `-2`."""
    sign = Number(Fraction(-1))
    return product.operator is Arithmetic.MULTIPLY and product.left == sign and not isinstance(product.right, Number)


def _within(expression: Expression, least: int) -> str:
    return f"({written(expression)})" if tightness(expression) < least else written(expression)


def _number(value: Fraction) -> str:
    """A decimal where there is one that can be read again, else a quotient."""
    over, rest = abs(value.numerator), value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places >= MAX_DIGITS:
        return format_number(value)
    digits = format_number(over * 10**places // value.denominator).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text


def _table(table: Lookup) -> str:
    """`{'q0': {0: 'q1', 1: 'q2'}, …}[state][x]`, or how many entries there are."""
    if len(table.table) > MAX_TOLD:
        entries = f"{{… {len(table.table)} entries, too many to be told here …}}"
    else:
        entries = _nested([(tuple(map(constant_text, key)), constant_text(said)) for key, said in table.table.items()])
    return entries + "".join(f"[{name}]" for name in table.names)


def _nested(entries: Sequence[tuple[tuple[str, ...], str]]) -> str:
    """Entries by the first part of their keys."""
    parts: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for (first, *rest), said in entries:
        parts.setdefault(first, []).append((tuple(rest), said))
    told = (f"{first}: {_nested(inner) if inner[0][0] else inner[0][1]}" for first, inner in parts.items())
    return f"{{{', '.join(told)}}}"
