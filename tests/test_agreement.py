"""Verify against brute force, on 1,400 random pairs of a specification and weights.

The summary at the end of the test run says how many pairs there were and how many stayed unknown.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.model.outcomes import Accepted, Proved, Refuted
from tests.pairs import random_pair

BATCHES, BATCH = 8, 175
LONGEST = 8


@pytest.mark.parametrize("batch", range(BATCHES))
def test_verify_agrees_with_brute_force(batch: int, record_property: Callable[[str, object], None]) -> None:
    proved, refuted, unknown = 0, 0, []
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        pair = random_pair(seed)
        problem = parse_case(pair.case)
        outcome = lstmsolve.verify(problem, weights_from_record(pair.weights), seconds=10)
        match outcome:
            case Proved():
                proved += 1
                assert pair.shortest_failure(LONGEST) is None, pair
                assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
            case Refuted():
                refuted += 1
                length = len(outcome.counterexample.trace.inputs)
                if length <= LONGEST:
                    assert pair.shortest_failure(length) == length, pair
                else:
                    assert pair.shortest_failure(LONGEST) is None, pair
            case _:
                unknown.append(seed)
                shortest = pair.shortest_failure(LONGEST)
                assert shortest is None or (outcome.max_length or 0) < shortest, pair
    record_property("agreement", (proved, refuted, len(unknown)))
    assert proved > BATCH // 10
    assert refuted > BATCH // 10
    assert len(unknown) < BATCH // 50, unknown
