"""Text to expression tree. Python's own parser reads the text; nothing is ever evaluated by it.

Only the node types listed here pass, so the language is exactly the one of `expressions`.
"""

from __future__ import annotations

import ast
import re
import warnings
from fractions import Fraction
from typing import Final

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
    ExpressionError,
    Function,
    IfElse,
    Name,
    Not,
    Number,
    Symbol,
)
from lstmsolve.model.numbers import parse_number

MAX_LENGTH: Final = 20_000
MAX_DEPTH: Final = 150
"""Whoever walks a tree later does so by recursion."""

RESERVED: Final = frozenset({"any", "min", "max", "abs", "and", "or", "not", "if", "else", "True", "False", "None"})

_ARITHMETIC: Final[dict[type[ast.operator], Arithmetic]] = {
    ast.Add: Arithmetic.ADD,
    ast.Sub: Arithmetic.SUBTRACT,
    ast.Mult: Arithmetic.MULTIPLY,
    ast.Mod: Arithmetic.MODULO,
    ast.FloorDiv: Arithmetic.FLOOR_DIVIDE,
}
_COMPARISONS: Final[dict[type[ast.cmpop], Comparison]] = {
    ast.Eq: Comparison.EQUAL,
    ast.NotEq: Comparison.UNEQUAL,
    ast.Lt: Comparison.LESS,
    ast.LtE: Comparison.AT_MOST,
    ast.Gt: Comparison.GREATER,
    ast.GtE: Comparison.AT_LEAST,
}
_DECIMAL: Final = re.compile(r"\d+(\.\d*)?|\.\d+")


def parse_expression(text: str, *, indexed: bool = False) -> Expression:
    """The tree of `text`. With `indexed`, names may carry indices: `w_o[0,1]` is one name.

    Raises:
        ExpressionError: the text is not in the language; `at` is the column.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression of {len(text)} characters; at most {MAX_LENGTH} are read", 0)
    flat = re.sub(r"\s", " ", text)
    margin = len(flat) - len(flat.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(flat.strip(), mode="eval")
        if _depth(tree.body) > MAX_DEPTH:
            raise ExpressionError(f"this is nested more than {MAX_DEPTH} deep; split it up", 0)
        return _Reader(flat.strip(), margin, indexed).read(tree.body)
    except SyntaxError as error:
        if not flat.strip():
            raise ExpressionError("the expression is empty", 0) from None
        # An expression that ends too early has no offset: point behind its end.
        column = error.offset - 1 if error.offset else len(flat.strip())
        raise ExpressionError(f"this does not parse: {error.msg}", margin + column) from None
    except ExpressionError:
        raise
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError("this does not parse: nested too deeply, or a character Python cannot read", 0) from None


def _depth(root: ast.expr) -> int:
    """How deep the tree goes; a chain of `+` is as deep as it is long."""
    level: list[ast.AST] = [root]
    depth = 0
    while level:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def caret(text: str, at: int) -> str:
    """The text with a `^` under column `at`, cut to a window that fits a terminal."""
    flat = re.sub(r"\s", " ", text)
    at = min(max(at, 0), len(flat))
    start = max(0, at - 60)
    window = flat[start : start + 100]
    return f"    {window}\n    {' ' * (at - start)}^"


class _Reader:
    """Turns the syntax tree of one text into ours, refusing whatever has no place in it."""

    def __init__(self, text: str, margin: int, indexed: bool) -> None:
        self._text = text
        self._encoded = text.encode()
        self._margin = margin
        self._indexed = indexed

    def read(self, node: ast.expr) -> Expression:
        at = self._column(node)
        match node:
            case ast.Constant(value=str(symbol)) if self._source(node)[:1] in "'\"":
                return Symbol(symbol, at=at)
            case ast.Constant(value=int() | float()):
                return Number(self._number(node), at=at)
            case ast.Name(id="any"):
                return Anything(at=at)
            case ast.Name(id=name) if name not in RESERVED:
                return Name(name, at=at)
            case ast.Subscript(value=ast.Name(id=name)) if self._indexed:
                return Name(f"{name}[{self._indices(node.slice)}]", at=at)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand)
            case ast.UnaryOp(op=ast.USub()):
                operand = self.read(node.operand)
                if isinstance(operand, Number):
                    return Number(-operand.value, at=at)
                return Binary(Arithmetic.MULTIPLY, Number(Fraction(-1), at=at), operand, at=at)
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.read(node.operand), at=at)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                operator = _ARITHMETIC[type(node.op)]
                return Binary(operator, self.read(node.left), self.read(node.right), at=at)
            case ast.Call(func=ast.Name(id=name)) if name in {f.value for f in Function}:
                return self._call(node, Function(name), at)
            case ast.Compare() if all(type(operator) in _COMPARISONS for operator in node.ops):
                operators = [_COMPARISONS[type(operator)] for operator in node.ops]
                operands = [self.read(operand) for operand in node.comparators]
                return Compare(self.read(node.left), tuple(zip(operators, operands, strict=True)), at=at)
            case ast.BoolOp():
                connective = Connective.AND if isinstance(node.op, ast.And) else Connective.OR
                return Connected(connective, tuple(self.read(value) for value in node.values), at=at)
            case ast.IfExp():
                return IfElse(self.read(node.test), self.read(node.body), self.read(node.orelse), at=at)
            case _:
                shown = self._source(node)
                raise ExpressionError(f"{shown[:40]!r} is not in the expression language ({_LANGUAGE})", at)

    def _call(self, node: ast.Call, function: Function, at: int) -> Expression:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise ExpressionError(f"{function.value}() takes plain arguments only", at)
        wanted = "one argument" if function is Function.ABS else "two or more arguments"
        if (len(node.args) == 1) != (function is Function.ABS) or not node.args:
            raise ExpressionError(f"{function.value}() takes {wanted}", at)
        return Call(function, tuple(self.read(argument) for argument in node.args), at=at)

    def _number(self, node: ast.expr) -> Fraction:
        source = self._source(node)
        if not _DECIMAL.fullmatch(source):
            raise ExpressionError(f"{source[:40]!r} is not a number: write an integer or a decimal", self._column(node))
        try:
            return parse_number(source)
        except ValueError as error:
            raise ExpressionError(str(error), self._column(node)) from None

    def _indices(self, node: ast.expr) -> str:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        values = [self.read(part) for part in parts]
        if not all(isinstance(value, Number) and value.value.denominator == 1 and value.value >= 0 for value in values):
            raise ExpressionError("an index is a number from 0 on, as in w_o[0,1]", self._column(node))
        return ",".join(str(value.value) for value in values if isinstance(value, Number))

    def _source(self, node: ast.expr) -> str:
        # The text is one line. Python's own `ast.get_source_segment` goes through all of it each time.
        return self._encoded[node.col_offset : node.end_col_offset].decode(errors="ignore")

    def _column(self, node: ast.expr) -> int:
        # Python counts columns in UTF-8 bytes; a caret stands under a character.
        return self._margin + len(self._encoded[: node.col_offset].decode(errors="ignore"))


_LANGUAGE: Final = "numbers, names, + - * min max abs % // comparisons, and/or/not, A if C else B, 'symbols', any"
