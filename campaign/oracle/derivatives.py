"""Derivations once more: a net on given numbers, and its derivatives by moving one number a little.

Texts are read by Python's parser. Polynomials run on exact dual numbers, everything else in complex
steps of 1e-100, which no rounding touches.
"""

from __future__ import annotations

import ast
import cmath
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeAlias

Element: TypeAlias = tuple[str, int | None]
"""A name, and its time if it has one."""

STEP: Final = 1e-100
MOST_BITS: Final = 20_000


class Unread(Exception):
    """The text has something that is not read here, or numbers grow too long."""


@dataclass(frozen=True)
class Dual:
    """value + slope ε, with ε² = 0."""

    value: Fraction
    slope: Fraction = Fraction(0)

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other: Dual) -> Dual:
        return Dual(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other: Dual) -> Dual:
        if self.value.numerator.bit_length() > MOST_BITS:
            raise Unread("long numbers")
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    def __truediv__(self, other: Dual) -> Dual:
        slope = (self.slope * other.value - self.value * other.slope) / other.value**2
        return Dual(self.value / other.value, slope)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)


Number: TypeAlias = Any
"""A `Dual` or a complex number."""

_FUNCTIONS: Final[Mapping[str, Callable[[complex], complex]]] = {
    "σ": lambda a: 1 / (1 + cmath.exp(-a)),
    "tanh": cmath.tanh,
}
_SIGNS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@dataclass(frozen=True)
class Recurrence:
    """The system: names that run over the times 0..N-1, by their definitions; a loss."""

    signals: Mapping[str, str]
    before: Mapping[str, Fraction]
    loss: str
    exact: bool
    names: Mapping[str, str]
    """Short names for dL/d… of a signal, an input or a parameter."""


@dataclass
class Net:
    """A system on numbers, N steps long."""

    system: Recurrence
    steps: int
    data: Mapping[Element, Fraction]
    """Inputs by name and time, parameters with None."""
    moved: Element | None = None
    _known: dict[Element, Number] = field(default_factory=dict)
    _slopes: dict[Element, Number] = field(default_factory=dict)

    def number(self, value: Fraction) -> Number:
        return Dual(value) if self.system.exact else complex(value)

    def value(self, element: Element) -> Number:
        """A signal, input or parameter; the moved one takes its step along."""
        if element not in self._known:
            name, time = element
            if time is not None and time < 0 and name in self.system.before:
                found = self.number(self.system.before[name])
            elif name in self.system.signals and time is not None and 0 <= time < self.steps:
                found = self.of(self.system.signals[name], {"n": time})
            elif element in self.data:
                found = self.number(self.data[element])
            else:
                raise Unread(f"{name} at {time}")
            if element == self.moved:
                found = found + (Dual(Fraction(0), Fraction(1)) if self.system.exact else STEP * 1j)
            self._known[element] = found
        return self._known[element]

    def slope(self, element: Element) -> Number:
        """dL by an element; 0 beyond the last time."""
        name, time = element
        if name in self.system.signals and time is not None and time >= self.steps:
            return self.number(Fraction(0))
        if element not in self._slopes:
            loss = Net(self.system, self.steps, self.data, element).of(self.system.loss, {})
            self._slopes[element] = Dual(loss.slope) if self.system.exact else complex(loss.imag / STEP)
        return self._slopes[element]

    def of(self, text: str, indices: Mapping[str, int]) -> Number:
        """What a formula says."""
        return self._value(_read(text), indices)

    def _value(self, node: ast.expr, indices: Mapping[str, int]) -> Number:
        match node:
            case ast.Constant(int() | float() as number):
                return self.number(Fraction(repr(number)))
            case ast.Name(name) if name == "N" or name in indices:
                return self.number(Fraction(self.steps if name == "N" else indices[name]))
            case ast.Name(name):
                return self._named(name, None)
            case ast.Subscript(ast.Name(name), index):
                return self._named(name, self._whole(index, indices))
            case ast.UnaryOp(ast.USub(), inner):
                return -self._value(inner, indices)
            case ast.BinOp(base, ast.Pow(), exponent):
                return self._power(self._value(base, indices), self._whole(exponent, indices))
            case ast.BinOp(left, sign, right):
                return _SIGNS[type(sign)](self._value(left, indices), self._value(right, indices))
            case ast.IfExp(ast.Compare(left, [sign], [right]), then, otherwise):
                a, b = (_real(self._value(side, indices)) for side in (left, right))
                return self._value(then if _COMPARISONS[type(sign)](a, b) else otherwise, indices)
            case ast.Call(ast.Name("Σ" | "sum"), [ast.Name(index), low, high, body]):
                ends = range(self._whole(low, indices), self._whole(high, indices) + 1)
                total = self.number(Fraction(0))
                for place in ends:
                    total = total + self._value(body, {**indices, index: place})
                return total
            case ast.Call(ast.Name(name), [argument]) if name in _FUNCTIONS:
                if self.system.exact:
                    raise Unread(name)
                return _FUNCTIONS[name](self._value(argument, indices))
            case _:
                raise Unread(ast.unparse(node))

    def _named(self, name: str, time: int | None) -> Number:
        by = self.system.names.get(name)
        return self.value((name, time)) if by is None else self.slope((by, time))

    def _whole(self, node: ast.expr, indices: Mapping[str, int]) -> int:
        found = _real(self._value(node, indices))
        if found != int(found):
            raise Unread("an index that is no integer")
        return int(found)

    def _power(self, base: Number, exponent: int) -> Number:
        if abs(exponent) > 200:
            raise Unread("a high power")
        result = self.number(Fraction(1))
        for _ in range(abs(exponent)):
            result = result * base
        return result if exponent >= 0 else self.number(Fraction(1)) / result


def _real(number: Number) -> Any:
    return number.value if isinstance(number, Dual) else number.real


@cache
def _read(text: str) -> ast.expr:
    plain = re.sub(r"\bdL/d(\w+)", r"dL_d\1", text.replace("−", "-").replace("·", "*"))
    try:
        return ast.parse(plain.strip(), mode="eval").body
    except SyntaxError as error:
        raise Unread(text) from error


def difference(net: Net, claim: str, indices: Mapping[str, int]) -> Number:
    """Left side minus right side of an equation: a fraction, or a float relative to what it is made of."""
    left, _, right = claim.partition(" = ")
    a, b = net.of(left, indices), net.of(right, indices)
    if net.system.exact:
        return a.value - b.value
    return abs((a - b).real) / (1 + abs(a.real) + abs(b.real))
