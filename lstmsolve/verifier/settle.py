"""Settling given weights: a quick look for a counterexample, a proof, a long look.

Most wrong weights fail on short runs and most right ones have a small proof, so each side gets a
short turn before either gets a long one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from lstmsolve.model.cells import Weights
from lstmsolve.model.certificates import Certificate
from lstmsolve.model.errors import LimitReached
from lstmsolve.model.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.verifier.prover import NotProved, certificate_of_states, prove
from lstmsolve.verifier.refuter import Closed, Exhausted, Refuted, refute

QUICK_SECONDS: Final = 0.25
QUICK_STATES: Final = 2_000
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
    try:
        quick = refute(problem, weights, Part(watch, QUICK_SECONDS), max_length, QUICK_STATES, leaps=False)
        if isinstance(quick, Refuted):
            return quick
        if isinstance(quick, Exhausted):
            verified = quick.length
        elif len(quick.states) <= FEW_STATES:
            return _certificate_of_states(problem, weights, quick, watch)
        proof = prove(problem, weights, watch)
        if isinstance(proof, Certificate):
            return proof
        full = quick if isinstance(quick, Closed) else refute(problem, weights, watch, max_length)
        match full:
            case Refuted():
                return full
            case Closed():
                return _certificate_of_states(problem, weights, full, watch)
            case Exhausted(length, reason):
                return Unsettled(max(length, verified), _explained(proof, reason))
    except LimitReached as error:
        return Unsettled(verified, str(error))


def _certificate_of_states(problem: Problem, weights: Weights, closed: Closed, watch: Watch) -> Certificate:
    proof = certificate_of_states(problem, weights, closed.states, watch)
    # Every step from these states was taken when they were collected.
    assert isinstance(proof, Certificate), str(proof)
    return proof


def _explained(proof: NotProved, reason: str) -> str:
    if proof.failure is None:
        return f"no proof: {proof.reason}; no counterexample: {reason}"
    return (
        f"the induction breaks {proof.failure} (that state may be unreachable); no counterexample was found: {reason}"
    )
