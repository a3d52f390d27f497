"""`family`: is every member of a stated family a solution, and every solution a member?"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from lstmsolve.api.loading.cases import load_case, require_exact
from lstmsolve.api.loading.families import load_family
from lstmsolve.api.passes.judging import judged, known_solutions, members_with
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.statements import describe_state
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import Family, FamilyJudged
from lstmsolve.model.watch import Part, Watch
from lstmsolve.workers import Stopwatch

FAMILY_SECONDS: Final = 120.0


def family(
    case: str | Path | Problem,
    family: str | Path | Family,
    *,
    hidden: int | None = None,
    seconds: float = FAMILY_SECONDS,
    seed: int = 0,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> FamilyJudged:
    """Is the family sound (every member meets the case), and is it complete (every solution is a member)?

    Raises:
        InputError: a file is wrong, the family does not fit the case's cell, or has no members.
    """
    problem, stated = load_case(case), load_family(family)
    require_exact(problem)
    watch = watch or Stopwatch(seconds)
    size = hidden if hidden is not None else problem.choice.hidden
    try:
        if size is not None:
            problem = problem.with_hidden(size)
            members_with(problem, stated, watch)
        known = known_solutions(problem, Part(watch, watch.remaining / 2), seed, jobs)
        stated.fit(known.problem)
        if known.problem.choice.free:
            return FamilyJudged(stated, None, None, None, None, "no start was found from which any weights work")
        found = judged(stated, known, watch, seed, jobs or os.cpu_count() or 1)
        if not problem.choice.free:
            return found
        start = describe_state(known.problem.initial_state(known.problem.cell().hidden))
        return replace(found, reason=f"with the start that was found, {start}: {found.reason}")
    except LimitReached as error:
        return FamilyJudged(stated, None, None, None, None, f"nothing is known of its members: {error}")
