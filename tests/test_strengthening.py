"""Invariants that the registers do not give: bounds where gates bend, and k-induction on top of them.

Resonators: linear filters of the input whose output must stay below a threshold for ever. The judge
is their impulse response: the largest output is the sum of its absolute values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.weights.reading import parse_weights
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Rejected
from lstmsolve.verifier.prover import NotProved, prove
from lstmsolve.workers.clock import Stopwatch
from lstmsolve.writing.certificates import certificate_record


def quiet(inputs: str, hidden: int, outputs: int) -> str:
    """A case: outputs stay at 1/4 or below, whatever comes in."""
    return f"""
format = "lstmsolve/case/1"
name = "quiet"
[input]
x = "{inputs}"
[output]
h = {json.dumps(["0"] * outputs)}
[readout]
accept = ">= 3/4"
reject = "<= 1/4"
[cell]
hidden = {hidden}
candidate = "identity"
"""


@dataclass(frozen=True)
class Filter:
    """c = kept * c + mixed h + fed x in unit 0, and h = c."""

    kept: tuple[Fraction, ...]
    fed: Fraction
    mixed: Mapping[tuple[int, int], Fraction] = field(default_factory=dict)

    def problem(self) -> Problem:
        return parse_case(quiet("real -1..1", len(self.kept), len(self.kept)))

    def weights(self) -> Weights:
        parts = [f"b_i[{unit}]=1 b_o[{unit}]=1 b_f[{unit}]={factor}" for unit, factor in enumerate(self.kept)]
        parts += [f"u_c[{unit},{other}]={factor}" for (unit, other), factor in self.mixed.items()]
        return parse_weights(" ".join([*parts, f"w_c[0,0]={self.fed}"]), self.problem())

    def is_quiet(self) -> bool:
        """Is the sum of the impulse response, so far as 80 steps tell, at most 1/4 in every unit?"""
        units = range(len(self.kept))
        c = [self.fed, *(Fraction(0) for _ in units[1:])]
        total = [Fraction(0) for _ in units]
        for _ in range(80):
            total = [sum_ + abs(value) for sum_, value in zip(total, c, strict=True)]
            c = [
                self.kept[j] * c[j] + sum((self.mixed.get((j, k), Fraction(0)) * c[k] for k in units), Fraction(0))
                for j in units
            ]
        return all(value <= Fraction(1, 4) for value in total)


def fractions(*texts: str) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, texts))


RINGING = {(0, 1): Fraction(1, 2), (1, 0): Fraction(-1)}
"""Poles at half of 1 ± i√7/2: it overshoots, and no box of c is kept by a single step."""

FILTERS = {
    "decay": Filter(fractions("1/2"), Fraction(1, 8)),
    "slow decay": Filter(fractions("7/8"), Fraction(1, 32)),
    "too loud": Filter(fractions("1/2"), Fraction(1, 7)),
    "ringing": Filter(fractions("1/2", "0"), Fraction(1, 16), RINGING),
    "ringing, damped": Filter(fractions("5/8", "0"), Fraction(1, 24), RINGING),
    "ringing, too loud": Filter(fractions("1/2", "0"), Fraction(1, 8), RINGING),
    "alternating": Filter(fractions("0"), Fraction(1, 12), {(0, 0): Fraction(-2, 3)}),
    "echo": Filter(fractions("0", "0", "0"), Fraction(1, 8), {(1, 0): Fraction(1), (0, 1): Fraction(-1, 2)}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_are_settled_as_their_impulse_response_says(name: str) -> None:
    outcome = lstmsolve.verify(FILTERS[name].problem(), FILTERS[name].weights())
    assert isinstance(outcome, Proved if FILTERS[name].is_quiet() else Refuted)
    if isinstance(outcome, Proved):
        written = json.dumps(certificate_record(outcome.certificate))
        assert isinstance(lstmsolve.check(certificate_from_record(json.loads(written))), Accepted)


@pytest.mark.parametrize("name", ["ringing", "ringing, damped"])
def test_outputs_that_were_right_so_far_make_the_difference(name: str) -> None:
    problem, weights = FILTERS[name].problem(), FILTERS[name].weights()
    assert isinstance(prove(problem, weights, Stopwatch(60), most_remembered=0), NotProved)
    certificate = prove(problem, weights, Stopwatch(60))
    assert isinstance(certificate, Certificate)
    # A path is only as good as what is known of its beginning: without its conditions it proves nothing.
    for path, mode in certificate.modes.items():
        if mode.where:
            bare = replace(certificate, modes={**certificate.modes, path: replace(mode, where=())})
            assert isinstance(lstmsolve.check(bare), Rejected)


@pytest.mark.parametrize(("slope", "verdict"), [(4, Proved), (3, Proved), (Fraction(9, 2), Refuted)])
def test_bounds_are_tried_where_gates_bend(slope: Fraction, verdict: type) -> None:
    """Unit 1 adds up a decaying sum that never reaches 1/4; the input gate of unit 0 opens at 1/slope."""
    problem = parse_case(quiet("real 0..1", 2, 1))
    text = f"b_f[1]=1/2 w_c[1,0]=1/8 b_i[1]=1 b_o[0]=1 b_o[1]=1 u_i[0,1]={slope} b_i[0]=-1 b_f[0]=1 w_c[0,0]=100"
    assert isinstance(lstmsolve.verify(problem, parse_weights(text, problem)), verdict)
