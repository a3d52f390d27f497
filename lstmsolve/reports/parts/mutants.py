"""How much of a design its specification pins down: every single-weight mutant, settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lstmsolve.api.verifying import verify
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.mutants import mutants
from lstmsolve.model.outcomes import Proved, Refuted, Unknown
from lstmsolve.model.watch import Part, Watch

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


def count_mutants(problem: Problem, weights: Weights, watch: Watch) -> MutantCount | None:
    """Settle them all; None for a design of more than `MOST_WEIGHTS` weights, where that takes long."""
    cell = weights.cell
    if 4 * cell.hidden * (cell.inputs + cell.hidden + 1) > MOST_WEIGHTS:
        return None
    refuted = longest = proved = unknown = 0
    for number, (_, mutant) in enumerate(mutants(weights), 1):
        if number % 20 == 0:
            watch.say(f"{problem.name}: {number} mutants settled")
        match verify(problem, mutant, watch=Part(watch, _SECONDS)):
            case Refuted(_, counterexample):
                refuted += 1
                longest = max(longest, counterexample.step + 1)
            case Proved():
                proved += 1
            case Unknown():
                unknown += 1
    return MutantCount(refuted, longest, proved, unknown)
