"""Words on which a cell fails, looked for in floats; `balls.replay` has the last word.

Four ways, none of which does what the others do: all words up to a length; for each state of the
spec the joint states that are extreme in many directions, followed on and on; loops walked up to
thousands of times; random, biased and periodic words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

import numpy as np

from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.model.traces import EnclosedTrace
from lstmsolve.model.watch import Part, Watch
from lstmsolve.smooth.balls import replay
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Integers, Net, Table
from lstmsolve.smooth.runs import Points, advance, first_failure, origin

MOST_WORDS: Final = 40_000
"""Words of one length that are all tried."""

Word: TypeAlias = tuple[int, ...]

_Way: TypeAlias = Callable[[Net, Watch], Iterator[Word]]


@dataclass(frozen=True, slots=True)
class Found:
    """A run that fails for certain."""

    trace: EnclosedTrace
    word: Word
    shortest: bool


@dataclass(frozen=True, slots=True)
class NotFound:
    """No failure; all words up to a length were tried in floats."""

    length: int


def refute_short(
    table: Table, net: Net, weights: Weights, watch: Watch, max_length: int | None = None
) -> Found | NotFound:
    """A shortest run that fails, where all words of its length can be tried."""
    longest = 0
    for length, word in _breadth_first(net, max_length):
        longest = length
        watch.check()
        if word is not None:
            trace = replay(table, weights, word)
            if trace is not None:
                return Found(trace, word[: len(trace.inputs)], len(trace.inputs) == len(word))
    return NotFound(longest)


def refute_long(
    table: Table, net: Net, weights: Weights, watch: Watch, max_length: int | None, thorough: bool
) -> Found | None:
    """A run that fails, as short as leaving out parts makes it; a first look, or a thorough one."""
    ways: tuple[tuple[float, _Way], ...] = ((1.0, _random), (1.5, _extreme))
    if thorough:
        ways = ((20.0, _pumped), (60.0, _extreme))
    for seconds, way in ways:
        for word in way(net, Part(watch, min(seconds, watch.remaining / 4))):
            if max_length is not None and len(word) > max_length:
                continue
            found = _confirmed(table, net, weights, word, watch)
            if found is not None:
                return found
    return None


def _confirmed(table: Table, net: Net, weights: Weights, word: Word, watch: Watch) -> Found | None:
    trace = replay(table, weights, word)
    if trace is None:
        return None
    short = shortened(net, word[: len(trace.inputs)], Part(watch, min(5.0, watch.remaining / 4)))
    again = replay(table, weights, short)
    if again is not None:
        return Found(again, short[: len(again.inputs)], False)
    return Found(trace, word[: len(trace.inputs)], False)


def _breadth_first(net: Net, max_length: int | None) -> Iterator[tuple[int, Word | None]]:
    """Each length with its first word that fails in floats, if one does."""
    symbols, length = net.symbols, 0
    points, names = origin(net), np.zeros(1, dtype=np.int64)
    while len(names) * symbols <= MOST_WORDS and len(names) and length != max_length:
        length += 1
        chosen = np.tile(np.arange(symbols), len(names))
        rows = np.repeat(np.arange(len(names)), symbols)
        names = names[rows] * symbols + chosen
        points, margin = advance(net, points.take(rows), chosen)
        failing = np.flatnonzero(margin <= 0)
        yield length, _word(int(names[failing[0]]), length, symbols) if len(failing) else None
        kept = np.flatnonzero((points.state >= 0) & (margin > 0))
        points, names = points.take(kept), names[kept]


def _word(name: int, length: int, symbols: int) -> Word:
    letters = []
    for _ in range(length):
        name, letter = divmod(name, symbols)
        letters.append(letter)
    return tuple(reversed(letters))


def _random(net: Net, watch: Watch) -> Iterator[Word]:
    """Random words: uniform, biased towards a symbol, and periodic with a few changes."""
    random = np.random.default_rng(0)
    count, length, symbols = 300, 1500, net.symbols
    for _ in range(4):
        weights = random.dirichlet(np.full(symbols, 0.5), count)
        words = (weights.cumsum(1)[:, None, :] < random.random((count, length, 1))).sum(2).clip(max=symbols - 1)
        for row in range(count // 3):
            period = int(random.integers(1, 9))
            words[row] = np.resize(random.integers(0, symbols, period), length)
            spots = random.random(length) < random.choice([0.0, 0.005, 0.03])
            words[row, spots] = random.integers(0, symbols, int(spots.sum()))
        points = origin(net).take(np.zeros(count, dtype=np.int64))
        for n in range(length):
            if watch.remaining <= 0:
                return
            points, margin = advance(net, points, words[:, n])
            if margin.min() <= 0:
                yield tuple(map(int, words[int(margin.argmin()), : n + 1]))
                break


def _pumped(net: Net, watch: Watch) -> Iterator[Word]:
    """u v^K w: short loops v from short words u, and after ever more rounds all short words w."""
    symbols = net.symbols
    prefixes = [word for n in range(4) if symbols**n <= 30 for word in product(range(symbols), repeat=n)]
    loops = [word for n in range(1, 6) if symbols**n <= 40 for word in product(range(symbols), repeat=n)]
    loops = [v for v in loops if not any(len(v) % k == 0 and v == v[:k] * (len(v) // k) for k in range(1, len(v)))]
    pairs = list(product(prefixes, loops))
    points = origin(net).take(np.zeros(len(pairs), dtype=np.int64))
    period = np.array([len(v) for _, v in pairs])
    letters = np.zeros((len(pairs), max(map(len, loops))), dtype=np.int64)
    for row, (_, v) in enumerate(pairs):
        letters[row, : len(v)] = v
    longest = max(map(len, prefixes))
    for n in range(longest):
        rows = np.array([row for row, (u, _) in enumerate(pairs) if len(u) > n], dtype=np.int64)
        moved = advance(net, points.take(rows), np.array([pairs[row][0][n] for row in rows], dtype=np.int64)).points
        points.c[rows], points.h[rows], points.state[rows] = moved
    everything = np.arange(len(pairs))
    steps = 0
    for rounds in (30, 300, 3000, 30000):
        while steps < rounds:
            if watch.remaining <= 0:
                return
            points, margin = advance(net, points, letters[everything, steps % period])
            steps += 1
            if margin.min() <= 0:
                yield _pump(pairs[int(margin.argmin())], steps, ())
                points = points._replace(state=np.where(margin <= 0, -1, points.state))
        yield from _fanned(net, points, pairs, steps)


def _fanned(net: Net, points: Points, pairs: list[tuple[Word, Word]], steps: int) -> Iterator[Word]:
    """All short words after so many steps of the loops; the first failure."""
    rows = np.arange(len(pairs))
    tails: list[Word] = [()] * len(pairs)
    while len(rows) * net.symbols <= MOST_WORDS:
        chosen = np.tile(np.arange(net.symbols), len(rows))
        old = np.repeat(np.arange(len(rows)), net.symbols)
        points, margin = advance(net, points.take(old), chosen)
        rows = rows[old]
        tails = [(*tails[place], int(letter)) for place, letter in zip(old, chosen, strict=True)]
        if margin.min() <= 0:
            worst = int(margin.argmin())
            yield _pump(pairs[int(rows[worst])], steps, tails[worst])
            return


def _pump(pair: tuple[Word, Word], steps: int, tail: Word) -> Word:
    prefix, loop = pair
    return prefix + (loop * (steps // len(loop) + 1))[:steps] + tail


def _extreme(net: Net, watch: Watch) -> Iterator[Word]:
    """For each state of the spec keep the joint states that are extreme in many directions, and go on from all."""
    random = np.random.default_rng(0)
    hidden, symbols, count = net.hidden, net.symbols, 150
    directions = random.standard_normal((count, 4 * hidden))
    directions *= random.random(directions.shape) < random.choice([0.15, 0.4, 1.0], (count, 1))
    if count >= 8 * hidden:
        directions[: 4 * hidden] = np.eye(4 * hidden)
        directions[4 * hidden : 8 * hidden] = -np.eye(4 * hidden)
    parents, letters = [-1], [-1]
    points, names, margins = origin(net), np.zeros(1, dtype=np.int64), np.full(1, np.inf)
    while watch.remaining > 0:
        chosen = np.tile(np.arange(symbols), len(names))
        old = np.repeat(np.arange(len(names)), symbols)
        moved, margin = advance(net, points.take(old), chosen)
        if margin.min() <= 0:
            worst = int(margin.argmin())
            yield (*_traced(parents, letters, int(names[old[worst]])), int(chosen[worst]))
        fresh = (moved.state >= 0) & (margin > 0)
        new = np.flatnonzero(fresh)
        together = points.joined(moved.take(new))
        left = np.concatenate([margins, margin[new]])
        kept = _extremes(together, left, directions)
        before = len(names)
        if kept.max(initial=0) < before:
            return  # nothing new is extreme
        renamed = np.empty(len(kept), dtype=np.int64)
        for place, row in enumerate(kept):
            if row < before:
                renamed[place] = names[row]
            else:
                renamed[place] = len(parents)
                parents.append(int(names[old[new[row - before]]]))
                letters.append(int(chosen[new[row - before]]))
        points, names, margins = together.take(kept), renamed, left[kept]


def _extremes(points: Points, margins: Floats, directions: Floats) -> Integers:
    """Rows that are extreme in a direction among those of their state, or have little left."""
    c = points.c
    features = np.hstack([c, np.tanh(c), points.h, np.tanh(c / 5)])
    kept: set[int] = set()
    for state in np.unique(points.state):
        rows = np.flatnonzero(points.state == state)
        kept.update(rows[(features[rows] @ directions.T).argmax(0)].tolist())
        kept.update(rows[np.argsort(margins[rows], kind="stable")[:10]].tolist())
    return np.array(sorted(kept), dtype=np.int64)


def _traced(parents: list[int], letters: list[int], name: int) -> Word:
    word: list[int] = []
    while name > 0:
        word.append(letters[name])
        name = parents[name]
    return tuple(reversed(word))


def shortened(net: Net, word: Word, watch: Watch) -> Word:
    """A shorter word that fails too, by leaving out blocks (Zeller & Hildebrandt 2002) while floats agree."""
    block = len(word) // 2
    while block >= 1 and watch.remaining > 0:
        starts = range(0, len(word) - block + 1, max(1, block // 2) if block > 8 else 1)
        shorter = None
        for start in starts:
            if watch.remaining <= 0:
                break
            candidate = word[:start] + word[start + block :]
            length = first_failure(net, candidate)
            if length is not None:
                shorter = candidate[:length]
                break
        if shorter is None:
            block = block // 2 if block > 1 else 0
        else:
            word = shorter
            block = min(block, len(word) // 2)
    return word
