"""`verify`: given weights proved or refuted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.api.checking import OVERTIME, check
from lstmsolve.api.loading import load_case, load_weights, require_exact
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Proved, Refuted, Rejected, Unknown, VerifyOutcome
from lstmsolve.model.traces import Counterexample
from lstmsolve.model.watch import Watch
from lstmsolve.verifier.refuter import Refuted as Run
from lstmsolve.verifier.settle import Unsettled, settle
from lstmsolve.workers import Overtime, Stopwatch

VERIFY_SECONDS: Final = 30.0


def verify(
    case: str | Path | Problem,
    weights: str | Path | Weights,
    *,
    seconds: float = VERIFY_SECONDS,
    max_length: int | None = None,
    watch: Watch | None = None,
) -> VerifyOutcome:
    """Do these weights meet the case? Proved for all lengths, refuted by a shortest run, or unknown.

    `max_length` ends the search for counterexamples at runs of so many steps.

    Raises:
        InputError: a file is wrong, the weights do not fit, or activations have no exact values.
    """
    problem = load_case(case)
    given = load_weights(weights, problem)
    problem = problem.for_weights(given)
    require_exact(problem)
    watch = watch or Stopwatch(seconds)
    settlement = settle(problem, given, watch, max_length)
    match settlement:
        case Certificate():
            match check(settlement, watch=Overtime(watch, OVERTIME)):
                case Rejected(reason):
                    return Unknown(f"a proof was found, but the checker rejected it: {reason}", None, given)
                case Unknown(reason):
                    return Unknown(f"a proof was found, but {reason}", None, given)
            return Proved(given, settlement, "every step keeps the refinement map; the proof has been checked")
        case Run(counterexample, shortest):
            return Refuted(given, counterexample, _told(counterexample, shortest))
        case Unsettled(length, reason):
            return Unknown(reason, length, given)


def _told(run: Counterexample, shortest: bool) -> str:
    """A counterexample in one sentence."""
    wanted = ", ".join("any" if value is None else show_number(value) for value in run.expected)
    got = ", ".join(map(show_number, run.actual))
    which = "a shortest run that fails" if shortest else "a run that fails (perhaps not a shortest one)"
    read = "h" if run.trace.z is None else "z"
    return f"{which}: after {run.step + 1} step{'s' if run.step else ''} {read} is ({got}), the spec says ({wanted})"
