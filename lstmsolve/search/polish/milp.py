"""Among all weights that keep a map, the best ones: the simplest, or the most tolerant.

For each unit a mixed-integer program (HiGHS) chooses one way for every
requirement. *Simplest* is fewest nonzeros, then smallest, then plainest; integers are tried first,
in growing boxes. *Tolerant* is the widest margin. Whatever is not an integer is solved again as an
exact linear program over the chosen ways, which gives a rational vertex. *Dyadic* is simplest among
multiples of 1/2, 1/4, …, which floats hold. HiGHS works in floats, so the result is only a candidate:
the caller proves it, or keeps what it had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row
from lstmsolve.kernel.lstm.cells import Parameter, Weights, parameters
from lstmsolve.kernel.spec.problems import weight_names
from lstmsolve.linear.polyhedra import minimum, refute
from lstmsolve.model.floats import dyadic_quantum
from lstmsolve.obligations.weights.outputs import output_groups, output_requirements
from lstmsolve.obligations.weights.requirements import Condition, Requirement, unit_requirements
from lstmsolve.obligations.weights.simplify import tied
from lstmsolve.search.polish.highs import Rounds, Rows
from lstmsolve.search.polish.polishing import TOLERANT_BOX, Objective, PolishQuery

SMALL_BOXES: Final = (4, 64)
"""Bounds on |weight| that are tried in turn while every way is open."""

LARGE_BOXES: Final = (4096, 2**20)
"""Bounds tried for the ways of the design that was found: choosing among ways needs small boxes, as
the programs relax a way that is not taken by the box's size, and HiGHS computes in floats."""

MOST_WAYS: Final = 75
"""Programs with more ways than this are only polished along the ways of the design at hand."""

MOST_NODES: Final = 40
"""Of a search tree, so that the answer does not hang on how fast the machine is."""

MOST_DYADIC_NODES: Final = 400
"""The same, for weights that are no integers and yet no fractions that floats lack."""

GRIDS: Final = (1, 2, 4, 8)
"""Dyadic weights are multiples of 1 over these, tried in turn along the ways of the design at hand."""

ROOM: Final = Fraction(1, 16)
"""By how much a threshold that is to be passed is passed at least."""

_PLAINNESS: Final = {"w": 1, "b": 2, "u": 3, "V": 1, "d": 2}
"""Between equally many and equally large weights, inputs are plainer than biases, and these than feedback."""


def polish(query: PolishQuery) -> Weights | None:
    """The simplest weights found, or None if they could not be improved in every unit."""
    values: dict[Parameter, Fraction] = {}
    parts = [_unit_part(query, unit) for unit in range(query.cell.hidden)]
    parts += [_output_part(query, outputs) for outputs in output_groups(query.table, query.cell)]
    for part in parts:
        found = _polish_part(query, part)
        if found is None and part.places[0].gate is None:
            found = {place: query.found[place] for place in part.places}
        if found is None:
            return None
        values |= found
    return Weights.of(query.cell, values, query.initial)


@dataclass(frozen=True, slots=True)
class _Part:
    """Weights that have nothing to do with the others, and what they must satisfy."""

    places: list[Parameter]
    requirements: Sequence[Requirement]


def _unit_part(query: PolishQuery, unit: int) -> _Part:
    places = [place for place in parameters(query.cell) if place.gate is not None and place.unit == unit]
    return _Part(places, unit_requirements(query.table, query.cell, query.map, unit))


def _output_part(query: PolishQuery, outputs: Sequence[int]) -> _Part:
    places = [place for place in parameters(query.cell) if place.gate is None and place.unit in outputs]
    return _Part(places, [_closed(one) for one in output_requirements(query.table, query.cell, query.map, outputs)])


def _closed(requirement: Requirement) -> Requirement:
    """With room in place of `>`: 1 between outputs, which can be had by scaling, and little beside a number."""

    def closed(row: Row) -> Row:
        return Row(row.form - (ONE if not row.form.constant else ROOM)) if row.strict else row

    ways = (tuple(Condition(c.label, tuple(map(closed, c.rows))) for c in way) for way in requirement.ways)
    return replace(requirement, ways=tuple(ways))


