"""`verify`: given weights proved or refuted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.api.loading import load_case, load_weights, require_exact
from lstmsolve.api.passes.settling import settled
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import VerifyOutcome
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Stopwatch

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
    return settled(problem, given, watch or Stopwatch(seconds), max_length)
