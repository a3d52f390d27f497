"""Weights and boxes moved down the slopes of what is missing (Adam, Kingma & Ba 2015), several nets at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from lstmsolve.model.watch import Watch
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Net
from lstmsolve.smooth.repairing.classes import Classes, centres
from lstmsolve.smooth.repairing.intervals import Point, Ways

NETS: Final = 8
"""Side by side. The first starts at the given weights, the others ever further from them."""
AWAY: Final = 0.5
"""How far the last one starts, in each weight."""

WITHIN: Final = 3.0
"""Centres of c at the start: tanh is flat further out, and a cell that has drifted there need not go on."""
RADIUS: Final = 0.2
LEAST_RADIUS: Final = 0.1
"""No box gets narrower: the slopes that tell weights how to contract are as small as the box."""
MOST_RADIUS: Final = 50.0
LEAST_SPREAD: Final = 0.05
MOST_SPREAD: Final = 150.0

HOLD: Final = 1e-4
"""How strongly weights are drawn back to where they were, at first; from halfway on no more."""

MEAN: Final = 0.9
SQUARES: Final = 0.99
SLOWEST: Final = 0.05
"""The rate at the end, as a part of the rate at first."""


@dataclass(frozen=True, slots=True)
class Course:
    """How long weights are moved, and how far in a step at first."""

    steps: int
    rate: float


class Numbers(NamedTuple):
    """The weights of a cell, gates in the order f, i, g, o."""

    u: Floats
    """[4H, H]"""
    w: Floats
    """[4H, D]"""
    b: Floats
    """[4H]"""

    def towards(self, other: Numbers, share: float) -> Numbers:
        """So far on the way to others."""
        return Numbers(*(here + share * (there - here) for here, there in zip(self, other, strict=True)))


class Moved(NamedTuple):
    numbers: Numbers
    missing: float
    """The sum of squares that is left."""


def tuned(
    net: Net, given: Numbers, columns: Floats, classes: Classes, course: Course, seed: tuple[int, int], watch: Watch
) -> list[Moved]:
    """The nets after the course, those first of which least is missing.

    Raises:
        LimitReached: the time is up.
    """
    ways = Ways(net, classes, columns)
    at = _start(net, given, classes, seed)
    means = [np.zeros_like(part) for part in at]
    squares = [np.zeros_like(part) for part in at]
    for step in range(1, course.steps + 1):
        watch.check()
        excess = ways.excess(at)
        if (excess.worst <= 0.0).any():
            break
        done = step / course.steps
        hold = HOLD * max(0.0, 1.0 - 2.0 * done)
        rate = course.rate * min(1.0, max(SLOWEST, 2.0 - 2.0 * done + SLOWEST))
        moved = []
        for place, (part, slope) in enumerate(zip(at, excess.slopes, strict=True)):
            pulled = slope + 2.0 * hold * (part - given[place]) if place < len(given) else slope
            means[place] = MEAN * means[place] + (1.0 - MEAN) * pulled
            squares[place] = SQUARES * squares[place] + (1.0 - SQUARES) * pulled**2
            mean, square = means[place] / (1.0 - MEAN**step), squares[place] / (1.0 - SQUARES**step)
            moved.append(part - rate * mean / (np.sqrt(square) + 1e-8))
        at = _bounded(Point(*moved))
    total = ways.excess(at).total
    order = np.argsort(total, kind="stable")
    return [Moved(Numbers(at.u[place], at.w[place], at.b[place]), float(total[place])) for place in order]


def _start(net: Net, given: Numbers, classes: Classes, seed: tuple[int, int]) -> Point:
    c, o = centres(net, classes)
    radius, spread = np.full_like(c, np.log(RADIUS)), np.zeros_like(o)
    c = np.clip(c, -WITHIN, WITHIN)
    random = np.random.default_rng(seed)
    away = AWAY * np.arange(NETS) / (NETS - 1)

    def several(part: Floats, moved: bool = True) -> Floats:
        repeated = np.repeat(part[None], NETS, axis=0)
        if not moved:
            return repeated
        return repeated + away.reshape(-1, *[1] * part.ndim) * random.standard_normal(repeated.shape)

    u, w, b = (several(part) for part in given)
    return Point(u, w, b, several(c), several(radius, False), several(o), several(spread, False))


def _bounded(at: Point) -> Point:
    return at._replace(
        c_radius=np.clip(at.c_radius, np.log(LEAST_RADIUS), np.log(MOST_RADIUS)),
        o_radius=np.clip(at.o_radius, np.log(LEAST_SPREAD), np.log(MOST_SPREAD)),
    )
