"""The numbers of the numeric check: floats or 50 digits, dual numbers over either, and no value at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias

import mpmath

from lstmsolve.derivation.language.functions import FUNCTIONS

DIGITS: Final = 50
"""Decimal digits that the numeric check works with; a witness is confirmed with twice as many."""

FLOAT_TOLERANCE: Final = 1e-8
"""For screening in floats; nothing is ever decided by it alone."""

Real: TypeAlias = Any
"""A float or an mpmath number; mpmath has no types."""


class NoValue(ArithmeticError):
    """A formula has no value: a logarithm of a negative number, a division by zero."""


@dataclass(frozen=True, slots=True)
class Undefined:
    """What a claim says where it speaks of something that is not there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dual:
    """value + slope·ε with ε² = 0: run the net on these, and derivatives come out."""

    value: Real
    slope: Real


Value: TypeAlias = Real | Dual | Undefined


class Arithmetic:
    """The operations on one kind of number, its duals, and what is undefined.

    An undefined factor is forgotten next to an exact zero, and nowhere else: dL/dh[N] is 0, so it
    does not matter that x[N] is not there.
    """

    def __init__(self, digits: int | None) -> None:
        """Floats if `digits` is None."""
        self.digits = digits
        self._library: Any = math
        if digits is not None:
            self._library = mpmath.MPContext()
            self._library.dps = digits + 15
        self._constants: dict[Fraction, Real] = {}

    def number(self, value: Fraction | int) -> Real:
        exact = Fraction(value)
        if exact not in self._constants:
            whole = float if self._library is math else self._library.mpf
            self._constants[exact] = whole(exact.numerator) / whole(exact.denominator)
        return self._constants[exact]

    def close(self, a: Real, b: Real) -> bool:
        """Equal but for rounding, which stays far below the tolerance here; a difference is confirmed elsewhere."""
        tolerance = FLOAT_TOLERANCE if self.digits is None else self._library.mpf(10) ** -agreed_digits(self.digits)
        return bool(abs(a - b) <= tolerance * max(1, abs(a), abs(b)))

    def text(self, value: Real, digits: int) -> str:
        text = repr(value) if self._library is math else str(self._library.nstr(value, digits, strip_zeros=True))
        return text.removesuffix(".0")

    def add(self, a: Value, b: Value) -> Value:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return a if isinstance(a, Undefined) else b
        if isinstance(a, Dual) or isinstance(b, Dual):
            a, b = _lift(a), _lift(b)
            return Dual(a.value + b.value, a.slope + b.slope)
        return a + b

    def negate(self, a: Value) -> Value:
        match a:
            case Undefined():
                return a
            case Dual(value, slope):
                return Dual(-value, -slope)
            case _:
                return -a

    def multiply(self, a: Value, b: Value) -> Value:
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            known = b if isinstance(a, Undefined) else a
            zero = not isinstance(known, Undefined | Dual) and known == 0
            return known if zero else a if isinstance(a, Undefined) else b
        if isinstance(a, Dual) or isinstance(b, Dual):
            a, b = _lift(a), _lift(b)
            return Dual(a.value * b.value, a.slope * b.value + a.value * b.slope)
        return a * b

    def divide(self, a: Value, b: Value) -> Value:
        if isinstance(a, Undefined):
            return a
        if isinstance(b, Undefined):
            return self.multiply(a, b)
        if isinstance(a, Dual) or isinstance(b, Dual):
            a, b = _lift(a), _lift(b)
            self._refuse_zero(b.value)
            value = a.value / b.value
            return Dual(value, (a.slope - value * b.slope) / b.value)
        self._refuse_zero(b)
        return a / b

    def power(self, base: Value, exponent: Value) -> Value:
        """The exponent is made of numbers, sizes and indices."""
        assert not isinstance(exponent, Dual)
        if isinstance(base, Undefined) or isinstance(exponent, Undefined):
            return base if isinstance(base, Undefined) else exponent
        if isinstance(base, Dual):
            if exponent == 0:
                return Dual(self.number(1), self.number(0))
            return Dual(
                self._raised(base.value, exponent),
                exponent * self._raised(base.value, exponent - 1) * base.slope,
            )
        return self._raised(base, exponent)

    def call(self, function: str, slope: bool, argument: Value) -> Value:
        if isinstance(argument, Undefined):
            return argument
        known = FUNCTIONS[function]
        at = argument.value if isinstance(argument, Dual) else argument
        if (at < 0 and function in ("ln", "sqrt")) or (at == 0 and function == "ln"):
            raise NoValue(f"{function} of a number that is not positive")
        try:
            if isinstance(argument, Dual):
                return Dual(known.value(self._library, at), known.slope(self._library, at) * argument.slope)
            return (known.slope if slope else known.value)(self._library, at)
        except (OverflowError, ZeroDivisionError):
            raise NoValue(f"{function} has no finite value") from None

    def _raised(self, base: Real, exponent: Real) -> Real:
        whole = exponent == int(exponent)
        if (base < 0 and not whole) or (base == 0 and exponent < 0):
            raise NoValue("a power that is no real number")
        try:
            return base ** (int(exponent) if whole else exponent)
        except OverflowError:
            raise NoValue("a power has no finite value") from None

    def _refuse_zero(self, value: Real) -> None:
        if value == 0:
            raise NoValue("a division by zero")


def agreed_digits(digits: int) -> int:
    """How many digits of two numbers have to agree, of so many that they are worked out to."""
    return digits * 7 // 10


def _lift(value: Real | Dual) -> Dual:
    return value if isinstance(value, Dual) else Dual(value, 0)
