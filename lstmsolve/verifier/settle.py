"""Settling given weights: the search for a counterexample and the search for a proof take turns.

Most wrong weights fail on short runs and most right ones have a small proof, so each side gets a
short turn before either gets a long one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.verifier.prover import MOST_REMEMBERED, NotProved, Prover, certificate_of_states
from lstmsolve.verifier.refuter import Closed, Exhausted, Refuted, refute

ENDLESS: Final = float("inf")

TURNS: Final = ((0.05, 3.0, 0), (0.5, 3.0, MOST_REMEMBERED), (3.0, ENDLESS, MOST_REMEMBERED), (ENDLESS, 0.0, 0))
"""Seconds for the refuter, then seconds for the prover and the steps that it looks back."""

FEW_STATES: Final = 64
"""Up to so many joint states, the list of them is the proof; beyond, modes are looked for first."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Neither proved nor refuted."""

    length: int
    """No run of up to so many steps fails."""
    reason: str


Settlement: TypeAlias = Certificate | Refuted | Unsettled


def settle(problem: Problem, weights: Weights, watch: Watch, max_length: int | None = None) -> Settlement:
    """A certificate, a counterexample, or how far the weights were found right.

    `problem` has the hidden size of the weights. The certificate has not been checked yet.
    """
    verified = 0
    prover = Prover(problem, weights)
    proof = NotProved(None, "it was not tried", True)
    try:
        for seconds, proving, remembered in TURNS:
            last = seconds == ENDLESS
            looked = refute(problem, weights, Part(watch, seconds), max_length, leaps=seconds != TURNS[0][0])
            if isinstance(looked, Refuted):
                return looked
            if isinstance(looked, Exhausted):
                verified = max(verified, looked.length)
            elif last or len(looked.states) <= FEW_STATES or not proof.worth_more_time:
                return _certificate_of_states(problem, weights, looked, watch)
            if not last and proof.worth_more_time:
                result = prover.prove(Part(watch, proving), remembered)
                if isinstance(result, Certificate):
                    return result
                proof = result
            if isinstance(looked, Exhausted) and looked.sampled and not proof.worth_more_time and max_length is None:
                from lstmsolve.verifier.unrolled import refute_by_unrolling  # the encoder is seldom asked

                looked = refute_by_unrolling(problem, weights, verified, watch)
                if isinstance(looked, Refuted):
                    return looked
                return Unsettled(looked.length, _explained(proof, looked.reason))
            if isinstance(looked, Exhausted) and (last or not (looked.worth_more_time or proof.worth_more_time)):
                return Unsettled(verified, _explained(proof, looked.reason))
    except LimitReached as error:
        return Unsettled(verified, _explained(proof, str(error)))
    raise AssertionError("the last turn always ends")


def _certificate_of_states(problem: Problem, weights: Weights, closed: Closed, watch: Watch) -> Certificate:
    proof = certificate_of_states(problem, weights, closed.states, watch)
    # Every step from these states was taken when they were collected.
    assert isinstance(proof, Certificate), str(proof)
    return proof


def _explained(proof: NotProved, reason: str) -> str:
    """Why neither side was settled, and which obligation stands in the way."""
    if proof.failure is None:
        return f"no proof: {proof.reason}; no counterexample: {reason}"
    return (
        f"no proof: the induction breaks {proof.failure} (whether any run reaches that state is not known); "
        f"no counterexample: {reason}"
    )