def _polish_part(query: PolishQuery, part: _Part) -> dict[Parameter, Fraction] | None:
    program = _Program(query, part)
    taken = program.ways_taken(query.found)
    if query.objective is Objective.TOLERANT:
        attempts = [_Attempt(TOLERANT_BOX, 0, None), _Attempt(LARGE_BOXES[0], 0, taken)]
        return next((found for attempt in attempts if (found := program.most_tolerant(attempt)) is not None), None)
    if query.objective is Objective.DYADIC:
        own = {place: query.found[place] for place in part.places}
        finer = (_Attempt(box, grid, taken) for grid in GRIDS for box in SMALL_BOXES)
        known = None if dyadic_quantum([ONE, *own.values()]) is None else own
        return next((found for attempt in finer if (found := program.solved(attempt)) is not None), known)
    # The ways of the design at hand are quick to polish; with every way open it takes longer, and pays more.
    best: dict[Parameter, Fraction] | None = None
    for integer in (True,) if query.constraints.integer else (True, False):
        near = [_Attempt(box, int(integer), taken) for box in (*SMALL_BOXES, *LARGE_BOXES)]
        best = next((found for attempt in near if (found := program.solved(attempt)) is not None), None)
        # Only a search tree that was cut short finds nothing in a box where a design is known.
        boxes = SMALL_BOXES if best is None else SMALL_BOXES[:1]
        for box in boxes if integer and program.is_small else ():
            found = program.solved(_Attempt(box, int(integer), None))
            if found is not None:
                return found if best is None else min(found, best, key=_complexity)
        if best is not None:
            return best
    return best


