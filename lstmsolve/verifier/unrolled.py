"""Counterexamples by unrolling in z3: for steps that are not piecewise affine, one length after another."""

from __future__ import annotations

from typing import Final

from lstmsolve.encoder.designs.queries import FailingRun, NoFailingRun, UnrollQuery
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.verifier.refuter import Exhausted, Refuted
from lstmsolve.verifier.replay import replayed
from lstmsolve.workers import Finished, Worker, call

UNROLL: Final = "lstmsolve.encoder.strings.unroll:solve_unrolled"


def refute_by_unrolling(problem: Problem, weights: Weights, verified: int, watch: Watch) -> Refuted | Exhausted:
    """A counterexample longer than `verified` steps, up to which none is known to exist.

    "No run of this length fails" is z3's word, so the length that is returned rests on z3; a
    counterexample is replayed exactly, as always.
    """
    while watch.remaining > 0:
        length = verified + 1
        watch.say(f"unrolling {length} steps")
        with Worker(UNROLL) as worker:
            outcome = call(worker, UnrollQuery(problem.spec, weights, length), watch)
        match outcome:
            case Finished(NoFailingRun()):
                verified = length
            case Finished(FailingRun(inputs)):
                found = replayed(problem, weights, inputs)
                if found is not None:
                    return Refuted(found, True)
                return Exhausted(verified, "the solver's counterexample failed its exact replay", False, True)
            case _:
                break
    return Exhausted(verified, f"unrolling {verified + 1} steps did not end in time", False, True)
