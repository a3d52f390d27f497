"""Where sets of states are after a word: all words of one length from many boxes at once, in floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstmsolve.model.watch import Watch
from lstmsolve.smooth.forms import FAR, Boxes, Form, Forms, infinite, least, missed, started, stepped, within
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import BROKEN, Integers, Net

MOST_BRANCHES: Final = 128
"""Words that one source is followed along at once; where there would be more, they end there."""

MOST_NUMBERS: Final = 2**25
"""Coefficients of gates that one step makes at once, if there is more than one source: 256 MiB."""


class Sources(NamedTuple):
    """N sets to follow: each a box of a state of the spec and the first symbol, or the start of the cell."""

    boxes: Boxes
    is_start: NDArray[np.bool_]
    state: Integers
    symbol: Integers

    def take(self, rows: Integers | NDArray[np.bool_]) -> Sources:
        return Sources(self.boxes.take(rows), self.is_start[rows], self.state[rows], self.symbol[rows])


Lands: TypeAlias = Callable[[Integers, Boxes], Integers]
"""For sets of states of the spec, each in a box: the number of a node that holds it, or -1."""


class Ended(NamedTuple):
    """Words that need not be followed further, as their sets lie in nodes."""

    source: Integers
    word: Integers
    """The symbols after the first as a number, the last one least."""
    length: Integers
    node: Integers


class Images(NamedTuple):
    """Where the sources are at the end of each word that lies in no node, L sets in all."""

    source: Integers
    state: Integers
    last: Integers
    """The last symbol."""
    boxes: Boxes
    width: Floats
    """Width of each c in units of the pitch [L, H]; 0 where it is infinite."""
    shares: Floats
    """How much each coordinate of the source has to do with each width, [L, 2H, H]."""


class Followed(NamedTuple):
    images: Images
    ended: Ended
    margin: Floats
    """The least that any demand on the way has left, [N]."""
    shares: Floats
    """How much each coordinate has to do with a demand that fails, [N, 2H]."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How c is measured: pitch in φ(c) = (1 - drift) tanh c + drift asinh c, and where it is taken for infinite."""

    pitch: float
    drift: float
    far: float
    error: float
    """What every c and h may be off by at each step."""

    def measured(self, c: Floats) -> Floats:
        """φ(c)."""
        return (1.0 - self.drift) * np.tanh(c) + self.drift * np.arcsinh(c)


def follow(net: Net, grid: Grid, sources: Sources, length: int, lands: Lands, watch: Watch) -> Followed:
    """Every word of this length from every source, its first symbol given, as far as it lies in no node.

    Raises:
        LimitReached: the watch ran out.
    """
    found = _together(net, grid, sources, length, lands, watch)
    if found is not None:
        return found
    # What comes of a source hangs on itself alone, so half of them at a time is the same.
    count = len(sources.state)
    middle = count // 2
    halves = np.arange(middle), np.arange(middle, count)
    first, second = (follow(net, grid, sources.take(half), length, lands, watch) for half in halves)
    return Followed(
        joined([first.images, second.images._replace(source=second.images.source + middle)]),
        Ended(
            *map(
                np.concatenate,
                zip(first.ended, second.ended._replace(source=second.ended.source + middle), strict=True),
            )
        ),
        np.concatenate([first.margin, second.margin]),
        np.concatenate([first.shares, second.shares]),
    )


