"""Impossible at any size: bounds that hold for every cell, one string, no solver."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from random import Random
from typing import Any

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.lstm.cells import Activation, Cell, State, Weights, parameters
from lstmsolve.kernel.proofs.bounds import Range, shown, value
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Impossible, Rejected, Solved
from lstmsolve.obligations.strings.beyond import beyond_reach
from lstmsolve.simulator.exact import run
from lstmsolve.writing.certificates import certificate_record

BIT = '[input]\nx = [0, 1]\n[state]\nn = 0\n[next]\nn = "n + x"\n[output]\nh = "{}"\n'


def problem(output: str, rest: str = "") -> Problem:
    return parse_case(BIT.format(output) + rest)


def ruled(given: Problem) -> Impossible:
    outcome = lstmsolve.solve(given, seconds=20)
    assert isinstance(outcome, Impossible), outcome.reason
    assert isinstance(lstmsolve.check(outcome.claim), Accepted)
    return outcome


def holds(range_: Range, number: Fraction) -> bool:
    return (range_.low is None or range_.low <= number) and (range_.high is None or number <= range_.high)


@pytest.mark.parametrize("candidate", [Activation.CRELU, Activation.IDENTITY])
@pytest.mark.parametrize("output", [Activation.IDENTITY, Activation.CRELU])
def test_no_cell_leaves_its_bounds(candidate: Activation, output: Activation) -> None:
    """Random cells, starts and layers, on random inputs."""
    random = Random(f"{candidate}{output}")
    for trial in range(60):
        hidden, outputs = random.randint(1, 3), random.choice([None, 1, 2])
        cell = Cell(1, hidden, candidate=candidate, output=output, outputs=outputs)
        weights = {place: Fraction(random.randint(-9, 9), random.choice([1, 2, 3])) for place in parameters(cell)}
        c = tuple(Fraction(random.randint(-3, 3), 2) for _ in range(hidden))
        start = State(c, c[::-1])
        base = problem("x", "[readout]\nlayer = true\n" if outputs else "")
        fixed = {place.name: number for place, number in weights.items() if place.gate is None}
        choice = replace(base.choice, hidden=hidden, candidate=candidate, output=output, initial=start)
        spec = replace(base.spec, outputs=base.spec.outputs * (outputs or 1))
        given = replace(base, spec=spec, choice=choice, constraints=replace(base.constraints, fixed=fixed))
        trace = run(Weights.of(cell, weights, start), [(Fraction(random.randint(-5, 5)),) for _ in range(5)])
        for n, (h, z) in enumerate(zip(trace.h, trace.outputs, strict=True)):
            assert all(holds(shown(given, unit, n + 1), number) for unit, number in enumerate(h)), trial
            for demand in spec.demands(spec.step(spec.initial, {"x": spec.initial["n"]}).outputs):
                assert holds(value(given, demand, n + 1), z[demand.place]), trial


@pytest.mark.parametrize(
    ("output", "rest", "length"),
    [
        ("-x", "", 1),
        ("2 if x == 1 else 0", "", 1),
        ("2 * n", "", 1),
        ("any if n < 3 else n + 1", "", 3),
        ("n", '[cell]\nhidden = "minimal"\noutput = "crelu"\n', 2),
        ("-n", '[cell]\nhidden = "minimal"\noutput = "crelu"\ncandidate = "identity"\n', 1),
        ("x", '[readout]\naccept = ">= 5/4"\nreject = "<= 0"\n', 1),
        ("x", '[readout]\naccept = "> 1"\nreject = "<= 0"\n', 1),
        ("x", '[readout]\naccept = ">= 1"\nreject = "< 0"\n', 1),
        ("n + 5", "[cell]\nhidden = 1\ninitial = { c = [3], h = [0] }\n", 1),
        ("x", "[readout]\nlayer = true\n[cell]\nhidden = 2\n[weights]\nV = [[1, -2]]\nd = [-3]\n", 1),
    ],
)
def test_what_is_beyond_every_cell_is_ruled_out_at_once(output: str, rest: str, length: int) -> None:
    outcome = ruled(problem(output, rest))
    assert [len(string) for string in outcome.claim.strings] == [length]
    record = json.loads(json.dumps(certificate_record(outcome.claim)))
    assert certificate_from_record(record) == outcome.claim
    sized = "initial" in rest or "layer" in rest
    assert outcome.claim.any_size is not sized


@pytest.mark.parametrize(
    ("output", "rest"),
    [
        ("n", ""),  # at most n + 1 after step n: just within
        ("-x", '[cell]\nhidden = 1\ncandidate = "identity"\n'),
        ("-x", "[readout]\nlayer = true\n"),
        ("x", '[readout]\naccept = ">= 1"\nreject = "<= 0"\n'),
        ("n + 1", "[cell]\nhidden = 2\ninitial = { c = [3, 0], h = [0, 0] }\n"),
        ("3 * x", '[cell]\nhidden = 2\ninitial = "free"\n'),
        ("x", "[readout]\nlayer = true\n[cell]\nhidden = 2\n[weights]\nV = [[1, 2]]\nd = [-1]\n"),
    ],
)
def test_what_is_within_reach_is_not_ruled_out(output: str, rest: str) -> None:
    assert beyond_reach(problem(output, rest)) is None


def test_negative_outputs_with_a_layer_are_solved() -> None:
    for rest in ("[readout]\nlayer = true\n", '[cell]\nhidden = 1\ncandidate = "identity"\n'):
        assert isinstance(lstmsolve.solve(problem("-x", rest), seconds=60), Solved)


def test_promises_are_kept_on_the_way() -> None:
    """With 1 never allowed, nothing is owed that a cell cannot say."""
    assert beyond_reach(problem("-x", '[assume]\nalways = "x == 0"\n')) is None
    claim = ruled(problem("-x")).claim
    promised = replace(claim, problem=problem("-x", '[assume]\nalways = "x == 0"\n'))
    assert isinstance(lstmsolve.check(promised), Rejected)


@pytest.mark.parametrize("strings", [(), ((),), (((Fraction(0),),),), (((Fraction(1),),), ((Fraction(1),),))])
def test_a_string_that_shows_nothing_is_rejected(strings: Any) -> None:
    claim = Impossibility(problem("-x"), strings, by_bounds=True)
    assert isinstance(lstmsolve.check(claim), Rejected)


def test_a_claim_by_bounds_is_none_about_another_case() -> None:
    claim = ruled(problem("-x")).claim
    for output in ("x", "n"):
        assert isinstance(lstmsolve.check(replace(claim, problem=problem(output))), Rejected)
    other = replace(claim, problem=problem("-x", '[cell]\nhidden = "minimal"\ncandidate = "identity"\n'))
    assert isinstance(lstmsolve.check(other), Rejected)


def test_argmax_between_units_has_a_greatest_margin() -> None:
    text = '[input]\nx = [0, 1]\n[output]\nreply = {{ symbols = ["a", "b"], is = "\'a\' if x == 0 else \'b\'" }}\n'
    readout = '[readout]\ndecide = "argmax"\nmargin = "{}"\n'
    assert beyond_reach(parse_case((text + readout).format("1"))) is None
    outcome = ruled(parse_case((text + readout).format("9/8")))
    assert "h[0] - h[1] >= 9/8" in outcome.reason or "h[1] - h[0] >= 9/8" in outcome.reason


def test_what_is_ruled_out_has_no_weights_among_many() -> None:
    """Every cell of one unit with small whole weights fails on the string of the claim."""
    claim = ruled(problem("2 * n")).claim
    (string,) = claim.strings
    cell = Cell(1, 1)
    places = [place for place in parameters(cell) if place.matrix != "u"]  # h[-1] is zero: u has no say
    for numbers in islice(product((-1, 0, 1, 2), repeat=len(places)), None, None, 7):
        weights = Weights.of(cell, dict(zip(places, map(Fraction, numbers), strict=True)))
        assert run(weights, string).h[-1] != (Fraction(2),)
