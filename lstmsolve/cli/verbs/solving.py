"""`solve`: call the api under a clock."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.weights import load_weights
from lstmsolve.api.passes.floats import solved_in_floats, with_floats
from lstmsolve.api.passes.searching.designing import Objective
from lstmsolve.api.solving import Engine, solve
from lstmsolve.cli.ending.boundary import Ended
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.ending.keeping import kept
from lstmsolve.cli.screen.presenting import mention
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import FloatName
from lstmsolve.model.outcomes import Solved, SolveOutcome, Unknown
from lstmsolve.showing.hints import hints
from lstmsolve.workers import crew_of


def run_solve(
    case: str | None,
    regex: str | None,
    alphabet: str | None,
    hidden: int | None,
    timeout: float,
    seed: int,
    jobs: int | None,
    start: str | None,
    objective: Objective,
    engine: Engine,
    arithmetic: FloatName | Literal["exact"],
    out: Path | None,
    dense: bool,
    json: bool,
    verbose: bool = False,
    cluster: str | None = None,
) -> Ended:
    with under_clock(timeout) as watch, crew_of(jobs, cluster, watch) as crew:
        problem = _asked(case, regex, alphabet)
        mention(problem.notes)
        given = None if start is None else load_weights(start, problem)
        mention(() if given is None else given.notes)

        def solved(asked: Problem, chosen: int) -> SolveOutcome:
            return solve(
                asked,
                hidden=hidden,
                seed=chosen,
                objective=objective,
                engine=engine,
                start=given,
                watch=watch,
                crew=crew,
            )

        with reporting(watch):
            if arithmetic == "exact":
                outcome = with_floats(solved(problem, seed), watch)
            else:
                outcome = solved_in_floats(solved, problem, arithmetic, seed, watch)
        if verbose and isinstance(outcome, Solved | Unknown):
            mention(outcome.log)
        sized = problem if hidden is None else problem.with_hidden(hidden)
        told = hints("solve", sized, outcome, engine, repairing=given is not None)
        return kept("solve", problem.name, outcome, watch, out, json, told, dense)


def _asked(case: str | None, regex: str | None, alphabet: str | None) -> Problem:
    """The problem that is meant: a case, or a regular language."""
    if regex is not None and case is None:
        from lstmsolve.api.loading.beginning import language_problem  # with all ways to begin a case

        return language_problem(regex, alphabet)
    if regex is not None or case is None or alphabet is not None:
        raise InputError.single("CASE", "give a case, or --regex R with an --alphabet if it is not clear from R")
    return load_case(case)
