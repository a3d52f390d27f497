"""Impossibility: a finite set of strings on which no weights do right, agreed on by solvers."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.api.passes.confirming import opinions, query_of, smtlib
from lstmsolve.encoder.designs.queries import Opinion
from lstmsolve.encoder.strings.second_opinion import z3_opinion
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.documents import read_certificate, write_certificate
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.proofs.statements import impossibility_statement
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Impossible, Rejected, Solved, Unknown
from lstmsolve.workers import Stopwatch
from lstmsolve.writing.certificates import certificate_record


def bits(next: str, output: str, hidden: int = 1, state: str = "a = 0\nb = 0", extra: str = "") -> Problem:
    """A case over {0, 1} with registers a and b."""
    return parse_case(
        f'format = "lstmsolve/case/1"\nname = "test"\n[input]\nx = [0, 1]\n[state]\n{state}\n'
        f'[next]\n{next}\n[output]\nh = "{output}"\n{extra}\n[cell]\nhidden = {hidden}\n'
    )


SHIFT = 'a = "b"\nb = "x"'
"""Afterwards b is this input and a the one before."""

IMPOSSIBLE = {
    "delay by one": bits(SHIFT, "a"),
    "rising edge": bits(SHIFT, "1 if a == 0 and b == 1 else 0"),
    "any edge": bits(SHIFT, "1 if a != b else 0"),
    "every second 1": bits('a = "(a + x) % 2"\nb = "1 if x == 1 and a == 1 else 0"', "b"),
    "last two were 1": bits(SHIFT, "1 if a == 1 and b == 1 else 0"),
}

POSSIBLE = {
    "parity": bits('a = "1 - a if x == 1 else a"', "a"),
    "falling edge": bits(SHIFT, "1 if a == 1 and b == 0 else 0"),
    "ramp": bits('a = "0 if x == 1 else a + 1"', "a"),
    "set-reset latch": lstmsolve.load_case("set-reset-latch"),
    "depth clipped at 3": parse_case(
        'format = "lstmsolve/case/1"\nname = "test"\n[input]\nx = [-1, 1]\n[state]\nn = 0\n'
        '[next]\nn = "min(max(n + x, 0), 3)"\n[output]\nh = "n"\n[cell]\nhidden = 1\n'
    ),
}


@pytest.mark.parametrize("problem", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_one_unit_cannot(problem: Problem) -> None:
    outcome = lstmsolve.solve(problem)
    assert isinstance(outcome, Impossible)
    assert "z3 agrees" in outcome.reason
    assert max(map(len, outcome.claim.strings)) <= 3


@pytest.mark.parametrize("problem", POSSIBLE.values(), ids=POSSIBLE.keys())
def test_one_unit_can(problem: Problem) -> None:
    assert isinstance(lstmsolve.solve(problem), Solved)


@pytest.mark.parametrize("problem", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_cvc5_agrees(problem: Problem) -> None:
    """A second solver on the exported query; the test extra installs it."""
    outcome = lstmsolve.solve(problem)
    assert isinstance(outcome, Impossible)
    assert opinions(query_of(outcome.claim), Stopwatch(60.0)) == {"z3": Opinion.AGREES, "cvc5": Opinion.AGREES}


def test_the_core_is_minimal() -> None:
    outcome = lstmsolve.solve(IMPOSSIBLE["any edge"])
    assert isinstance(outcome, Impossible)
    for place, string in enumerate(outcome.claim.strings):
        rest = (*outcome.claim.strings[:place], string[:-1], *outcome.claim.strings[place + 1 :])
        shorter = Impossibility(outcome.claim.problem, tuple(s for s in rest if s))
        if shorter.strings:
            assert z3_opinion(query_of(shorter)) is Opinion.DISAGREES


def test_two_units_can_delay() -> None:
    assert isinstance(lstmsolve.solve(bits(SHIFT, "a", hidden=2)), Solved)


def test_the_initial_state_and_the_readout_are_part_of_the_claim() -> None:
    outcome = lstmsolve.check(claim_of("delay by one"))
    assert isinstance(outcome, Accepted)
    assert "c[-1] = (0), h[-1] = (0)" in outcome.statement
    loose = bits(SHIFT, "a", extra='[readout]\naccept = ">= 3/4"\nreject = "<= 1/4"')
    assert "an output 1 is read as h >= 3/4" in impossibility_statement(Impossibility(loose, (((Fraction(1),),),)))


def claim_of(name: str) -> Impossibility:
    outcome = lstmsolve.solve(IMPOSSIBLE[name])
    assert isinstance(outcome, Impossible)
    return outcome.claim


def test_a_claim_survives_its_file_and_is_checked_again(tmp_path: Path) -> None:
    claim = claim_of("rising edge")
    path = tmp_path / "certificate.json"
    write_certificate(path, claim)
    assert read_certificate(path) == claim
    assert isinstance(lstmsolve.check(path), Accepted)


@pytest.mark.parametrize("given", ['"0.."', "[0, 1]"], ids=["without end", "listed"])
def test_conditions_that_contradict_each_other_unseen_are_a_claim_like_any_other(given: str) -> None:
    demands = 'integer = true\nbounds = "-9..9"\nwhere = ["2*b_f + 2*b_i + 2*b_o + 2*b_c + 2*w_f + 2*w_i == 1"]'
    text = f'[input]\nx = {given}\n[output]\nh = "x"\n[cell]\nhidden = 1\n[weights]\n{demands}\n'
    outcome = lstmsolve.solve(parse_case(text))
    assert isinstance(outcome, Impossible)
    assert len(outcome.claim.strings) == 1
    assert isinstance(lstmsolve.check(outcome.claim), Accepted)


def test_a_false_claim_is_rejected() -> None:
    claim = claim_of("delay by one")
    weaker = Impossibility(claim.problem, tuple(string[:-1] for string in claim.strings))
    outcome = lstmsolve.check(weaker)
    assert isinstance(outcome, Rejected)
    assert "z3 disagrees" in outcome.reason
    assert isinstance(lstmsolve.check(Impossibility(claim.problem, ())), Rejected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strings": [[["2"]]]}, "is no input of the case"),
        ({"strings": [[["0", "1"]]]}, "needs 1 numbers"),
        ({"strings": 3}, "a list is needed"),
        ({"extra": 1}, "unknown key"),
    ],
)
def test_malformed_claims(change: dict[str, object], message: str) -> None:
    record = json.loads(json.dumps(certificate_record(claim_of("delay by one"))))
    with pytest.raises(InputError, match=message):
        certificate_from_record(record | change)


def test_the_export_is_smt_lib_for_anybody() -> None:
    text = smtlib(claim_of("delay by one"), Stopwatch(30.0))
    assert text is not None
    assert text.startswith("(set-logic QF_NRA)")
    assert text.rstrip().endswith("(check-sat)")


def test_no_design_in_the_searched_classes_is_unknown_never_impossible() -> None:
    # Three units are beyond what is settled by strings here, and no time is left for the rest.
    problem = bits('a = "(3 * a + x + 1) % 7"\nb = "(a + b + x) % 5"', "(a + b) % 2", hidden=3)
    outcome = lstmsolve.solve(problem, seconds=4)
    assert isinstance(outcome, Unknown)
    assert "not settled in time" in outcome.reason or "no design" in outcome.reason
