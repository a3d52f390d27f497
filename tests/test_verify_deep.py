"""Verifying beyond small alphabets: deep runs, real inputs, registers that go both ways."""

from __future__ import annotations

from fractions import Fraction

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.weights.reading import parse_weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Proved, Refuted
from lstmsolve.verifier.refuter import Closed, refute
from lstmsolve.workers import Stopwatch
from lstmsolve.writing.weights import weights_record
from tests.textbook import textbook_run


def case(text: str, hidden: int = 1, cell: str = "") -> Problem:
    head = 'format = "lstmsolve/case/1"\nname = "test"\n'
    return parse_case(f"{head}{text}\n[cell]\nhidden = {hidden}\n{cell}")


COUNTER = lstmsolve.load_case("nonzero-counter")
RUNNING_MAX = case('[input]\nx = "real 0..1"\n[state]\nm = "real 0"\n[next]\nm = "max(m, x)"\n[output]\nh = "m"')
MORE_UPS = case(
    '[input]\nx = [-1, 1]\n[state]\nd = 0\n[next]\nd = "d + x"\n[output]\nh = "1 if d >= 1 else 0"', hidden=3
)
CAPPED_SUM = case(
    '[input]\nx = "0..5"\n[state]\nd = 0\n[next]\nd = "d + x if d < 500 else d"\n[output]\nh = "d"',
    cell='candidate = "identity"',
)
NEVER = case('[input]\nx = "real 0..1"\n[output]\nh = "0"')


@pytest.mark.parametrize(
    ("problem", "text", "length"),
    [
        # The forget gate leaks once the tally has passed 1000; the last zero shows it.
        (COUNTER, "b_f=2 u_f=-1/1000 w_i=1 w_c=1 b_o=1 w_o=-1", 1003),
        (COUNTER, "b_f=2 u_f=-1/40 w_i=1 w_c=1 b_o=1 w_o=-1", 43),
        # The output gate closes at a large tally.
        (COUNTER, "b_f=1 w_i=1 w_c=1 b_o=701 w_o=-701 u_o=-1", 703),
        # Large steps reach the cap soonest.
        (CAPPED_SUM, "b_f=1 b_i=1 w_c=1 b_o=1", 101),
        # An input beyond 1000 closes the input gate.
        (COUNTER, "b_f=1 b_i=1001 w_i=-1 w_c=1 b_o=1 w_o=-1", 2),
    ],
)
def test_deep_failures_are_found_and_replayed(problem: Problem, text: str, length: int) -> None:
    weights = parse_weights(text, problem)
    outcome = lstmsolve.verify(problem, weights)
    assert isinstance(outcome, Refuted)
    run = outcome.counterexample
    assert len(run.trace.inputs) == length
    assert run.step == length - 1
    assert run.expected != run.actual
    # The textbook LSTM walks the same way, and is right everywhere before the end.
    outputs = textbook_run(weights_record(weights), run.trace.inputs)
    assert run.trace.h == tuple(map(tuple, outputs))
    assert [n for n, h in enumerate(outputs) if wanted(problem, run.trace.inputs, n) != h[0]] == [length - 1]


def wanted(problem: Problem, inputs: tuple[tuple[Fraction, ...], ...], n: int) -> Fraction:
    if problem is COUNTER:
        return Fraction(0 if inputs[n][0] else sum(1 for (x,) in inputs[: n + 1] if x))
    total = Fraction(0)
    for (x,) in inputs[: n + 1]:
        total += x if total < 500 else 0
    return total


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        # LINEAR gates over real inputs: the candidate is what x adds to the maximum.
        (RUNNING_MAX, "w_c=1 u_c=-1 b_i=1 b_f=1 b_o=1"),
        (RUNNING_MAX, "w_c=1 u_c=-1 b_i=7 b_f=2 b_o=5"),
        # d goes up and down; the cells only count ups and downs.
        (
            MORE_UPS,
            "b_f[1]=1 b_f[2]=1 b_i[1]=1 b_i[2]=1 w_c[1,0]=1 w_c[2,0]=-1 b_o[1]=1 b_o[2]=1"
            " b_i[0]=1 b_c[0]=1 w_o[0,0]=1 u_o[0,1]=1 u_o[0,2]=-1",
        ),
    ],
)
def test_proofs_over_reals_and_registers_that_go_both_ways(problem: Problem, text: str) -> None:
    outcome = lstmsolve.verify(problem, parse_weights(text, problem))
    assert isinstance(outcome, Proved)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


@pytest.mark.parametrize(
    ("problem", "text", "length"),
    [
        (RUNNING_MAX, "w_c=1/2 u_c=-1/2 b_i=1 b_f=1 b_o=1", 1),
        # Right for the first input: then the maximum is forgotten by a millionth.
        (RUNNING_MAX, "w_c=1 u_c=-1 b_i=1 b_f=0.999999 b_o=1", 2),
        # x (1 - x) is 0 at both ends of the interval, and nowhere between.
        (NEVER, "w_i=1 w_c=-1 b_c=1 b_o=1", 1),
    ],
)
def test_real_inputs_are_refuted_anywhere_in_their_interval(problem: Problem, text: str, length: int) -> None:
    outcome = lstmsolve.verify(problem, parse_weights(text, problem))
    assert isinstance(outcome, Refuted)
    assert len(outcome.counterexample.trace.inputs) == length


def test_runs_that_all_break_the_promise_in_endlessly_many_states_are_no_list_of_states() -> None:
    """The promise is broken after one step, whatever x was."""
    once = case(
        '[input]\nx = "real 0..1"\n[state]\ns = "real 0"\n[next]\ns = "x + 1"\n[assume]\nalways = "s <= 0 or s >= 3"\n'
        '[output]\nh = "x"'
    )
    given = parse_weights("b_i=1 w_c=1 b_o=1", once)
    assert not isinstance(refute(once, given, Stopwatch(60)), Closed)
    outcome = lstmsolve.verify(once, given)
    assert isinstance(outcome, Proved)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
