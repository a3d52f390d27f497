"""Solving: every shipped case, against the table written by hand and an independent LSTM."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import lstmsolve
from lstmsolve import shipped_cases
from lstmsolve.api.solving import Engine
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Solved, Unknown
from lstmsolve.showing.summaries import weights_line
from lstmsolve.writing.weights import weights_record
from tests.conftest import solved
from tests.table import BEHAVIOURS, Behaviour, Step
from tests.textbook import textbook_run

STRINGS = 2_000
"""Strings tried exhaustively, a case; lengths go up until there are more."""


def assert_right(behaviour: Behaviour, record: dict[str, object], xs: Sequence[Step]) -> None:
    outputs = textbook_run(record, [[Fraction(v) for v in x] for x in xs])
    for n, expected in enumerate(behaviour.expected(xs)):
        assert expected is None or outputs[n][0] == expected, f"{xs[: n + 1]}: h is {outputs[n][0]}, not {expected}"


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_designs_are_right_on_all_short_strings(behaviour: Behaviour) -> None:
    record = weights_record(solved(behaviour.case).weights)
    length = 1
    while len(behaviour.alphabet) ** length <= STRINGS:
        length += 1
    for xs in product(behaviour.alphabet, repeat=length - 1):
        assert_right(behaviour, record, xs)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_designs_are_right_on_long_random_strings(behaviour: Behaviour) -> None:
    record = weights_record(solved(behaviour.case).weights)
    generator = random.Random(7)
    for length in (100, 1000):
        assert_right(behaviour, record, [generator.choice(behaviour.wild) for _ in range(length)])


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_every_certificate_is_accepted_and_says_what_it_proves(behaviour: Behaviour) -> None:
    outcome = lstmsolve.check(solved(behaviour.case).certificate)
    assert isinstance(outcome, Accepted)
    assert "meets this spec:" in outcome.statement
    assert "for every input sequence of any length" in outcome.statement


def test_the_counter_gets_the_textbook_weights() -> None:
    # Homework 6.4 has b_f = 1, w_i = w_c = 1 and b_o = 1; its w_o must be -1, not the printed 1.
    assert weights_line(solved("nonzero-counter").weights) == "b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1, the rest 0"


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_the_simplest_weights_are_small_integers(behaviour: Behaviour) -> None:
    values = solved(behaviour.case).weights.values().values()
    assert all(value.denominator == 1 and abs(value) <= 4 for value in values)


def test_a_tolerant_design_stays_right_when_every_weight_moves() -> None:
    outcome = lstmsolve.solve("parity", objective="tolerant")
    assert isinstance(outcome, Solved)
    generator = random.Random(1)
    for _ in range(20):
        moved = {p: v + Fraction(generator.randint(-10, 10), 100) for p, v in outcome.weights.values().items()}
        assert lstmsolve.verify("parity", Weights.of(outcome.weights.cell, moved)).verdict == "proved"


def test_the_same_seed_gives_the_same_design() -> None:
    again = lstmsolve.solve("parity", seed=0)
    assert isinstance(again, Solved)
    assert again.weights == solved("parity").weights
    assert again.certificate == solved("parity").certificate


def test_without_polish_the_first_design_is_proved_as_it_is() -> None:
    outcome = lstmsolve.solve("saturating-counter", objective="first")
    assert isinstance(outcome, Solved)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


def test_no_time_means_unknown_with_a_reason() -> None:
    outcome = lstmsolve.solve("parity", seconds=0)
    assert isinstance(outcome, Unknown)
    assert "time limit" in outcome.reason


DELAY = """
[input]
x = [0, 1]
[state]
last = 0
now = 0
[next]
last = "now"
now = "x"
[output]
h = "last"
[cell]
hidden = 1
"""


def problem_with(body: str) -> Problem:
    return parse_case(f'format = "lstmsolve/case/1"\nname = "test"\n{body}')


@pytest.mark.parametrize("engine", ["linear", "construct", "scipy"])
def test_weights_for_an_int8_device_fit_and_are_still_right(engine: Engine) -> None:
    text = shipped_cases()["parity"].read_text() + '\n[weights]\ninteger = true\nbounds = "-128..127"\n'
    outcome = lstmsolve.solve(parse_case(text), engine=engine)
    assert isinstance(outcome, Solved), outcome
    values = np.array([float(value) for value in outcome.weights.values().values()])
    assert np.array_equal(values.astype(np.int8), values)
    behaviour = next(behaviour for behaviour in BEHAVIOURS if behaviour.case == "parity")
    for xs in product(behaviour.alphabet, repeat=8):
        assert_right(behaviour, weights_record(outcome.weights), xs)
