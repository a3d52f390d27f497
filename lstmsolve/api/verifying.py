"""`verify`: given weights proved or refuted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from lstmsolve.api.loading import WeightsLike, is_smooth, load_case, load_weights, require_exact
from lstmsolve.api.passes.judging import known_solutions, nearest_change
from lstmsolve.api.passes.settling import settled
from lstmsolve.api.passes.smooth import verify_smooth
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.marks import Change
from lstmsolve.model.outcomes import Refuted, VerifyOutcome
from lstmsolve.model.watch import Part, Watch
from lstmsolve.workers import Stopwatch

VERIFY_SECONDS: Final = 30.0


def verify(
    case: str | Path | Problem,
    weights: WeightsLike,
    *,
    seconds: float = VERIFY_SECONDS,
    max_length: int | None = None,
    robust: Fraction | None = None,
    watch: Watch | None = None,
) -> VerifyOutcome:
    """Do these weights meet the case? Proved for all lengths, refuted by a shortest run, or unknown.

    `max_length` ends the search for counterexamples at runs of so many steps. `robust` asks for a proof for every
    implementation that errs by at most so much in every c and h at each step (sigmoid and tanh cells).

    Raises:
        InputError: a file is wrong, the weights do not fit, or activations have no exact values.
    """
    problem = load_case(case)
    if robust is not None and robust < 0:
        raise InputError.single("robust", "an error is a number from 0 on", show_number(robust))
    given = load_weights(weights, problem)
    problem = problem.for_weights(given)
    watch = watch or Stopwatch(seconds)
    if is_smooth(problem):
        return verify_smooth(problem, given, watch, max_length, robust or Fraction(0))
    if robust is not None:
        message = "errors of implementations are proved of cells with sigmoid gates and tanh so far"
        raise InputError.single("robust", message, source=problem.name)
    require_exact(problem)
    return settled(problem, given, watch, max_length)


def mended(problem: Problem, refuted: Refuted, watch: Watch) -> Change | None:
    """For wrong weights, the smallest change of a single one that makes them right, proved; None if none was found."""
    try:
        sized = problem.for_weights(refuted.weights)
        known = known_solutions(sized, Part(watch, watch.remaining / 2), others=False)
        return nearest_change(known, refuted.weights, watch)
    except LimitReached:
        return None
