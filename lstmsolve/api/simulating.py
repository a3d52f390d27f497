"""`simulate`: running cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

from lstmsolve.formats.documents import read_weights
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.model.traces import FloatTrace, Trace
from lstmsolve.model.watch import Watch
from lstmsolve.simulator.exact import run
from lstmsolve.workers import Stopwatch

SIMULATE_SECONDS: Final = 60.0

Arithmetic: TypeAlias = Literal["exact", "float64", "float32", "float16"]


def simulate(
    weights: str | Path | Weights,
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
    given = weights if isinstance(weights, Weights) else read_weights(Path(weights))
    if arithmetic == "exact":
        try:
            return run(given, inputs, watch)
        except LimitReached as error:
            raise LimitReached(f"{error}; floats, such as --arithmetic float64, have no such limit") from None
    from lstmsolve.simulator.batched import run_floats

    return run_floats(given, inputs, arithmetic)
