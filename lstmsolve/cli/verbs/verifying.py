"""`verify`: call the api under a clock. Imports take most of the time: what only some answers need waits for them."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.weights import load_weights
from lstmsolve.api.verifying import Held, verify
from lstmsolve.cli.ending.boundary import Ended
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.ending.keeping import kept
from lstmsolve.cli.screen.presenting import lines, mention
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.kernel.base.numbers import parse_number
from lstmsolve.kernel.records.reading import parsed
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import FloatName
from lstmsolve.model.outcomes import Outcome, Proved, Refuted
from lstmsolve.showing.hints import hints
from lstmsolve.workers import Stopwatch


def run_verify(
    case: str,
    weights: str,
    timeout: float,
    max_length: int | None,
    arithmetic: FloatName | Held,
    robust: str | None,
    nearest: bool,
    out: Path | None,
    dense: bool,
    json: bool,
) -> Ended:
    error = None if robust is None else parsed(robust, "--robust", lambda text: parse_number(str(text)))
    with under_clock(timeout) as watch:
        problem = load_case(case)
        mention(problem.notes)
        given = load_weights(weights, problem)
        mention(given.notes)
        extra: dict[str, object] = {"repairs": list(given.notes)}
        near = ""
        with reporting(watch):
            outcome: Outcome = verify(
                problem, given, max_length=max_length, robust=error, arithmetic=arithmetic, watch=watch
            )
            if isinstance(outcome, Proved) and not outcome.floats:
                from lstmsolve.api.passes.floats import with_floats

                outcome = with_floats(outcome, watch)
            if nearest:
                extra["nearest"], near = _mended(problem, outcome, watch)
        told = hints("verify", problem, outcome)
        ended = kept("verify", problem.name, outcome, watch, out, json, told, dense, extra)
        return ended if json or not near else Ended(ended.code, ended.text + lines(near))


def _mended(problem: Problem, outcome: Outcome, watch: Stopwatch) -> tuple[dict[str, object] | None, str]:
    """The smallest change of one weight that would do, for the record and in words; nothing if the weights do."""
    if not isinstance(outcome, Refuted):
        return None, ""
    from lstmsolve.api.passes.judging import mended
    from lstmsolve.formats.region_results import change_record

    change = mended(problem, outcome, watch)
    text = "no single change was found that would do" if change is None else f"{change}, the rest as it is; proved"
    return change_record(change), text
