"""What cells hold while a spec counts, guessed from runs in floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.proofs.counting import counting
from lstmsolve.kernel.proofs.horizons import Counter, Target
from lstmsolve.simulator.activations import sigmoid
from lstmsolve.smooth.counting.machine import Machine
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Integers, Net, Table
from lstmsolve.smooth.runs import Points, advance, origin

WALKS: Final = 400
STEPS: Final = 48
AGAIN: Final = 0.8
"""How often a walk stays with its symbol, so that counters get far."""
CLOSE: Final = 0.3
"""What a cell may be off, in units of its factor, to be taken for one that follows."""
STEEP: Final = 0.02
HOLDS: Final = 1.0 - 1e-6
"""A forget gate from here on is one that is to hold a number."""


class Seen(NamedTuple):
    """N joint states of runs: the spec's state [N], c [N, H], and the forget gates of the step before [N, H]."""

    state: Integers
    c: Floats
    f: Floats


@dataclass(frozen=True, slots=True)
class Guess:
    """What a cell follows."""

    unit: int
    counter: int | None
    targets: tuple[Target | None, ...]
    """In each state of the machine."""


def seen(net: Net) -> Seen:
    """States of random walks that keep to what is promised."""
    random = np.random.default_rng(0)
    legal = net.next >= 0
    first = origin(net)
    points = Points(np.repeat(first.c, WALKS, 0), np.repeat(first.h, WALKS, 0), np.zeros(WALKS, dtype=np.int64))
    last = np.full(WALKS, -1)
    states, cells, gates = [first.state], [first.c], [np.zeros_like(first.c)]
    for _ in range(STEPS):
        open_ = legal[points.state]
        alive = open_.any(axis=1)
        points, last, open_ = points.take(np.flatnonzero(alive)), last[alive], open_[alive]
        if not len(last):
            break
        drawn = np.where(open_, random.random(open_.shape), -1.0).argmax(axis=1)
        again = (last >= 0) & open_[np.arange(len(last)), last] & (random.random(len(last)) < AGAIN)
        last = np.where(again, last, drawn)
        f = sigmoid(points.h @ net.u[: net.hidden].T + net.bias[last][:, : net.hidden])
        points, _ = advance(net, points, last)
        states.append(points.state)
        cells.append(points.c)
        gates.append(f)
    return Seen(np.concatenate(states), np.concatenate(cells), np.concatenate(gates))


def guesses(machine: Machine, table: Table, found: Seen, holding: bool) -> list[Guess]:
    """The cells that follow a counter, and with `holding` those that hold numbers as well."""
    groups: dict[object, list[int]] = {}
    keys = [counting(machine.counters, registers).key[0] for registers in table.states]
    for row, state in enumerate(found.state.tolist()):
        groups.setdefault(keys[state], []).append(row)
    rows = {key: np.array(group) for key, group in groups.items()}
    values = np.array([[_value(registers, counter) for counter in machine.counters] for registers in table.states])
    guessed = []
    for unit in range(found.c.shape[1]):
        c = found.c[:, unit]
        slope = _slope(c, values[found.state], rows)
        if slope is None and not (holding and (found.f[:, unit] > HOLDS).any()):
            continue
        place, factor = slope or (None, Fraction(0))
        v = np.zeros(len(c)) if place is None else values[found.state, place]
        at = {key: _target(c[group], v[group], factor) for key, group in rows.items()}
        guessed.append(Guess(unit, place, tuple(at.get(state.key[0]) for state in machine.states)))
    return guessed


def _value(registers: Mapping[str, object], counter: Counter) -> float:
    value = registers[counter.register]
    assert isinstance(value, Affine)
    return float(value.constant)


def _slope(c: Floats, values: Floats, rows: Mapping[object, Integers]) -> tuple[int, Fraction] | None:
    """The counter that a cell follows somewhere, and how steeply."""
    best: tuple[int, int, Fraction] | None = None
    for group in rows.values():
        for place in range(values.shape[1]):
            v = values[group, place]
            distinct = len(np.unique(v))
            if distinct < 4:
                continue
            factor, offset = np.polyfit(v, c[group], 1)
            off = np.abs(c[group] - factor * v - offset).max()
            if abs(factor) > STEEP and off < CLOSE * abs(factor) and (best is None or distinct > best[0]):
                best = distinct, place, _simple(float(factor))
    return None if best is None else best[1:]


def _target(c: Floats, v: Floats, factor: Fraction) -> Target | None:
    for slope in dict.fromkeys((factor, Fraction(0))):
        rest = c - float(slope) * v
        if np.ptp(rest) < 2 * CLOSE * (abs(float(slope)) or 1.0):
            return Target(slope, _simple(float(0.5 * (rest.min() + rest.max()))))
    return None


def _simple(value: float) -> Fraction:
    """A simple fraction where the value is one within errors of floats, else the value in 40 bits."""
    simple = Fraction(value).limit_denominator(64)
    return simple if abs(float(simple) - value) < 1e-9 else Fraction(round(value * 2**40), 2**40)
