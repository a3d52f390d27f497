"""The exact linear arithmetic under every proof, against scipy and brute force."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from lstmsolve.checker.farkas import require_empty, require_follows
from lstmsolve.kernel.base.affine import Affine, Row, negated, normalised
from lstmsolve.kernel.base.errors import RejectedProof
from lstmsolve.linear.generators import generators
from lstmsolve.linear.hulls import Hull
from lstmsolve.linear.polyhedra import minimum, pinned, point_in, prove, refute
from lstmsolve.linear.simplex import Infeasible, Optimal, Unbounded, minimise

NAMES = ("x", "y", "z")
INTEGERS = frozenset(NAMES)
COEFFICIENT = st.fractions(min_value=-3, max_value=3, max_denominator=2)
FORMS = st.builds(
    lambda factors, constant: Affine.of(dict(zip(NAMES, factors, strict=True)), constant),
    st.tuples(COEFFICIENT, COEFFICIENT, COEFFICIENT),
    COEFFICIENT,
)
ROWS = st.lists(st.builds(Row, FORMS, st.booleans()), min_size=1, max_size=6)
GRID = [dict(zip(NAMES, map(Fraction, point), strict=True)) for point in product(range(-3, 4), repeat=3)]


@given(st.data())
def test_the_simplex_method_agrees_with_scipy(data: st.DataObject) -> None:
    rows, count = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 7))
    number = st.fractions(min_value=-3, max_value=3, max_denominator=3)
    columns = data.draw(st.lists(st.tuples(*[number] * rows), min_size=count, max_size=count))
    right, cost = data.draw(st.tuples(*[number] * rows)), data.draw(st.tuples(*[number] * count))
    result = minimise(columns, right, cost)
    matrix = np.array([[float(column[i]) for column in columns] for i in range(rows)])
    reference = linprog([float(c) for c in cost], A_eq=matrix, b_eq=[float(b) for b in right])
    match result:
        case Optimal(value, solution, prices):
            assert reference.status == 0
            assert float(value) == pytest.approx(reference.fun, abs=1e-7)
            assert all(x >= 0 for x in solution)
            for i in range(rows):
                assert sum(x * column[i] for x, column in zip(solution, columns, strict=True)) == right[i]
            assert sum(p * b for p, b in zip(prices, right, strict=True)) == value
            for column, c in zip(columns, cost, strict=True):
                assert sum(p * a for p, a in zip(prices, column, strict=True)) <= c
        case Unbounded(ray):
            assert reference.status in (3, 4)  # HiGHS does not always tell unbounded from infeasible
            assert all(x >= 0 for x in ray)
            assert sum(c * x for c, x in zip(cost, ray, strict=True)) < 0
            for i in range(rows):
                assert sum(x * column[i] for x, column in zip(ray, columns, strict=True)) == 0
        case Infeasible():
            assert reference.status in (2, 4)


@given(ROWS)
def test_a_region_is_either_refuted_with_multipliers_or_has_a_point(rows: list[Row]) -> None:
    multipliers = refute(rows)
    if multipliers is None:
        point = point_in(rows, frozenset())
        assert point is not None
        assert all(row.holds_at({**dict.fromkeys(NAMES, Fraction(0)), **point}) for row in rows)
    else:
        require_empty(rows, multipliers, "test")
        assert not any(all(row.holds_at(point) for row in rows) for point in GRID)


@given(ROWS, FORMS, st.booleans())
def test_what_is_proved_holds_and_what_is_not_has_a_counterexample(rows: list[Row], form: Affine, strict: bool) -> None:
    assume(refute(rows) is None)
    goal = Row(form, strict)
    multipliers = prove(rows, goal, frozenset())
    if multipliers is not None:
        require_follows(rows, goal, multipliers, frozenset(), "test")
    else:
        point = point_in([*rows, negated(goal, frozenset())], frozenset())
        assert point is not None
        assert not goal.holds_at({**dict.fromkeys(NAMES, Fraction(0)), **point})


@given(ROWS, FORMS)
def test_the_minimum_is_a_bound_that_is_reached_by_the_closed_region(rows: list[Row], form: Affine) -> None:
    assume(refute(rows) is None)
    found = minimum(rows, form)
    if found is None:
        far = Row(-form - 1000)
        assert point_in([*rows, far], frozenset()) is not None
        return
    value, point = found
    full = {**dict.fromkeys(NAMES, Fraction(0)), **point}
    assert form.at(full) == value
    assert all(row.form.at(full) >= 0 for row in rows)
    assert prove(rows, Row(form - value), frozenset()) is not None


@given(FORMS, st.booleans())
def test_tightening_keeps_exactly_the_integer_points(form: Affine, strict: bool) -> None:
    row, tight = Row(form, strict), normalised(form, strict, INTEGERS)
    opposite = negated(tight, INTEGERS)
    for point in GRID:
        assert tight.holds_at(point) == row.holds_at(point)
        assert opposite.holds_at(point) != tight.holds_at(point)


def test_equal_conditions_become_equal_rows() -> None:
    k = Affine.variable("k")
    assert normalised(k - 3, True, {"k"}) == normalised(2 * k - 7, False, {"k"}) == Row(k - 4)
    assert normalised(2 * k - 7, False, set()) == Row(k - Fraction(7, 2))


@given(ROWS)
def test_generators_describe_the_region(rows: list[Row]) -> None:
    closed = [Row(row.form) for row in rows]
    shape = generators(closed, NAMES)
    assert bool(shape.points) == (refute(closed) is None)
    for point in shape.points:
        assert all(row.holds_at(dict(zip(NAMES, point, strict=True))) for row in closed)
    for direction in (*shape.rays, *shape.lines, *(tuple(-v for v in line) for line in shape.lines)):
        for row in closed:
            assert sum(row.form.coefficient(n) * d for n, d in zip(NAMES, direction, strict=True)) >= 0


@given(ROWS, FORMS)
def test_a_form_is_at_least_zero_iff_it_is_at_every_generator(rows: list[Row], form: Affine) -> None:
    closed = [Row(row.form) for row in rows]
    assume(refute(closed) is None)
    shape = generators(closed, NAMES)

    def slope(direction: tuple[Fraction, ...]) -> Fraction:
        return sum((form.coefficient(n) * d for n, d in zip(NAMES, direction, strict=True)), Fraction(0))

    holds = all(slope(point) + form.constant >= 0 for point in shape.points)
    holds = holds and all(slope(ray) >= 0 for ray in shape.rays) and not any(slope(line) for line in shape.lines)
    assert holds == (prove(closed, Row(form), frozenset()) is not None)


@given(ROWS)
def test_equations_found_hold_and_are_all_found(rows: list[Row]) -> None:
    closed = [Row(row.form) for row in rows]
    assume(refute(closed) is None)
    found = pinned(closed, frozenset())
    if found is None:
        # Full-dimensional: a point with room on every side that is not constant.
        assert point_in([Row(row.form, not row.is_constant) for row in closed], frozenset()) is not None
    else:
        name, value, at_least, at_most = found
        difference = Affine.variable(name) - value
        require_follows(closed, Row(difference), at_least, frozenset(), "test")
        require_follows(closed, Row(-difference), at_most, frozenset(), "test")


@given(st.lists(st.tuples(*[st.fractions(-3, 3, max_denominator=3)] * 4), min_size=1, max_size=6))
def test_hulls_write_every_point_in_terms_of_its_free_coordinates(points: list[tuple[Fraction, ...]]) -> None:
    names = ("a", "b", "c", "d")
    hull = reduce(Hull.with_point, points[1:], Hull(points[0]))
    forms = hull.map(names)
    for point in points:
        free = {names[place]: point[place] for place in hull.pivots}
        assert tuple(form.at(free) for form in forms) == point
    matrix = np.array([[float(v - o) for v, o in zip(point, points[0], strict=True)] for point in points])
    assert len(hull.pivots) == np.linalg.matrix_rank(matrix)


@pytest.mark.parametrize(
    ("multipliers", "message"),
    [
        ({0: Fraction(1)}, "not constant"),
        ({0: Fraction(1), 1: Fraction(-1)}, "not positive"),
        ({0: Fraction(0)}, "not positive"),
        ({5: Fraction(1)}, "no row 5"),
        ({2: Fraction(1)}, "contradicts nothing"),
        ({}, "contradicts nothing"),
    ],
)
def test_the_rule_of_inference_refuses_what_is_no_contradiction(multipliers: dict[int, Fraction], message: str) -> None:
    x = Affine.variable("x")
    rows = [Row(x), Row(-x - 1), Row(Affine((), Fraction(0)))]
    require_empty(rows, {0: Fraction(1), 1: Fraction(1)}, "test")
    with pytest.raises(RejectedProof, match=message):
        require_empty(rows, multipliers, "test")
