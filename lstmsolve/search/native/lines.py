"""States in order on a line, and which unit says what: annealed, for the weights that `search.built.lines` makes.

Each unit has one turn on each input: a group of neighbouring states. What is minimised is how many replies come out
wrong, with the best groups for every input (dynamic programming over sets of units). Kirkpatrick, Gelatt & Vecchi 1983.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from lstmsolve.search.native.compiled import compiled

Table: TypeAlias = npt.NDArray[np.int64]

HOTTEST: Final = 0.8
COLDEST: Final = 0.15
"""Temperatures, in replies."""

NEVER: Final = 1 << 20
"""Wrong replies where no groups do."""

PENALTY: Final = 12
"""What an input for which no groups do counts, in wrong replies."""


class Placed(NamedTuple):
    """Where a line has its states and its units say what."""

    order: Table
    """[N]: states along the line."""
    rank: Table
    """[R]: where each reply stands in the order in which units say them."""
    cuts: Table
    """[H, R - 1], ascending: a unit says the reply of the next rank at targets beyond each."""
    wrong: int


def placed(moves: Table, said: Table, replies: int, units: int, seed: int, rounds: int) -> Placed:
    """The best line after so many rounds; state 0 stays the first. `moves`, `said` [N, K], -1 where anything does."""
    order, rank, cuts, wrong = _anneal(moves, said, replies, units, seed, rounds, HOTTEST, COLDEST)
    return Placed(order, rank, cuts, int(wrong))


@compiled
def _anneal(
    moves: Any, said: Any, replies: int, units: int, seed: int, rounds: int, hottest: float, coldest: float
) -> Any:
    np.random.seed(seed)
    states, inputs = moves.shape
    order = np.arange(states)
    order[1:] = np.random.permutation(states - 1) + 1
    rank = np.random.permutation(replies)
    cuts = np.random.randint(0, states + 1, (units, replies - 1))
    for unit in range(units):
        cuts[unit].sort()
    targets = np.empty((inputs, states + 1), np.int64)
    owed = np.empty((inputs, states + 1), np.int64)
    least = np.empty((states + 2, 1 << units), np.int64)
    errors = np.empty((units, states + 2), np.int64)
    now = _wrong(moves, said, order, rank, cuts, targets, owed, least, errors, NEVER)
    best = now
    best_order, best_rank, best_cuts = order.copy(), rank.copy(), cuts.copy()
    for number in range(rounds):
        if best == 0:
            break
        old_order, old_rank, old_cuts = order.copy(), rank.copy(), cuts.copy()
        _move(order, rank, cuts)
        heat = hottest * (coldest / hottest) ** (number / rounds)
        most = now - heat * np.log(np.random.random() + 1e-12)
        after = _wrong(moves, said, order, rank, cuts, targets, owed, least, errors, most)
        if after <= most:
            now = after
            if now < best:
                best = now
                best_order, best_rank, best_cuts = order.copy(), rank.copy(), cuts.copy()
        else:
            order, rank, cuts = old_order, old_rank, old_cuts
    return best_order, best_rank, best_cuts, best


@compiled
def _move(order: Any, rank: Any, cuts: Any) -> None:
    """One state elsewhere, two states or replies exchanged, or a cut moved."""
    states, units, replies = len(order), cuts.shape[0], len(rank)
    kind = np.random.random()
    if kind < 0.35 and states > 2:
        a, b = 1 + np.random.randint(states - 1), 1 + np.random.randint(states - 1)
        state = order[a]
        if kind < 0.17:
            order[a] = order[b]
        else:
            step = 1 if a < b else -1
            for place in range(a, b, step):
                order[place] = order[place + step]
        order[b] = state
    elif kind < 0.38:
        a, b = np.random.randint(replies), np.random.randint(replies)
        rank[a], rank[b] = rank[b], rank[a]
    else:
        unit, cut = np.random.randint(units), np.random.randint(replies - 1)
        if kind < 0.6:
            cuts[unit, cut] = np.random.randint(states + 1)
        elif kind < 0.8:
            cuts[unit, cut] = min(states, max(0, cuts[unit, cut] + np.random.randint(-1, 2)))
        else:
            for other in range(replies - 1):
                cuts[unit, other] = np.random.randint(states + 1)
        cuts[unit].sort()


@compiled
def _wrong(
    moves: Any,
    said: Any,
    order: Any,
    rank: Any,
    cuts: Any,
    targets: Any,
    owed: Any,
    least: Any,
    errors: Any,
    most: float,
) -> int:
    """Wrong replies over all inputs; once they are more than `most`, not all of them."""
    states, inputs = moves.shape
    units = cuts.shape[0]
    points = states + 1
    where = np.empty(states, np.int64)
    for place in range(states):
        where[order[place]] = place + 1
    total = 0
    for x in range(inputs):
        for place in range(points):
            state = order[max(0, place - 1)]
            targets[x, place] = where[moves[state, x]] if moves[state, x] >= 0 else -1
            owed[x, place] = rank[said[state, x]] if said[state, x] >= 0 else -1
        total += _wrong_on(targets[x], owed[x], cuts, points, units, least, errors)
        if total > most:
            break
    return total


@compiled
def _wrong_on(targets: Any, owed: Any, cuts: Any, points: int, units: int, least: Any, errors: Any) -> int:
    """Wrong replies on one input with the best groups. `least` [N + 2, 2^H] and `errors` [H, N + 2] are room."""
    for unit in range(units):
        errors[unit, 0] = 0
        for place in range(points):
            bad = 0
            if owed[place] >= 0 and targets[place] >= 0:
                reply = 0
                for cut in range(cuts.shape[1]):
                    if targets[place] > cuts[unit, cut]:
                        reply += 1
                bad = 1 if reply != owed[place] else 0
            errors[unit, place + 1] = errors[unit, place] + bad
    sets = 1 << units
    least[:] = NEVER
    least[0, 0] = 0
    for first in range(points):
        if targets[first] < 0:
            for chosen in range(sets):
                least[first + 1, chosen] = min(least[first + 1, chosen], least[first, chosen])
        top = targets[first]
        inner = -1  # what the states strictly inside go to
        for end in range(first + 1, points + 1):
            last = targets[end - 1]
            if end - 1 > first + 1 and targets[end - 2] >= 0:
                if inner >= 0 and inner != targets[end - 2]:
                    break
                inner = targets[end - 2]
            top = max(top, last)
            if inner >= 0 and inner < top:
                break
            for unit in range(units):
                cost = errors[unit, end] - errors[unit, first]
                mine = 1 << unit
                for chosen in range(sets):
                    if chosen & mine == 0:
                        value = least[first, chosen] + cost
                        if value < least[end, chosen | mine]:
                            least[end, chosen | mine] = value
    best = PENALTY + points
    for chosen in range(sets):
        best = min(best, least[points, chosen])
    return best
