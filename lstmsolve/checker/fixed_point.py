"""Sigmoid and tanh in integers at scale 2^-80, rounded outward at every operation.

A number x stands for x / 2^80. Right shifts and `//` round down, `up` rounds up. What is proved of
each function is in docs/certificate.md; standard library only.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import log, sqrt
from typing import Final, NamedTuple

SCALE: Final = 80
ONE: Final = 1 << SCALE
HALF: Final = ONE >> 1
_FURTHEST: Final = 4096
"""σ(-x) is told apart from 0 up to here."""

_GUARD: Final = 24
_FINE: Final = SCALE + _GUARD
"""`exp` computes at scale 2^-104 inside."""
_TERMS: Final = 13
_CELLS: Final = 6
"""The argument of the series is below 2^-6."""


def up(value: int, shift: int = SCALE) -> int:
    """value / 2^shift, rounded up."""
    return -(-value >> shift)


def _series(r: int) -> tuple[int, int]:
    """Bounds of e^r at the fine scale, for r of the fine scale with 0 <= r < 2^-6."""
    term = total = 1 << _FINE
    for k in range(1, _TERMS + 1):
        term = (term * r >> _FINE) // k
        total += term
    # Each term is low by less than 2, and what is left of the series is less than 1 (docs/certificate.md).
    return total, total + 2 * _TERMS + 1


@lru_cache(maxsize=1)
def _logarithm() -> tuple[int, int]:
    """Bounds of ln 2 at the fine scale: 2 Σ 1 / ((2k + 1) 3^(2k + 1))."""
    low, power, terms = 0, 3, 60
    for k in range(terms):
        low += (2 << _FINE) // ((2 * k + 1) * power)
        power *= 9
    # Each term is low by less than 1, and the rest is below 2 Σ 3^-(2k + 1) < 1 unit from k = 60 on.
    return low, low + terms + 1


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[int, int], ...]:
    """Bounds of e^(j / 64) at the fine scale, j = 0, …, 63, each from the one before."""
    found = [(1 << _FINE, 1 << _FINE)]
    # The series needs r < 2^-6: a step of 1/64 is two of 1/128.
    low, high = _series(1 << (_FINE - _CELLS - 1))
    low, high = low * low >> _FINE, up(high * high, _FINE)
    for _ in range(63):
        before = found[-1]
        found.append((before[0] * low >> _FINE, up(before[1] * high, _FINE)))
    return tuple(found)


def _reduced(x: int) -> tuple[int, int, int]:
    """(low, high, n) for x <= 0: e^x is within low / 2^n .. high / 2^n at the fine scale, and low is about 1."""
    ln_low, ln_high = _logarithm()
    fine = x << _GUARD
    # x = r - n ln 2 with n >= 0 and, for the bounds of ln 2, 0 <= r_low <= r <= r_high.
    n = -(fine // ln_low)
    r_low, r_high = fine + n * ln_low, fine + n * ln_high
    cell = r_low >> (_FINE - _CELLS)
    low, high = _series(r_low - (cell << (_FINE - _CELLS)))
    table = _table()[cell]
    low = low * table[0] >> _FINE
    # e^(r_high - r_low) <= 1 + 2 (r_high - r_low), as the difference is below 1.
    high = up(high * table[1], _FINE)
    high += up(high * 2 * (r_high - r_low), _FINE)
    return low, high, n


def exponential(x: int) -> tuple[int, int]:
    """Bounds of e^x for x <= 0: integers (low, high) with low <= 2^80 e^(x / 2^80) <= high."""
    if x < -SCALE << SCALE:
        return 0, 1  # e^-80 < 2^-80
    low, high, n = _reduced(x)
    return low >> (n + _GUARD), up(high, n + _GUARD)


def sigmoid(x: int) -> tuple[int, int]:
    """Bounds of 1 / (1 + e^-x)."""
    low, high = exponential(-abs(x))
    if x < 0:  # e^x / (1 + e^x), which grows with e^x
        return (low << SCALE) // (ONE + low), -((-high << SCALE) // (ONE + high))
    return (ONE << SCALE) // (ONE + high), -((-ONE << SCALE) // (ONE + low))


def tail(x: int) -> tuple[Fraction, Fraction]:
    """Bounds of σ(x) for x <= 0 that differ by a small part of it, however small it is (down to σ(-4096))."""
    least = -_FURTHEST << SCALE
    low, high, n = _reduced(max(x, least))
    unit = 1 << (_FINE + n)
    # σ = e^x / (1 + e^x) grows with e^x; no e^x is above 1.
    high = min(high, unit)
    return Fraction(0) if x < least else Fraction(low, unit + low), Fraction(high, unit + high)


class Line(NamedTuple):
    """On an interval the function is within `slope x + offset ± error`, and within low..high."""

    slope: int
    offset: int
    error: int
    low: int
    high: int


def sigmoid_line(low: int, high: int) -> Line:
    """For low <= x <= high: σ is convex below 0 and concave above, and so is g(x) = σ(x) - slope x."""
    at_low, at_high = sigmoid(low), sigmoid(high)
    width = high - low
    if width > ONE >> 20:
        slope = max(0, ((at_high[0] - at_low[1]) << SCALE) // width)
    else:
        slope = max(0, at_low[0] * (ONE - at_low[1]) >> SCALE)
    turn = _turning(slope)
    g_low = _minus(at_low, slope, low)
    g_high = _minus(at_high, slope, high)
    if high <= 0:
        top = max(g_low[1], g_high[1])
        bottom = -_over(slope, -high, -low, turn)  # by symmetry: g(-x) = 1 - g(x)
        bottom += ONE
    elif low >= 0:
        bottom = min(g_low[0], g_high[0])
        top = _over(slope, low, high, turn)
    else:
        top = max(g_low[1], HALF, _over(slope, 0, high, turn))
        bottom = min(g_high[0], HALF, ONE - _over(slope, 0, -low, turn))
    offset = (top + bottom) >> 1
    return Line(slope, offset, max(top - offset, offset - bottom), at_low[0], at_high[1])


def tanh_line(low: int, high: int) -> Line:
    """By tanh x = 2 σ(2x) - 1."""
    line = sigmoid_line(2 * low, 2 * high)
    return Line(4 * line.slope, 2 * line.offset - ONE, 2 * line.error, 2 * line.low - ONE, 2 * line.high - ONE)


def _turning(slope: int) -> int:
    """About where σ' = slope, for x >= 0. Any point is sound; a float finds a good one."""
    s = slope / ONE
    if s >= 0.25:
        return 0
    if s < 1e-30:
        return 1 << (SCALE + 7)
    root = sqrt(1.0 - 4.0 * s)
    return int(log((1.0 + root) ** 2 / (4.0 * s)) * 2.0**40) << (SCALE - 40)


def _minus(value: tuple[int, int], slope: int, x: int) -> tuple[int, int]:
    """Bounds of σ(x) - slope x."""
    return value[0] - up(slope * x), value[1] - (slope * x >> SCALE)


def _over(slope: int, low: int, high: int, turn: int) -> int:
    """An upper bound of g on 0 <= low <= x <= high: g is concave there, so it lies below its tangent at any point."""
    point = min(max(turn, low), high)
    value = sigmoid(point)
    top = _minus(value, slope, point)[1]
    # σ' = σ (1 - σ) falls as σ rises from 1/2.
    steepest = up(value[0] * (ONE - value[0])) - slope
    flattest = (value[1] * (ONE - value[1]) >> SCALE) - slope
    return top + up(max(tilt * (x - point) for tilt in (flattest, steepest) for x in (low, high)))
