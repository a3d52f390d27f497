"""A short string after which a spec owes what no cell of any size can say (`kernel.proofs.bounds`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.proofs.bounds import cannot_be_met, is_bounded
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.obligations.strings.systems import encoded
from lstmsolve.obligations.strings.words import telling_inputs

MAX_STEPS: Final = 4_000
"""Steps of the spec that are tried."""

LONGEST: Final = 64


def beyond_reach(problem: Problem, watch: Watch = UNWATCHED) -> tuple[Vector, ...] | None:
    """Input columns [T, D] of a shortest such string over telling inputs; None if none is found.

    Breadth first over states of the spec. The earlier a state is reached, the less a cell can say.
    """
    spec = problem.spec
    if not any(is_bounded(problem, output) for output in range(spec.width)):
        return None
    inputs = telling_inputs(problem)
    level: list[tuple[Mapping[str, Value], tuple[Mapping[str, Constant], ...]]] = [(spec.initial, ())]
    known = {tuple(spec.initial.values())}
    tried = 0
    while level and len(level[0][1]) < LONGEST:
        following: list[tuple[Mapping[str, Value], tuple[Mapping[str, Constant], ...]]] = []
        for registers, path in level:
            for given in inputs:
                tried += 1
                if tried > MAX_STEPS:
                    return None
                watch.check()
                values = {name: lifted(entry) for name, entry in given.items()}
                try:
                    if not spec.assumed(registers, values):
                        continue
                    after = spec.step(registers, values)
                except (OutsideFragment, LimitReached):
                    continue
                string = (*path, given)
                if any(cannot_be_met(problem, demand, len(string)) for demand in spec.demands(after.outputs)):
                    return tuple(encoded(spec, one) for one in string)
                key = tuple(after.registers.values())
                if key not in known:
                    known.add(key)
                    following.append((after.registers, string))
        level = following
    return None
