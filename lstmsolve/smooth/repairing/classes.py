"""Classes of runs: the state of the spec and the last few symbols; how steps lead from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.simulator.activations import sigmoid
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Integers, Net
from lstmsolve.smooth.runs import origin

MOST_WAYS: Final = 2_000
"""Ways that are looked at together; a table with more is too large to be mended."""
RUNS: Final = 300
STEPS: Final = 60

START: Final = -1
"""In place of a class: before the first symbol."""


@dataclass(frozen=True)
class Classes:
    """T ways, each from a class (or the start) by a symbol to a class, and what is owed on it."""

    count: int
    source: Integers
    """[T]"""
    symbol: Integers
    target: Integers
    owed: Integers
    """A group of demands."""
    follow: Integers
    """[C + 1, A]: the class after each symbol, the start last; -1 where nothing is owed from then on."""


def classes_of(net: Net, memory: int) -> Classes:
    """The classes of this many last symbols that runs lead to.

    Raises:
        LimitReached: there are too many.
    """
    numbers: dict[tuple[int, tuple[int, ...]], int] = {}
    pairs: list[tuple[int, tuple[int, ...]]] = []
    ways: list[tuple[int, int, int, int]] = []

    def leave(place: int, state: int, last: tuple[int, ...]) -> None:
        for symbol in range(net.symbols):
            after = int(net.next[state, symbol])
            if after < 0:
                continue
            pair = after, (*last, symbol)[-memory:] if memory else ()
            if pair not in numbers:
                numbers[pair] = len(pairs)
                pairs.append(pair)
            ways.append((place, symbol, numbers[pair], int(net.owed[state, symbol])))

    leave(START, 0, ())
    for place, (state, last) in enumerate(pairs):
        leave(place, state, last)
        if len(ways) > MOST_WAYS:
            raise LimitReached(f"there are more than {MOST_WAYS} steps between states to look at together")
    source, symbol, target, owed = np.array(ways, dtype=np.int64).reshape(-1, 4).T
    follow = np.full((len(pairs) + 1, net.symbols), -1)
    follow[source, symbol] = target
    return Classes(len(pairs), source, symbol, target, owed, follow)


def centres(net: Net, classes: Classes) -> tuple[Floats, Floats]:
    """Means of c and of the arguments of output gates over random runs, [C, H] each."""
    random = np.random.default_rng(0)
    hidden = net.hidden
    start = origin(net)
    c, h = np.repeat(start.c, RUNS, 0), np.repeat(start.h, RUNS, 0)
    place = np.full(RUNS, classes.count)
    sums = np.zeros((2, classes.count, hidden))
    seen = np.zeros(classes.count)
    for _ in range(STEPS):
        legal = classes.follow[place] >= 0
        alive = legal.any(axis=1)
        c, h, place, legal = c[alive], h[alive], place[alive], legal[alive]
        if not len(place):
            break
        symbol = np.where(legal, random.random(legal.shape), -1.0).argmax(axis=1)
        gates = h @ net.u.T + net.bias[symbol]
        f, i, g, o = (gates[:, k * hidden : (k + 1) * hidden] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        place = classes.follow[place, symbol]
        np.add.at(sums, (0, place), c)
        np.add.at(sums, (1, place), o)
        np.add.at(seen, place, 1)
    means = sums / np.maximum(seen, 1)[:, None]
    return means[0], means[1]
