"""Sigmoid and tanh between two lines, in floats, for many intervals at once.

On [lo, hi] the function stays within `slope x + offset ± error`. The slope is that of the chord,
whose error is an eighth of curvature times width squared; the error is attained at an end or where
the derivative equals the slope.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstmsolve.simulator.activations import sigmoid

Floats: TypeAlias = NDArray[np.float64]

SLACK: Final = 1e-13
"""What float results are moved outward by, relative to numbers of size 1: a few hundred roundings."""


class Line(NamedTuple):
    """`slope x + offset ± error` on an interval, and the values at its ends; all of one shape."""

    slope: Floats
    offset: Floats
    error: Floats
    low: Floats
    high: Floats


def sigmoid_line(lo: Floats, hi: Floats) -> Line:
    low, high, middle = sigmoid(np.stack([lo, hi, 0.5 * (lo + hi)]))
    width = hi - lo
    wide = width > 1e-6
    slope = np.where(wide, (high - low) / np.where(wide, width, 1.0), middle * (1.0 - middle))
    # The derivative s (1 - s) equals the slope at s = (1 ± root) / 2, that is x = ± ln((1 + root) / (1 - root)).
    root = np.sqrt(np.maximum(0.0, 1.0 - 4.0 * slope))
    at = np.log((1.0 + root) ** 2 / np.maximum(4.0 * slope, 1e-300))
    ends = low - slope * lo, high - slope * hi
    inner = 0.5 + 0.5 * root - slope * at
    top = np.maximum(*ends)
    bottom = np.minimum(*ends)
    top = np.where((lo < at) & (at < hi), np.maximum(top, inner), top)
    bottom = np.where((lo < -at) & (-at < hi), np.minimum(bottom, 1.0 - inner), bottom)
    size = 1.0 + np.abs(slope) * np.maximum(np.abs(lo), np.abs(hi))
    error = 0.5 * (top - bottom) + SLACK * size
    return Line(slope, 0.5 * (top + bottom), error, np.maximum(low - SLACK, 0.0), np.minimum(high + SLACK, 1.0))


def tanh_line(lo: Floats, hi: Floats) -> Line:
    """By tanh x = 2 σ(2x) - 1."""
    return _as_tanh(sigmoid_line(2.0 * lo, 2.0 * hi))


def gate_lines(lo: Floats, hi: Floats) -> Line:
    """Of all gates [N, 4H] in the order f, i, g, o: σ, for g tanh."""
    hidden = lo.shape[1] // 4
    g = slice(2 * hidden, 3 * hidden)
    lo, hi = lo.copy(), hi.copy()
    lo[:, g] *= 2.0
    hi[:, g] *= 2.0
    line = sigmoid_line(lo, hi)
    for part, squashed in zip(line, _as_tanh(Line(*(part[:, g] for part in line))), strict=True):
        part[:, g] = squashed
    return line


def _as_tanh(line: Line) -> Line:
    """The line of tanh x on half the interval of one of σ(2x)."""
    return Line(
        4.0 * line.slope, 2.0 * line.offset - 1.0, 2.0 * line.error, 2.0 * line.low - 1.0, 2.0 * line.high - 1.0
    )
