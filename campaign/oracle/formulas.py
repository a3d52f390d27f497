"""The expression language of cases, evaluated once more: Python's own parser, and fractions.

The grammar is a subset of Python's, so its parser reads it; what the nodes mean is written here.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeAlias

Value: TypeAlias = Fraction | str | bool | None
"""A number, a symbol, a truth value; None is `any`."""

Names: TypeAlias = Mapping[str, Fraction | str]

_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {"min": min, "max": max, "abs": abs}


@cache
def read(text: str) -> ast.expr:
    """The text as a tree."""
    return ast.parse(text.strip().replace("\n", " "), mode="eval").body


def value(text: str, names: Names) -> Value:
    """What the expression says where names stand for these values; `w_o[0,1]` is a name too."""
    return _value(read(text), names)


def _value(node: ast.expr, names: Names) -> Value:
    match node:
        case ast.Constant(str(symbol)):
            return symbol
        case ast.Constant(int() | float() as number):
            return Fraction(repr(number))
        case ast.Name("any"):
            return None
        case ast.Name(name):
            return names[name]
        case ast.Subscript():
            return names[ast.unparse(node).replace(" ", "").replace("(", "").replace(")", "")]
        case ast.UnaryOp(ast.Not(), inner):
            return not _value(inner, names)
        case ast.UnaryOp(ast.USub(), inner):
            return -_number(inner, names)
        case ast.UnaryOp(ast.UAdd(), inner):
            return _number(inner, names)
        case ast.BinOp(left, sign, right):
            return Fraction(_ARITHMETIC[type(sign)](_number(left, names), _number(right, names)))
        case ast.BoolOp(ast.And(), parts):
            return all(_value(part, names) for part in parts)
        case ast.BoolOp(ast.Or(), parts):
            return any(_value(part, names) for part in parts)
        case ast.Compare(first, signs, others):
            before = _value(first, names)
            for comparison, other in zip(signs, others, strict=True):
                after = _value(other, names)
                if not _COMPARISONS[type(comparison)](before, after):
                    return False
                before = after
            return True
        case ast.IfExp(condition, then, otherwise):
            return _value(then if _value(condition, names) else otherwise, names)
        case ast.Call(ast.Name(name), arguments):
            return Fraction(_FUNCTIONS[name](*(_number(argument, names) for argument in arguments)))
        case _:
            raise ValueError(f"not in the case language: {ast.unparse(node)}")


def _number(node: ast.expr, names: Names) -> Fraction:
    found = _value(node, names)
    if not isinstance(found, Fraction):
        raise ValueError(f"not a number: {ast.unparse(node)}")
    return found