def _complexity(values: Mapping[Parameter, Fraction]) -> tuple[Fraction, ...]:
    """Number of nonzeros, total size, plainness."""
    used = [place for place, value in values.items() if value]
    size = sum((abs(value) for value in values.values()), ZERO)
    return Fraction(len(used)), size, Fraction(sum(_PLAINNESS[place.matrix] for place in used))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One program: weights in [-box, box], multiples of 1/grid or any (0), by these ways or by any."""

    box: int
    grid: int
    ways: list[int] | None


class _Program:
    """The mixed-integer program of one part: weights, a Boolean for each condition and for each way."""

    def __init__(self, query: PolishQuery, part: _Part) -> None:
        self._query = query
        self._rounds = Rounds(query.rounds)
        names = weight_names(query.cell)
        fixed = {names[name]: value for name, value in query.constraints.fixed.items()}
        self._places = part.places
        self._fixed = {place: value for place, value in fixed.items() if place in part.places}
        self._index = {place.name: i for i, place in enumerate(self._places)}
        self._conditions: dict[tuple[Row, ...], int] = {}
        self._ways: list[list[int]] = []
        self._grid = 1
        """The column of a weight holds the weight times this."""
        self._tied: frozenset[str] = frozenset()
        """Weights that no margin is asked for, because they cannot move at all."""
        self._choices: list[list[int]] = []
        for requirement in part.requirements:
            choice = [self._way(way) for way in requirement.ways]
            if choice not in self._choices:
                self._choices.append(choice)

    def _way(self, way: Sequence[Condition]) -> int:
        members = [self._conditions.setdefault(condition.rows, len(self._conditions)) for condition in way]
        if members not in self._ways:
            self._ways.append(members)
        return self._ways.index(members)

    def _holding(self, values: Mapping[Parameter, Fraction]) -> set[int]:
        """The conditions that these weights satisfy, exactly."""
        point = {place.name: values[place] for place in self._places}
        return {number for rows, number in self._conditions.items() if all(row.holds_at(point) for row in rows)}

    @property
    def is_small(self) -> bool:
        """Can it pay to leave every way open?"""
        return len(self._ways) <= MOST_WAYS

    def ways_taken(self, weights: Weights) -> list[int]:
        """For every requirement, the first way that these weights go, or the only one there is."""
        if all(len(choice) == 1 for choice in self._choices):
            return [way for (way,) in self._choices]
        holding = self._holding(weights.values())
        return [self._first_way(choice, holding) for choice in self._choices]

    def is_met(self, values: Mapping[Parameter, Fraction]) -> bool:
        """Do these weights go some way of every requirement, exactly?"""
        holding = self._holding(values)
        return all(any(holding.issuperset(self._ways[way]) for way in choice) for choice in self._choices)

    def solved(self, attempt: _Attempt) -> dict[Parameter, Fraction] | None:
        """The best weights of an attempt, if they stand up to exact arithmetic."""
        found = self._solve(attempt.box, attempt.grid, attempt.ways)
        return found if found is not None and self.is_met(found) else None

    def most_tolerant(self, attempt: _Attempt) -> dict[Parameter, Fraction] | None:
        """The weights with the widest margin around all that can move."""
        while (found := self.solved(attempt)) is not None:
            holding = self._holding(found)
            taken = {m for choice in self._choices for m in self._ways[self._first_way(choice, holding)]}
            rows = [row for rows, number in self._conditions.items() if number in taken for row in rows]
            more = tied(rows) - self._tied
            if not more:
                break
            self._tied |= more
        return found

    def _first_way(self, choice: list[int], holding: set[int]) -> int:
        return next(way for way in choice if holding.issuperset(self._ways[way]))

    def _margin_of(self, row: Row, condition: tuple[Row, ...]) -> Fraction:
        """What a margin of 1 around every weight that can move takes from a row."""
        if Row(-row.form) in condition:
            return ZERO  # half of an equation
        return sum((abs(factor) for name, factor in row.form.terms if name not in self._tied), ZERO)

    def _solve(self, box: int, grid: int, ways: list[int] | None) -> dict[Parameter, Fraction] | None:
        count, self._grid = len(self._places), max(grid, 1)
        layout = _Layout(count, len(self._conditions), len(self._ways))
        rows = Rows(layout.size)
        low, high = layout.bounds(box)
        if ways is None:
            self._add_choices(rows, layout, box)
        else:
            forced = {member for way in ways for member in self._ways[way]}
            for number in range(len(self._conditions)):
                low[layout.condition(number)] = high[layout.condition(number)] = float(number in forced)
            for condition, number in self._conditions.items():
                for row in condition if number in forced else ():
                    rows.at_least(self._terms(row, condition, layout), -float(row.form.constant))
        for i in range(count):
            for sign in (1.0, -1.0):
                rows.at_least({layout.size_of(i): 1.0, i: sign / self._grid}, 0.0)
            rows.at_least({layout.used(i): float(box), layout.size_of(i): -1.0}, 0.0)

        constraints = self._query.constraints
        if constraints.low is not None:
            low[:count] = np.maximum(low[:count], float(constraints.low))
        if constraints.high is not None:
            high[:count] = np.minimum(high[:count], float(constraints.high))
        for i, place in enumerate(self._places):
            if place in self._fixed:
                low[i] = high[i] = float(self._fixed[place])
        if np.any(low > high):
            return None
        low[:count] *= self._grid
        high[:count] *= self._grid
        free = np.array([place not in self._fixed for place in self._places])
        tolerant = self._query.objective is Objective.TOLERANT
        high[layout.margin] = box if tolerant else 0.0
        costs = [_unit_cost(layout, layout.margin, -1.0)] if tolerant else self._costs_of_simplicity(layout, box)
        solution = self._lexicographic(costs, rows, (low, high), layout.integrality(grid > 0, free))
        if solution is None:
            return None
        if grid:
            exact = {place: Fraction(round(solution[i]), grid) for i, place in enumerate(self._places)}
            return exact | self._fixed
        return self._exact(layout, solution, box)

    def _terms(self, row: Row, condition: tuple[Row, ...], layout: _Layout) -> dict[int, float]:
        """A row's factors, and what a margin of 1 around every weight would take from it."""
        terms = {self._index[name]: float(factor) / self._grid for name, factor in row.form.terms}
        room = self._margin_of(row, condition)
        return terms | {layout.margin: -float(room)} if room else terms

    def _add_choices(self, rows: Rows, layout: _Layout, box: int) -> None:
        """Some way of every requirement; a way needs its conditions, a condition its rows."""
        for condition, number in self._conditions.items():
            for row in condition:
                slack = float(box * sum(abs(factor) for _, factor in row.form.terms) + abs(row.form.constant))
                relaxed = {**self._terms(row, condition, layout), layout.condition(number): -2 * slack}
                rows.at_least(relaxed, -float(row.form.constant) - 2 * slack)
        columns = []
        for number, members in enumerate(self._ways):
            columns.append(layout.condition(members[0]) if len(members) == 1 else layout.way(number))
            for member in members if len(members) > 1 else ():
                rows.at_least({layout.condition(member): 1.0, layout.way(number): -1.0}, 0.0)
        for choice in self._choices:
            rows.at_least({columns[number]: 1.0 for number in choice}, 1.0)

    def _costs_of_simplicity(self, layout: _Layout, box: int) -> list[np.ndarray]:
        """Number of nonzeros, total size, plainness: at once in a small box, else one after the other."""
        costs = [np.zeros(layout.size) for _ in range(3)]
        for i, place in enumerate(self._places):
            costs[0][layout.used(i)] = 1.0
            costs[1][layout.size_of(i)] = 1.0
            costs[2][layout.used(i)] = float(_PLAINNESS[place.matrix])
        if box not in SMALL_BOXES:
            return costs
        count = len(self._places)
        return [(box * count + 1) * costs[0] + costs[1] + costs[2] / (max(_PLAINNESS.values()) * count + 1)]

    def _lexicographic(
        self, costs: list[np.ndarray], rows: Rows, bounds: tuple[np.ndarray, np.ndarray], integrality: np.ndarray
    ) -> np.ndarray | None:
        """The least of the first cost, among these the least of the second, and so on."""
        best: np.ndarray | None = None
        for cost in costs:
            nodes = MOST_DYADIC_NODES if self._query.objective is Objective.DYADIC else MOST_NODES
            found = rows.least(cost, *bounds, integrality, nodes, self._rounds)
            if found is None:
                return best
            best = found
            used = {int(i): -float(cost[i]) for i in np.flatnonzero(cost)}
            rows.at_least(used, -float(cost @ best) - 1e-6)
        return best

    def _exact(self, layout: _Layout, solution: np.ndarray, box: int) -> dict[Parameter, Fraction] | None:
        """Rational weights for the conditions that were chosen: of the widest margin, if any, then of least size."""
        margin, names = Affine.variable("margin"), {place: Affine.variable(place.name) for place in self._places}
        tolerant = self._query.objective is Objective.TOLERANT
        rows: list[Row] = [] if tolerant else [Row(margin), Row(-margin)]
        for condition, number in self._conditions.items():
            if solution[layout.condition(number)] > 0.5:
                room = [self._margin_of(row, condition) for row in condition]
                rows += [Row(row.form - margin * size) for row, size in zip(condition, room, strict=True)]
        low, high = self._query.constraints.low, self._query.constraints.high
        for i, (place, weight) in enumerate(names.items()):
            size = Affine.variable(f"|{place.name}|")
            unused = None if tolerant or solution[layout.used(i)] > 0.5 else Fraction(0)
            value = self._fixed.get(place, unused)
            rows += [Row(size + weight), Row(size - weight)]
            rows += [] if value is None else [Row(weight - value), Row(-weight + value)]
            rows.append(Row(weight - (-box if low is None else low)))
            rows.append(Row(-weight + (box if high is None else high)))
        if refute(rows) is not None:
            return None
        widest = minimum(rows, -margin)
        rows += [] if widest is None else [Row(margin + widest[0])]
        found = minimum(rows, Affine.of({f"|{place.name}|": ONE for place in self._places}))
        assert found is not None
        return {place: found[1].get(place.name, Fraction(0)) for place in self._places}


def _unit_cost(layout: _Layout, column: int, value: float) -> np.ndarray:
    cost = np.zeros(layout.size)
    cost[column] = value
    return cost


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of the program: weights, their sizes, whether each is used, conditions, ways, the margin."""

    weights: int
    conditions: int
    ways: int

    @property
    def size(self) -> int:
        return self.margin + 1

    def size_of(self, i: int) -> int:
        return self.weights + i

    def used(self, i: int) -> int:
        return 2 * self.weights + i

    def condition(self, number: int) -> int:
        return 3 * self.weights + number

    def way(self, number: int) -> int:
        return 3 * self.weights + self.conditions + number

    @property
    def margin(self) -> int:
        return 3 * self.weights + self.conditions + self.ways

    def bounds(self, box: int) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.zeros(self.size), np.ones(self.size)
        low[: self.weights], high[: 2 * self.weights] = -box, box
        return low, high

    def integrality(self, integer: bool, free: np.ndarray) -> np.ndarray:
        kinds = np.ones(self.size)
        kinds[: self.weights] = np.where(free, float(integer), 0.0)
        kinds[self.weights : 2 * self.weights] = 0.0
        kinds[self.margin] = 0.0
        return kinds
