"""Text to formula.

`kernel.language.syntax` lets the text in; only the node types listed here pass. Latin and Greek letters, accents
and `σ̇` are ordinary letters of names; `∂`, `·`, `×` and `−` are read as they are printed.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from lstmsolve.derivation.language.formulas import (
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
    add,
    negate,
)
from lstmsolve.derivation.language.functions import NAMES, NEVER_DIFFERENTIABLE, function_of
from lstmsolve.derivation.language.indices import Span
from lstmsolve.derivation.language.latex import ACCENTS
from lstmsolve.derivation.language.sizes import size_of
from lstmsolve.derivation.language.writing import write_ref
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import ExpressionError
from lstmsolve.kernel.language.syntax import Language, Source, parsed

SUM_NAMES: Final = frozenset({"sum", "Sum", "Σ"})
RESERVED: Final = frozenset({*SUM_NAMES, *NAMES, *NEVER_DIFFERENTIABLE, "if", "else", "and", "or", "not", "lambda"})

_PARTIAL: Final = "ð"  # stands for ∂ in front of a name; ∂ itself is no letter to Python's parser
_ALPHABETS: Final = (range(0xC0, 0x250), range(0x370, 0x400), range(0x1E00, 0x1F00))
"""Latin and Greek beyond ASCII, in Unicode's blocks."""
_LETTERS: Final = "".join(
    letter
    for block in _ALPHABETS
    for letter in map(chr, block)
    # Python reads other forms of a letter as the letter.
    if letter.isidentifier() and letter != _PARTIAL and unicodedata.normalize("NFKC", letter) == letter
)
_LANGUAGE: Final = Language(
    "formula",
    "numbers, h[n-1], + - * / **, sum(m, 1, M-1, …), functions, A if y[n] == 1 else B, dL/dh[n], ∂L/∂h[n]",
    "formulas are printable ASCII, Latin and Greek letters with their accents, and ∂ − · ×",
    re.compile(f"[A-Za-z0-9{_LETTERS}][{''.join(ACCENTS)}]{{1,2}}|[{_LETTERS}]"),
    {"∂": _PARTIAL, "−": "-", "·": "*", "⋅": "*", "×": "*"},
)
_EQUALS: Final = re.compile(r"(?<![<>=!])=(?!=)")
_RELATIONS: Final[dict[type[ast.cmpop], Relation]] = {
    ast.Eq: Relation.EQUAL,
    ast.NotEq: Relation.UNEQUAL,
    ast.Lt: Relation.LESS,
    ast.LtE: Relation.AT_MOST,
    ast.Gt: Relation.GREATER,
    ast.GtE: Relation.AT_LEAST,
}


@dataclass(frozen=True)
class Vocabulary:
    """What a text may talk about."""

    names: Collection[str]
    """Everything declared: dL is the differential of L only where L is declared and dL is not."""
    positions: Collection[str]
    """Indices and sizes, which may also stand for their value."""
    classes: Mapping[str, Span] = field(default_factory=dict)
    """Inputs that may stand as an index, l in p[n, l[n]], and their ranges."""


def read_formula(text: str, vocabulary: Vocabulary) -> Formula:
    """The tree of `text`. Names need not be declared; that is for whoever knows the place to judge.

    An input at the place of an index is a variable there, spelled as it stands (`selecting` has more).

    Raises:
        ExpressionError: the text is not in the language; `at` is the column.
    """
    source = formula_source(text)
    formula = Reader(source, vocabulary).read(source.root, frozenset(vocabulary.positions))
    excess = size_of(formula, {}).excess
    if excess is not None:
        raise ExpressionError(excess, source.margin)
    return formula


def formula_source(text: str) -> Source:
    """The text, let in and parsed."""
    return parsed(text, _LANGUAGE)


def is_name(text: str) -> bool:
    """Can this be a name of its own in formulas?"""
    try:
        return read_formula(text, Vocabulary((), ())) == Ref(text)
    except ExpressionError:
        return False


