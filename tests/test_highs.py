"""Programs for HiGHS: the least point within the rows, integers where asked for, None where there is none."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np

from lstmsolve.search.polish.highs import LEAST, Rounds, Rows


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


def hard_program(columns: int = 14) -> tuple[Rows, np.ndarray]:
    random, rows = Random(3), Rows(columns)
    for _ in range(columns):
        rows.at_least(
            {column: float(random.randint(1, 9)) for column in range(columns)}, float(random.randint(50, 200))
        )
    return rows, np.array([float(random.randint(1, 20)) for _ in range(columns)])


def test_a_limit_in_rounds_stops_at_the_same_point_each_time() -> None:
    """And the point is one of the program, not so good perhaps as without the limit."""
    rows, cost = hard_program()
    size = len(cost)
    given = (cost, np.zeros(size), np.full(size, 10.0), np.ones(size), 1_000)
    best = rows.least(*given)
    assert best is not None
    for most in (LEAST, 2 * LEAST):
        found = [rows.least(*given, Rounds(most)) for _ in range(2)]
        assert (found[0] is None) == (found[1] is None)
        if found[0] is not None and found[1] is not None:
            assert found[0].tobytes() == found[1].tobytes()
            assert cost @ found[0] >= cost @ best - 1e-6
    plenty = rows.least(*given, Rounds(10**6))
    assert plenty is not None
    assert cost @ plenty == cost @ best


def test_rounds_are_shared_by_programs_and_each_has_a_few() -> None:
    rounds, stops = Rounds(2), []

    class Event:
        def interrupt(self) -> None:
            stops.append(True)

    rounds.begin()
    for _ in range(LEAST):
        rounds.taken(Event())  # type: ignore[arg-type, unused-ignore]
    assert not stops
    rounds.taken(Event())  # type: ignore[arg-type, unused-ignore]
    assert stops
    rounds.begin()
    rounds.taken(Event())  # type: ignore[arg-type, unused-ignore]
    assert len(stops) == 1
