"""`solve`: weights for a case, with a checked certificate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal, TypeAlias

from lstmsolve.api.checking import check
from lstmsolve.api.loading import load_case, require_exact
from lstmsolve.model.cells import Weights
from lstmsolve.model.certificates import Certificate
from lstmsolve.model.outcomes import Accepted, Solved, SolveOutcome, Unknown
from lstmsolve.model.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.induction import certify, slimmed
from lstmsolve.obligations.requirements import Map
from lstmsolve.obligations.transitions import START
from lstmsolve.search.designer import Found, NotFound, search
from lstmsolve.search.polishing import POLISH, PolishQuery
from lstmsolve.search.polishing import Objective as Aim
from lstmsolve.workers import Finished, Stopwatch, Worker, call

Objective: TypeAlias = Literal["simplest", "tolerant", "first"]

SOLVE_SECONDS: Final = 60.0
LARGEST_SEARCHED: Final = 8
"""`hidden = "minimal"` looks for designs up to this size."""

POLISH_SECONDS: Final = 2.0
"""For each unit."""


def solve(
    case: str | Path | Problem,
    *,
    hidden: int | None = None,
    seconds: float = SOLVE_SECONDS,
    seed: int = 0,
    jobs: int | None = None,
    objective: Objective = "simplest",
    watch: Watch | None = None,
) -> SolveOutcome:
    """Weights that meet the case at every length, with a checked certificate.

    `hidden` overrides the case's size; `watch` replaces the clock that `seconds` would start.

    Raises:
        InputError: the case is wrong, or its activations have no exact values.
    """
    problem = load_case(case)
    require_exact(problem)
    watch = watch or Stopwatch(seconds)
    size = hidden if hidden is not None else problem.choice.hidden
    sizes = range(problem.least_hidden, LARGEST_SEARCHED + 1) if size is None else [size]
    for wanted in sizes[:1]:
        problem.with_hidden(wanted)
    with Worker(POLISH) as polisher:
        found = search(problem, sizes, watch, jobs or os.cpu_count() or 1, seed)
        if isinstance(found, NotFound):
            return Unknown(f"no design found: {found.reason}", None)
        candidates = [found.design.weights]
        if objective != "first":
            watch.say("polishing the weights")
            candidates = [*_polished(found, objective, polisher, watch), *candidates]
    watch.say("proving the design")
    for weights in candidates:
        certificate = certify(found.problem, weights, found.modes(), START, {})
        if not isinstance(certificate, Certificate):
            continue
        proof = slimmed(certificate)
        if isinstance(check(proof), Accepted):
            return Solved(weights, proof, "weights found; the proof for all lengths has been checked")
    return Unknown("a design was found, but its proof was not accepted", None, found.design.weights)


def _polished(found: Found, objective: Objective, polisher: Worker, watch: Watch) -> list[Weights]:
    """The design's weights made simpler, if that worked out in time."""
    design, problem = found.design, found.problem
    cell = problem.cell()
    initial = problem.initial_state(cell.hidden)
    query = PolishQuery(
        found.table,
        cell,
        initial,
        Map.of(design.c, design.h, initial),
        design.weights,
        problem.constraints,
        Aim(objective),
        min(POLISH_SECONDS, watch.remaining / 2),
    )
    outcome = call(polisher, query, Part(watch, watch.remaining / 2))
    match outcome:
        case Finished(Weights() as better) if not list(problem.constraints.unmet(better)):
            return [better]
        case _:
            return []
