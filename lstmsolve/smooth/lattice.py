"""Boxes that every step keeps, found by iteration (the search; floats moved outward).

A *node* is a state of the spec, the last symbol, and the place of a box's centre on a grid. Its box
is the hull of all images whose centres lie there; any assignment of images to nodes is sound, and
this one keeps a small image in one node. Hulls are rounded outward to dyadic numbers, coarser ones
the more often they grow, so the iteration ends. Sources whose images are wide, or owe what does not
follow, are cut in two, a few times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from lstmsolve.model.watch import Watch
from lstmsolve.smooth.following import Followed, Grid, Images, Lands, Sources, follow, joined
from lstmsolve.smooth.forms import FAR, Boxes
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Integers, Net

CUT_AT: Final = 2.0**-12
"""Cuts are at multiples of this."""
OUTWARD: Final = 1e-9
"""Hulls are this much larger than images in floats, so that the checker's fit."""
MOST_AT_ONCE: Final = 256
LARGEST: Final = 1e3
FURTHER: Final = 1.0
"""A side that grows again and again grows by so many times as much besides."""
LARGEST_TABLE: Final = 1_000_000
"""Pairs of a set and a node that are compared at once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the search may do."""

    pitch: float
    word: int
    """Steps that a box is followed before it is boxed again."""
    drift: float = 0.05
    """The part of asinh in the measure of c: how finely large c are told apart, where tanh is flat and cells drift."""
    cuts: int = 6
    wide: float = 1.5
    """Pitches from which on an image is wide."""
    far: float = 300.0
    fine: float = 32.0
    """Hulls are rounded to this part of the pitch."""
    most: int = 20_000
    """Nodes."""
    error: float = 0.0

    @property
    def grid(self) -> Grid:
        return Grid(self.pitch, self.drift, self.far, self.error)


class Tree:
    """How a source was cut when it was followed last; not at all where there are no parts."""

    def __init__(self) -> None:
        self.coordinate = -1
        self.at = 0.0
        self.parts: tuple[Tree, Tree] | None = None


Trees: TypeAlias = dict[tuple[int, int], Tree]
"""By node and first symbol."""


class Nodes(NamedTuple):
    """M nodes: their boxes and the state of the spec each belongs to."""

    boxes: Boxes
    state: Integers


class Closed(NamedTuple):
    nodes: Nodes
    trees: Trees


@dataclass(frozen=True, slots=True)
class Open:
    """The iteration did not close."""

    reason: str
    state: int | None = None
    """Where a demand did not follow."""
    box: Boxes | None = None


