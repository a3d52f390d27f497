"""Weights of thresholds as integers, compared with the codes in integers."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import Final

import numpy as np

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.search.designs.codes import Codes, Floats, Numbers, Steps

SCALES: Final = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64, 128, 256, 1024, 4096, 65536)
"""Weights times these are rounded: the first that does is taken."""

LARGEST: Final = 2**62


def whole_weights(weights: Floats, codes: Codes, steps: Steps, x: Sequence[tuple[Affine, ...]]) -> Numbers | None:
    """Integers [4, H, H + D + 1] near a multiple of the weights, with which every gate is 0 or 1, as the codes have it.

    `x` are the inputs of each step. None if none of the scales does.
    """
    unit = lcm(*(column.constant.denominator for columns in x for column in columns))
    inputs = [[int(column.constant * unit) for column in columns] for columns in x]
    largest = max((abs(value) for row in inputs for value in row), default=0)
    if max(largest, unit) * float(np.abs(weights).max()) * SCALES[-1] * weights.shape[2] > LARGEST:
        return None
    columns = np.array(inputs, np.int64).reshape(len(x), -1)
    ones = np.full((len(x), 1), unit, np.int64)
    seen = np.concatenate([codes.h[steps.source].astype(np.int64) * unit, columns, ones], axis=1)
    before, after, shown = codes.c[steps.source], codes.c[steps.target], codes.h[steps.target]
    for scale in SCALES:
        whole = np.rint(weights * scale).astype(np.int64)
        arguments = np.einsum("tm,gkm->gtk", seen, whole)  # times `unit`
        forget, write, candidate, show = arguments > 0
        holds = (forget & before).astype(np.int64) + (write & candidate)
        if np.array_equal(holds, after) and np.array_equal(show & after, shown):
            least = int(arguments[arguments > 0].min(initial=unit))
            found: Numbers = whole * -(-unit // least)  # so that 1 is reached
            return found
    return None
