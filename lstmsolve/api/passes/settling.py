"""Given weights proved or refuted: `verifier.settle`, and the checker asked about its proof."""

from __future__ import annotations

from lstmsolve.api.passes.rechecking import OVERTIME, recheck
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Proved, Refuted, Rejected, Unknown, VerifyOutcome
from lstmsolve.model.traces import Counterexample
from lstmsolve.model.watch import Watch
from lstmsolve.showing.summaries import owed_text
from lstmsolve.verifier.refuter import Refuted as Run
from lstmsolve.verifier.settle import Unsettled, settle
from lstmsolve.workers import Overtime


def settled(problem: Problem, given: Weights, watch: Watch, max_length: int | None = None) -> VerifyOutcome:
    """Proved for all lengths, refuted by a run that was replayed, or unknown. The weights fit the problem."""
    settlement = settle(problem, given, watch, max_length)
    match settlement:
        case Certificate():
            match recheck(settlement, Overtime(watch, OVERTIME)):
                case Rejected(reason):
                    return Unknown(f"a proof was found, but the checker rejected it: {reason}", None, given)
                case Unknown(reason):
                    return Unknown(f"a proof was found, but {reason}", None, given)
            return Proved(given, settlement, "every step keeps the refinement map; the proof has been checked")
        case Run(counterexample, shortest):
            return Refuted(given, counterexample, _told(problem, counterexample, shortest))
        case Unsettled(length, reason):
            return Unknown(reason, length, given)


def _told(problem: Problem, run: Counterexample, shortest: bool) -> str:
    """A counterexample in one sentence."""
    got = ", ".join(map(show_number, run.actual))
    which = "a shortest run that fails" if shortest else "a run that fails (perhaps not a shortest one)"
    if run.broken is not None:
        return f"{which}: at step {run.step} the condition {run.broken} does not hold"
    read = "h" if run.trace.z is None else "z"
    return f"{which}: at step {run.step} {read} is ({got}), the spec says {owed_text(problem.spec, run.expected)}"
