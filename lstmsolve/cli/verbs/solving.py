"""`solve` and `verify`: call the api under a clock, keep what was found, say how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lstmsolve.api.loading import language_problem, load_case, load_weights
from lstmsolve.api.passes.floats import solved_in_floats, with_floats
from lstmsolve.api.passes.keeping import CERTIFICATE, RESULT, kept_files
from lstmsolve.api.passes.searching.designing import Objective
from lstmsolve.api.solving import Engine, solve
from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines, mention, presented
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.region_results import change_record
from lstmsolve.formats.results import result_record
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import parse_number
from lstmsolve.kernel.records.reading import parsed
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import FloatName
from lstmsolve.model.outcomes import (
    Outcome,
    Proved,
    Refuted,
    Solved,
    SolveOutcome,
    Unknown,
)
from lstmsolve.showing.hints import hints
from lstmsolve.workers import Stopwatch, crew_of

if TYPE_CHECKING:  # what `solve` does without
    from lstmsolve.api.verifying import Held


def run_solve(
    case: str | None,
    regex: str | None,
    alphabet: str | None,
    hidden: int | None,
    timeout: float,
    seed: int,
    jobs: int | None,
    objective: Objective,
    engine: Engine,
    arithmetic: FloatName | Literal["exact"],
    out: Path | None,
    json: bool,
    verbose: bool = False,
    cluster: str | None = None,
) -> Ended:
    with under_clock(timeout) as watch, crew_of(jobs, cluster, watch) as crew:
        problem = _asked(case, regex, alphabet)
        mention(problem.notes)

        def solved(asked: Problem, chosen: int) -> SolveOutcome:
            return solve(asked, hidden=hidden, seed=chosen, objective=objective, engine=engine, watch=watch, crew=crew)

        with reporting(watch):
            if arithmetic == "exact":
                outcome = with_floats(solved(problem, seed), watch)
            else:
                outcome = solved_in_floats(solved, problem, arithmetic, seed, watch)
        if verbose and isinstance(outcome, Solved | Unknown):
            mention(outcome.log)
        given = problem if hidden is None else problem.with_hidden(hidden)
        told = hints("solve", given, outcome, engine)
        ended = _ended("solve", problem.name, outcome, watch, out, json, {"next": told} if told else None)
        return ended if json else Ended(ended.code, ended.text + _numbered(told))


def _numbered(told: list[str]) -> str:
    """What to try next."""
    return lines("what to try next:", *(f"  {hint}" for hint in told)) if told else ""


def _asked(case: str | None, regex: str | None, alphabet: str | None) -> Problem:
    """The problem that is meant: a case, or a regular language."""
    if regex is not None and case is None:
        return language_problem(regex, alphabet)
    if regex is not None or case is None or alphabet is not None:
        raise InputError.single("CASE", "give a case, or --regex R with an --alphabet if it is not clear from R")
    return load_case(case)


def run_verify(
    case: str,
    weights: str,
    timeout: float,
    max_length: int | None,
    arithmetic: FloatName | Held,
    robust: str | None,
    nearest: bool,
    out: Path | None,
    json: bool,
) -> Ended:
    from lstmsolve.api.verifying import mended, verify

    error = None if robust is None else parsed(robust, "--robust", lambda text: parse_number(str(text)))
    with under_clock(timeout) as watch:
        problem = load_case(case)
        mention(problem.notes)
        given = load_weights(weights, problem)
        mention(given.notes)
        with reporting(watch):
            outcome: Outcome = verify(
                problem, given, max_length=max_length, robust=error, arithmetic=arithmetic, watch=watch
            )
            if isinstance(outcome, Proved) and not outcome.floats:
                outcome = with_floats(outcome, watch)
            change = mended(problem, outcome, watch) if nearest and isinstance(outcome, Refuted) else None
        extra: dict[str, object] = {"repairs": list(given.notes)}
        if nearest:
            extra["nearest"] = change_record(change)
        told = hints("verify", problem, outcome)
        ended = _ended("verify", problem.name, outcome, watch, out, json, extra | ({"next": told} if told else {}))
        if told and not json:
            return Ended(ended.code, ended.text + _numbered(told))
        if not nearest or json or not isinstance(outcome, Refuted):
            return ended
        near = "no single change was found that would do" if change is None else f"{change}, the rest as it is; proved"
        return Ended(ended.code, ended.text + lines(near))


def _ended(
    verb: str,
    case: str,
    outcome: Outcome,
    watch: Stopwatch,
    out: Path | None,
    json: bool,
    extra: dict[str, object] | None = None,
) -> Ended:
    """Keep what a verb found, and say how it ended."""
    written, certificate = [], None
    if out is not None:
        for name, text in kept_files(outcome, watch).items():
            write_text(out / name, text)
            written.append(str(out / name))
        certificate = str(out / CERTIFICATE) if str(out / CERTIFICATE) in written else None
    record = result_record(verb, case, outcome, certificate, watch.elapsed) | (extra or {})
    if out is not None:
        write_text(out / RESULT, dump_json(record))
        written.append(str(out / RESULT))
    code = EXIT_CODES[outcome.verdict]
    return Ended(code, presented(outcome, record, written, json))