class _Store:
    """The nodes found so far, in arrays that grow."""

    def __init__(self, plan: Plan, hidden: int) -> None:
        self._plan = plan
        self._grid = plan.grid
        self._numbers: dict[bytes, int] = {}
        self._sides = [np.zeros((256, hidden)) for _ in range(4)]
        self._state = np.zeros(256, dtype=np.int64)
        self._grown = np.zeros(256, dtype=np.int64)
        self.size = 0
        self._step = 2.0 ** -np.ceil(np.log2(plan.fine / plan.pitch))

    def nodes(self) -> Nodes:
        return Nodes(Boxes(*(side[: self.size] for side in self._sides)), self._state[: self.size])

    def take(self, rows: Integers) -> Nodes:
        return Nodes(Boxes(*(side[rows] for side in self._sides)), self._state[rows])

    def lands(self, state: Integers, boxes: Boxes) -> Integers:
        """A node that holds each set, or -1."""
        return held(state, boxes, self.nodes(), None)

    def add(self, images: Images) -> Integers:
        """Widen the nodes that images lie in; those that have grown."""
        boxes, far = images.boxes, self._plan.far
        measured = self._grid.measured
        centre = 0.5 * (measured(np.clip(boxes.c_low, -far, far)) + measured(np.clip(boxes.c_high, -far, far)))
        place = np.round(centre / self._grid.pitch)
        keys = np.ascontiguousarray(np.column_stack([images.state, images.last, place]).astype(np.int32))
        names = keys.view(np.dtype((np.void, keys.dtype.itemsize * keys.shape[1]))).ravel()
        unique, first, inverse = np.unique(names, return_index=True, return_inverse=True)
        hulls = []
        for side, low in zip(boxes, (True, False, True, False), strict=True):
            hull = np.full((len(unique), side.shape[1]), np.inf if low else -np.inf)
            (np.minimum if low else np.maximum).at(hull, inverse, side)
            hulls.append(hull - OUTWARD if low else hull + OUTWARD)
        hulls[2:] = [np.clip(hull, 0.0, 1.0) for hull in hulls[2:]]
        grown = []
        for row, name in enumerate(unique):
            number = self._numbers.get(name.tobytes())
            if number is None:
                number = self._new(name.tobytes(), int(images.state[first[row]]))
                for side, hull in zip(self._sides, hulls, strict=True):
                    side[number] = hull[row]
                self._round(number, [np.ones(len(hull[row]), dtype=bool) for hull in hulls])
                grown.append(number)
                continue
            larger = [
                hull[row] < side[number] if low else hull[row] > side[number]
                for side, hull, low in zip(self._sides, hulls, (True, False, True, False), strict=True)
            ]
            # OUTWARD is for rounding errors of the checker and does not make an image larger.
            if any(
                (np.abs(hull[row][wider] - side[number][wider]) > 0.5 * OUTWARD).any()
                for side, hull, wider in zip(self._sides, hulls, larger, strict=True)
            ):
                self._grown[number] += 1
                # What creeps is met halfway: after a few times it is moved further than it has to be.
                further = 1.0 + FURTHER * (self._grown[number] > 2)
                for side, hull, wider in zip(self._sides, hulls, larger, strict=True):
                    side[number][wider] += further * (hull[row][wider] - side[number][wider])
                self._round(number, larger)
                grown.append(number)
        return np.array(grown, dtype=np.int64)

    def _new(self, name: bytes, state: int) -> int:
        number = self._numbers[name] = self.size
        self.size += 1
        if number == len(self._state):
            self._sides = [np.concatenate([side, np.zeros_like(side)]) for side in self._sides]
            self._state = np.concatenate([self._state, np.zeros_like(self._state)])
            self._grown = np.concatenate([self._grown, np.zeros_like(self._grown)])
        self._state[number] = state
        return number

    def _round(self, number: int, changed: list[np.ndarray]) -> None:
        """Move the changed sides of a node outward to multiples of a step, larger for c far out."""
        step = self._step * 2.0 ** min(3, int(self._grown[number]) // 6)
        for place, (side, which) in enumerate(zip(self._sides, changed, strict=True)):
            value = side[number]
            towards = np.floor if place % 2 == 0 else np.ceil
            if place < 2:
                size = step * 2.0 ** np.floor(np.log2(np.clip(np.abs(value), 1.0, LARGEST)))
                moved = towards(value / size) * size
                moved = np.where(np.abs(value) >= 0.5 * FAR, np.sign(value) * FAR, moved)
            else:
                size = np.full_like(value, min(0.25 * step, 2.0**-6))
                moved = np.clip(towards(value / size) * size, 0.0, 1.0)
            side[number] = np.where(which, moved, value)


def held(state: Integers, boxes: Boxes, nodes: Nodes, rank: Floats | None) -> Integers:
    """For each set a node of its state that holds its box, the first or that of highest rank; -1 if none does."""
    found = np.full(len(state), -1, dtype=np.int64)
    inner = np.hstack([-boxes.c_low, boxes.c_high, -boxes.o_low, boxes.o_high])
    # Beyond FAR nothing is told apart, and an output gate is within 0..1 whatever floats say.
    inner += np.where(np.abs(inner) >= FAR, 0.0, 0.5 * OUTWARD)
    hidden = boxes.c_low.shape[1]
    inner[:, 2 * hidden :] = np.minimum(inner[:, 2 * hidden :], np.repeat([0.0, 1.0], hidden))
    low, high, o_low, o_high = nodes.boxes
    outer = np.hstack([-low, high, -o_low, o_high])
    for which in np.unique(state[state >= 0]):
        numbers, rows = np.flatnonzero(nodes.state == which), np.flatnonzero(state == which)
        if not len(numbers):
            continue
        if rank is not None:
            numbers = numbers[np.argsort(-rank[numbers], kind="stable")]
        most = max(1, LARGEST_TABLE // len(numbers))
        for begin in range(0, len(rows), most):
            some = rows[begin : begin + most]
            inside = np.ones((len(some), len(numbers)), dtype=bool)
            for column in range(4 * hidden):
                inside &= inner[some, column, None] <= outer[numbers, column]
            first = inside.argmax(axis=1)
            there = inside[np.arange(len(some)), first]
            found[some[there]] = numbers[first[there]]
    return found


def close(net: Net, plan: Plan, watch: Watch) -> Closed | Open:
    """Nodes such that every word of the plan's length from every node ends in nodes."""
    store = _Store(plan, net.hidden)
    trees: Trees = {}
    active: list[tuple[Sources, list[Tree]]] = [(start_sources(net), [Tree() for _ in range(net.symbols)])]
    while active:
        found: list[Images] = []
        for sources, roots in active:
            for images in followed(net, plan, sources, roots, store.lands, watch):
                if isinstance(images, Open):
                    return images
                found.append(images)
        grown = store.add(joined(found))
        if store.size > plan.most:
            return Open(f"there are more than {plan.most} boxes")
        names = [(int(node), symbol) for node in grown for symbol in range(net.symbols)]
        trees.update((name, Tree()) for name in names)
        active, begin = [], 0
        for sources in node_sources(net, store.take(grown)):
            end = begin + len(sources.state)
            active.append((sources, [trees[name] for name in names[begin:end]]))
            begin = end
    return Closed(store.nodes(), trees)


def followed(
    net: Net, plan: Plan, sources: Sources, roots: Sequence[Tree], lands: Lands, watch: Watch
) -> Iterator[Images | Open]:
    """Images of the sources, which are cut where they must be; `Open` where cuts do not help."""
    grid = plan.grid
    todo = [(sources, list(roots), 0)]
    while todo:
        watch.check()
        given, trees, depth = todo.pop()
        result = follow(net, grid, given, plan.word, lands, watch)
        failing = result.margin <= 0
        bad = failing | _wide(plan, result, len(given.state))
        bad &= ~given.is_start
        stuck = failing & (given.is_start | (depth == plan.cuts))
        if stuck.any():
            place = np.flatnonzero(stuck)[:1]
            yield Open("what is owed does not follow", int(given.state[place[0]]), given.boxes.take(place))
            return
        if depth == plan.cuts:
            bad[:] = False
        kept = np.flatnonzero(~bad[result.images.source])
        yield taken(result.images, kept)
        if bad.any():
            rows = np.flatnonzero(bad)
            cut = _chosen(plan, given, result, rows)
            inner = []
            for row, coordinate, at in zip(rows, cut.coordinate, cut.at, strict=True):
                tree = trees[row]
                tree.coordinate, tree.at, tree.parts = int(coordinate), float(at), (Tree(), Tree())
                inner.append(tree.parts)
            for side, half in enumerate(halves(given.take(rows), cut)):
                todo.append((half, [parts[side] for parts in inner], depth + 1))


def _wide(plan: Plan, result: Followed, count: int) -> np.ndarray:
    wide = np.zeros(count, dtype=bool)
    np.logical_or.at(wide, result.images.source, result.images.width.max(axis=1, initial=0.0) > plan.wide)
    return wide


class Cuts(NamedTuple):
    """Where N sources are cut: coordinates of c first, then those of o."""

    coordinate: Integers
    at: Floats


def _chosen(plan: Plan, sources: Sources, result: Followed, rows: Integers) -> Cuts:
    """For the sources of these rows the coordinate that has most to do with what is bad."""
    images = result.images
    hidden = images.width.shape[1]
    by_width = np.zeros((len(sources.state), 2 * hidden))
    shares = np.where((images.width > plan.wide)[:, None, :], images.shares, 0.0).max(axis=2)
    np.maximum.at(by_width, images.source, shares)
    failing = result.margin <= 0
    by_demand = 10.0 * result.shares / np.maximum(result.shares.max(axis=1, keepdims=True), 1e-300)
    score = np.where(failing[:, None], by_demand, by_width)[rows]
    boxes = sources.boxes.take(rows)
    c_width = np.minimum(boxes.c_high - boxes.c_low, 2.0)
    seen = np.tanh(boxes.c_high) - np.tanh(boxes.c_low) + 0.05 * c_width
    width = np.hstack([np.minimum(c_width, seen), boxes.o_high - boxes.o_low])
    score = (score + 1e-3 * width / plan.pitch) * (width > 1e-9)
    coordinate = score.argmax(axis=1)
    low, high = np.hstack([boxes.c_low, boxes.o_low]), np.hstack([boxes.c_high, boxes.o_high])
    each = np.arange(len(rows))
    return Cuts(coordinate, _middle(low[each, coordinate], high[each, coordinate]))


def halves(sources: Sources, cut: Cuts) -> tuple[Sources, Sources]:
    """The part of each source below its cut, and the part above."""
    boxes = sources.boxes
    hidden = boxes.c_low.shape[1]
    below, above = np.hstack([boxes.c_high, boxes.o_high]), np.hstack([boxes.c_low, boxes.o_low])
    each = np.arange(len(cut.at))
    below[each, cut.coordinate], above[each, cut.coordinate] = cut.at, cut.at
    first = sources._replace(boxes=Boxes(boxes.c_low, below[:, :hidden], boxes.o_low, below[:, hidden:]))
    second = sources._replace(boxes=Boxes(above[:, :hidden], boxes.c_high, above[:, hidden:], boxes.o_high))
    return first, second


def _middle(low: Floats, high: Floats) -> Floats:
    """Where to cut: halfway in asinh, and where a side is infinite halfway in tanh."""
    between = np.sinh(0.5 * (np.arcsinh(np.clip(low, -1e4, 1e4)) + np.arcsinh(np.clip(high, -1e4, 1e4))))
    squashed = np.arctanh(np.clip(0.5 * (np.tanh(low) + np.tanh(high)), -0.999999, 0.999999))
    found = np.where((low > -FAR) & (high < FAR), between, squashed)
    return np.clip(np.round(found / CUT_AT) * CUT_AT, low, high)


def start_sources(net: Net) -> Sources:
    count = net.symbols
    c = np.repeat(net.c[None, :], count, axis=0)
    boxes = Boxes(c - 1e-12 * np.abs(c), c + 1e-12 * np.abs(c), np.zeros_like(c), np.ones_like(c))
    return Sources(boxes, np.ones(count, dtype=bool), np.zeros(count, dtype=np.int64), np.arange(count))


def node_sources(net: Net, nodes: Nodes) -> Iterator[Sources]:
    count = len(nodes.state)
    rows, symbols = np.repeat(np.arange(count), net.symbols), np.tile(np.arange(net.symbols), count)
    # Forms take 12 H^2 numbers for each box.
    most = max(4, min(MOST_AT_ONCE, 3_000_000 // (12 * net.hidden**2)))
    for begin in range(0, len(rows), most):
        part = slice(begin, begin + most)
        boxes, state = nodes.boxes.take(rows[part]), nodes.state[rows[part]]
        yield Sources(boxes, np.zeros(len(state), dtype=bool), state, symbols[part])


def taken(images: Images, rows: Integers) -> Images:
    source, state, last, boxes, width, shares = images
    return Images(source[rows], state[rows], last[rows], boxes.take(rows), width[rows], shares[rows])
