"""Runs of many words at once in floats, with what each step has left of what it owes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lstmsolve.simulator.activations import sigmoid
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Integers, Net


class Points(NamedTuple):
    """N joint states: c and h [N, H], the state of the spec [N]; a negative one is over and owes nothing."""

    c: Floats
    h: Floats
    state: Integers

    def take(self, rows: Integers | slice) -> Points:
        return Points(self.c[rows], self.h[rows], self.state[rows])

    def joined(self, other: Points) -> Points:
        return Points(
            np.concatenate([self.c, other.c]),
            np.concatenate([self.h, other.h]),
            np.concatenate([self.state, other.state]),
        )


class Advanced(NamedTuple):
    points: Points
    margin: Floats
    """The least that a demand has left [N]; infinite where nothing is owed."""


def origin(net: Net) -> Points:
    return Points(net.c[None, :], net.h[None, :], np.zeros(1, dtype=np.int64))


def advance(net: Net, points: Points, symbols: Integers) -> Advanced:
    """One step of each point on its own symbol."""
    hidden = net.hidden
    gates = points.h @ net.u.T + net.bias[symbols]
    squashed = sigmoid(gates)
    f, i, o = squashed[:, :hidden], squashed[:, hidden : 2 * hidden], squashed[:, 3 * hidden :]
    c = f * points.c + i * np.tanh(gates[:, 2 * hidden : 3 * hidden])
    h = o * np.tanh(c)
    alive = points.state >= 0
    group = net.owed[points.state, symbols]
    left = np.matmul(net.rows[group], h[:, :, None])[:, :, 0] + net.constants[group]
    margin = np.where(alive, left.min(axis=1), np.inf)
    state = np.where(alive, net.next[points.state, symbols], -1)
    # A step that breaks the promise owes nothing either: its demands are an empty group.
    return Advanced(Points(c, h, state), margin)


class Walked(NamedTuple):
    """One step of some walks: the state of the spec before it [N], where it ends, and f, i g and o [N, H]."""

    before: Integers
    points: Points
    f: Floats
    new: Floats
    o: Floats


def walks(net: Net, count: int, steps: int, again: float) -> Iterator[Walked]:
    """Random walks that keep to what is promised, step by step; `again` is how often one stays with its symbol."""
    random = np.random.default_rng(0)
    legal, hidden, first = net.next >= 0, net.hidden, origin(net)
    points = Points(np.repeat(first.c, count, 0), np.repeat(first.h, count, 0), np.zeros(count, dtype=np.int64))
    last = np.full(count, -1)
    for _ in range(steps):
        open_ = legal[points.state]
        alive = open_.any(axis=1)
        points, last, open_ = points.take(np.flatnonzero(alive)), last[alive], open_[alive]
        if not len(last):
            return
        drawn = np.where(open_, random.random(open_.shape), -1.0).argmax(axis=1)
        staying = (last >= 0) & open_[np.arange(len(last)), last] & (random.random(len(last)) < again)
        last = np.where(staying, last, drawn)
        gates = points.h @ net.u.T + net.bias[last]
        f, i, g, o = (gates[:, k * hidden : (k + 1) * hidden] for k in range(4))
        before = points.state
        points, _ = advance(net, points, last)
        yield Walked(before, points, sigmoid(f), sigmoid(i) * np.tanh(g), sigmoid(o))


def first_failure(net: Net, word: Sequence[int]) -> int | None:
    """The length of the first prefix that fails in floats."""
    points = origin(net)
    for length, symbol in enumerate(word, 1):
        points, margin = advance(net, points, np.array([symbol]))
        if margin[0] <= 0:
            return length
    return None
