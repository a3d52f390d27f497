"""Given the map, what conditions of [property] on z = V h + d ask of V and d: a choice between rows, state by state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lstmsolve.kernel.base.affine import ONE_FORM, Affine, linear_sum
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import names_in
from lstmsolve.kernel.lstm.cells import Parameter
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import PLACE, Formula
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.tables.transitions import TransitionTable
from lstmsolve.obligations.weights.points import weights_where
from lstmsolve.obligations.weights.requirements import Condition, Map, Part, Requirement
from lstmsolve.obligations.weights.simplify import pieces

MOST_WAYS: Final = 50
"""To meet a condition after one step."""


def read_by(formula: Formula) -> frozenset[int]:
    """The outputs z that a condition mentions."""
    found = (PLACE.fullmatch(name) for name in names_in(formula.tree))
    return frozenset(int(place["place"]) for place in found if place is not None and place["part"] == "z")


def condition_requirements(
    table: TransitionTable, problem: Problem, design: Map, outputs: Sequence[int], watch: Watch
) -> list[Requirement]:
    """What V and d of these outputs must satisfy, for each condition on them and each state with the last input.

    Raises:
        LimitReached: states hold numbers without bound, or a condition falls into too many cases.
    """
    found: list[Requirement] = []
    for formula in problem.spec.always:
        if not read_by(formula) & set(outputs):
            continue
        if not table.is_finite:
            raise LimitReached("conditions on z of a layer are followed where the spec has finitely many states")
        for target, x in dict.fromkeys((step.target, step.x) for step in table.transitions):
            mode = table.modes[target]
            inputs = problem.spec.decode(tuple(column.constant for column in x))
            names: dict[str, Value] = {
                **mode.registers,
                **{name: value if isinstance(value, str) else Affine((), value) for name, value in inputs.items()},
                **{f"h[{unit}]": form for unit, form in enumerate(design.h[target])},
                **{f"c[{unit}]": form for unit, form in enumerate(design.c[target]) if form is not None},
                **{f"z[{output}]": _said(output, design.h[target]) for output in outputs},
            }
            allowed = pieces(weights_where(formula.tree, names, watch), MOST_WAYS, watch)
            ways = tuple((Condition(f"{formula.text} in {target}", rows),) for rows in allowed)
            found.append(Requirement(len(found), Part.OUTPUT, ways))
    return found


def _said(output: int, h: Sequence[Affine]) -> Affine:
    """z of an output over V and d, where h [H] are numbers."""
    terms = [(Affine.variable(Parameter("V", None, output, unit).name), form.constant) for unit, form in enumerate(h)]
    return linear_sum([*terms, (Affine.variable(Parameter("d", None, output).name), ONE_FORM.constant)])
