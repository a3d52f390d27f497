"""`verify` in floats: what an exact verdict is worth where a design runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar, assert_never

from lstmsolve.arithmetic.verdicts import float_verdicts
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import (
    FLOAT_FORMATS,
    FloatName,
    FloatRun,
    FloatsExact,
    FloatsHorizon,
    FloatsOpen,
    FloatsWrong,
    FloatVerdict,
)
from lstmsolve.model.outcomes import (
    FloatOutcome,
    Proved,
    Refuted,
    RefutedInFloats,
    Solved,
    SolveOutcome,
    Unknown,
    VerifyOutcome,
)
from lstmsolve.model.watch import Part, Watch
from lstmsolve.showing.floats import float_line, float_run_line

Given = TypeVar("Given", SolveOutcome, VerifyOutcome)

ALL_FORMATS: Final[tuple[FloatName, ...]] = ("float32", "float16", "bfloat16")

FLOATS_SECONDS: Final = 10.0
"""For all formats together, where floats were not asked for and are told besides the verdict."""

SMOOTH: Final = (
    "proved in real arithmetic; sigmoid and tanh in floats differ from one library to the next, so no format has a "
    "verdict of its own (--robust EPS proves the net for every implementation that errs by so little)"
)


def with_floats(outcome: Given, watch: Watch) -> Given:
    """The outcome, and where it has a proof over the fractions what holds of runs in each float format."""
    if not isinstance(outcome, Solved | Proved) or not isinstance(outcome.certificate, Certificate):
        return outcome
    return replace(outcome, floats=float_verdicts(outcome.certificate, Part(watch, FLOATS_SECONDS), ALL_FORMATS))


def solved_in_floats(
    solve: Callable[[Problem, int], SolveOutcome], problem: Problem, arithmetic: FloatName, seed: int, watch: Watch
) -> SolveOutcome:
    """Weights that are exact in a format at every length; unknown with the nearest that was found otherwise.

    Other seeds are tried, and integer weights, whose sums are exact where they are small. `solve` takes a problem and a
    seed.
    """
    whole = replace(problem, constraints=replace(problem.constraints, integer=True))
    best: SolveOutcome | None = None
    for attempt, asked in enumerate([problem, whole, problem, whole]):
        outcome = solve(asked, seed + attempt // 2)
        if not isinstance(outcome, Solved):
            if asked is problem:
                return best or outcome
            continue  # that there are no integer weights says nothing of others
        if isinstance(outcome.certificate, EnclosureCertificate):
            return Unknown(SMOOTH, None, outcome.weights)
        certificate = replace(
            outcome.certificate, problem=replace(outcome.certificate.problem, constraints=problem.constraints)
        )
        floats = float_verdicts(certificate, watch, (arithmetic,))
        told = f"{arithmetic}: {float_line(floats[arithmetic])}"
        if isinstance(floats[arithmetic], FloatsExact):
            return replace(outcome, certificate=certificate, reason=f"{outcome.reason}; {told}", floats=floats)
        reason = f"weights were found that are right over the fractions; {told}"
        best = best or Unknown(reason, None, outcome.weights, floats)
        if watch.remaining <= 0:
            break
    assert best is not None
    return best


def in_floats(outcome: VerifyOutcome, problem: Problem, arithmetic: FloatName, watch: Watch) -> FloatOutcome:
    """The verdict on runs in one format, whatever the order of evaluation, given the exact outcome."""
    match outcome:
        case Proved(weights, certificate):
            if isinstance(certificate, EnclosureCertificate):
                return Unknown(SMOOTH, None, weights)
            floats = float_verdicts(certificate, watch, (arithmetic,))
            return _judged(outcome, arithmetic, floats[arithmetic])
        case Refuted(weights, counterexample, reason):
            inputs = [problem.spec.decode(x) for x in counterexample.trace.inputs]
            try:
                from lstmsolve.arithmetic.failing import replayed_in_floats

                run = replayed_in_floats(problem, weights, FLOAT_FORMATS[arithmetic], inputs, watch)
            except LimitReached:
                run = None
            if run is None:
                return Unknown(
                    f"the weights are wrong in exact arithmetic ({reason}), this run is right in floats", None
                )
            told = f"{float_run_line(run)}; the weights are wrong in exact arithmetic too"
            return RefutedInFloats(weights, arithmetic, run, told)
        case Unknown(reason, weights=weights, log=log):
            # How far exact runs are right says nothing of runs that round.
            return Unknown(f"not settled in exact arithmetic, so not in {arithmetic}: {reason}", None, weights, log=log)
        case _:
            assert_never(outcome)


def _judged(proved: Proved, arithmetic: FloatName, verdict: FloatVerdict) -> FloatOutcome:
    floats = {arithmetic: verdict}
    said = f"{arithmetic}: {float_line(verdict)}"
    match verdict:
        case FloatsExact():
            return replace(proved, reason=said, floats=floats)
        case FloatsWrong(run) | FloatsHorizon(beyond=FloatRun() as run):
            return RefutedInFloats(proved.weights, arithmetic, run, said, floats)
        case FloatsHorizon(length, inputs):
            return Unknown(said, length if inputs is None else None, proved.weights, floats)
        case FloatsOpen():
            return Unknown(said, None, proved.weights, floats)
        case _:
            assert_never(verdict)
