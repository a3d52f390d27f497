"""Affine forms with exact coefficients, and the inequalities made of them.

Every symbolic value of the program is an `Affine`: a constant plus rational multiples of named
variables. A `Row` states that a form is >= 0 (or > 0). Over integer variables a row is tightened
to the nearest integer points, so `k > 3` and `k >= 4` are the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, gcd, lcm
from typing import Final, TypeAlias

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.base.numbers import format_number, show_number

ZERO = Fraction(0)
ONE = Fraction(1)

Scalar: TypeAlias = Fraction | int

MAX_BITS: Final = 50_000
"""Bits of a numerator or denominator, some 15,000 digits. Numbers that double in length at each step get there within
20 steps, and a few steps later a single product would take minutes."""


@dataclass(frozen=True)
class Affine:
    """`constant + Σ coefficient · variable`; `terms` is sorted by name and holds no zeros."""

    terms: tuple[tuple[str, Fraction], ...]
    constant: Fraction

    @staticmethod
    def of(terms: Mapping[str, Scalar], constant: Scalar = 0) -> Affine:
        """The form with these coefficients; zeros are dropped."""
        return Affine(_sorted({name: Fraction(value) for name, value in terms.items()}), Fraction(constant))

    @staticmethod
    def variable(name: str) -> Affine:
        return Affine(((name, ONE),), ZERO)

    @staticmethod
    def lift(value: Affine | Scalar) -> Affine:
        if isinstance(value, Affine):
            return value
        return Affine((), value if isinstance(value, Fraction) else Fraction(value)) if value else ZERO_FORM

    @cached_property
    def coefficients(self) -> Mapping[str, Fraction]:
        return dict(self.terms)

    @property
    def is_constant(self) -> bool:
        return not self.terms

    @property
    def is_zero(self) -> bool:
        return not self.terms and not self.constant

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.terms)

    def coefficient(self, name: str) -> Fraction:
        return self.coefficients.get(name, ZERO)

    def substitute(self, values: Mapping[str, Affine]) -> Affine:
        """Each variable that has an entry replaced by it, all at once."""
        if not any(name in values for name, _ in self.terms):
            return self
        return linear_sum(
            (
                (values[name], factor) if name in values else (Affine.variable(name), factor)
                for name, factor in self.terms
            ),
            self.constant,
        )

    def at(self, point: Mapping[str, Fraction]) -> Fraction:
        """The value at a point that names every variable of the form."""
        return dot(((factor, point[name]) for name, factor in self.terms), self.constant)

    def __add__(self, other: Affine | Scalar) -> Affine:
        if not isinstance(other, Affine):
            return Affine(self.terms, self.constant + other)
        if not self.terms or not other.terms:
            return Affine(self.terms or other.terms, self.constant + other.constant)
        terms = dict(self.terms)
        for name, value in other.terms:
            terms[name] = short(terms[name] + value) if name in terms else value
        return Affine(_sorted(terms), short(self.constant + other.constant))

    __radd__ = __add__

    def __neg__(self) -> Affine:
        return Affine(tuple((name, -factor) for name, factor in self.terms), -self.constant)

    def __sub__(self, other: Affine | Scalar) -> Affine:
        if isinstance(other, Affine) and not other.terms:
            return Affine(self.terms, self.constant - other.constant)
        return self + -other

    def __rsub__(self, other: Affine | Scalar) -> Affine:
        return -self + other

    def __mul__(self, factor: Scalar) -> Affine:
        if not factor:
            return Affine((), ZERO)
        if factor == 1:
            return self
        return Affine(tuple((name, value * factor) for name, value in self.terms), self.constant * factor)

    __rmul__ = __mul__

    def spelled(self, spell: Callable[[Fraction], str]) -> str:
        """The form as text, its numbers as `spell` has them."""
        return _spelled(self.terms, self.constant, spell)

    def __str__(self) -> str:
        return self.spelled(format_number)


ZERO_FORM: Final = Affine((), ZERO)
ONE_FORM: Final = Affine((), ONE)


def short(value: Fraction) -> Fraction:
    """The value, if it has at most `MAX_BITS` bits.

    Raises:
        LimitReached: it has more.
    """
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise LimitReached(f"numbers became longer than {MAX_BITS} bits")
    return value


def refuse_long(values: Iterable[Affine | Fraction]) -> None:
    """Raise `LimitReached` if one of these numbers, or a coefficient of one of the forms, is too long."""
    for value in values:
        if isinstance(value, Affine):
            refuse_long((value.constant, *(factor for _, factor in value.terms)))
        else:
            short(value)


def is_integral(form: Affine, integers: Collection[str]) -> bool:
    """Is the form an integer wherever the variables named here are?"""
    return form.constant.denominator == 1 and all(
        name in integers and factor.denominator == 1 for name, factor in form.terms
    )


def linear_sum(parts: Iterable[tuple[Affine, Scalar]], constant: Scalar = 0) -> Affine:
    """`constant + Σ factor · form`.

    Raises:
        LimitReached: the numbers become too long.
    """
    terms: dict[str, Fraction] = {}
    total = Fraction(constant)
    for form, factor in parts:
        if form.constant:
            total = short(total + form.constant * factor)
        for name, value in form.terms:
            terms[name] = short(terms.get(name, ZERO) + value * factor)
    return Affine(_sorted(terms), total)


def _sorted(terms: Mapping[str, Fraction]) -> tuple[tuple[str, Fraction], ...]:
    """The terms of a form: by name, without zeros."""
    return tuple(sorted(term for term in terms.items() if term[1]))


def dot(parts: Iterable[tuple[Fraction, Fraction]], start: Fraction = ZERO) -> Fraction:
    """`start + Σ a·b`.

    Raises:
        LimitReached: the numbers become too long.
    """
    total = start
    for a, b in parts:
        total = short(total + a * b)
    return total


def common_denominator(values: Iterable[Fraction]) -> int:
    """The least common denominator.

    Raises:
        LimitReached: it is too long.
    """
    common = 1
    for value in values:
        if common % value.denominator:
            common = short(Fraction(lcm(common, value.denominator))).numerator
    return common


@dataclass(frozen=True)
class Row:
    """The condition `form >= 0`, or `form > 0` where `strict`."""

    form: Affine
    strict: bool = False

    @property
    def is_constant(self) -> bool:
        return self.form.is_constant

    @property
    def holds_trivially(self) -> bool:
        """For a constant row: does it hold?"""
        return self.form.constant > 0 or (not self.strict and self.form.constant == 0)

    def holds_at(self, point: Mapping[str, Fraction]) -> bool:
        value = self.form.at(point)
        return value > 0 or (not self.strict and value == 0)

    def substitute(self, values: Mapping[str, Affine], integers: Collection[str]) -> Row:
        form = self.form.substitute(values)
        return self if form is self.form else normalised(form, self.strict, integers)

    def spelled(self, spell: Callable[[Fraction], str]) -> str:
        """The condition as text, its numbers as `spell` has them."""
        sign = ">" if self.strict else ">="
        positive = [(name, factor) for name, factor in self.form.terms if factor > 0]
        negative = [(name, -factor) for name, factor in self.form.terms if factor < 0]
        constant = self.form.constant
        if not positive:
            flipped = "<" if self.strict else "<="
            return f"{_spelled(negative, ZERO, spell)} {flipped} {spell(constant)}"
        if not negative:
            return f"{_spelled(positive, ZERO, spell)} {sign} {spell(-constant)}"
        left = _spelled(positive, max(constant, ZERO), spell)
        return f"{left} {sign} {_spelled(negative, max(-constant, ZERO), spell)}"

    def __str__(self) -> str:
        return self.spelled(format_number)


def normalised(form: Affine, strict: bool, integers: Collection[str]) -> Row:
    """The canonical row for `form >= 0` (or `> 0`): equal conditions become equal rows.

    If every variable is an integer, coefficients are made coprime integers and the constant is
    rounded to the nearest integer that keeps the same integer points (a Chvátal cut); strictness
    disappears. Otherwise the first coefficient is scaled to ±1.
    """
    if form.is_constant:
        return Row(form, strict)
    values = [factor for _, factor in form.terms]
    if not all(name in integers for name, _ in form.terms):
        return Row(form * (1 / abs(values[0])), strict)
    scale = Fraction(common_denominator(values))
    scale /= gcd(*((v * scale).numerator for v in values))
    scaled = form * scale
    constant = ceil(scaled.constant) - 1 if strict else floor(scaled.constant)
    return Row(Affine(scaled.terms, Fraction(constant)))


def negated(row: Row, integers: Collection[str]) -> Row:
    """The row that holds exactly where `row` does not."""
    return normalised(-row.form, not row.strict, integers)


def show(value: Affine | Row | Fraction | str) -> str:
    """A form, a condition, a number or a symbol for people: long numbers are shortened."""
    match value:
        case Affine() | Row():
            return value.spelled(show_number)
        case Fraction():
            return show_number(value)
        case str():
            return value


def _spelled(terms: Iterable[tuple[str, Fraction]], constant: Fraction, spell: Callable[[Fraction], str]) -> str:
    text = ""
    for name, factor in terms:
        size = spell(abs(factor))
        body = name if size == "1" else f"({size})*{name}" if "/" in size else f"{size}*{name}"
        text += f"{' - ' if factor < 0 else ' + '}{body}"
    if constant or not text:
        text += f"{' - ' if constant < 0 else ' + '}{spell(abs(constant))}"
    return f"-{text[3:]}" if text.startswith(" - ") else text[3:]
