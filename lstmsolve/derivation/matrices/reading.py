"""A text in matrix notation to a formula: products of matrices are nodes of their own, transposes are calls."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from lstmsolve.derivation.language.formulas import Call, Divide, Formula, Multiply, Negative
from lstmsolve.derivation.language.reading import Reader, Vocabulary, formula_source, split_equation
from lstmsolve.derivation.matrices.notation import parseable
from lstmsolve.kernel.language.expressions import ExpressionError

TRANSPOSE: Final = "transpose"
OPERATIONS: Final = frozenset({TRANSPOSE, "diag", "softmax", "total"})
"""Functions of whole vectors and matrices; `total` adds up all elements and is written sum(…)."""


@dataclass(frozen=True, slots=True)
class Product(Multiply):
    """A matrix product of two factors."""


def read_matrices(text: str, vocabulary: Vocabulary) -> Formula:
    """The tree of a text in matrix notation.

    Raises:
        ExpressionError: the text is not in the language; `at` is the column.
    """
    readable, columns = parseable(text)
    try:
        source = formula_source(readable)
        return _MatrixReader(source, vocabulary).read(source.root, frozenset(vocabulary.positions))
    except ExpressionError as error:
        raise ExpressionError(str(error), columns[min(error.at, len(columns) - 1)]) from None


def read_matrix_equation(text: str, vocabulary: Vocabulary) -> tuple[Formula | None, Formula]:
    """Left and right side; the left is None where the text starts with `=`."""
    at = split_equation(text)
    left = read_matrices(text[:at], vocabulary) if text[:at].strip() else None
    return left, read_matrices(" " * (at + 1) + text[at + 1 :], vocabulary)


class _MatrixReader(Reader):
    def read(self, node: ast.expr, positions: frozenset[str]) -> Formula:
        at = self._source.column(node)
        match node:
            case ast.BinOp(op=ast.Mult() | ast.Div() | ast.MatMult()):
                return self._matrix_chain(node, positions)
            case ast.Attribute(attr="T"):
                return Call(TRANSPOSE, self.read(node.value, positions), at=at)
            case ast.Call(func=ast.Name(id="sum" | "Σ"), args=[argument], keywords=[]):
                return Call("total", self.read(argument, positions), at=at)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in OPERATIONS:
                return Call(name, self.read(argument, positions), at=at)
            case _:
                return super().read(node, positions)

    def _matrix_chain(self, node: ast.BinOp, positions: frozenset[str]) -> Formula:
        """a ⊙ W b / c: matrix products bind closest, then * and / from the left."""
        links, negative = self._links(node)
        at = self._source.column(node)
        result: Formula | None = None
        while links:
            below = links[0][0] == "/"
            run: list[Formula] = []
            while links and (not run or links[0][0] == "@"):
                _, part = links.pop(0)
                if self._differential(part) is not None and links and links[0][0] == "/":
                    run.append(self._derivative(part, links.pop(0)[1]))
                else:
                    run.append(self.read(part, positions))
            factor = run.pop()
            while run:  # from the right, where the vectors are
                factor = Product((run.pop(), factor), at=at)
            if result is None:
                result = factor
            else:
                result = Divide(result, factor, at=at) if below else Multiply((result, factor), at=at)
        assert result is not None
        return Negative(result) if negative else result

    def _links(self, node: ast.BinOp) -> tuple[list[tuple[str, ast.expr]], bool]:
        """The factors with the operators before them, and whether the product has a minus in front."""
        links: list[tuple[str, ast.expr]] = []
        spine: ast.expr = node
        while isinstance(spine, ast.BinOp) and isinstance(spine.op, ast.Mult | ast.Div | ast.MatMult):
            links.insert(0, ({ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}[type(spine.op)], spine.right))
            parenthesised = spine.left.col_offset != spine.col_offset
            spine = spine.left
            if parenthesised:
                break
        negative = False
        while isinstance(spine, ast.UnaryOp) and isinstance(spine.op, ast.USub):
            spine, negative = spine.operand, not negative
        return [("*", spine), *links], negative
