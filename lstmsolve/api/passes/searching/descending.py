"""`solve --engine scipy`: weights by descent in a worker process, with a checked certificate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from lstmsolve.api.passes.rechecking import accepted
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Solved, Unknown
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Crashed, Finished, TimedOut, Worker, call

DESCENT: Final = "lstmsolve.api.passes.searching.descent_rounds:descend"
"""What a worker runs on a `DescentQuery`. Importing it imports scipy."""

SHUTDOWN_SHARE: Final = 0.3
SHUTDOWN_SECONDS: Final = 2.0
"""A worker stops by itself so long before it is killed, or this share of the time, to say what it had. It has also
to start in that time."""


@dataclass(frozen=True)
class DescentQuery:
    """Find weights that can be proved, for any of these problems, each of one hidden size, the first ones first."""

    problems: tuple[Problem, ...]
    seed: int
    seconds: float


@dataclass(frozen=True)
class Settled:
    """Weights with a certificate that has not been checked yet."""

    weights: Weights
    certificate: Certificate


@dataclass(frozen=True)
class Unfinished:
    """No weights were proved in time."""

    reason: str
    length: int | None = None
    """Of the weights: no run of up to so many steps fails."""
    weights: Weights | None = None
    """Weights that were neither proved nor refuted."""


DescentAnswer: TypeAlias = Settled | Unfinished


def solve_by_descent(problem: Problem, sizes: Iterable[int], watch: Watch, seed: int) -> Solved | Unknown:
    """Weights found in floats, rounded, then settled and checked like any others.

    Raises:
        InputError: a hidden size does not fit the problem.
    """
    problems = tuple(problem.with_hidden(size) for size in sizes)
    watch.say("searching in floats, by descent and evolution")
    with Worker(DESCENT) as worker:
        remaining = watch.remaining
        seconds = remaining - min(SHUTDOWN_SECONDS, SHUTDOWN_SHARE * remaining)
        answered = call(worker, DescentQuery(problems, seed, seconds), watch)
    match answered:
        case Finished(Settled(weights, proof)):
            if accepted(proof, watch):
                return Solved(weights, proof, "weights found by descent; the proof for all lengths has been checked")
            return Unknown("weights were found by descent, but their proof was not accepted", None, weights)
        case Finished(Unfinished(reason, length, weights)):
            return Unknown(reason, length, weights)
        case Crashed(reason):
            return Unknown(f"the descent failed: {reason}", None)
        case TimedOut() | Finished():
            return Unknown("no weights were found by descent in time", None)
