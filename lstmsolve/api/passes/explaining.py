"""Why no weights were found, in one sentence and with one piece of advice; what was tried stands in the log."""

from __future__ import annotations

import re
from typing import Final

from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Impossible, Solved, SolveOutcome, Unknown

BUILDING: Final = "nothing was built: "
ONE_UNIT: Final = "one unit"
"""In the reason of a construction that failed for what one unit says."""
_ENDED: Final = re.compile(r"the time limit of \S+ s was reached|(the search )?was interrupted|interrupted|.* in time$")


def attempts(outcome: SolveOutcome) -> tuple[str, ...]:
    """How each attempt ended, one line each."""
    match outcome:
        case Solved(log=log) | Unknown(log=log) if log:
            return log
        case Solved(reason=reason) | Unknown(reason=reason) | Impossible(reason=reason):
            return tuple(reason.split("; "))


def unsolved(problem: Problem, outcome: Unknown, log: list[str], engine: str) -> str:
    """The reason of an answer `unknown`."""
    if outcome.weights is not None or engine in ("construct", "scipy"):
        return outcome.reason
    return f"no weights were found: {_sought(log)}; try {_advice(problem, log)}"


def _sought(log: list[str]) -> str:
    """How far the search came."""
    refuted = [line for line in log if line.startswith("no design with hidden size") and line.endswith("exists")]
    ended = next((found[0] for line in log if (found := _ENDED.search(line)) is not None), None)
    rest = "the search does not reach any" if ended is None else ended
    if refuted:
        size = max(int(line.split()[5]) for line in refuted)
        return f"there are none with {size} units or fewer, and {rest}"
    return rest


def _advice(problem: Problem, log: list[str]) -> str:
    readout = problem.spec.readout
    unsaid = next((line.removeprefix(BUILDING) for line in log if line.startswith(BUILDING)), "")
    if not problem.spec.has_layer and (readout is None or not readout.late) and ONE_UNIT in unsaid:
        return "an output layer ([readout] layer = true) or answers a step late (late = 1): then every machine is built"
    if problem.choice.hidden is not None:
        return 'another size (hidden = "minimal")'
    if not problem.spec.has_layer:
        return "an output layer ([readout] layer = true)"
    if problem.choice.candidate is not Activation.IDENTITY:
        return 'candidate = "identity", or a longer --timeout'
    return "a longer --timeout"
