"""`verify`: given weights proved or refuted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never, overload

from lstmsolve.api.loading.cases import is_smooth, load_case, require_exact
from lstmsolve.api.loading.weights import WeightsLike, load_weights
from lstmsolve.api.passes.settling import settled
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import FloatName, IntName
from lstmsolve.model.outcomes import FloatOutcome, VerifyOutcome
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Stopwatch

VERIFY_SECONDS: Final = 30.0


Held: TypeAlias = Literal["exact"] | IntName
"""Weights as they are, or the nearest of so many bits; either way they are judged in exact arithmetic."""


@overload
def verify(
    case: str | Path | Problem,
    weights: WeightsLike,
    *,
    seconds: float = ...,
    max_length: int | None = ...,
    robust: Fraction | None = ...,
    arithmetic: Held = ...,
    watch: Watch | None = ...,
) -> VerifyOutcome: ...
@overload
def verify(
    case: str | Path | Problem,
    weights: WeightsLike,
    *,
    seconds: float = ...,
    max_length: int | None = ...,
    robust: Fraction | None = ...,
    arithmetic: Held | FloatName,
    watch: Watch | None = ...,
) -> VerifyOutcome | FloatOutcome: ...
def verify(
    case: str | Path | Problem,
    weights: WeightsLike,
    *,
    seconds: float = VERIFY_SECONDS,
    max_length: int | None = None,
    robust: Fraction | None = None,
    arithmetic: Held | FloatName = "exact",
    watch: Watch | None = None,
) -> VerifyOutcome | FloatOutcome:
    """Do these weights meet the case? Proved for all lengths, refuted by a shortest run, or unknown.

    `max_length` ends the search for counterexamples at runs of so many steps. `robust` asks for a proof for every
    implementation that errs by at most so much in every c and h at each step (sigmoid and tanh cells). `arithmetic`
    asks about runs in a float format, or about the nearest weights of 8 or 16 bits.

    Raises:
        InputError: a file is wrong, the weights do not fit the case, or activations have no exact values.
    """
    problem = load_case(case)
    if robust is not None and robust < 0:
        raise InputError.single("robust", "an error is a number from 0 on", show_number(robust))
    given = load_weights(weights, problem)
    problem = problem.for_weights(given)
    watch = watch or Stopwatch(seconds)

    def judged(held: Weights, part: Watch) -> VerifyOutcome:
        return _exactly(problem, held, part, max_length, robust)

    match arithmetic:
        case "exact":
            return judged(given, watch)
        case "int8" | "int16":
            from lstmsolve.api.passes.rounding import in_integers

            return in_integers(judged, given, arithmetic, watch)
        case "float32" | "float16" | "bfloat16":
            from lstmsolve.api.passes.floats import in_floats

            return in_floats(judged(given, watch), problem, arithmetic, watch)
        case _:
            assert_never(arithmetic)


def _exactly(
    problem: Problem, given: Weights, watch: Watch, max_length: int | None, robust: Fraction | None
) -> VerifyOutcome:
    if is_smooth(problem):
        from lstmsolve.api.passes.smooth import verify_smooth  # numpy takes its time

        return verify_smooth(problem, given, watch, max_length, robust or Fraction(0))
    if robust is not None:
        message = "errors of implementations are proved of cells with sigmoid gates and tanh so far"
        raise InputError.single("robust", message, source=problem.name)
    require_exact(problem)
    return settled(problem, given, watch, max_length)
