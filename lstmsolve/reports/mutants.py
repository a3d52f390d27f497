"""How much of a design its specification pins down: every single-weight mutant, settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lstmsolve.api.verifying import verify
from lstmsolve.model.cells import Weights
from lstmsolve.model.mutants import mutants
from lstmsolve.model.outcomes import Proved, Refuted, Unknown
from lstmsolve.model.problems import Problem

MOST_WEIGHTS: Final = 20
_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class MutantCount:
    """What became of the mutants of one design."""

    refuted: int
    longest: int
    """The length of the longest of their shortest counterexamples."""
    proved: int
    unknown: int


def count_mutants(problem: Problem, weights: Weights, say: Callable[[str], None]) -> MutantCount | None:
    """Settle them all; None for a design of more than `MOST_WEIGHTS` weights, where that takes long."""
    if len(weights.values()) > MOST_WEIGHTS:
        return None
    refuted = longest = proved = unknown = 0
    for number, (_, mutant) in enumerate(mutants(weights), 1):
        if number % 20 == 0:
            say(f"{problem.name}: {number} mutants settled")
        match verify(problem, mutant, seconds=_SECONDS):
            case Refuted(_, counterexample):
                refuted += 1
                longest = max(longest, counterexample.step + 1)
            case Proved():
                proved += 1
            case Unknown():
                unknown += 1
    return MutantCount(refuted, longest, proved, unknown)
