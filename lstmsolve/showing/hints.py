"""What to try next, after an answer that is not the one hoped for."""

from __future__ import annotations

from collections.abc import Iterator

from lstmsolve.kernel.language.expressions import SymbolKind
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Impossible, Outcome, Unknown


def hints(
    command: str, problem: Problem, outcome: Outcome, engine: str = "auto", *, repairing: bool = False
) -> list[str]:
    """Things to try, each in a line: after `impossible` and `unknown`, and none after other verdicts.

    `repairing` says that `solve` was given weights to begin with.
    """
    match outcome:
        case Impossible(claim):
            return list(_after_impossible(problem, claim))
        case Unknown() if repairing:
            return ["more time: --timeout 600", "another seed: --seed 1", "weights found anew: leave out --from"]
        case Unknown() if command == "solve":
            return list(_after_unsolved(problem, engine))
        case Unknown(horizon=found) if found is not None:
            return []
        case Unknown(max_length=known):
            more = ["more time: --timeout 300"]
            return (
                more if known is None else [*more, f"runs of more than {known} steps: --max-length {10 * known + 10}"]
            )
        case _:
            return []


def _after_impossible(problem: Problem, claim: Impossibility) -> Iterator[str]:
    size = problem.choice.hidden
    if claim.signs is not None:
        yield "an output layer, which says what no unit can say alone: layer = true in [readout]"
        yield "answers a step late, when other units know the input: late = 1 in [readout]"
        return
    if size is not None and not claim.any_size:
        yield f'another size: --hidden {size + 1}, or hidden = "minimal" in [cell]'
    yield from _other_cells(problem)


def _after_unsolved(problem: Problem, engine: str) -> Iterator[str]:
    if _is_finite(problem) and engine != "construct":
        yield "weights built from the automaton, without a search: --engine construct"
    if problem.choice.hidden is not None:
        yield f"another size: --hidden {problem.choice.hidden + 1}"
    if engine not in ("auto", "scipy"):
        yield "every way of searching: --engine auto"
    yield "more time: --timeout 600"
    yield from _other_cells(problem)


def _other_cells(problem: Problem) -> Iterator[str]:
    """Weaker demands, and cells that can do more."""
    if problem.choice.candidate is Activation.CRELU:
        yield 'a candidate without bounds, for sums and negative values: candidate = "identity" in [cell]'
    if problem.spec.readout is None and problem.spec.constants <= {0, 1}:
        yield 'thresholds in place of exact outputs: [readout] with accept = ">= 3/4" and reject = "<= 1/4"'
    if not problem.constraints.is_empty:
        yield "weaker conditions on the weights: [weights]"


def _is_finite(problem: Problem) -> bool:
    listed = all(enumerated(entry.domain) is not None for entry in problem.spec.inputs)
    return listed and all(isinstance(register.kind, SymbolKind) for register in problem.spec.registers)
