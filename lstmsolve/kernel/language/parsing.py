"""Text to expression tree, and back.

`syntax` lets the text in; only the node types listed here pass, so the language is exactly the one of
`expressions`.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.base.characters import name_flaw
from lstmsolve.kernel.language.expressions import (
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
    constant_value,
)
from lstmsolve.kernel.language.printing import written
from lstmsolve.kernel.language.syntax import MAX_LENGTH, Language, Source, parsed

RESERVED: Final = frozenset({"any", "min", "max", "abs", "and", "or", "not", "if", "else", "True", "False", "None"})

_LANGUAGE: Final = Language(
    "expression",
    "numbers, names, + - * / min max abs % // comparisons, and/or/not, A if C else B, 'symbols', any",
    "expressions are printable ASCII, and a symbol with other letters is written '\\u03b1'",
)
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


def parse_expression(text: str, *, indexed: bool = False) -> Expression:
    """The tree of `text`. With `indexed`, names may carry indices: `w_o[0,1]` is one name.

    Raises:
        ExpressionError: the text is not in the language; `at` is the column.
    """
    source = parsed(text, _LANGUAGE)
    tree = _Reader(source, indexed).read(source.root)
    # What is written of the tree, in a certificate for one, must be readable again.
    if 4 * len(text) > MAX_LENGTH and len(written(tree)) > MAX_LENGTH:
        raise ExpressionError(f"written out, this has more than {MAX_LENGTH} characters; split it up", source.margin)
    return tree


class _Reader:
    """Turns the syntax tree of one text into ours, refusing whatever has no place in it."""

    def __init__(self, source: Source, indexed: bool) -> None:
        self._source = source
        self._indexed = indexed

    def read(self, node: ast.expr) -> Expression:
        at = self._source.column(node)
        match node:
            case ast.Constant(value=str(symbol)) if node.kind is None:
                return self._symbol(node, symbol)
            case ast.Constant(value=int() | float()):
                return Number(self._source.number(node), at=at)
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
            case ast.BinOp(op=ast.Div()):
                return self._quotient(node)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                operator = _ARITHMETIC[type(node.op)]
                return Binary(operator, self.read(node.left), self.read(node.right), at=at)
            case ast.Call(func=ast.Name(id=name)) if name in {f.value for f in Function}:
                return self._call(node, Function(name))
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
                raise self._source.no_construct(node)

    def _symbol(self, node: ast.Constant, symbol: str) -> Symbol:
        flaw = name_flaw(symbol)
        if flaw is not None:
            raise self._source.wrong(f"the symbol {flaw}", node)
        return Symbol(symbol, at=self._source.column(node))

    def _quotient(self, node: ast.BinOp) -> Expression:
        """`1/3` is a number, `x / 3` the product of x and 1/3."""
        over, under = self.read(node.left), self.read(node.right)
        at, divisor = self._source.column(node), constant_value(under)
        if divisor is None:
            raise self._source.wrong("'/' takes a number on its right, as in x / 3", node.right)
        if not divisor:
            raise self._source.wrong("the denominator is zero", node.right)
        if isinstance(over, Number):
            return Number(over.value / divisor, at=at)
        return Binary(Arithmetic.MULTIPLY, over, Number(1 / divisor, at=self._source.column(node.right)), at=at)

    def _call(self, node: ast.Call, function: Function) -> Expression:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._source.wrong(f"{function.value}() takes plain arguments only", node)
        wanted = "one argument" if function is Function.ABS else "two or more arguments"
        if (len(node.args) == 1) != (function is Function.ABS) or not node.args:
            raise self._source.wrong(f"{function.value}() takes {wanted}", node)
        return Call(function, tuple(self.read(argument) for argument in node.args), at=self._source.column(node))

    def _indices(self, node: ast.expr) -> str:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        values = [self.read(part) for part in parts]
        if not all(isinstance(value, Number) and value.value.denominator == 1 and value.value >= 0 for value in values):
            raise self._source.wrong("an index is a number from 0 on, as in w_o[0,1]", node)
        return ",".join(str(value.value) for value in values if isinstance(value, Number))
