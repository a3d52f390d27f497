"""The rounds of `descending`, in their worker process: a candidate, its proof or a run that refutes it, and again.

Counterexample-guided, like `verifier.impossibility`. Larger hidden sizes join in when smaller ones
have had their restarts, in an order that hangs on no clock.
"""

from __future__ import annotations

from itertools import count
from typing import Final

from lstmsolve.api.passes.searching.descending import DescentAnswer, DescentQuery, Settled, Unfinished
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.search.floats.descent import Descent
from lstmsolve.verifier.refuter import Refuted
from lstmsolve.verifier.settle import Unsettled, settle
from lstmsolve.workers import Stopwatch

SETTLE_SECONDS: Final = 5.0
"""For each candidate: another one may be easier to prove."""

LEAD: Final = 16
"""Restarts after which the next hidden size joins in."""

LONGEST_LEARNED: Final = 100
"""Longer counterexamples are no help to a descent."""


def descend(query: DescentQuery) -> DescentAnswer:
    """The first weights that are proved, or the ones that came closest."""
    watch = Stopwatch(query.seconds)
    descents = [(problem, Descent(problem, query.seed)) for problem in query.problems]
    closest: Unfinished | None = None
    restarts = 0
    try:
        for number in count():
            for place, (problem, descent) in enumerate(descents):
                if number < place * LEAD:
                    break
                watch.check()
                restarts += 1
                weights = descent.attempt(number - place * LEAD, watch)
                if weights is None:
                    continue
                settled = _settled(problem, descent, weights, watch)
                if isinstance(settled, Settled):
                    return settled
                if settled is not None and (closest is None or (settled.length or 0) > (closest.length or 0)):
                    closest = settled
    except LimitReached:
        pass
    if closest is not None:
        return closest
    return Unfinished(f"no weights that can be proved were found by descent in {_times(restarts)}")


def _settled(problem: Problem, descent: Descent, weights: Weights, watch: Watch) -> Settled | Unfinished | None:
    """The proof of a candidate, or what is known of it; None if it was refuted, of which the descent has learned."""
    settlement = settle(problem, weights, Part(watch, SETTLE_SECONDS))
    match settlement:
        case Certificate():
            return Settled(weights, settlement)
        case Refuted(counterexample):
            inputs = counterexample.trace.inputs
            if len(inputs) <= LONGEST_LEARNED:
                descent.learn(tuple(problem.spec.decode(x) for x in inputs))
            return None
        case Unsettled(length, reason):
            return Unfinished(f"weights found by descent could not be proved: {reason}", length, weights)


def _times(restarts: int) -> str:
    return f"{restarts} restart{'' if restarts == 1 else 's'}"
