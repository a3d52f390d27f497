"""Derivation cases run a second way: Python compiles the formulas' texts, on complex numbers.

An oracle for the unrolled net, for derived formulas and for witnesses. It takes nothing from the
package but the case's texts: recursion instead of an order of evaluation, complex steps instead of
dual numbers.
"""

from __future__ import annotations

import ast
import cmath
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from lstmsolve.model.derivations import DerivationCase

Element = tuple[str, tuple[int, ...]]

STEP = 1e-100


def _sigmoid(a: complex) -> complex:
    return 1 / (1 + cmath.exp(-a))


def _softplus(a: complex) -> complex:
    return a + cmath.log(1 + cmath.exp(-a)) if a.real > 0 else cmath.log(1 + cmath.exp(a))


FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "σ": _sigmoid,
    "sigma": _sigmoid,
    "tanh": cmath.tanh,
    "exp": cmath.exp,
    "ln": cmath.log,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "sqrt": cmath.sqrt,
    "softplus": _softplus,
}


class Replay:
    """One net on concrete numbers; `moved` is the element that carries the complex step."""

    def __init__(
        self,
        case: DerivationCase,
        sizes: Mapping[str, int],
        data: Mapping[Element, Fraction],
        moved: Element | None = None,
    ) -> None:
        self._case = case
        self._sizes = dict(sizes)
        self._data = data
        self._moved = moved
        self._known: dict[Element, complex] = {}
        definitions = {**case.let, **case.signals, **case.loss}
        self._indices = {key.partition("[")[0]: _variables(key) for key in definitions}
        names = {*self._indices, *(name for name, _ in data)}
        self._compiled = {key.partition("[")[0]: _compile(text, names) for key, text in definitions.items()}

    def value(self, name: str, *place: int) -> complex:
        element = name, place
        if element not in self._known:
            found = self._found(name, place)
            self._known[element] = found + 1j * STEP if element == self._moved else found
        return self._known[element]

    def loss(self) -> complex:
        """The loss; where only ε is given, the linear loss with these partial derivatives."""
        if self._case.loss:
            return self.value(next(iter(self._case.loss)))
        total = 0j
        for key, text in self._case.given.items():
            given = key.partition("[")[0]
            signal = text.partition("/∂")[2].partition("[")[0]
            total += sum(
                self._data[given, place] * self.value(signal, *place) for name, place in self._data if name == given
            )
        return total

    def _found(self, name: str, place: tuple[int, ...]) -> complex:
        if name in self._case.before and place[0] < 0:
            return complex(self._case.before[name])
        if (name, place) in self._data:
            return complex(self._data[name, place])
        names: dict[str, Any] = {**self._sizes, **dict(zip(self._indices[name], place, strict=True))}
        return complex(eval(self._compiled[name], {"V": self.value, **FUNCTIONS, **names}))


def total_derivative(
    case: DerivationCase, sizes: Mapping[str, int], data: Mapping[Element, Fraction], by: Element
) -> float:
    """dL/dby."""
    return Replay(case, sizes, data, by).loss().imag / STEP


def elements(table: Mapping[str, str]) -> dict[Element, Fraction]:
    """The numbers of a witness: `{"w[1]": "3/8"}`."""
    found = {}
    for key, value in table.items():
        name, _, inside = key.removesuffix("]").partition("[")
        place = tuple(int(part) for part in inside.split(",")) if inside else ()
        found[name, place] = Fraction(value)
    return found


def _variables(key: str) -> list[str]:
    inside = key.partition("[")[2].removesuffix("]")
    return [part.strip() for part in inside.split(",")] if inside else []


def _compile(text: str, names: set[str]) -> Any:
    tree = ast.parse(text.strip(), mode="eval")
    return compile(ast.fix_missing_locations(_Python(names).visit(tree)), "formula", "eval")


class _Python(ast.NodeTransformer):
    """h[n-1] to V("h", n-1); Σ(m, 1, M-1, body) to sum(body for m in range(1, M-1 + 1))."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        assert isinstance(node.value, ast.Name)
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _call("V", ast.Constant(node.value.id), *inside)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _call("V", ast.Constant(node.id)) if node.id in self._names else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        # Conditions compare inputs and indices, which are real.
        sides = [node.left, *node.comparators]
        left, right = (ast.Attribute(self.visit(side), "real", ast.Load()) for side in sides)
        return ast.Compare(left, node.ops, [right])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        if node.func.id not in ("Σ", "sum"):
            return _call(node.func.id, *(self.visit(argument) for argument in node.args))
        index, low, high, body = node.args
        assert isinstance(index, ast.Name)
        end = ast.BinOp(high, ast.Add(), ast.Constant(1))
        loop = ast.comprehension(ast.Name(index.id, ast.Store()), _call("range", low, end), [], 0)
        return _call("sum", ast.GeneratorExp(self.visit(body), [loop]))


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
