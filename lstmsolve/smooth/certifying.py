"""Closed nodes as a certificate: only those that are needed, and the ways from each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import Box, Cut, EnclosureCertificate, Follow, Side, Way
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.smooth.following import Followed, Sources, follow
from lstmsolve.smooth.forms import FAR, Boxes
from lstmsolve.smooth.lattice import Closed, Cuts, Nodes, Plan, Tree, halves, held, node_sources, start_sources
from lstmsolve.smooth.nets import Integers, Net, Table

IN_USE: Final = 1e6
"""What a box that is in use is ahead of one that is not."""
SCALE: Final = 30
"""Sides of boxes and cuts are multiples of 2^-30."""


def certified(
    problem: Problem,
    table: Table,
    net: Net,
    weights: Weights,
    closed: Closed,
    plan: Plan,
    error: Fraction,
    watch: Watch,
) -> EnclosureCertificate | None:
    """The certificate of closed nodes; None if floats do not find them closed again."""
    nodes, trees = closed
    work = _Work(table, net, nodes, plan, watch)
    start = work.ways(start_sources(net), [Tree() for _ in range(net.symbols)])
    if start is None:
        return None
    boxes: list[Box] = []
    while len(boxes) < len(work.used):
        batch = work.used[len(boxes) : len(boxes) + 64]
        rows = np.array(batch, dtype=np.int64)
        part = Nodes(nodes.boxes.take(rows), nodes.state[rows])
        ways: list[Way] = []
        roots = iter([trees[number, symbol] for number in batch for symbol in range(net.symbols)])
        for sources in node_sources(net, part):
            some = work.ways(sources, [next(roots) for _ in sources.state])
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
    trees: list[Tree]


class _Slot:
    """One source, and the tree of its cuts."""

    def __init__(self, cut: tuple[int, int] | None = None) -> None:
        self.parts: list[Way | _Slot] = [None, None]
        self.cut = cut

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
        low, high, o_low, o_high = nodes.boxes
        size = np.minimum(np.hstack([high, o_high]), 1e3) - np.maximum(np.hstack([low, o_low]), -1e3)
        self._rank = np.log(size + 1e-6).sum(axis=1)

    def ways(self, sources: Sources, trees: list[Tree]) -> list[Way] | None:
        """The way of each source, with no more cuts than when it was followed last; None if there is none."""
        roots = [_Slot() for _ in sources.state]
        todo = [_Task(sources, [(root, 0) for root in roots], trees)]
        while todo:
            self._watch.check()
            task = todo.pop()
            result = follow(self._net, self._plan.grid, task.sources, self._plan.word, self._held, self._watch)
            here = self._landed(task, result)
            rows = np.flatnonzero(~here)
            if not len(rows):
                continue
            inner: list[tuple[_Slot, tuple[Tree, Tree]]] = []
            for row in rows:
                tree, (slot, side) = task.trees[row], task.slots[row]
                if tree.parts is None:
                    return None
                cut = slot.parts[side] = _Slot((tree.coordinate, _integer(tree.at)))
                inner.append((cut, tree.parts))
            where = [task.trees[row] for row in rows]
            cuts = Cuts(np.array([tree.coordinate for tree in where]), np.array([tree.at for tree in where]))
            for half, given in enumerate(halves(task.sources.take(rows), cuts)):
                todo.append(_Task(given, [(cut, half) for cut, _ in inner], [parts[half] for _, parts in inner]))
        return [root.way() for root in roots]

    def _held(self, state: Integers, boxes: Boxes) -> Integers:
        """A node that holds each set: one in use if possible, else the largest."""
        return held(state, boxes, self._nodes, self._rank)

    def _landed(self, task: _Task, result: Followed) -> NDArray[np.bool_]:
        """Which sources owe nothing more and have all their images in boxes; their ways are filled in."""
        good = result.margin > 0
        good[result.images.source] = False
        ends: list[dict[tuple[int, int], int]] = [{} for _ in task.slots]
        for source, word, length, node in zip(*(part.tolist() for part in result.ended), strict=True):
            if good[source]:
                ends[source][length, word] = self._name(node)
        for place, (slot, side) in enumerate(task.slots):
            if good[place]:
                state, symbol = int(task.sources.state[place]), int(task.sources.symbol[place])
                slot.parts[side] = self._way(state, symbol, 1, 0, ends[place])
        return good

    def _name(self, node: int) -> int:
        """The number of a node among the boxes of the certificate."""
        if node not in self._number:
            self._number[node] = len(self.used)
            self.used.append(node)
            self._rank[node] += IN_USE
        return self._number[node]

    def _way(self, state: int, symbol: int, length: int, word: int, ends: dict[tuple[int, int], int]) -> Way:
        """The way of a word that has been read so far, from a step out of `state`."""
        after = self._table.next[state][symbol]
        if after < 0:
            return None
        if (length, word) in ends:
            return ends[length, word]
        count = self._net.symbols
        return Follow(
            tuple(self._way(after, letter, length + 1, word * count + letter, ends) for letter in range(count))
        )


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
