"""The expression language of cases, evaluated once more: Python's own parser, and fractions.

The grammar is a subset of Python's, so its parser reads it; what the nodes mean is written here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from types import CodeType
from typing import Any, Final, TypeAlias

Value: TypeAlias = Fraction | str | bool | None
"""A number, a symbol, a truth value; None is `any`."""

Names: TypeAlias = Mapping[str, Fraction | str]

_OPERATORS: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_SIGNS: Final = (ast.USub, ast.UAdd, ast.Not)
_COMPARISONS: Final = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {"min": min, "max": max, "abs": abs}


def value(text: str, names: Names) -> Value:
    """What the expression says where names stand for these values; `w_o[0,1]` is a name too.

    Raises:
        ValueError: it is not in the case language.
        LookupError: an unknown name.
    """
    code, constants = _compiled(text)
    found = eval(code, {"__builtins__": {}, **_FUNCTIONS, "_names": names, "_constants": constants})
    return Fraction(found) if isinstance(found, int) and not isinstance(found, bool) else found


@cache
def _compiled(text: str) -> tuple[CodeType, tuple[Fraction, ...]]:
    constants: list[Fraction] = []
    tree = ast.parse(text.strip().replace("\n", " "), mode="eval")
    body = ast.Expression(_exact(tree.body, constants))
    return compile(ast.fix_missing_locations(body), "expression", "eval"), tuple(constants)


def _exact(node: ast.expr, constants: list[Fraction]) -> ast.expr:
    """The same tree with its numbers as fractions, its names looked up, and nothing in it but the case language."""

    def inner(part: ast.expr) -> ast.expr:
        return _exact(part, constants)

    match node:
        case ast.Constant(str()):
            return node
        case ast.Constant(int() | float() as number) if not isinstance(number, bool):
            constants.append(Fraction(repr(number)))
            return _item("_constants", len(constants) - 1)
        case ast.Name("any"):
            return ast.Constant(None)
        case ast.Name(name):
            return _item("_names", name)
        case ast.Subscript():
            return _item("_names", ast.unparse(node).translate({ord(mark): None for mark in " ()"}))
        case ast.UnaryOp(sign, part) if isinstance(sign, _SIGNS):
            return ast.UnaryOp(sign, inner(part))
        case ast.BinOp(left, operator, right) if isinstance(operator, _OPERATORS):
            return ast.BinOp(inner(left), operator, inner(right))
        case ast.BoolOp(connective, parts):
            return ast.BoolOp(connective, [inner(part) for part in parts])
        case ast.Compare(first, signs, others) if all(isinstance(sign, _COMPARISONS) for sign in signs):
            return ast.Compare(inner(first), signs, [inner(other) for other in others])
        case ast.IfExp(condition, then, otherwise):
            return ast.IfExp(inner(condition), inner(then), inner(otherwise))
        case ast.Call(ast.Name(name) as function, arguments, []) if name in _FUNCTIONS:
            return ast.Call(function, [inner(argument) for argument in arguments], [])
        case _:
            raise ValueError(f"not in the case language: {ast.unparse(node)}")


def _item(table: str, key: str | int) -> ast.expr:
    return ast.Subscript(ast.Name(table, ast.Load()), ast.Constant(key), ast.Load())
