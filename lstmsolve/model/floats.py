"""Formats of numbers, and what is known of a design whose numbers are held in one.

A number of a format is ±m·2^e with m below 2^precision. Only normal numbers count as its numbers here: processors may
take what is smaller for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Final, Literal, TypeAlias

from lstmsolve.model.traces import FloatTrace

FloatName: TypeAlias = Literal["float32", "float16", "bfloat16"]
IntName: TypeAlias = Literal["int8", "int16"]

INT_BITS: Final[Mapping[IntName, int]] = {"int8": 8, "int16": 16}


@dataclass(frozen=True, slots=True)
class FloatFormat:
    name: FloatName
    precision: int
    """Bits of the significand, the leading one among them."""
    least_exponent: int
    """2^this is the least normal number."""
    greatest_exponent: int
    """2^this is the greatest power of two."""

    @property
    def least(self) -> Fraction:
        return power_of_two(self.least_exponent)

    @property
    def greatest(self) -> Fraction:
        """The greatest finite number."""
        return (2 - power_of_two(1 - self.precision)) * power_of_two(self.greatest_exponent)

    @property
    def unit(self) -> Fraction:
        """The unit roundoff: rounding to nearest errs by at most this share."""
        return Fraction(1, 2**self.precision)

    def holds(self, value: Fraction) -> bool:
        """Is this one of the format's numbers?"""
        return not value or _holds(self, value)


FLOAT_FORMATS: Final[Mapping[FloatName, FloatFormat]] = {
    "float32": FloatFormat("float32", 24, -126, 127),
    "float16": FloatFormat("float16", 11, -14, 15),
    "bfloat16": FloatFormat("bfloat16", 8, -126, 127),
}


@lru_cache(maxsize=2**14)
def _holds(kind: FloatFormat, value: Fraction) -> bool:
    """Is a number other than 0 one of the format's? Asked again and again of the same few weights."""
    quantum = dyadic_quantum([value])
    return (
        quantum is not None and abs(value) < 2**kind.precision * quantum and kind.least <= abs(value) <= kind.greatest
    )


@cache
def power_of_two(exponent: int) -> Fraction:
    """2^exponent, exactly."""
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def dyadic_quantum(values: Iterable[Fraction]) -> Fraction | None:
    """The greatest power of two that divides every value; None if one is no multiple of any, or all are zero."""
    exponents = []
    for value in values:
        if not value:
            continue
        over, under = value.numerator, value.denominator
        if under & (under - 1):
            return None
        exponents.append((over & -over).bit_length() - under.bit_length())
    return power_of_two(min(exponents)) if exponents else None


@dataclass(frozen=True, slots=True)
class FloatRun:
    """A run in floats that does not do what the spec says, and the order of evaluation in which it was run."""

    order: str
    trace: FloatTrace
    """The floats of the last steps; `inputs` has those steps only."""
    repeated: tuple[tuple[tuple[Fraction, ...], int], ...]
    """The whole run: input columns, and how often each is given, one after another."""
    expected: tuple[Fraction | None, ...]
    """What the spec says of each output at the last step; None is "don't care"."""
    actual: tuple[float, ...]
    """What comes out there; perhaps an infinity, or NaN."""

    @property
    def length(self) -> int:
        return sum(times for _, times in self.repeated)


@dataclass(frozen=True, slots=True)
class FloatsExact:
    """Every run in this format, whatever the order of evaluation, is the exact run."""


@dataclass(frozen=True, slots=True)
class FloatsHorizon:
    """The same for runs of up to `length` steps whose inputs are at most `inputs` in size; None is no bound."""

    length: int | None
    inputs: Fraction | None
    others: tuple[tuple[int | None, Fraction], ...] = ()
    """Further pairs of length and size of inputs that hold."""
    beyond: FloatRun | None = None
    """A run beyond that fails."""


@dataclass(frozen=True, slots=True)
class FloatsWrong:
    """Some run fails."""

    run: FloatRun


@dataclass(frozen=True, slots=True)
class FloatsOpen:
    """No order-free proof, and no run that fails was found."""

    reason: str


FloatVerdict: TypeAlias = FloatsExact | FloatsHorizon | FloatsWrong | FloatsOpen


@dataclass(frozen=True, slots=True)
class Rounding:
    """Weights as integers of a few bits, times one power of two for each tensor."""

    arithmetic: IntName
    scales: Mapping[str, Fraction]
    """The power of two of each tensor: w_f, u_f, b_f, …, V and d. One of zeros needs none and is left out."""
    changed: Mapping[str, tuple[Fraction, Fraction]]
    """Each weight that does not fit: as given, and the nearest that does."""
    total: int
    """How many weights there are that are not zero."""
    given: str | None = None
    """The verdict on the weights as given, where they do not fit and that was looked at."""

    @property
    def fits(self) -> bool:
        return not self.changed
