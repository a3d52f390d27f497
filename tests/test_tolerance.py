"""Boxes of weights in which nothing changes, tried at their corners."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

import lstmsolve
from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.model.outcomes import Proved, Refuted, Solved
from lstmsolve.model.weight_sets import All, Some
from lstmsolve.obligations.weights.tolerance import tolerance

ZERO, ONE, TWO, THREE = (Fraction(n) for n in range(4))
A, B = Affine.variable("a"), Affine.variable("b")


def test_boxes_by_hand() -> None:
    half = All((Row(A), Row(B), Row(-A - B + 4)))
    found = tolerance(half, {"a": Fraction(1), "b": Fraction(1)}, ["a", "b"])
    assert found is not None
    assert found.radius == 1  # both reach 0 on one side, and 2 + 2 on the other
    assert found.exact == ()
    assert found.together == {"a": (ZERO, TWO), "b": (ZERO, TWO)}
    assert found.alone == {"a": (ZERO, THREE), "b": (ZERO, THREE)}


def test_a_weight_that_cannot_move_does_not_count() -> None:
    strip = All((Row(A), Row(-A), Row(B - 1)))
    found = tolerance(strip, {"a": Fraction(0), "b": Fraction(3)}, ["a", "b"])
    assert found is not None
    assert (found.exact, found.radius) == (("a",), TWO)
    assert found.together == {"a": (ZERO, ZERO), "b": (ONE, None)}


def test_of_a_union_the_best_part_is_taken_and_outside_there_is_none() -> None:
    both = Some((All((Row(A), Row(-A + 2))), Row(A - 1)))
    found = tolerance(both, {"a": Fraction(2)}, ["a"])
    assert found is not None
    assert found.radius == 1
    assert found.alone == {"a": (ZERO, None)}
    assert tolerance(both, {"a": Fraction(-1)}, ["a"]) is None


@pytest.mark.parametrize("case", ["nonzero-counter", "parity", "ramp"])
def test_tolerant_designs_tolerate(case: str) -> None:
    """Corners of the boxes verify; a step beyond the interval of a weight alone, where nothing else works, fails."""
    solved = lstmsolve.solve(case, objective="tolerant")
    assert isinstance(solved, Solved)
    found, design = solved.tolerance, solved.weights
    assert found is not None
    assert found.radius
    random = Random(0)
    for box in ("radius", "together"):
        for _ in range(4):
            corner = {}
            for place, value in design.values().items():
                low, high = found.together[place.name]
                if box == "radius" and place.name not in found.exact:
                    low, high = value - found.radius, value + found.radius
                corner[place] = random.choice([value if low is None else low, value + 9 if high is None else high])
            assert isinstance(lstmsolve.verify(case, Weights.of(design.cell, corner)), Proved)
    if case == "nonzero-counter":
        for place, value in design.values().items():
            for edge, step in zip(found.alone[place.name], (-1, 1), strict=True):
                if edge is not None:
                    beyond = {**design.values(), place: edge + step * Fraction(1, 9)}
                    assert isinstance(lstmsolve.verify(case, Weights.of(design.cell, beyond)), Refuted), (place, value)
