"""[weights] that no weights meet: a mistake in the case, which is said before anything is sought."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.base.numbers import format_number, show_number
from lstmsolve.kernel.language.expressions import names_in
from lstmsolve.kernel.lstm.cells import Parameter, parameters
from lstmsolve.kernel.spec.problems import Constraints, Problem, size_complaints, weight_names
from lstmsolve.model.watch import UNWATCHED, Counted, Watch
from lstmsolve.model.weight_sets import WeightSet, contains, equation, intersection, names_of
from lstmsolve.obligations.weights.points import point_of
from lstmsolve.obligations.weights.regions import weights_allowed

EFFORT: Final = 300
"""Cases of conditions with `or` that are gone through, for all groups of conditions together."""

LARGEST_GROUP: Final = 200
"""Conditions that have weights in common, times these weights; the search decides where there are more."""

LARGEST_WHOLE_GROUP: Final = 16
"""The same where weights are whole numbers."""

SIZES: Final = 64
"""Hidden sizes that are tried, where the case leaves it open, for one that has all weights that are named."""

WHOLE: Final = "integer = true"

Statement: TypeAlias = tuple[str, WeightSet]
"""What the case says, and the weights that it allows."""


def refuse_contradictions(problem: Problem, source: str | None) -> None:
    """Refuse a case whose conditions on weights contradict each other, as far as that is soon seen.

    A contradiction at one hidden size is one at every larger size: the same weights are named there.

    Raises:
        InputError: with the conditions that are at fault.
    """
    least = problem.choice.hidden or problem.least_hidden
    tried = (replace(problem, choice=replace(problem.choice, hidden=least + more)) for more in range(SIZES))
    sized = next((problem for problem in tried if not size_complaints(problem)), None)
    if sized is None:
        return
    try:
        found = _contradiction(sized, Counted(UNWATCHED, EFFORT))
    except LimitReached:
        return
    if found:
        message = f"no weights meet these conditions together: {'; '.join(found)}"
        raise InputError.single("weights", message, source=source)


def _contradiction(problem: Problem, watch: Watch) -> list[str]:
    """Conditions that contradict each other, none too many; none where weights meet all of them, as far as is seen."""
    constraints, names = problem.constraints, weight_names(problem.cell())
    values: dict[Parameter, tuple[str, Fraction]] = {}
    for name, value in constraints.fixed.items():
        first, other = values.setdefault(names[name], (name, value))
        if value != other:
            return [f"{first} = {show_number(other)}", f"{name} = {show_number(value)}"]
        if any(contains(Row(-row.form, True), {name: value}) for row in _within(constraints, name)):
            return [f"{name} = {show_number(value)}", _bounds_text(constraints)]
        if constraints.integer and value.denominator != 1:
            return [f"{name} = {show_number(value)}", WHOLE]
    for places, group in _apart(_statements(problem, values, watch)):
        size = len(places) * len(group)
        if size <= LARGEST_GROUP and _clash(group, (), watch):
            return _at_fault(group, (), watch)
        if constraints.integer and size <= LARGEST_WHOLE_GROUP and _clash(group, places, watch):
            return [*_at_fault(group, places, watch), WHOLE]
    return []


def _statements(
    problem: Problem, values: Mapping[Parameter, tuple[str, Fraction]], watch: Watch
) -> Iterator[Statement]:
    """All that is said of the weights in `where`, and of one of the others: these are free within the bounds."""
    constraints, cell = problem.constraints, problem.cell()
    names = weight_names(cell)
    mentioned = {names[name]: None for formula in constraints.where for name in names_in(formula.tree)}
    for place in {next(iter(parameters(cell))): None} | mentioned:
        yield from ((_bounds_text(constraints), row) for row in _within(constraints, place.name))
        if place in values:
            name, value = values[place]
            yield f"{name} = {show_number(value)}", equation(Affine.variable(place.name) - value)
    for formula in constraints.where:
        yield formula.source or formula.text, weights_allowed(Constraints(where=(formula,)), cell, watch)


def _apart(statements: Iterable[Statement]) -> list[tuple[frozenset[str], list[Statement]]]:
    """The statements in groups that have no weights in common, each with its weights."""
    groups: list[tuple[frozenset[str], list[Statement]]] = []
    for statement in statements:
        names, members = names_of(statement[1]), [statement]
        apart = []
        for other in groups:
            if other[0].isdisjoint(names):
                apart.append(other)
            else:
                names, members = names | other[0], [*other[1], *members]
        groups = [*apart, (names, members)]
    return groups


def _clash(statements: Iterable[Statement], integers: Collection[str], watch: Watch) -> bool:
    return point_of(intersection(part for _, part in statements), integers, watch) is None


def _at_fault(statements: Sequence[Statement], integers: Collection[str], watch: Watch) -> list[str]:
    """Of statements that contradict each other so many that do, and none too many."""
    fault: list[Statement] = []
    left = list(statements)
    while not _clash(fault, integers, watch):
        low, high = 0, len(left)  # with so few of them there is no contradiction, with so many there is
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _clash([*fault, *left[:middle]], integers, watch) else (middle, high)
        fault.append(left[high - 1])
        left = left[: high - 1]
    return list(dict.fromkeys(text for text, _ in reversed(fault)))


def _bounds_text(constraints: Constraints) -> str:
    low, high = ("" if end is None else format_number(end) for end in (constraints.low, constraints.high))
    return f'bounds = "{low}..{high}"'


def _within(constraints: Constraints, name: str) -> list[Row]:
    weight = Affine.variable(name)
    low = [] if constraints.low is None else [Row(weight - constraints.low)]
    return low if constraints.high is None else [*low, Row(-weight + constraints.high)]
