"""Questions about regions given by rows, each answered with its proof or its witness.

A region is a sequence of `Row`s over named variables, some of which range over the integers. Rows
are tightened to integer points when made (`affine.normalised`); beyond that a region is treated
as a polyhedron over the rationals, which is sound for proofs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Final

from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row, linear_sum, negated
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Multipliers
from lstmsolve.linear.simplex import Infeasible, Optimal, Unbounded, minimise

CACHED: Final = 20_000
"""Answers that are kept: fixpoints and proofs ask the same questions again and again."""

MAX_BRANCHES: Final = 200
"""Nodes of the branch-and-bound tree in the search for an integer point."""


def refute(rows: Sequence[Row]) -> Multipliers | None:
    """Multipliers that show the region empty (over the rationals), or None if it has a point.

    They are of the kind `checker.farkas` accepts: the multiples add up to a constant below 0, or
    to 0 with a strict row among them.
    """
    constant = next((i for i, row in enumerate(rows) if row.is_constant and not row.holds_trivially), None)
    if constant is not None:
        return {constant: ONE}
    strongest = _strongest(rows)
    found = _farkas(tuple(rows[position] for position in strongest))
    return None if found is None else {strongest[place]: factor for place, factor in found.items()}


@lru_cache(maxsize=CACHED)
def _farkas(rows: tuple[Row, ...]) -> Multipliers | None:
    names = _variables(rows)
    # Farkas multipliers form a cone. Cut it by Σ λ <= 1 and ask for the most negative constant;
    # where 0 is the least, ask for the most weight on strict rows among those that reach 0.
    columns = [[row.form.coefficient(name) for name in names] + [ONE] for row in rows]
    slack = [*([ZERO] * len(names)), ONE]
    right = [*([ZERO] * len(names)), ONE]
    constants = [row.form.constant for row in rows]
    result = minimise([*columns, slack], right, [*constants, ZERO])
    assert isinstance(result, Optimal)
    if result.value < 0:
        return _picked(result.solution[: len(rows)])
    if not any(row.strict for row in rows):
        return None
    columns = [[*column, row.form.constant] for column, row in zip(columns, rows, strict=True)]
    slacks = [[*slack, ZERO], [*([ZERO] * len(slack)), ONE]]
    weight = [-ONE if row.strict else ZERO for row in rows]
    result = minimise([*columns, *slacks], [*right, ZERO], [*weight, ZERO, ZERO])
    assert isinstance(result, Optimal)
    return _picked(result.solution[: len(rows)]) if result.value < 0 else None


def _strongest(rows: Sequence[Row]) -> list[int]:
    """The positions of the rows that matter: of several with the same slope only the tightest."""
    best: dict[tuple[tuple[str, Fraction], ...], int] = {}
    for position, row in enumerate(rows):
        known = best.get(row.form.terms)
        if row.is_constant:
            continue
        if known is None or _rank(row) < _rank(rows[known]):
            best[row.form.terms] = position
    return sorted(best.values())


def _rank(row: Row) -> tuple[Fraction, bool]:
    return row.form.constant, not row.strict


def prove(rows: Sequence[Row], goal: Row, integers: Collection[str]) -> Multipliers | None:
    """Multipliers for `rows` that, with the goal's negation once, add up to a contradiction.

    None if the goal does not follow. The region is taken to have a point.
    """
    if goal.is_constant:
        return {} if goal.holds_trivially else None
    against = negated(goal, integers)
    found = refute([*rows, against])
    if found is None or len(rows) not in found:
        return None
    scale = found[len(rows)]
    return {position: factor / scale for position, factor in found.items() if position < len(rows)}


def minimum(rows: Sequence[Row], form: Affine) -> tuple[Fraction, dict[str, Fraction]] | None:
    """The least value of a form over the closed region and a point that has it; None if unbounded below.

    The region is taken to have a point. Variables that nothing bounds are 0 in the point.
    """
    return _minimum(tuple(rows[position] for position in _strongest(rows)), form)


@lru_cache(maxsize=CACHED)
def _minimum(rows: tuple[Row, ...], form: Affine) -> tuple[Fraction, dict[str, Fraction]] | None:
    names = _variables([*rows, Row(form)])
    columns = [[row.form.coefficient(name) for name in names] for row in rows]
    right = [form.coefficient(name) for name in names]
    # The dual: the largest lower bound on the form that the rows imply.
    match minimise(columns, right, [row.form.constant for row in rows]):
        case Optimal(value, _, prices):
            point = {name: -price for name, price in zip(names, prices, strict=True)}
            return form.constant - value, point
        case Infeasible():
            return None
        case Unbounded():
            raise AssertionError("the region is empty")


def point_in(rows: Sequence[Row], integers: Collection[str], *, small: bool = True) -> dict[str, Fraction] | None:
    """A point of the region, integer where it must be, as near to zero as a linear cost makes it.

    None if there is none.

    Raises:
        LimitReached: branch and bound found neither a point within `MAX_BRANCHES` nodes nor that there is none.
    """
    names = _variables(rows)
    sizes = {name: f"|{name}|" for name in names} if small else {}
    bounds = [
        Row(Affine.variable(size) + sign * Affine.variable(name)) for name, size in sizes.items() for sign in (1, -1)
    ]
    cost = Affine.of(dict.fromkeys(sizes.values(), ONE))
    pending = [list(rows)]
    for _ in range(MAX_BRANCHES):
        if not pending:
            return None
        branch = pending.pop()
        point = _relaxed_point(branch, bounds, cost)
        if point is None:
            continue
        fractional = next((n for n in names if n in integers and point[n].denominator != 1), None)
        if fractional is None:
            return {name: point[name] for name in names}
        variable, value = Affine.variable(fractional), point[fractional]
        pending.append([*branch, Row(variable - ceil(value))])
        pending.append([*branch, Row(floor(value) - variable)])
    raise LimitReached("no integer point was found, nor that there is none")


def _relaxed_point(rows: Sequence[Row], bounds: Sequence[Row], cost: Affine) -> dict[str, Fraction] | None:
    """A rational point of least cost; strict rows get as much room as half of what they can have."""
    if refute(rows) is not None:
        return None
    strict = [row for row in rows if row.strict]
    if not strict:
        found = minimum([*rows, *bounds], cost)
        assert found is not None
        return _completed(found[1], rows)
    gap = Affine.variable("gap")
    roomy = [Row(row.form - gap) if row.strict else row for row in rows] + [Row(ONE - gap), Row(gap)]
    widest = minimum(roomy, -gap)
    assert widest is not None
    assert widest[0] < 0
    shifted = [Row(row.form + widest[0] / 2) if row.strict else row for row in rows]
    found = minimum([*shifted, *bounds], cost)
    assert found is not None
    return _completed(found[1], rows)


def pinned(rows: Sequence[Row], integers: Collection[str]) -> tuple[str, Affine, Multipliers, Multipliers] | None:
    """An equation that holds on the region: a variable, its value, and the two proofs.

    A row that can only hold with equality gives one; None if the region is full-dimensional.
    """
    for row in _tight(rows):
        opposite = Row(-row.form)
        if prove(rows, opposite, integers) is None:
            continue
        name, factor = _best_pivot(row.form, integers)
        value = (Affine.variable(name) * factor - row.form) * (1 / factor)
        difference = Affine.variable(name) - value
        at_least = prove(rows, Row(difference), integers)
        at_most = prove(rows, Row(-difference), integers)
        assert at_least is not None
        assert at_most is not None
        return name, value, at_least, at_most
    return None


def _tight(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows that may hold with equality everywhere: those without slack where the slacks add up to most."""
    open_rows = [row for row in rows if not row.is_constant and not row.strict]
    slacks = [Affine.variable(f"slack {i}") for i in range(len(open_rows))]
    total = linear_sum((slack, -1) for slack in slacks)
    shifted = [Row(row.form - slack) for row, slack in zip(open_rows, slacks, strict=True)]
    bounds = [bound for slack in slacks for bound in (Row(slack), Row(ONE - slack))]
    fixed = [row for row in rows if not row.is_constant and row.strict]
    most = minimum([*shifted, *bounds, *fixed], total)
    assert most is not None
    return (row for row, slack in zip(open_rows, slacks, strict=True) if not most[1].get(slack.variables[0]))


def _best_pivot(form: Affine, integers: Collection[str]) -> tuple[str, Fraction]:
    """The variable to solve for: a real one before an integer one, then the smallest factor, then the last name."""
    return min(reversed(form.terms), key=lambda term: (term[0] in integers, abs(term[1])))


def _variables(rows: Sequence[Row]) -> list[str]:
    return sorted({name for row in rows for name in row.form.variables})


def _picked(solution: Sequence[Fraction]) -> dict[int, Fraction]:
    return {position: value for position, value in enumerate(solution) if value}


def _completed(point: Mapping[str, Fraction], rows: Sequence[Row]) -> dict[str, Fraction]:
    return {name: point.get(name, ZERO) for name in {*_variables(rows), *point}}
