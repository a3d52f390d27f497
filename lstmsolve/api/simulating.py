"""`simulate`: running cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from lstmsolve.api.loading.weights import WeightsLike, load_weights
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import FLOAT_FORMATS
from lstmsolve.model.traces import FloatGates, FloatTrace, Gates, Owed, Trace
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.simulator.exact import run
from lstmsolve.simulator.gates import float_gates_of, gates_of
from lstmsolve.simulator.rounded import run_rounded
from lstmsolve.verifier.replay import followed
from lstmsolve.workers import Stopwatch

SIMULATE_SECONDS: Final = 60.0

Arithmetic: TypeAlias = Literal["exact", "float64", "float32", "float16", "bfloat16"]


def simulate(
    weights: WeightsLike,
    inputs: Sequence[Vector],
    arithmetic: Arithmetic = "exact",
    *,
    seconds: float = SIMULATE_SECONDS,
    watch: Watch | None = None,
) -> Trace | FloatTrace:
    """The run of a cell over input columns [T, D], in fractions or in a float format.

    `watch` replaces the clock that `seconds` would start.

    Raises:
        InputError: shapes do not fit, or fractions are asked of an activation without exact values.
        LimitReached: a run in fractions takes too long, or its numbers become too long.
    """
    watch = watch or Stopwatch(seconds)
    given = load_weights(weights)
    if arithmetic == "exact":
        try:
            return run(given, inputs, watch)
        except LimitReached as error:
            raise LimitReached(f"{error}; floats, such as --arithmetic float64, have no such limit") from None
    if arithmetic == "bfloat16":
        return run_rounded(given, inputs, FLOAT_FORMATS[arithmetic])
    from lstmsolve.simulator.batched import run_floats

    return run_floats(given, inputs, arithmetic)


def gates_along(
    weights: WeightsLike, trace: Trace | FloatTrace, arithmetic: Arithmetic = "exact", watch: Watch = UNWATCHED
) -> Gates | FloatGates:
    """What the gates did along a run that `simulate` made: f, i, g and o, each [T, H]."""
    given = load_weights(weights)
    if isinstance(trace, Trace):
        return gates_of(given, trace, watch)
    return float_gates_of(given, trace, arithmetic)


def owed_along(
    problem: Problem, steps: Sequence[Mapping[str, Constant]], trace: Trace | FloatTrace, watch: Watch = UNWATCHED
) -> tuple[Owed, ...]:
    """What a case says of each step of a run, up to where its promise is broken."""
    return tuple(step for step in followed(problem, steps, trace, watch) if step is not None)


def columns_of(problem: Problem, steps: Sequence[Mapping[str, Constant]]) -> list[Vector]:
    """Inputs by name as columns, [T, D]."""
    lifted_steps = ({name: lifted(value) for name, value in step.items()} for step in steps)
    return [tuple(column.constant for column in problem.spec.encode(step)) for step in lifted_steps]