def read_equation(text: str, vocabulary: Vocabulary) -> tuple[Formula | None, Formula]:
    """Left and right side; the left is None where the text starts with `=`, as the lines of a chain do.

    Raises:
        ExpressionError: not one equation.
    """
    at = split_equation(text)
    left = read_formula(text[:at], vocabulary) if text[:at].strip() else None
    # Blanks in place of the left side, so that columns stay those of the whole text.
    return left, read_formula(" " * (at + 1) + text[at + 1 :], vocabulary)


def split_equation(text: str) -> int:
    """Where its equals sign stands.

    Raises:
        ExpressionError: it has none, or several.
    """
    found = [match.start() for match in _EQUALS.finditer(text)]
    if len(found) != 1:
        message = (
            "a claim is one equation, left = right" if not found else "a second = here; give each line its own claim"
        )
        raise ExpressionError(message, found[1] if found else len(text))
    return found[0]


class Reader:
    """Turns the syntax tree of one text into ours, refusing whatever has no place in it."""

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self._source = source
        self._vocabulary = vocabulary

    def read(self, node: ast.expr, positions: frozenset[str]) -> Formula:
        at = self._source.column(node)
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return Number(self._source.number(node), at=at)
            case ast.Name(id=name):
                self._refuse_lone_differential(node)
                if name in positions:
                    return Position(Affine.variable(name), at=at)
                return Ref(name, at=at)
            case ast.Subscript(value=ast.Name(id=name)):
                self._refuse_lone_differential(node)
                return Ref(name, self._indices(node.slice), at=at)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand, positions)
            case ast.UnaryOp(op=ast.USub()):
                return negate(self.read(node.operand, positions))
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                left, right = self.read(node.left, positions), self.read(node.right, positions)
                return add(left, negate(right) if isinstance(node.op, ast.Sub) else right)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return self._product(node, positions)
            case ast.BinOp(op=ast.Pow()):
                return Power(self.read(node.left, positions), self.read(node.right, positions), at=at)
            case ast.BinOp(op=ast.Mod() | ast.FloorDiv()):
                raise self._source.wrong("% and // have no derivative", node)
            case ast.BinOp(op=ast.BitXor()):
                raise self._source.wrong("a power is written x**3", node)
            case ast.Call():
                return self._call(node, positions)
            case ast.IfExp():
                condition = self._condition(node.test, positions)
                return Choice(condition, self.read(node.body, positions), self.read(node.orelse, positions), at=at)
            case _:
                raise self._source.no_construct(node)

    def _product(self, node: ast.BinOp, positions: frozenset[str]) -> Formula:
        """A chain of factors a * b / c: dL/dh[n] in it is one factor."""
        chain: list[tuple[bool, ast.expr]] = []
        spine: ast.expr = node
        while isinstance(spine, ast.BinOp) and isinstance(spine.op, ast.Mult | ast.Div):
            chain.insert(0, (isinstance(spine.op, ast.Div), spine.right))
            spine = spine.left
        negative = False
        while isinstance(spine, ast.UnaryOp) and isinstance(spine.op, ast.USub):
            spine, negative = spine.operand, not negative
        chain.insert(0, (False, spine))
        result: Formula | None = None
        while chain:
            below, part = chain.pop(0)
            if not below and self._differential(part) is not None and chain and chain[0][0]:
                factor = self._derivative(part, chain.pop(0)[1])
            else:
                factor = self.read(part, positions)
            if result is None:
                result = factor
            elif below:
                result = Divide(result, factor, at=self._source.column(node))
            else:
                left = result.factors if isinstance(result, Multiply) else (result,)
                result = Multiply((*left, factor), at=self._source.column(node))
        assert result is not None
        return Negative(result) if negative else result

    def _derivative(self, above: ast.expr, below: ast.expr) -> Formula:
        of = self._differential(above)
        assert of is not None
        by = self._differential(below, certainly=True)
        if by is None or by[0] != of[0]:
            mark = "d" if of[0] else "∂"
            raise self._source.wrong(
                f"a derivative is written {mark}L/{mark}h[n]; to divide by one, put it in parentheses", below
            )
        return Derivative(of[0], of[1], by[1], at=self._source.column(above))

    def _differential(self, node: ast.expr, certainly: bool = False) -> tuple[bool, Ref] | None:
        """Whether it is a total one, and of what: `dL`, `∂h[n]`; None for any other factor."""
        match node:
            case ast.Name(id=name):
                indices: tuple[Affine, ...] = ()
            case ast.Subscript(value=ast.Name(id=name)):
                indices = self._indices(node.slice)
            case _:
                return None
        mark, rest = name[:1], name[1:]
        declared = self._vocabulary.names
        if not rest or mark not in (_PARTIAL, "d", "p"):
            return None
        if mark != _PARTIAL and not (name not in declared and (rest in declared or certainly)):
            return None
        return mark == "d", Ref(rest, indices, at=self._source.column(node))

    def _refuse_lone_differential(self, node: ast.expr) -> None:
        if self._differential(node) is not None:
            raise self._source.wrong("a differential stands alone; a derivative is written dL/dh[n] or ∂L/∂h[n]", node)

    def _call(self, node: ast.Call, positions: frozenset[str]) -> Formula:
        at = self._source.column(node)
        if not isinstance(node.func, ast.Name):
            raise self._source.wrong("a product needs its *, as in h[n]*(1 - h[n])", node)
        spelling = node.func.id
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._source.wrong(f"{spelling}() takes plain arguments only", node)
        if spelling in SUM_NAMES:
            return self._sum(node, positions)
        if spelling in NEVER_DIFFERENTIABLE:
            raise self._source.wrong(f"{spelling} is not differentiable, so nothing can be derived through it", node)
        found = function_of(spelling)
        if found is None:
            known = ", ".join(sorted({name for name in NAMES if name.isascii()}))
            raise self._source.wrong(f"there is no function {spelling!r} (known: {known}; a product needs its *)", node)
        if len(node.args) != 1:
            raise self._source.wrong(f"{spelling}() takes one argument", node)
        name, slope = found
        return Call(name, self.read(node.args[0], positions), slope, at=at)

    def _sum(self, node: ast.Call, positions: frozenset[str]) -> Formula:
        if len(node.args) != 4 or not isinstance(node.args[0], ast.Name):
            raise self._source.wrong("a sum is written sum(m, 1, M-1, w[m]*h[n-m])", node)
        index = node.args[0].id
        if index in self._vocabulary.names and index not in self._vocabulary.positions:
            raise self._source.wrong(f"{index!r} is no index here: it is declared as something else", node.args[0])
        low, high = self._index(node.args[1]), self._index(node.args[2])
        return Sum(index, low, high, self.read(node.args[3], positions | {index}), at=self._source.column(node))

    def _condition(self, node: ast.expr, positions: frozenset[str]) -> Condition:
        match node:
            case ast.Compare(ops=[operator], comparators=[right]) if type(operator) in _RELATIONS:
                relation = _RELATIONS[type(operator)]
                sides = self.read(node.left, positions), self.read(right, positions)
                return Condition(sides[0], relation, sides[1], at=self._source.column(node))
            case _:
                raise self._source.wrong("a condition is one comparison, such as y[n] == 1 or n == N-1", node)

    def _indices(self, node: ast.expr) -> tuple[Affine, ...]:
        return tuple(self._index(part) for part in (node.elts if isinstance(node, ast.Tuple) else [node]))

    def _index(self, node: ast.expr) -> Affine:
        """An affine form with whole coefficients."""
        match node:
            case ast.Constant(value=int()) if not isinstance(node.value, bool):
                return Affine.lift(self._source.number(node))
            case ast.Name(id=name):
                return Affine.variable(name)
            case ast.Subscript(value=ast.Name(id=name)) if name in self._vocabulary.classes:
                return Affine.variable(write_ref(Ref(name, self._indices(node.slice))))
            case ast.UnaryOp(op=ast.USub()):
                return -self._index(node.operand)
            case ast.BinOp(op=ast.Add()):
                return self._index(node.left) + self._index(node.right)
            case ast.BinOp(op=ast.Sub()):
                return self._index(node.left) - self._index(node.right)
            case ast.BinOp(op=ast.Mult(), left=ast.Constant(value=int())):
                return self._index(node.right) * self._source.number(node.left)
            case _:
                raise self._source.wrong(
                    "an index is made of indices, sizes and whole numbers, as in h[n-m] or h[N-1]", node
                )
