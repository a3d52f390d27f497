"""All weights that keep a refinement map: the obligations solved for the weights.

Given the map, every unit is on its own, and what its weights must satisfy is a conjunction of
choices between sets of rows (`requirements`). A unit's c may even be anything in modes where it
is not shown and is forgotten on leaving them; each choice of such modes is an alternative.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.language.expressions import names_in
from lstmsolve.kernel.lstm.cells import Cell, State, parameters
from lstmsolve.kernel.spec.problems import Constraints, Problem, weight_names
from lstmsolve.model.regions import MapLine, MapRegion, UnitRegion
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.model.weight_sets import NOTHING, WeightSet, equation, intersection
from lstmsolve.obligations.tables.transitions import START
from lstmsolve.obligations.weights.conditions import condition_requirements, read_by
from lstmsolve.obligations.weights.outputs import output_groups, output_requirements
from lstmsolve.obligations.weights.points import is_within, point_of, weights_where
from lstmsolve.obligations.weights.refining import MappedTable, refined
from lstmsolve.obligations.weights.requirements import Map, unit_requirements
from lstmsolve.obligations.weights.simplify import simplified

MAX_FREE: Final = 3
"""Modes of which every selection is tried for an arbitrary c; of more, each on its own and all together."""


def map_region(mapped: MappedTable, problem: Problem, watch: Watch = UNWATCHED) -> MapRegion:
    """The weights that keep a map. `problem` has one hidden size.

    Raises:
        LimitReached: the watch ran out.
    """
    wide = _region_on(mapped, problem, watch)
    finer = refined(mapped, problem, watch)
    if finer is None:
        return wide
    narrow = _region_on(finer, problem, watch)
    # Where finer modes add nothing, the coarser ones are easier to read.
    return wide if is_within(narrow.weights, wide.weights, (), watch) else narrow


def _region_on(mapped: MappedTable, problem: Problem, watch: Watch) -> MapRegion:
    cell = problem.cell()
    # A condition on what a cell holds is kept by the map, and by no map in which it may hold anything.
    forgets = all(part != "c" for part, _ in problem.places)
    initial = State(*(tuple(form.constant for form in part[START]) for part in (mapped.c, mapped.h)))
    units = []
    for unit in range(cell.hidden):
        watch.say(f"the weights of unit {unit} that keep the map")
        units.append(tuple(_unit_regions(mapped, cell, initial, unit, forgets, watch)))
    modes = mapped.table.modes.items()
    lines = tuple(MapLine(n, mode.where, mapped.c[n], mapped.h[n]) for n, mode in modes if n != START)
    design = Map.of(mapped.c, mapped.h, initial)
    outputs = []
    for group in output_groups(mapped.table, cell, map(read_by, problem.spec.always)):
        owed = output_requirements(mapped.table, cell, design, group)
        asked = condition_requirements(mapped.table, problem, design, group, watch)
        outputs.append((group, simplified([*owed, *asked], watch)))
    return MapRegion(lines, tuple(units), tuple(outputs))


def _unit_regions(
    mapped: MappedTable, cell: Cell, initial: State, unit: int, forgets: bool, watch: Watch
) -> Iterator[UnitRegion]:
    """The alternatives of a unit, none inside another. With `forgets`, c may be anything where nothing shows it."""
    found: list[UnitRegion] = []
    for free in _selections(mapped, unit) if forgets else [()]:
        opened = {name: _without(forms, unit) if name in free else forms for name, forms in mapped.c.items()}
        design = Map.of(opened, mapped.h, initial)
        weights = simplified(unit_requirements(mapped.table, cell, design, unit), watch)
        if weights == NOTHING or point_of(weights, (), watch) is None:
            continue
        if not any(is_within(weights, other.weights, (), watch) for other in found):
            found = [other for other in found if not is_within(other.weights, weights, (), watch)]
            found.append(UnitRegion(free, weights))
    yield from found


def _selections(mapped: MappedTable, unit: int) -> Iterator[tuple[str, ...]]:
    """Sets of modes in which c may be anything, because h is 0 there: none first, then small ones."""
    silent = [name for name in mapped.table.modes if name != START and mapped.h[name][unit].is_zero]
    if len(silent) <= MAX_FREE:
        for size in range(len(silent) + 1):
            yield from combinations(silent, size)
        return
    yield ()
    yield from ((name,) for name in silent)
    yield tuple(silent)


def _without(forms: tuple[Affine, ...], unit: int) -> tuple[Affine | None, ...]:
    return tuple(None if place == unit else form for place, form in enumerate(forms))


def weights_allowed(constraints: Constraints, cell: Cell, watch: Watch = UNWATCHED) -> WeightSet:
    """The weights that satisfy fixed values, bounds and conditions; whole numbers are another matter.

    Raises:
        LimitReached: a condition falls into too many cases.
    """
    names = weight_names(cell)
    parts: list[WeightSet] = []
    for name, value in constraints.fixed.items():
        parts.append(equation(Affine.variable(names[name].name) - value))
    for place in parameters(cell) if (constraints.low, constraints.high) != (None, None) else ():
        watch.check()
        weight = Affine.variable(place.name)
        parts += [] if constraints.low is None else [Row(weight - constraints.low)]
        parts += [] if constraints.high is None else [Row(-weight + constraints.high)]
    for formula in constraints.where:
        forms = {name: Affine.variable(names[name].name) for name in names_in(formula.tree)}
        parts.append(weights_where(formula.tree, forms, watch))
    return intersection(parts)


def integers_of(constraints: Constraints, cell: Cell) -> frozenset[str]:
    """The weights that must be whole."""
    return frozenset(place.name for place in parameters(cell)) if constraints.integer else frozenset()
