"""Given the map, what each unit's weights must satisfy: the obligations as alternatives of rows.

With the refinement map fixed, units no longer depend on one another, and on every transition a
unit has a few ways to get its c right and a few to get its h right. Each way is a conjunction of
conditions on single gates (LOW, HIGH, equal to a form), and each of those is a set of linear rows
over the unit's weights. `search.polish` picks the simplest weights among all ways; `region` is
the union over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row, linear_sum
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Parameter, State
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.linear.generators import Generators, generators
from lstmsolve.linear.phases import Comparison, Corners
from lstmsolve.obligations.stepping.branching import follows
from lstmsolve.obligations.tables.maps import activated
from lstmsolve.obligations.tables.transitions import START, SpecMode, Transition, TransitionTable


class Part(Enum):
    CELL = "c"
    OUTPUT = "h"


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows over weights, and what they say."""

    label: str
    rows: tuple[Row, ...]


Alternative: TypeAlias = tuple[Condition, ...]
"""All of these together are one way."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """At least one way must hold: for one unit, one transition, and c or h."""

    transition: int
    part: Part
    ways: tuple[Alternative, ...]


@dataclass(frozen=True)
class Map:
    """The refinement map: c and h [H] in each mode, as forms over the mode's variables.

    A c of None may be anything: it is not shown in that mode and forgotten on leaving it.
    """

    c: Mapping[str, tuple[Affine | None, ...]]
    h: Mapping[str, tuple[Affine, ...]]

    @staticmethod
    def of(c: Mapping[str, tuple[Affine | None, ...]], h: Mapping[str, tuple[Affine, ...]], initial: State) -> Map:
        """The map with the initial state for the mode `start`."""
        first = tuple(Affine((), v) for v in initial.c), tuple(Affine((), v) for v in initial.h)
        return Map({**c, START: first[0]}, {**h, START: first[1]})


def unit_requirements(table: TransitionTable, cell: Cell, design: Map, unit: int) -> list[Requirement]:
    """What the weights of one unit must satisfy for the map to be kept on every transition.

    A requirement without ways cannot be met: no weights keep this map.
    """
    found: list[Requirement] = []
    for number, transition in enumerate(table.transitions):
        view = _View(table, cell, design, unit, transition)
        for part, ways in ((Part.CELL, view.cell_ways()), (Part.OUTPUT, view.output_ways())):
            possible = [way for way in ways if not any(_impossible(condition) for condition in way)]
            slim = [tuple(c for c in way if not _trivial(c)) for way in possible]
            if () not in slim:
                found.append(Requirement(number, part, tuple(dict.fromkeys(slim))))
    return found


class _View:
    """One unit on one transition."""

    def __init__(self, table: TransitionTable, cell: Cell, design: Map, unit: int, transition: Transition) -> None:
        self._cell = cell
        self._unit = unit
        self._region = transition.region
        self._names = sorted(transition.region.variables)
        self._shape: Generators = generators(transition.region.rows, self._names)
        self._x = transition.x
        self._h = [transition.region.bind(form) for form in design.h[transition.source]]
        before, form = design.c[transition.source][unit], design.c[transition.target][unit]
        target = table.modes[transition.target]
        self._least = None if form is None else _least(form, target, transition)
        shown = None if form is None else activated(cell.output, form, target)
        self._before = None if before is None else transition.region.bind(before)
        self._after = None if form is None else form.substitute(transition.values)
        self._shown = None if shown is None else shown.substitute(transition.values)
        self._said = design.h[transition.target][unit].substitute(transition.values)

    def cell_ways(self) -> Iterator[Alternative]:
        """The ways to get c' = f*c + i*g right."""
        if self._least is not None:
            yield from self._ways_to_reach(self._least)
        elif self._after is None:
            yield ()
        else:
            yield from self._ways_to(self._after)

    def _ways_to_reach(self, least: Fraction) -> Iterator[Alternative]:
        """The ways to keep c' at or above 0 or 1, for a cell whose every factor is at least 0."""
        if least <= 0:
            yield ()
            return
        if least <= 1:
            yield self.high(Gate.INPUT), self.high(Gate.CANDIDATE)
        if self._before is not None and follows(self._region, Row(self._before - least)) is not None:
            yield (self.high(Gate.FORGET),)

    def _ways_to(self, after: Affine) -> Iterator[Alternative]:
        """The ways to make c' this form."""
        if self._before is None:
            yield from self._written(after, (self.low(Gate.FORGET),))
            return
        if self._before.is_zero:
            yield from self._written(after, ())
            return
        yield from self._written(after, (self.low(Gate.FORGET),))
        yield from self._written(after - self._before, (self.high(Gate.FORGET),))
        if self._before.is_constant:
            yield from self._written_beside_linear(self._before.constant, after)

    def _written(self, rest: Affine, given: Alternative) -> Iterator[Alternative]:
        """The ways to get i*g = rest."""
        if rest.is_zero:
            yield (*given, self.low(Gate.INPUT))
            if self._cell.candidate is Activation.IDENTITY:
                yield (*given, self.equals({Gate.CANDIDATE: ONE}, rest))
            else:
                yield (*given, self.low(Gate.CANDIDATE))
            return
        if self._cell.candidate is Activation.IDENTITY:
            yield (*given, self.high(Gate.INPUT), self.equals({Gate.CANDIDATE: ONE}, rest))
            return
        if rest == Affine((), ONE):
            yield (*given, self.high(Gate.INPUT), self.high(Gate.CANDIDATE))
            return
        yield (*given, self.high(Gate.INPUT), self.linear(Gate.CANDIDATE), self.equals({Gate.CANDIDATE: ONE}, rest))
        yield (*given, self.linear(Gate.INPUT), self.high(Gate.CANDIDATE), self.equals({Gate.INPUT: ONE}, rest))

    def _written_beside_linear(self, before: Fraction, after: Affine) -> Iterator[Alternative]:
        """The ways in which f is LINEAR on a constant c: f*c is then linear in f's weights."""
        forget = (self.linear(Gate.FORGET),)
        kept = {Gate.FORGET: before}
        if self._cell.candidate is Activation.IDENTITY:
            yield (*forget, self.low(Gate.INPUT), self.equals(kept, after))
            yield (*forget, self.high(Gate.INPUT), self.equals({**kept, Gate.CANDIDATE: ONE}, after))
            return
        yield (*forget, self.low(Gate.INPUT), self.equals(kept, after))
        yield (*forget, self.low(Gate.CANDIDATE), self.equals(kept, after))
        yield (*forget, self.high(Gate.INPUT), self.high(Gate.CANDIDATE), self.equals(kept, after - ONE))
        for open_gate, linear_gate in ((Gate.INPUT, Gate.CANDIDATE), (Gate.CANDIDATE, Gate.INPUT)):
            both = self.equals({**kept, linear_gate: ONE}, after)
            yield (*forget, self.high(open_gate), self.linear(linear_gate), both)

    def output_ways(self) -> Iterator[Alternative]:
        """The ways to get h' = o*σ_o(c') right."""
        if self._least is not None:
            yield (self.low(Gate.OUTPUT) if self._said.is_zero else self.high(Gate.OUTPUT),)
            return
        if self._after is None:
            if self._said.is_zero:
                yield (self.low(Gate.OUTPUT),)
                yield from self._ways_to(Affine((), ZERO))
            return
        if self._shown is None:
            return
        if self._shown.is_zero:
            if self._said.is_zero:
                yield ()
            return
        if self._said.is_zero:
            yield (self.low(Gate.OUTPUT),)
            return
        if self._said == self._shown:
            yield (self.high(Gate.OUTPUT),)
            return
        if self._shown.is_constant:
            scaled = self.equals({Gate.OUTPUT: self._shown.constant}, self._said)
            yield (self.linear(Gate.OUTPUT), scaled)

    # --- conditions on single gates ----------------------------------------------------------

    def low(self, gate: Gate) -> Condition:
        return self._in_phase(gate, Phase.LOW)

    def high(self, gate: Gate) -> Condition:
        return self._in_phase(gate, Phase.HIGH)

    def linear(self, gate: Gate) -> Condition:
        return self._in_phase(gate, Phase.LINEAR)

    def _in_phase(self, gate: Gate, phase: Phase) -> Condition:
        corners = Corners.of(self._shape, lambda point: self._at(gate, point), lambda ray: self._slope(gate, ray))
        rows: list[Row] = []
        for value, comparison, bound in corners.within(phase):
            if comparison is not Comparison.AT_MOST:
                rows.append(Row(value - bound))
            if comparison is not Comparison.AT_LEAST:
                rows.append(Row(bound - value))
        return Condition(f"{gate.value} {phase.value}", tuple(dict.fromkeys(rows)))

    def equals(self, factors: Mapping[Gate, Fraction], form: Affine) -> Condition:
        """Σ factor * argument of the gate = form, everywhere on the region."""
        rows = []
        for name in (*self._names, None):
            total = linear_sum((self._coefficient(gate, name), factor) for gate, factor in factors.items())
            wanted = form.constant if name is None else form.coefficient(name)
            rows += [Row(total - wanted), Row(-total + wanted)]
        label = " + ".join(gate.value if factor == 1 else f"{factor}*{gate.value}" for gate, factor in factors.items())
        return Condition(f"{label} = {form}", tuple(dict.fromkeys(rows)))

    def _at(self, gate: Gate, point: tuple[Fraction, ...]) -> Affine:
        return self._slope(gate, point) + self._coefficient(gate, None)

    def _slope(self, gate: Gate, direction: tuple[Fraction, ...]) -> Affine:
        steps = zip(self._names, direction, strict=True)
        return linear_sum((self._coefficient(gate, name), step) for name, step in steps if step)

    def _coefficient(self, gate: Gate, name: str | None) -> Affine:
        """The coefficient of a region variable (None: the constant) in w x + u h + b, over the weights."""
        parts = {Parameter("b", gate, self._unit).name: ONE} if name is None else {}
        for matrix, forms in (("w", self._x), ("u", self._h)):
            for column, form in enumerate(forms):
                factor = form.constant if name is None else form.coefficient(name)
                if factor:
                    parts[Parameter(matrix, gate, self._unit, column).name] = factor
        return Affine.of(parts)


def _least(form: Affine, target: SpecMode, transition: Transition) -> Fraction | None:
    """The least value of a variable that the step leaves to the weights (see `sinks`); None for other forms."""
    if all(name in transition.values for name in form.variables):
        return None
    return next(-row.form.constant for row in target.where if row.form - row.form.constant == form)


def _impossible(condition: Condition) -> bool:
    return any(row.is_constant and not row.holds_trivially for row in condition.rows)


def _trivial(condition: Condition) -> bool:
    return all(row.is_constant and row.holds_trivially for row in condition.rows)
