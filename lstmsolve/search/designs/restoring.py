"""Few units that restore: codes and thresholds from z3, then the weights that hear least of errors.

z3 takes any weights that do. The codes are kept, and for each gate those weights are looked for whose
arguments are on the same sides where that matters, and whose Σ |u| is least: so much of what other
units are off by comes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from lstmsolve.encoder import WRITING, NoDesign, Restoring, RestoringAnswer, RestoringQuery, Shape, Undecided
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Gate, Parameter, Vector
from lstmsolve.search.polish.highs import Rows

RESTORING: Final = "lstmsolve.search.designs.restoring:restoring"
"""What a worker runs on a `RestoringQuery`. Importing it imports numpy, running it z3."""

ATTEMPTS: Final = 3
"""With other seeds: how long z3 takes for the same question differs by a factor of a hundred."""
MOST_AT_ONCE: Final = 24
"""Of more states only lines with codes of 0 and 1 are asked for: the rest is too much for z3."""
LARGEST: Final = 1e4
SMALL: Final = 1e-3
"""What |w|, |b| and |d| cost beside |u| and |V|."""
GRAIN: Final = 2520
"""Weights are multiples of 1 over this."""


class _Row(NamedTuple):
    """`Σ factor weight >= least`."""

    terms: Mapping[Parameter, Fraction]
    least: Fraction

    def holds(self, weights: Mapping[Parameter, Fraction]) -> bool:
        return sum(factor * weights.get(place, ZERO) for place, factor in self.terms.items()) >= self.least


def restoring(query: RestoringQuery) -> RestoringAnswer:
    """Codes, and weights that hear little of errors; NoDesign where no codes do."""
    from lstmsolve.encoder.restoring import restoring as by_z3

    everything = Shape((query.hidden,), True)
    left = list(shapes(len(query.next), query.hidden))
    for attempt in range(ATTEMPTS):
        open_ = []
        for shape in left:
            answer = by_z3(replace(query, seed=query.seed + attempt), shape)
            if isinstance(answer, Restoring):
                return replace(answer, weights=quiet(query, answer))
            if isinstance(answer, Undecided):
                open_.append(shape)
            elif shape == everything:
                return NoDesign()
        left = open_
    return Undecided(f"z3 was asked up to {ATTEMPTS} times")


def shapes(states: int, hidden: int) -> Iterator[Shape]:
    """What is asked for, the quickest first. The last takes in all others, where it is asked for at all.

    Counters and shift registers are lines of units that hear themselves and those beyond, some with a pair in the end.
    Where 0 and 1 are enough, codes are found many times sooner.
    """
    line, paired = (1,) * hidden, (1,) * (hidden - 2) + (2,)
    unsigned, few = 2**hidden >= states - 1, states <= MOST_AT_ONCE
    if unsigned and hidden > 1:
        yield Shape(line, False)
    if unsigned and hidden > 2:
        yield Shape(paired, False)
    if few and hidden > 2:
        yield Shape(paired, True)
    if few and unsigned:
        yield Shape((hidden,), False)
    if few:
        yield Shape((hidden,), True)


def quiet(query: RestoringQuery, found: Restoring) -> dict[Parameter, Fraction]:
    """Weights for the same codes: of each gate and of the layer those that hear least, or z3's own."""
    weights = dict(found.weights)
    for unit in range(query.hidden):
        for rows in _gates(query, found, unit).values():
            weights |= _least(rows) or {}
    if query.shown is None:
        weights |= _least(list(_outputs(query, found.codes))) or {}
    return weights


def _gates(query: RestoringQuery, found: Restoring, unit: int) -> dict[Gate, list[_Row]]:
    """What is asked of the gates of a unit."""
    rows: dict[Gate, list[_Row]] = {gate: [] for gate in WRITING}
    for code, symbol, target in _steps(query, found.codes):
        wanted = found.codes[target][unit]
        argument = _arguments(unit, code, query.columns[symbol])
        if wanted:
            for gate, side in zip(WRITING, (1, wanted, 1), strict=True):
                rows[gate].append(_Row(argument(gate, side), ONE))
            continue
        closing = (_Row(argument(gate, -1), ONE) for gate in (Gate.INPUT, Gate.OUTPUT))
        for gate, row in zip((Gate.INPUT, Gate.OUTPUT), closing, strict=True):
            if row.holds(found.weights):
                rows[gate].append(row)
    return rows


def _arguments(unit: int, code: Sequence[int], x: Vector) -> Callable[[Gate, int], dict[Parameter, Fraction]]:
    """Of a gate of the unit, times a side."""

    def argument(gate: Gate, side: int) -> dict[Parameter, Fraction]:
        terms = {Parameter("b", gate, unit): Fraction(side)}
        terms |= {Parameter("w", gate, unit, column): side * value for column, value in enumerate(x)}
        return terms | {Parameter("u", gate, unit, other): Fraction(side * bit) for other, bit in enumerate(code)}

    return argument


def _outputs(query: RestoringQuery, codes: Mapping[int, tuple[int, ...]]) -> Iterator[_Row]:
    """What is owed of z, with 1 to spare."""
    for state, code in codes.items():
        for demand in query.owed[state]:
            terms: dict[Parameter, Fraction] = {}
            for output, sign in demand.terms:
                terms[Parameter("d", None, output)] = Fraction(sign)
                terms |= {Parameter("V", None, output, unit): Fraction(sign * bit) for unit, bit in enumerate(code)}
            yield _Row(terms, demand.bound.constant + 1)


def _steps(query: RestoringQuery, codes: Mapping[int, tuple[int, ...]]) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """The code before each step, the symbol, and the state after it."""
    yield from (((0,) * query.hidden, symbol, target) for symbol, target in enumerate(query.next[0]))
    for state, code in codes.items():
        yield from ((code, symbol, target) for symbol, target in enumerate(query.next[state]))


def _least(rows: Sequence[_Row]) -> dict[Parameter, Fraction] | None:
    """Weights that meet the rows, with the least Σ |u|; None if rounding spoils them."""
    places = sorted({place for row in rows for place in row.terms}, key=lambda place: place.name)
    columns = {place: number for number, place in enumerate(places)}
    count = len(places)
    program = Rows(2 * count)  # each weight is a difference of two numbers that are at least 0
    for row in rows:
        parts: dict[int, float] = {}
        for place, factor in row.terms.items():
            if factor:
                parts[columns[place]], parts[columns[place] + count] = float(factor), -float(factor)
        program.at_least(parts, float(row.least))
    cost = np.tile([1.0 if place.matrix in ("u", "V") else SMALL for place in places], 2)
    zeros = np.zeros(2 * count)
    solution = program.least(cost, zeros, np.full(2 * count, LARGEST), zeros.astype(np.int32), 0)
    if solution is None:
        return None
    found = {
        place: Fraction(round((solution[number] - solution[number + count]) * GRAIN), GRAIN)
        for place, number in columns.items()
    }
    return found if all(row.holds(found) for row in rows) else None
