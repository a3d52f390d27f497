"""Verifying given weights: a proof for all lengths, or a shortest counterexample, replayed exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.weights.reading import parse_weights
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Unknown
from tests.conftest import solved
from tests.table import BEHAVIOURS, Behaviour

SEED = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1"
"""Problem 6.4 as it is printed."""
MENDED = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1"


def weights(case: str, text: str) -> Weights:
    return parse_weights(text, lstmsolve.load_case(case))


def inputs_of(outcome: Refuted) -> list[str]:
    return [":".join(map(str, x)) for x in outcome.counterexample.trace.inputs]


@pytest.mark.parametrize(
    ("text", "inputs", "expected", "actual"),
    [
        (SEED, ["1"], 0, 1),
        (MENDED.replace("w_i=1", "w_i=1 b_i=-5"), ["1", "0"], 1, 0),
        (MENDED.replace("w_i=1", "w_i=-5 b_i=1"), ["1", "0"], 1, 0),
        (MENDED.replace("w_c=1", "w_c=1/2"), ["1", "0"], 1, Fraction(1, 2)),
        (MENDED + " b_c=1", ["0"], 0, 1),
        (MENDED.replace("w_i=1", "w_i=-1 b_i=1000"), ["1000", "0"], 1, 0),
        (MENDED + " u_o=-1", ["1", "0", "0"], 1, 0),
    ],
)
def test_wrong_counters_are_refuted_by_a_shortest_run(
    text: str, inputs: list[str], expected: Fraction, actual: Fraction
) -> None:
    outcome = lstmsolve.verify("nonzero-counter", weights("nonzero-counter", text.replace("b_c=1", "b_c=1 b_i=1")))
    assert isinstance(outcome, Refuted)
    assert inputs_of(outcome) == inputs
    assert outcome.counterexample.expected == (expected,)
    assert outcome.counterexample.actual == (actual,)
    assert outcome.counterexample.step == len(inputs) - 1


@pytest.mark.parametrize("text", [MENDED, MENDED.replace("b_f=1", "b_f=2 w_f=1"), MENDED + " u_i=3", MENDED + " b_i=1"])
def test_right_counters_are_proved_for_all_lengths_and_all_naturals(text: str) -> None:
    outcome = lstmsolve.verify("nonzero-counter", weights("nonzero-counter", text))
    assert isinstance(outcome, Proved)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=str)
def test_what_solve_finds_verify_proves(behaviour: Behaviour) -> None:
    assert isinstance(lstmsolve.verify(behaviour.case, solved(behaviour.case).weights), Proved)


def test_inputs_beyond_the_promise_are_no_counterexample() -> None:
    # Set and reset together would break this latch, but the case promises they never come together.
    outcome = lstmsolve.verify("set-reset-latch", solved("set-reset-latch").weights)
    assert isinstance(outcome, Proved)


def test_weights_must_fit_the_case() -> None:
    with pytest.raises(InputError, match=r"cell.inputs: the case 'set-reset-latch' has 2 here \(got 1\)"):
        lstmsolve.verify("set-reset-latch", solved("parity").weights)


def test_a_length_limit_leaves_the_rest_open() -> None:
    late = weights("saturating-counter", "b_f=1 w_i=1 w_c=4 u_c=-1 b_o=1")  # counts to 4, not 3
    assert isinstance(lstmsolve.verify("saturating-counter", late), Refuted)
    outcome = lstmsolve.verify("saturating-counter", late, max_length=3)
    assert outcome.verdict == "unknown"
    assert outcome.max_length == 3  # type: ignore[union-attr]


DIVIDED = """
format = "lstmsolve/case/1"
name = "odd-sum"
[input]
x = [0, 1]
[state]
n = 0
[next]
n = "n + x"
[output]
h = "n % 2"
[cell]
hidden = 1
"""
TOGGLE = "w_f=-1 b_f=1 w_i=1 u_i=-1 w_c=1 b_o=1"


def test_an_unbounded_register_may_be_divided() -> None:
    problem = parse_case(DIVIDED)
    outcome = lstmsolve.verify(problem, parse_weights(TOGGLE, problem))
    assert isinstance(outcome, Proved)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


def test_inputs_outside_the_fragment_are_still_searched() -> None:
    # x % 2 of any natural x is not piecewise affine in finitely many pieces; 2 is a counterexample all the same.
    problem = parse_case(DIVIDED.replace("[0, 1]", '"0.."'))
    outcome = lstmsolve.verify(problem, parse_weights(TOGGLE, problem))
    assert isinstance(outcome, Refuted)
    assert inputs_of(outcome) == ["2"]


def test_what_cannot_be_proved_is_unknown_with_what_was_checked() -> None:
    problem = parse_case(DIVIDED.replace("[0, 1]", '"0.."').replace('"n % 2"', '"(n % 2) - (n % 2)"'))
    outcome = lstmsolve.verify(problem, parse_weights("b_f=1", problem), seconds=3)
    assert outcome.verdict == "unknown"
    assert isinstance(outcome, Unknown)
    assert outcome.max_length is not None
    assert outcome.reason


def test_texts_of_weights() -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    assert parse_weights("b_f=1,w_i=1 w_c[0,0]=1/2", problem) == parse_weights("b_f=1 w_i=1 w_c=0.5", problem)
    for text, message in (("b_q=1", "is no weight"), ("b_f=x", "not a number"), ("b_f=1 b_f=2", "twice")):
        with pytest.raises(InputError, match=message):
            parse_weights(text, problem)