def _together(net: Net, grid: Grid, sources: Sources, length: int, lands: Lands, watch: Watch) -> Followed | None:
    """All of them at once; None if there are too many of them for that."""
    count, hidden = len(sources.state), net.hidden
    forms, gone = _begun(net, grid, sources)
    source, state, symbol = np.arange(count), sources.state, sources.symbol
    word = np.zeros(count, dtype=np.int64)
    margin, shares = np.full(count, np.inf), np.zeros((count, 2 * hidden))
    ended: list[Ended] = []
    images: list[Images] = []
    for step in range(1, length + 1):
        watch.check()
        if net.known is not None and step > 1:
            before = net.known.before_low[state, symbol], net.known.before_high[state, symbol]
            gone = missed(forms.c.low, forms.c.high, *before)
            forms = Forms(within(forms.c, *before, forms.c.factors.shape[2] - 2 * hidden), forms.h)
        known = None
        if net.known is not None:
            known = net.known.after_low[state, symbol], net.known.after_high[state, symbol]
        landed = stepped(forms, net.u, net.bias[symbol], grid.error, known)
        forms = landed.forms
        gone |= landed.void
        group = net.owed[state, symbol]
        left, factors = least(net.rows[group], net.constants[group], forms.h)
        left[gone] = np.inf
        worst = left.argmin(axis=1)
        least_left = left[np.arange(len(worst)), worst]
        np.minimum.at(margin, source, least_left)
        failing = np.flatnonzero(least_left <= 0)
        if len(failing):
            np.maximum.at(shares, source[failing], _shares(factors[failing, worst[failing]], hidden))
        state = net.next[state, symbol]
        boxes = _cut_off(Boxes(forms.c.low, forms.c.high, landed.o_low, landed.o_high), grid.far)
        # Where no state goes this way, any node will do.
        node = np.where(state >= 0, np.where(gone, 0, lands(state, boxes)), BROKEN)
        there = np.flatnonzero(node >= 0)
        ended.append(Ended(source[there], word[there], np.full(len(there), step), node[there]))
        going = (state >= 0) & (node < 0)
        # That a source has too many branches hangs on itself alone, whatever it is followed together with.
        many = np.bincount(source[going], minlength=count)[source] * net.symbols > MOST_BRANCHES
        here = np.flatnonzero(going & (many | (step == length)))
        open_ = _images(grid, source[here], state[here], symbol[here], boxes.take(here), forms.c.factors[here])
        if net.known is not None:
            open_ = open_._replace(width=np.where(net.known.followed[state[here]], 0.0, open_.width))
        images.append(open_)
        rows = np.repeat(np.flatnonzero(going & ~many), net.symbols)
        if count > 1 and 4 * hidden * forms.h.factors.shape[2] * len(rows) > MOST_NUMBERS:
            return None
        forms, source, state, word = forms.take(rows), source[rows], state[rows], word[rows]
        symbol = np.tile(np.arange(net.symbols), len(rows) // net.symbols)
        gone = np.zeros(len(rows), dtype=bool)
        word = word * net.symbols + symbol
        if not len(rows):
            break
    return Followed(joined(images), Ended(*map(np.concatenate, zip(*ended, strict=True))), margin, shares)


def _images(grid: Grid, source: Integers, state: Integers, last: Integers, boxes: Boxes, factors: Floats) -> Images:
    hidden = boxes.c_low.shape[1]
    endless = infinite(boxes.c_low, boxes.c_high)
    width = np.where(endless, 0.0, (grid.measured(boxes.c_high) - grid.measured(boxes.c_low)) / grid.pitch)
    by_coordinate = np.swapaxes(_shares(factors, hidden), 1, 2)
    scale = grid.pitch * np.maximum(1.0, np.abs(np.clip(0.5 * (boxes.c_low + boxes.c_high), -50.0, 50.0)))
    return Images(source, state, last, boxes, width, by_coordinate / scale[:, None, :])


def joined(parts: Sequence[Images]) -> Images:
    """All images of several lists, in order."""
    boxes = Boxes(*(np.concatenate(sides) for sides in zip(*(part.boxes for part in parts), strict=True)))
    source, state, last = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return Images(
        source,
        state,
        last,
        boxes,
        np.concatenate([part.width for part in parts]),
        np.concatenate([part.shares for part in parts]),
    )


def _begun(net: Net, grid: Grid, sources: Sources) -> tuple[Forms, NDArray[np.bool_]]:
    """The sets of the sources, and which of them are empty."""
    gone = np.zeros(len(sources.state), dtype=bool)
    boxes = sources.boxes
    if net.known is not None:
        low, high = (side[sources.state, sources.symbol] for side in (net.known.before_low, net.known.before_high))
        gone = missed(boxes.c_low, boxes.c_high, low, high)
        bottom, top = np.minimum(np.maximum(boxes.c_low, low), high), np.maximum(np.minimum(boxes.c_high, high), low)
        boxes = boxes._replace(c_low=bottom, c_high=top)
    forms = started(boxes, grid.error)
    at_start = sources.is_start
    if not at_start.any():
        return forms, gone
    h = forms.h
    factors, centre, low, high = h.factors.copy(), h.centre.copy(), h.low.copy(), h.high.copy()
    factors[at_start], centre[at_start] = 0.0, net.h
    # Numbers of the start need not be floats.
    low[at_start], high[at_start] = net.h - 1e-12, net.h + 1e-12
    units = np.arange(net.hidden)
    factors[np.flatnonzero(at_start)[:, None], units, 2 * net.hidden + units] = 1e-12
    return Forms(forms.c, Form(centre, factors, low, high)), gone


def _shares(factors: Floats, hidden: int) -> Floats:
    """Of the symbols of a source, those of c and of what is not linear in it together, then those of o."""
    size = np.abs(factors[..., : 3 * hidden])
    found = size[..., : 2 * hidden]
    found[..., :hidden] += size[..., 2 * hidden :]
    return found


def _cut_off(boxes: Boxes, far: float) -> Boxes:
    low, high = boxes.c_low, boxes.c_high
    return boxes._replace(c_low=np.where(low < -far, -FAR, low), c_high=np.where(high > far, FAR, high))
