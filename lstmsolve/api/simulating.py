"""`simulate`: running cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from lstmsolve.formats.documents import read_weights
from lstmsolve.model.cells import Vector, Weights
from lstmsolve.model.traces import FloatTrace, Trace
from lstmsolve.simulator.exact import run

Arithmetic: TypeAlias = Literal["exact", "float64", "float32", "float16"]


def simulate(
    weights: str | Path | Weights, inputs: Sequence[Vector], arithmetic: Arithmetic = "exact"
) -> Trace | FloatTrace:
    """The run of a cell over input columns [T, D], in fractions or in a float format.

    Raises:
        InputError: shapes do not fit, or fractions are asked of an activation without exact values.
    """
    given = weights if isinstance(weights, Weights) else read_weights(Path(weights))
    if arithmetic == "exact":
        return run(given, inputs)
    from lstmsolve.simulator.batched import run_floats

    return run_floats(given, inputs, arithmetic)
