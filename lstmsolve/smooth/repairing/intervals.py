"""How far boxes are from being kept by every step, and the slopes of that; many nets at once.

A class of runs has a box: an interval of each c and of each argument of an output gate. One step
takes it to another by interval arithmetic alone; sigmoid and tanh rise, so ends go to ends. Where
the images of all classes lie in the boxes of the classes that they lead to, and every box has what
is owed, the net is right at all lengths. What is missing to that is summed in squares, and the
slopes of the sum, to weights and boxes alike, are written out by hand.

K nets, T ways from class to class, C classes, A symbols, D input columns, H units; gates in the
order f, i, g, o.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from lstmsolve.simulator.activations import sigmoid
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Integers, Net
from lstmsolve.smooth.repairing.classes import Classes

NARROWER: Final = 0.2
"""By what part of its radius an image is to lie inside the box that it leads to."""
UNSATURATED: Final = 0.05
"""The same for output gates, as a part of what lies between an end and saturation."""
LEFT: Final = 0.1
"""What each demand is to have left, as a part of the size of its row."""
MOST_KEPT: Final = 2.5
"""The highest argument of forget gates: what a cell keeps, it keeps with its errors, and from a gate that is
saturated no slope leads away."""

CELL_WEIGHT: Final = 3.0
OUTPUT_WEIGHT: Final = 3.0
OWED_WEIGHT: Final = 5.0
KEPT_WEIGHT: Final = 0.3


class Ends(NamedTuple):
    low: Floats
    high: Floats


class Point(NamedTuple):
    """K nets with the boxes of their classes, or slopes along each of their numbers."""

    u: Floats
    """[K, 4H, H]"""
    w: Floats
    """[K, 4H, D]"""
    b: Floats
    """[K, 4H]"""
    c: Floats
    """Centres of c, [K, C, H]."""
    c_radius: Floats
    """Logarithms of radii."""
    o: Floats
    """The same for arguments of output gates."""
    o_radius: Floats


class Excess(NamedTuple):
    """Squares of what is missing [K], their slopes, and the most that is missing to a proof [K]."""

    total: Floats
    slopes: Point
    worst: Floats


class Ways:
    """Every step from class to class, as arrays, and what it owes."""

    def __init__(self, net: Net, classes: Classes, columns: Floats) -> None:
        """`columns` are the input columns of each symbol, [A, D]."""
        self._net = net
        self._classes = classes
        self._columns = columns
        ways = np.arange(len(classes.source))
        # One row a class; the start is the last, and -1 finds it.
        self._leaving = _matrix(classes.count + 1, classes.source % (classes.count + 1), ways)
        self._entering = _matrix(classes.count, classes.target, ways)
        self._by_symbol = _matrix(net.symbols, classes.symbol, ways)
        size = np.abs(net.rows).sum(axis=2)
        scale = np.where(size > 0, 1.0 / np.where(size > 0, size, 1.0), 0.0)
        # A demand is owed in the whole box of a class, so each is looked at once.
        pairs = np.unique(np.column_stack([classes.target, classes.owed]), axis=0)
        self._asked = pairs[:, 0]
        self._asking = _matrix(classes.count, self._asked, np.arange(len(pairs)))
        self._rows = (net.rows * scale[:, :, None])[pairs[:, 1]]
        self._constants = np.where(size > 0, net.constants * scale, 1.0)[pairs[:, 1]]

    def excess(self, at: Point) -> Excess:
        """What is missing, and the slopes of it."""
        net, hidden = self._net, self._net.hidden
        f, i, g, o = (slice(k * hidden, (k + 1) * hidden) for k in range(4))
        target, symbol = self._classes.target, self._classes.symbol
        radius, spread = np.exp(at.c_radius), np.exp(at.o_radius)
        cell = Ends(at.c - radius, at.c + radius)
        opened = Ends(sigmoid(at.o - spread), sigmoid(at.o + spread))
        seen = Ends(np.tanh(cell.low), np.tanh(cell.high))
        shown = _Product(opened, seen)
        # One step from every class by every symbol.
        c = self._from(cell, net.c)
        h = self._from(shown.ends, net.h)
        middle, reach = 0.5 * (h.low + h.high), 0.5 * (h.high - h.low)
        bias = (self._columns @ np.swapaxes(at.w, 1, 2) + at.b[:, None, :])[:, symbol]
        centre, width = middle @ np.swapaxes(at.u, 1, 2) + bias, reach @ np.swapaxes(np.abs(at.u), 1, 2)
        arguments = Ends(centre - width, centre + width)
        gates = Ends(_squashed(arguments.low, g), _squashed(arguments.high, g))
        kept, written = _Product(_part(gates, f), c), _Product(_part(gates, i), _part(gates, g))
        # What lies outside of the boxes.
        wanted, inside = (side[:, target] for side in cell), NARROWER * radius[:, target]
        low, high = wanted
        below = low - kept.ends.low - written.ends.low
        above = kept.ends.high + written.ends.high - high
        closed, open_ = opened.low[:, target], opened.high[:, target]
        less, more = closed - gates.low[..., o], gates.high[..., o] - open_
        left = self._left(shown.ends)
        over = arguments.high[..., f] - MOST_KEPT
        cells = [CELL_WEIGHT * np.maximum(0.0, side + inside) for side in (below, above)]
        outputs = [
            OUTPUT_WEIGHT * np.maximum(0.0, less + UNSATURATED * closed),
            OUTPUT_WEIGHT * np.maximum(0.0, more + UNSATURATED * (1.0 - open_)),
        ]
        owed = OWED_WEIGHT * np.maximum(0.0, LEFT - left)
        keeping = KEPT_WEIGHT * np.maximum(0.0, over)
        total = sum((part**2).sum(axis=(1, 2)) for part in (*cells, *outputs, owed, keeping))
        worst = np.stack([part.max(axis=(1, 2)) for part in (below, above, less, more, -left)]).max(axis=0)
        # Back, in the opposite order.
        on_below, on_above = (2.0 * CELL_WEIGHT * side for side in cells)
        on_less, on_more = (2.0 * OUTPUT_WEIGHT * side for side in outputs)
        image = Ends(-on_below, on_above)
        on_f, on_c = kept.back(image)
        on_i, on_g = written.back(image)
        on_gates = Ends(
            np.concatenate([on_f.low, on_i.low, on_g.low, -on_less], axis=2),
            np.concatenate([on_f.high, on_i.high, on_g.high, on_more], axis=2),
        )
        on_low, on_high = (on * _steepness(gate, g) for on, gate in zip(on_gates, gates, strict=True))
        on_high[..., f] += 2.0 * KEPT_WEIGHT * keeping
        on_centre, on_width = on_low + on_high, on_high - on_low
        turned = np.swapaxes(on_centre, 1, 2)
        on_u = turned @ middle + np.sign(at.u) * (np.swapaxes(on_width, 1, 2) @ reach)
        on_bias = self._by_symbol @ on_centre
        on_middle, on_reach = 0.5 * (on_centre @ at.u), 0.5 * (on_width @ np.abs(at.u))
        on_h = self._back(Ends(on_middle - on_reach, on_middle + on_reach))
        for side, due in zip(on_h, self._owed_back(owed), strict=True):
            side += due
        on_opened, on_seen = shown.back(on_h)
        on_cell = self._back(on_c)
        for side, on, seen_at in zip(on_cell, on_seen, seen, strict=True):
            side += on * (1.0 - seen_at**2)
        on_cell.low[:] += self._entering @ on_below
        on_cell.high[:] -= self._entering @ on_above
        on_opened.low[:] += (1.0 + UNSATURATED) * (self._entering @ on_less)
        on_opened.high[:] -= (1.0 + UNSATURATED) * (self._entering @ on_more)
        on_o = Ends(*(on * end * (1.0 - end) for on, end in zip(on_opened, opened, strict=True)))
        on_radius = on_cell.high - on_cell.low + NARROWER * (self._entering @ (on_below + on_above))
        slopes = Point(
            on_u,
            np.swapaxes(on_bias, 1, 2) @ self._columns,
            on_bias.sum(axis=1),
            on_cell.low + on_cell.high,
            on_radius * radius,
            on_o.low + on_o.high,
            (on_o.high - on_o.low) * spread,
        )
        return Excess(total, slopes, worst)

    def _from(self, ends: Ends, start: Floats) -> Ends:
        """Of the class, or the start, that each way leaves."""
        nets = len(ends.low)
        first = np.broadcast_to(start, (nets, 1, len(start)))
        return Ends(*(np.concatenate([side, first], axis=1)[:, self._classes.source] for side in ends))

    def _back(self, on: Ends) -> Ends:
        return Ends(*((self._leaving @ side)[:, :-1] for side in on))

    def _left(self, shown: Ends) -> Floats:
        """What each demand has left, [K, P, G]."""
        low, high = (side[:, self._asked, :, None] for side in shown)
        rows = self._rows
        least = np.maximum(rows, 0.0) @ low + np.minimum(rows, 0.0) @ high
        return least[..., 0] + self._constants

    def _owed_back(self, owed: Floats) -> Ends:
        on = -2.0 * OWED_WEIGHT * owed[:, :, None, :]
        parts = (on @ side for side in (np.maximum(self._rows, 0.0), np.minimum(self._rows, 0.0)))
        return Ends(*(self._asking @ part[:, :, 0] for part in parts))


class _Product:
    """An interval from 0 on times another."""

    def __init__(self, positive: Ends, other: Ends) -> None:
        self._positive, self._other = positive, other
        self._low_up, self._high_up = other.low >= 0.0, other.high >= 0.0
        self._times = Ends(
            np.where(self._low_up, positive.low, positive.high), np.where(self._high_up, positive.high, positive.low)
        )
        self.ends = Ends(other.low * self._times.low, other.high * self._times.high)

    def back(self, on: Ends) -> tuple[Ends, Ends]:
        """Slopes along the first and the second factor."""
        low, high = on.low * self._other.low, on.high * self._other.high
        first = Ends(
            np.where(self._low_up, low, 0.0) + np.where(self._high_up, 0.0, high),
            np.where(self._low_up, 0.0, low) + np.where(self._high_up, high, 0.0),
        )
        return first, Ends(on.low * self._times.low, on.high * self._times.high)


def _part(ends: Ends, gate: slice) -> Ends:
    return Ends(ends.low[..., gate], ends.high[..., gate])


def _squashed(arguments: Floats, candidate: slice) -> Floats:
    values = sigmoid(arguments)
    values[..., candidate] = np.tanh(arguments[..., candidate])
    return values


def _steepness(values: Floats, candidate: slice) -> Floats:
    """Slopes of the activations, from their values."""
    slopes = values * (1.0 - values)
    slopes[..., candidate] = 1.0 - values[..., candidate] ** 2
    return slopes


def _matrix(rows: int, row: Integers, column: Integers) -> Floats:
    """1 in these places."""
    matrix = np.zeros((rows, len(column)))
    matrix[row, column] = 1.0
    return matrix
