"""Wrong weights: neighbours of proved designs, and numbers of many digits, against brute force."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.model.mutants import mutants
from lstmsolve.model.outcomes import Proved, Refuted
from lstmsolve.writing.weights import weights_record
from tests.conftest import solved
from tests.table import BEHAVIOURS, Behaviour, Step
from tests.textbook import Textbook, textbook_run

LONGEST = 4
"""Brute force goes so far where nothing is found to be wrong."""


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_every_mutant_of_a_proved_design_is_settled(behaviour: Behaviour) -> None:
    """Over unbounded inputs brute force only tries a few values: it can fail to find, and never finds earlier."""
    refuted = proved = 0
    exact = behaviour.case not in ("nonzero-counter", "pocket-calculator")
    for place, mutant in mutants(solved(behaviour.case).weights):
        outcome = lstmsolve.verify(behaviour.case, mutant)
        if isinstance(outcome, Refuted):
            refuted += 1
            run = outcome.counterexample
            xs = [tuple(int(v) for v in x) for x in run.trace.inputs]
            assert run.trace.h == tuple(map(tuple, textbook_run(weights_record(mutant), run.trace.inputs)))
            expected = behaviour.expected(xs)[-1]
            assert expected is not None
            assert expected != run.trace.h[-1][0]
            shortest = shortest_failure(behaviour, mutant, min(len(xs), LONGEST))
            assert shortest == len(xs) if exact and len(xs) <= LONGEST else shortest in (None, len(xs)), place
        else:
            assert isinstance(outcome, Proved), place
            proved += 1
            assert shortest_failure(behaviour, mutant, LONGEST) is None, place
    assert refuted > proved > 0


FINITE = tuple(b for b in BEHAVIOURS if b.case in ("parity", "saturating-counter", "ramp", "set-reset-latch"))
DIGITS = st.integers(-30_000_000, 30_000_000).filter(bool).map(lambda n: Fraction(n, 10_000_000))


@settings(max_examples=60)
@given(behaviour=st.sampled_from(FINITE), data=st.data())
def test_weights_of_many_digits_are_refuted_by_a_shortest_run(behaviour: Behaviour, data: st.DataObject) -> None:
    cell = lstmsolve.load_case(behaviour.case).cell(1)
    weights = Weights.of(cell, {place: data.draw(DIGITS) for place in Weights.of(cell, {}).values()})
    outcome = lstmsolve.verify(behaviour.case, weights)
    shortest = shortest_failure(behaviour, weights, 8)
    if shortest is None:
        # Rare, but gates can saturate around many-digit numbers, so that nothing of them is seen.
        assert isinstance(outcome, Proved)
    else:
        assert isinstance(outcome, Refuted)
        assert len(outcome.counterexample.trace.inputs) == shortest


def shortest_failure(behaviour: Behaviour, weights: Weights, longest: int) -> int | None:
    """The length of a shortest string on which the weights are wrong, by trying them all."""
    cell = Textbook.of(weights_record(weights))
    level: list[tuple[tuple[Step, ...], Sequence[Any], Sequence[Any]]] = [((), *cell.initial)]
    for length in range(1, longest + 1):
        following: list[tuple[tuple[Step, ...], Sequence[Any], Sequence[Any]]] = []
        for (xs, c, h), x in product(level, behaviour.alphabet):
            string = (*xs, x)
            step = cell.step(c, h, x)
            expected = behaviour.expected(string)[-1]
            if expected is not None and expected != step[1][0]:
                return length
            following.append((string, *step))
        level = following
    return None
