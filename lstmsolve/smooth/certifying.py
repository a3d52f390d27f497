"""Closed nodes as a certificate: only those that are needed, and the ways from each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import Box, Cut, EnclosureCertificate, Follow, Side, Way
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.smooth.following import Images, Sources, follow
from lstmsolve.smooth.forms import FAR, Boxes
from lstmsolve.smooth.lattice import OUTWARD, Nodes, Plan, halved, node_sources, start_sources, taken
from lstmsolve.smooth.nets import Net, Table

SCALE: Final = 30
"""Sides of boxes and cuts are multiples of 2^-30."""


def certified(
    problem: Problem, table: Table, net: Net, weights: Weights, nodes: Nodes, plan: Plan, error: Fraction, watch: Watch
) -> EnclosureCertificate | None:
    """The certificate of closed nodes; None if floats do not find them closed again."""
    work = _Work(table, net, nodes, plan, watch)
    start = work.ways(start_sources(net))
    if start is None:
        return None
    boxes: list[Box] = []
    while len(boxes) < len(work.used):
        batch = work.used[len(boxes) : len(boxes) + 64]
        rows = np.array(batch, dtype=np.int64)
        part = Nodes(nodes.boxes.take(rows), nodes.state[rows])
        ways: list[Way] = []
        for sources in node_sources(net, part):
            some = work.ways(sources)
            if some is None:
                return None
            ways += some
        for place, number in enumerate(batch):
            mine = tuple(ways[place * net.symbols : (place + 1) * net.symbols])
            boxes.append(_box(nodes, number, mine))
    return EnclosureCertificate(problem, weights, table.states, SCALE, tuple(start), tuple(boxes), error)


@dataclass
class _Task:
    """A source that is followed, and where its way belongs."""

    sources: Sources
    slots: list[tuple[_Slot, int]]
    depth: int


class _Slot:
    """One source, and the tree of its cuts."""

    def __init__(self) -> None:
        self.parts: list[Way | _Slot] = [None]
        self.cut: tuple[int, int] | None = None

    def way(self, place: int = 0) -> Way:
        part = self.parts[place]
        return part.tree() if isinstance(part, _Slot) else part

    def tree(self) -> Way:
        assert self.cut is not None
        return Cut(*self.cut, self.way(0), self.way(1))


class _Work:
    def __init__(self, table: Table, net: Net, nodes: Nodes, plan: Plan, watch: Watch) -> None:
        self._table = table
        self._net = net
        self._nodes = nodes
        self._plan = plan
        self._watch = watch
        self.used: list[int] = []
        self._number: dict[int, int] = {}
        self._by_state = {int(state): np.flatnonzero(nodes.state == state) for state in np.unique(nodes.state)}
        boxes = nodes.boxes
        self._low = np.hstack([boxes.c_low, boxes.o_low])
        self._high = np.hstack([boxes.c_high, boxes.o_high])
        size = np.minimum(self._high, 1e3) - np.maximum(self._low, -1e3)
        self._size = np.log(size + 1e-6).sum(axis=1)

    def ways(self, sources: Sources) -> list[Way] | None:
        """The way of each source; None if there is none."""
        roots = [_Slot() for _ in sources.state]
        todo = [_Task(sources, [(root, 0) for root in roots], 0)]
        while todo:
            self._watch.check()
            task = todo.pop()
            result = follow(self._net, self._plan.grid, task.sources, self._plan.word)
            bad = result.margin <= 0
            images = result.images
            bounds = np.searchsorted(images.source, np.arange(len(task.slots) + 1))
            for place, (slot, side) in enumerate(task.slots):
                if bad[place]:
                    continue
                mine = taken(images, np.arange(bounds[place], bounds[place + 1]))
                targets = self._targets(mine)
                if targets is None:
                    bad[place] = True
                    continue
                state, symbol = int(task.sources.state[place]), int(task.sources.symbol[place])
                by_word = dict(zip(map(int, mine.word), targets, strict=True))
                slot.parts[side] = self._way(state, symbol, 1, 0, by_word)
            rows = np.flatnonzero(bad)
            if not len(rows):
                continue
            if task.depth == self._plan.cuts or task.sources.is_start.any():
                return None
            cut = halved(self._plan, task.sources, result, rows)
            for place, row in enumerate(rows):
                slot, side = task.slots[row]
                inner = _Slot()
                inner.parts = [None, None]
                inner.cut = int(cut.coordinate[place]), _integer(cut.at[place])
                slot.parts[side] = inner
            inners = [task.slots[row][0].parts[task.slots[row][1]] for row in rows]
            for half, given in enumerate(cut.both):
                slots = [(inner, half) for inner in inners if isinstance(inner, _Slot)]
                todo.append(_Task(given, slots, task.depth + 1))
        return [root.way() for root in roots]

    def _targets(self, images: Images) -> list[int] | None:
        """For each image the number of a box of the certificate that it lies in, one in use if possible."""
        chosen: list[int] = []
        boxes = images.boxes
        low, high = np.hstack([boxes.c_low, boxes.o_low]), np.hstack([boxes.c_high, boxes.o_high])
        margin = 0.25 * OUTWARD
        # An output gate is within 0..1 whatever floats say.
        hidden = boxes.o_low.shape[1]
        low[:, hidden:], high[:, hidden:] = (
            np.maximum(low[:, hidden:], margin),
            np.minimum(high[:, hidden:], 1 - margin),
        )
        for place, state in enumerate(images.state):
            rows = self._by_state.get(int(state))
            if rows is None:
                return None
            inside = (self._low[rows] <= low[place] - margin * (low[place] > -FAR)).all(axis=1)
            inside &= (self._high[rows] >= high[place] + margin * (high[place] < FAR)).all(axis=1)
            fitting = rows[inside]
            if not len(fitting):
                return None
            known = [int(row) for row in fitting if int(row) in self._number]
            best = known[0] if known else int(fitting[self._size[fitting].argmax()])
            chosen.append(best)
        for row in chosen:
            if row not in self._number:
                self._number[row] = len(self.used)
                self.used.append(row)
        return [self._number[row] for row in chosen]

    def _way(self, state: int, symbol: int, length: int, word: int, targets: dict[int, int]) -> Way:
        """The way of a word that has been read so far, from a step out of `state`."""
        after = self._table.next[state][symbol]
        if after < 0:
            return None
        if length == self._plan.word:
            return targets[word]
        symbols = range(self._net.symbols)
        count = self._net.symbols
        return Follow(tuple(self._way(after, letter, length + 1, word * count + letter, targets) for letter in symbols))


def _box(nodes: Nodes, number: int, ways: tuple[Way, ...]) -> Box:
    boxes: Boxes = nodes.boxes.take(np.array([number]))

    def side(low: float, high: float) -> Side:
        return None if low <= -FAR else _integer(low), None if high >= FAR else _integer(high)

    c = tuple(side(low, high) for low, high in zip(boxes.c_low[0], boxes.c_high[0], strict=True))
    o = tuple((_integer(low), _integer(high)) for low, high in zip(boxes.o_low[0], boxes.o_high[0], strict=True))
    return Box(int(nodes.state[number]), c, o, ways)


def _integer(value: float) -> int:
    scaled = Fraction(float(value)) * 2**SCALE
    assert scaled.denominator == 1, "sides and cuts are multiples of 2^-SCALE"
    return int(scaled.numerator)
