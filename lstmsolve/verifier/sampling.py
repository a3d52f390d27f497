"""A first look for counterexamples where inputs are not enumerated: runs over a few telling inputs.

What is found here is real but need not be shortest; it bounds the exact search of `refuter`.
"""

from __future__ import annotations

from typing import Final

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.stepping.systems import CONCRETE, CellSystem, Joint, Missed, judge, lifted

MAX_STEPS: Final = 400


def telling_inputs(problem: Problem, weights: Weights) -> list[dict[str, Constant]]:
    """Inputs around the spec's constants and around the thresholds of the gates."""
    return sample_inputs(problem.spec, weights.thresholds("w"))


def sampled_counterexample(problem: Problem, weights: Weights, watch: Watch) -> list[dict[str, Constant]] | None:
    """The inputs of a failing run that is shortest among runs over the telling inputs; None if none was met."""
    try:
        return _sampled(problem, weights, watch)
    except LimitReached:
        return None  # what ends this look need not end the search


def _sampled(problem: Problem, weights: Weights, watch: Watch) -> list[dict[str, Constant]] | None:
    system = CellSystem(problem.spec, weights)
    start = system.start()
    telling = telling_inputs(problem, weights)
    level: list[tuple[Joint, list[dict[str, Constant]]]] = [(start, [])]
    seen = {start.key()}
    steps = 0
    while level:
        reached: list[tuple[Joint, list[dict[str, Constant]]]] = []
        for joint, path in level:
            for given in telling:
                watch.check()
                steps += 1
                if steps > MAX_STEPS:
                    return None
                moved = system.step(joint, {name: lifted(value) for name, value in given.items()}, CONCRETE)
                if moved is None:
                    continue
                if isinstance(judge(problem.spec, moved, CONCRETE), Missed):
                    return [*path, given]
                if moved.joint.key() not in seen:
                    seen.add(moved.joint.key())
                    reached.append((moved.joint, [*path, given]))
        level = reached
    return None
