"""`solve`: weights for a case, with a checked certificate."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

from lstmsolve.api.loading import is_smooth, load_case, require_exact
from lstmsolve.api.passes.searching.constructing import solve_by_construction
from lstmsolve.api.passes.searching.descending import solve_by_descent
from lstmsolve.api.passes.searching.designing import Objective, Wanted, sized, solve_by_design
from lstmsolve.api.passes.smooth import solve_smooth
from lstmsolve.encoder import Logic
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Impossible, Solved, SolveOutcome, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.workers import Stopwatch

Engine: TypeAlias = Literal["auto", "linear", "nonlinear", "scipy", "construct"]
"""How to look: every way, maps from a finite list, maps of any reals, weights by descent in floats
(`search.floats.descent`), or no search at all (`search.built.construct`)."""

Pass: TypeAlias = Callable[[Wanted, Watch], SolveOutcome]

SOLVE_SECONDS: Final = 60.0

SEARCH_SHARE: Final = 0.85
"""Of the time in `auto`; the rest is for building weights, or for a descent, where the search finds none."""

DESCENT_SECONDS: Final = 15.0
"""What `auto` spends on a descent at the end."""


def solve(
    case: str | Path | Problem,
    *,
    hidden: int | None = None,
    seconds: float = SOLVE_SECONDS,
    seed: int = 0,
    jobs: int | None = None,
    objective: Objective = "simplest",
    engine: Engine = "auto",
    watch: Watch | None = None,
) -> SolveOutcome:
    """Weights that meet the case at every length, with a checked certificate.

    `hidden` overrides the case's size; `watch` replaces the clock that `seconds` would start.

    Raises:
        InputError: the case is wrong, or its activations have no exact values.
    """
    problem = load_case(case)
    watch = watch or Stopwatch(seconds)
    if is_smooth(problem):
        if engine not in ("auto", "construct"):
            message = "sigmoid and tanh weights are built from the automaton: leave the engine out"
            raise InputError.single("engine", message, engine)
        return solve_smooth(problem if hidden is None else problem.with_hidden(hidden), watch)
    require_exact(problem)
    problem, sizes = sized(problem, hidden)
    wanted = Wanted(problem, sizes, (), False, objective, seed, jobs or os.cpu_count() or 1)
    reasons: list[str] = []
    for solve_by in _passes(engine):
        outcome = solve_by(wanted, watch)
        match outcome:
            case Solved():
                return replace(outcome, reason="; ".join([outcome.reason, *reasons]))
            case Impossible():
                return outcome
            case Unknown(reason, _, weights):
                reasons.append(reason)
                if weights is not None or watch.remaining <= 0:
                    break
    return replace(outcome, reason="; ".join(reasons))


def _passes(engine: Engine) -> Iterator[Pass]:
    """The passes of an engine, in order: the first that finds weights, or finds that there are none, ends it."""
    match engine:
        case "auto":
            yield lambda wanted, watch: _designed(wanted, tuple(Logic), SEARCH_SHARE, watch, existence=True)
            yield _built
            yield lambda wanted, watch: _descended(wanted, Part(watch, DESCENT_SECONDS))
        case "linear":
            logics = (Logic.AUXILIARY, Logic.SATURATED, Logic.LINEAR)
            yield lambda wanted, watch: _designed(wanted, logics, 1.0, watch)
        case "nonlinear":
            yield lambda wanted, watch: _designed(wanted, (Logic.NONLINEAR,), 1.0, watch)
        case "scipy":
            yield _descended
        case "construct":
            yield _built
        case _:
            assert_never(engine)


def _designed(
    wanted: Wanted, logics: tuple[Logic, ...], share: float, watch: Watch, *, existence: bool = False
) -> SolveOutcome:
    asked = replace(wanted, logics=logics, existence=existence)
    return solve_by_design(asked, share * watch.remaining, watch)


def _built(wanted: Wanted, watch: Watch) -> SolveOutcome:
    return solve_by_construction(wanted.problem, watch)


def _descended(wanted: Wanted, watch: Watch) -> SolveOutcome:
    return solve_by_descent(wanted.problem, wanted.sizes, watch, wanted.seed)
