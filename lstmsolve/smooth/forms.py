"""Boxes of states, and their images as affine forms, for many boxes at once in floats.

A state is (c, o): o is the last output gate, h = o tanh(c). A box bounds each coordinate; a side of
c may be infinite. Followed over several steps, c and h are affine forms over noise symbols in
[-1, 1], with the ranges that are known besides: for c[j] of the box symbol j, for o[j] symbol H + j,
for what is not linear in h[j] symbol 2H + j, and for each further step one for each c and each h.
Everything is moved outward by more than floats can err; what is decided is decided by the checker.

Source: affine arithmetic (de Figueiredo & Stolfi 2004), with lines of least error for sigmoid and tanh.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstmsolve.smooth.lines import SLACK, Floats, Line, gate_lines, tanh_line

FAR: Final = 1e9
"""Sides of c from here on are infinite."""

FLAT: Final = 50.0
"""Where |c| may be larger, tanh(c) is taken for any value of its range: it is within e^-100 of ± 1."""

OVERLAP: Final = 1e-9
"""Ranges that miss each other by less are taken to meet."""

Rows: TypeAlias = NDArray[np.int64] | NDArray[np.bool_] | slice


class Boxes(NamedTuple):
    """N boxes: bounds of c and of o, each [N, H]."""

    c_low: Floats
    c_high: Floats
    o_low: Floats
    o_high: Floats

    def take(self, rows: Rows) -> Boxes:
        return Boxes(self.c_low[rows], self.c_high[rows], self.o_low[rows], self.o_high[rows])


class Form(NamedTuple):
    """Centre [N, H], factors of the symbols [N, H, S], and the range that is known [N, H]."""

    centre: Floats
    factors: Floats
    low: Floats
    high: Floats

    def take(self, rows: Rows) -> Form:
        return Form(self.centre[rows], self.factors[rows], self.low[rows], self.high[rows])


class Forms(NamedTuple):
    """c and h of N sets of states. Where c may be infinite its form is zero, and its range alone counts."""

    c: Form
    h: Form

    def take(self, rows: Rows) -> Forms:
        return Forms(self.c.take(rows), self.h.take(rows))


class Landed(NamedTuple):
    """After a step: the forms, and the range of the output gates [N, H]."""

    forms: Forms
    o_low: Floats
    o_high: Floats
    void: NDArray[np.bool_]
    """Which sets have no state that is where c is known to be [N]."""


def infinite(low: Floats, high: Floats) -> NDArray[np.bool_]:
    return (low <= -FAR) | (high >= FAR)


def started(boxes: Boxes, slip: float = 0.0) -> Forms:
    """The states of boxes as forms, where h may be 2 `slip` off from o tanh(c)."""
    c_low, c_high, o_low, o_high = boxes
    n, hidden = c_low.shape
    endless = infinite(c_low, c_high)
    c_centre = np.where(endless, 0.0, 0.5 * (c_low + c_high))
    c_radius = np.where(endless, 0.0, 0.5 * (c_high - c_low) + SLACK * np.abs(c_centre))
    o_centre, o_radius = 0.5 * (o_low + o_high), 0.5 * (o_high - o_low) + SLACK
    line = _squashed(c_low, c_high)
    t_centre = line.slope * c_centre + line.offset
    t_linear = line.slope * c_radius
    t_radius = np.maximum(line.high - t_centre, t_centre - line.low)
    units = np.arange(hidden)
    c_factors, h_factors = np.zeros((n, hidden, 3 * hidden)), np.zeros((n, hidden, 3 * hidden))
    c_factors[:, units, units] = c_radius
    h_factors[:, units, units] = o_centre * t_linear
    h_factors[:, units, hidden + units] = t_centre * o_radius
    error = np.abs(o_centre) * line.error + o_radius * t_radius + SLACK + 2.0 * slip
    h_factors[:, units, 2 * hidden + units] = error
    h_centre = o_centre * t_centre
    h_radius = np.abs(o_centre * t_linear) + np.abs(t_centre) * o_radius + error
    low, high = _interval_product(o_low, o_high, line.low, line.high)
    low, high = low - 2.0 * slip, high + 2.0 * slip
    h_low, h_high = np.maximum(low, h_centre - h_radius - SLACK), np.minimum(high, h_centre + h_radius + SLACK)
    return Forms(Form(c_centre, c_factors, c_low, c_high), Form(h_centre, h_factors, h_low, h_high))


def stepped(
    forms: Forms, u: Floats, bias: Floats, slip: float = 0.0, known: tuple[Floats, Floats] | None = None
) -> Landed:
    """One step: u [4H, H] with the gates in the order f, i, g, o; bias [N, 4H] is w x + b.

    Every new c and h may be off by `slip`; h by twice as much, so that it may be made of either c. `known` are
    bounds of the new c [N, H] that hold besides.
    """
    c, h = forms
    n, hidden, size = c.factors.shape
    gates = h.centre @ u.T + bias
    seen = np.matmul(u, h.factors)
    radius = np.abs(seen).sum(-1)
    slack = SLACK * (1.0 + np.abs(gates) + radius)
    above, below = np.maximum(u, 0.0).T, np.minimum(u, 0.0).T
    low = np.maximum(h.low @ above + h.high @ below + bias, gates - radius) - slack
    high = np.minimum(h.high @ above + h.low @ below + bias, gates + radius) + slack
    line = gate_lines(low, high)
    centre = line.slope * gates + line.offset
    error = line.error + line.slope * slack
    apart = np.maximum(line.high - centre, centre - line.low)
    f, i, g_, o_ = (slice(k * hidden, (k + 1) * hidden) for k in range(4))

    endless = infinite(c.low, c.high)
    c_apart = np.where(endless, 0.0, np.maximum(c.high - c.centre, c.centre - c.low))
    c_centre = centre[:, f] * c.centre + centre[:, i] * centre[:, g_]
    c_error = (
        np.abs(c.centre) * error[:, f]
        + apart[:, f] * c_apart
        + np.abs(centre[:, i]) * error[:, g_]
        + np.abs(centre[:, g_]) * error[:, i]
        + apart[:, i] * apart[:, g_]
    )
    c_factors = np.empty((n, hidden, size + 2 * hidden))
    inner = c_factors[:, :, :size]
    np.multiply(centre[:, f, None], c.factors, out=inner)
    inner += (c.centre * line.slope[:, f])[:, :, None] * seen[:, f]
    inner += (centre[:, g_] * line.slope[:, i])[:, :, None] * seen[:, i]
    inner += (centre[:, i] * line.slope[:, g_])[:, :, None] * seen[:, g_]
    kept = _interval_product(line.low[:, f], line.high[:, f], c.low, c.high)
    new = _interval_product(line.low[:, i], line.high[:, i], line.low[:, g_], line.high[:, g_])
    c_low, c_high = kept[0] + new[0] - slip, kept[1] + new[1] + slip
    reach = np.abs(inner).sum(-1)
    c_error += slip + SLACK * (1.0 + np.abs(c_centre) + reach)
    reach += c_error
    c_low = np.where(endless, c_low, np.maximum(c_low, c_centre - reach))
    c_high = np.where(endless, c_high, np.minimum(c_high, c_centre + reach))
    c_low = np.where(c.low <= -FAR, -FAR, c_low - SLACK * (1.0 + np.abs(c_low)))
    c_high = np.where(c.high >= FAR, FAR, c_high + SLACK * (1.0 + np.abs(c_high)))
    endless = infinite(c_low, c_high)
    if endless.any():
        c_centre[endless], c_error[endless] = 0.0, 0.0
        c_factors[endless] = 0.0

    units = np.arange(hidden)
    c_factors[:, :, size:] = 0.0
    c_factors[:, units, size + units] = c_error
    void = np.zeros(n, dtype=bool)
    if known is not None:
        void = missed(c_low, c_high, *known)
        c_centre, c_factors, c_low, c_high = within(Form(c_centre, c_factors, c_low, c_high), *known, size)
    squash = _squashed(c_low, c_high)
    t_centre = squash.slope * c_centre + squash.offset
    t_apart = np.maximum(squash.high - t_centre, t_centre - squash.low)
    h_factors = (centre[:, o_] * squash.slope)[:, :, None] * c_factors
    h_factors[:, :, :size] += (t_centre * line.slope[:, o_])[:, :, None] * seen[:, o_]
    error = np.abs(centre[:, o_]) * squash.error + np.abs(t_centre) * error[:, o_] + apart[:, o_] * t_apart
    error += SLACK + 2.0 * slip
    h_factors[:, units, size + hidden + units] = error
    h_centre = centre[:, o_] * t_centre
    reach = np.abs(h_factors).sum(-1) + SLACK
    low, high = _interval_product(line.low[:, o_], line.high[:, o_], squash.low, squash.high)
    low, high = low - 2.0 * slip, high + 2.0 * slip
    h = Form(h_centre, h_factors, np.maximum(low, h_centre - reach), np.minimum(high, h_centre + reach))
    return Landed(Forms(Form(c_centre, c_factors, c_low, c_high), h), line.low[:, o_], line.high[:, o_], void)


def missed(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> NDArray[np.bool_]:
    """Which boxes [N, H] have nothing in common with other ones [N]."""
    found: NDArray[np.bool_] = np.any(np.maximum(low, other_low) > np.minimum(high, other_high) + OVERLAP, axis=1)
    return found


def within(form: Form, low: Floats, high: Floats, slot: int) -> Form:
    """The same where its values are known to lie in ranges [N, H].

    `slot` + unit is a symbol that a form of an infinite range has no use for.
    """
    bottom, top = np.minimum(np.maximum(form.low, low), high), np.maximum(np.minimum(form.high, high), low)
    fresh = infinite(form.low, form.high) & ~infinite(bottom, top)
    if not fresh.any():
        return Form(form.centre, form.factors, bottom, top)
    centre, factors = form.centre.copy(), form.factors.copy()
    rows, units = np.nonzero(fresh)
    centre[fresh] = 0.5 * (bottom + top)[fresh]
    factors[rows, units, slot + units] = 0.5 * (top - bottom)[fresh] + SLACK * (1.0 + np.abs(centre[fresh]))
    return Form(centre, factors, bottom, top)


def least(rows: Floats, constants: Floats, h: Form) -> tuple[Floats, Floats]:
    """The least `rows h + constants` [N, K], and the factors of its form [N, K, S]; rows are [N, K, H]."""
    factors = np.matmul(rows, h.factors)
    centre = np.matmul(rows, h.centre[:, :, None])[:, :, 0] + constants
    by_range = np.matmul(np.maximum(rows, 0.0), h.low[:, :, None]) + np.matmul(
        np.minimum(rows, 0.0), h.high[:, :, None]
    )
    low = np.maximum(centre - np.abs(factors).sum(-1), by_range[:, :, 0] + constants)
    return low - 1e-11 * (1.0 + np.abs(centre)), factors


def _squashed(low: Floats, high: Floats) -> Line:
    """tanh on ranges that may be infinite."""
    line = tanh_line(np.maximum(low, -FLAT), np.minimum(high, FLAT))
    flat = (low < -FLAT) | (high > FLAT)
    if not flat.any():
        return line
    bottom = np.where(low < -FLAT, -1.0, line.low)
    top = np.where(high > FLAT, 1.0, line.high)
    # Beyond both sides of FLAT the line would be that of the other end.
    bottom, top = np.where(low > FLAT, 1.0 - SLACK, bottom), np.where(high < -FLAT, SLACK - 1.0, top)
    return Line(
        np.where(flat, 0.0, line.slope),
        np.where(flat, 0.5 * (bottom + top), line.offset),
        np.where(flat, 0.5 * (top - bottom) + SLACK, line.error),
        bottom,
        top,
    )


def _interval_product(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> tuple[Floats, Floats]:
    """The range of a product whose first factor is at least 0 or in any range; moved outward."""
    a, b, c, d = low * other_low, low * other_high, high * other_low, high * other_high
    bottom = np.minimum(np.minimum(a, b), np.minimum(c, d))
    top = np.maximum(np.maximum(a, b), np.maximum(c, d))
    return bottom - SLACK * (1.0 + np.abs(bottom)), top + SLACK * (1.0 + np.abs(top))
