"""Programs for HiGHS: the least point within the rows, integers where asked for, None where there is none."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np

from lstmsolve.search.polish.highs import Rows


def test_small_integer_programs_are_those_of_trying_all_points() -> None:
    random = Random(1)
    for _ in range(30):
        rows, conditions = Rows(3), []
        for _ in range(4):
            terms = {column: float(random.randint(-3, 3)) for column in random.sample(range(3), 2)}
            bound = float(random.randint(-3, 3))
            rows.at_least(terms, bound)
            conditions.append((terms, bound))
        cost = np.array([float(random.randint(-4, 4)) for _ in range(3)])
        points = [
            point
            for point in product(range(-2, 3), repeat=3)
            if all(
                sum(factor * point[column] for column, factor in terms.items()) >= bound for terms, bound in conditions
            )
        ]
        found = rows.least(cost, np.full(3, -2.0), np.full(3, 2.0), np.ones(3), 1_000)
        if not points:
            assert found is None
        else:
            assert found is not None
            assert tuple(np.rint(found)) in points
            assert abs(float(cost @ found) - min(float(cost @ np.array(point)) for point in points)) < 1e-6


def test_a_linear_program_has_no_integers() -> None:
    rows = Rows(1)
    rows.at_least({0: 2.0}, 1.0)
    found = rows.least(np.ones(1), np.zeros(1), np.ones(1), np.zeros(1), 1_000)
    assert found is not None
    assert abs(float(found[0]) - 0.5) < 1e-9
