"""[property]: conditions on what a cell holds, shows and says, besides outputs or in place of them."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.records.certificates import FORMAT_2, certificate_from_record
from lstmsolve.kernel.records.problems import problem_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Rejected, Solved
from lstmsolve.model.traces import Counterexample
from lstmsolve.simulator.exact import run
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.problems import problem_record

TALLY = '[input]\nx = "{}"\n[state]\nn = 0\n[next]\nn = "n + (1 if x >= 1 else 0)"\n'
COUNTING = "b_f=1 w_i=1 w_c=1 b_o=1"
"""c and h count the steps with x >= 1."""


def case(domain: str, *always: str, output: str = "", rest: str = "[cell]\nhidden = 1\n") -> Problem:
    said = f'[output]\nh = "{output}"\n' if output else ""
    return parse_case(f"{TALLY.format(domain)}{said}[property]\nalways = {json.dumps(list(always))}\n{rest}")


@pytest.mark.parametrize(
    ("always", "verdict"),
    [
        (["h[0] == n"], Proved),
        (["c[0] - n <= 1/2", "n - c[0] <= 1/2"], Proved),
        (["h[0] >= 0 and c[0] >= h[0]"], Proved),
        (["h[0] >= 1 or n == 0"], Proved),
        (["not (h[0] > n)", "z[0] == h[0]"], Proved),
        (["h[0] <= 5"], Refuted),
        (["h[0] >= 0", "h[0] >= n + 1 or x == 0"], Refuted),
        (["h[0] != 3"], Refuted),
    ],
)
def test_conditions_of_a_counter_are_proved_or_refuted(always: list[str], verdict: type) -> None:
    problem = case("0..", *always)
    outcome = lstmsolve.verify(problem, COUNTING)
    assert isinstance(outcome, verdict), outcome.reason
    if isinstance(outcome, Refuted):
        found = outcome.counterexample
        assert isinstance(found, Counterexample)
        trace = run(outcome.weights, found.trace.inputs)
        n = sum(x >= 1 for (x,) in trace.inputs)
        assert not holds(found.broken or "", n, trace.inputs[-1][0], trace.h[-1][0])
        assert found.broken is not None
        assert found.broken in outcome.reason
    else:
        assert isinstance(outcome, Proved)
        record = json.loads(json.dumps(certificate_record(outcome.certificate)))
        assert record["format"] == FORMAT_2
        accepted = lstmsolve.check(certificate_from_record(record))
        assert isinstance(accepted, Accepted)
        assert all(formula.text in accepted.statement for formula in problem.spec.always)


def holds(text: str, n: int, x: Fraction, h: Fraction) -> bool:
    """The three conditions above that fail, in Python."""
    return {"h[0] <= 5": h <= 5, "h[0] >= n + 1 or x == 0": h >= n + 1 or x == 0, "h[0] != 3": h != 3}[text]


@pytest.mark.parametrize(("bound", "verdict"), [("1", Proved), ("3/4", Refuted)])
def test_a_bound_for_all_real_inputs(bound: str, verdict: type) -> None:
    problem = case("real 0..1", f"0 <= h[0] <= {bound}")
    assert isinstance(lstmsolve.verify(problem, "w_i=1 b_c=1 b_o=1"), verdict)


def test_outputs_and_conditions_are_both_owed() -> None:
    counting = case("0..3", "c[0] <= 7", output="n")
    assert isinstance(lstmsolve.verify(counting, COUNTING), Refuted)
    said = lstmsolve.verify(case("0..3", "c[0] >= 0", output="n"), COUNTING)
    assert isinstance(said, Proved)
    wrong = lstmsolve.verify(case("0..3", "c[0] >= 0", output="n"), "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1")
    assert isinstance(wrong, Refuted)
    assert isinstance(wrong.counterexample, Counterexample)
    assert wrong.counterexample.broken is None


def test_another_condition_is_not_proved_by_the_same_certificate() -> None:
    outcome = lstmsolve.verify(case("0..", "h[0] >= n - 1/2"), COUNTING)
    assert isinstance(outcome, Proved)
    record: Any = json.loads(json.dumps(certificate_record(outcome.certificate)))
    record["problem"]["property"] = ["h[0] >= n + 1/2"]
    assert isinstance(lstmsolve.check(certificate_from_record(record)), Rejected)
    problem = outcome.certificate.problem
    assert problem_from_record(problem_record(problem)) == problem


def test_designs_keep_conditions() -> None:
    """Nothing is owed but conditions on single units, and on two of them together."""
    text = '[input]\nx = [0, 1]\n[state]\nlast = 0\n[next]\nlast = "x"\n[property]\nalways = {}\n[cell]\nhidden = 2\n'
    for always in (["h[1] == last"], ["c[0] == 1 - last", "h[0] + h[1] <= 1", "h[1] >= 1 or last == 0"]):
        outcome = lstmsolve.solve(parse_case(text.format(json.dumps(always))), seconds=60)
        assert isinstance(outcome, Solved), outcome.reason
        trace = run(outcome.weights, [(Fraction(x),) for x in (0, 1, 1, 0, 1, 0, 0)])
        for (x,), h in zip(trace.inputs, trace.h, strict=True):
            assert h[1] >= x


@pytest.mark.parametrize(
    ("always", "rest", "message"),
    [
        ("h[0]", "", "a condition is needed here"),
        ("h[0] >= y", "", "undefined name 'y'"),
        ("h[2] >= 0", "[cell]\nhidden = 2\n", "hidden must be at least"),
        ("q[0] >= 0", "", "undefined name 'q[0]'"),
        ("z[1] >= 0", '[output]\nh = "n"\n[readout]\nlayer = true\n', "there is no z[1]"),
        ("h[0] >= 0", "[readout]\nlayer = true\n", "how many outputs has the layer"),
        ("h[0] >= 0", "[readout]\nlate = 1\n", "nothing is owed that could be late"),
        ("h[0] * c[0] >= 0", "", "non-linear"),
    ],
)
def test_bad_conditions_are_named(always: str, rest: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_case(f"{TALLY.format('0..')}[property]\nalways = {json.dumps([always])}\n{rest}")
    assert message in str(error.value), str(error.value)
