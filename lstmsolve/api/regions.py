"""`region`: all weights that keep the maps that are found, and whether any others work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from lstmsolve.api.loading.cases import load_case, require_exact
from lstmsolve.api.passes.exploring import RegionOutcome, explored
from lstmsolve.api.passes.searching.designing import sized
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Stopwatch

REGION_SECONDS: Final = 60.0


def region(
    case: str | Path | Problem,
    *,
    hidden: int | None = None,
    seconds: float = REGION_SECONDS,
    seed: int = 0,
    jobs: int | None = None,
    others: bool = True,
    watch: Watch | None = None,
) -> RegionOutcome:
    """All weights that keep the maps found for a case, and whether others exist (unless `others` is false).

    Raises:
        InputError: the case is wrong, or its activations have no exact values.
    """
    problem = load_case(case)
    require_exact(problem)
    watch = watch or Stopwatch(seconds)
    jobs = jobs or os.cpu_count() or 1
    problem, sizes = sized(problem, hidden)
    return explored(problem, sizes, watch, seed=seed, jobs=jobs, others=others)
