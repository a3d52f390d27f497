"""`solve --engine construct`: weights built from an automaton, with a checked certificate."""

from __future__ import annotations

from typing import Final

from lstmsolve.api.passes.rechecking import accepted
from lstmsolve.encoder import SAY, Saying, SayingQuery
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Solved, SolveOutcome, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.search.built.construct import NotConstructible, construct
from lstmsolve.verifier.prover import certificate_by_visiting
from lstmsolve.workers import Finished, Worker, call

LARGE: Final = 64
"""So many units are what was asked for, and no stopgap: their proof gets all the time there is."""


def solve_by_construction(problem: Problem, watch: Watch, patience: float | None = None) -> SolveOutcome:
    """The constructed weights, proved by the list of all joint states that they and the spec reach.

    With `patience`, in seconds, for weights of a few units that a search will try to improve on.

    Raises:
        InputError: the case's conditions on weights name some that a cell of that size does not have.
    """
    watch.say("building weights from the automaton")
    whole = watch
    watch = watch if patience is None else Part(watch, patience)
    try:
        weights = construct(problem, watch, lambda query: _said(query, watch))
        if isinstance(weights, NotConstructible):
            return Unknown(f"nothing was built: {weights.reason}", None)
        watch = whole if weights.cell.hidden > LARGE else watch
        problem = problem.with_hidden(weights.cell.hidden)
        unmet = next(problem.constraints.unmet(weights), None)
        if unmet is not None:
            return Unknown(f"the weights built from the automaton do not meet the case's conditions: {unmet}", None)
        watch.say("proving the construction")
        try:
            proof = certificate_by_visiting(problem, weights, watch)
        except LimitReached:
            return Unknown("weights were built, but their states could not all be visited in time", None, weights)
    except LimitReached as error:
        return Unknown(f"nothing was built: {error}", None)
    if not isinstance(proof, Certificate) or not accepted(proof, watch):
        return Unknown("weights were built, but their proof was not accepted", None, weights)
    reason = (
        "weights built from the automaton; the proof for all lengths has been checked (a search may find fewer units)"
    )
    return Solved(weights, proof, reason)


def _said(query: SayingQuery, watch: Watch) -> Saying | None:
    """One unit's gates from a solver in a process of its own."""
    watch.say("looking for one unit that says the output")
    with Worker(SAY) as worker:
        match call(worker, query, watch):
            case Finished(Saying() as found):
                return found
            case _:
                return None
