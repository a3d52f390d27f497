"""Given the map, what the weights of an output layer must satisfy: rows over V and d, with no choice among ways.

An output is on its own, unless what is owed compares it with others (argmax): then these go together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import ONE_FORM, Affine, Row, linear_sum
from lstmsolve.kernel.lstm.cells import Cell, Parameter
from lstmsolve.kernel.spec.specs import Demand, Relation
from lstmsolve.linear.generators import generators
from lstmsolve.obligations.tables.transitions import START, SpecMode, TransitionTable
from lstmsolve.obligations.weights.requirements import Condition, Map, Part, Requirement


def output_groups(table: TransitionTable, cell: Cell, read: Iterable[frozenset[int]] = ()) -> list[tuple[int, ...]]:
    """The outputs of the layer, those together that some demand compares or a condition reads; none without a layer."""
    group = list(range(cell.outputs or 0))
    compared = [[output for output, _ in demand.terms] for mode in table.modes.values() for demand in mode.mixed]
    for together in [*compared, *filter(None, read)] if group else ():
        first, *others = [group[output] for output in together]
        group = [first if number in others else number for number in group]
    return [tuple(k for k, number in enumerate(group) if number == one) for one in dict.fromkeys(group)]


def output_requirements(table: TransitionTable, cell: Cell, design: Map, outputs: Sequence[int]) -> list[Requirement]:
    """What V and d of these outputs must satisfy, mode by mode."""
    found: dict[tuple[Row, ...], Requirement] = {}
    for name, mode in table.modes.items():
        for demand in mode.mixed if name != START else ():
            if demand.place in outputs:
                given = dict.fromkeys(demand_rows(demand, mode, design.h[name]))
                rows = tuple(row for row in given if not (row.is_constant and row.holds_trivially))
                label = f"z[{demand.place}] in {name}"
                found.setdefault(rows, Requirement(len(found), Part.OUTPUT, ((Condition(label, rows),),)))
    return list(found.values())


def demand_rows(demand: Demand, mode: SpecMode, h: Sequence[Affine]) -> list[Row]:
    """The demand at the vertices and along the rays of a mode, as rows over V and d; h [H] is the map there."""
    names = sorted(mode.variables)
    shape = generators(mode.where, names)
    found: list[Row] = []
    for point in shape.points:
        found += _related(demand.relation, _at(demand, h, dict(zip(names, point, strict=True)), point=True))
    along = Relation.EQUAL if demand.relation is Relation.EQUAL else Relation.AT_LEAST
    for number, ray in enumerate((*shape.rays, *shape.lines)):
        slope = _at(demand, h, dict(zip(names, ray, strict=True)), point=False)
        found += _related(along if number < len(shape.rays) else Relation.EQUAL, slope)
    return found


def _at(demand: Demand, h: Sequence[Affine], where: Mapping[str, Fraction], *, point: bool) -> Affine:
    """Σ factor z[k] - bound at a point, or its slope along a direction, over V and d."""
    parts: list[tuple[Affine, Fraction]] = []
    for output, factor in demand.terms:
        for unit, form in enumerate(h):
            value = form.at(where) if point else (form - form.constant).at(where)
            parts.append((Affine.variable(Parameter("V", None, output, unit).name), value * factor))
        if point:
            parts.append((Affine.variable(Parameter("d", None, output).name), Fraction(factor)))
    bound = demand.bound.at(where) if point else (demand.bound - demand.bound.constant).at(where)
    return linear_sum([*parts, (ONE_FORM, -bound)])


def _related(relation: Relation, form: Affine) -> list[Row]:
    if relation is Relation.EQUAL:
        return [Row(form), Row(-form)]
    return [Row(form, relation is Relation.ABOVE)]
