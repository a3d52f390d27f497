"""The gates of one unit, codes given: a linear program for the output gate, an integer one for the other three."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array

from lstmsolve.search.designs.codes import Bits, Codes, Floats, Steps

LARGEST: Final = 40.0
"""Weights of f, i and g are looked for up to this; of o, which costs little, up to 1000."""

NODES: Final = 2_000
"""Of HiGHS's branch and bound, for one unit."""


def inputs_of(codes: Codes, steps: Steps) -> Floats:
    """What gates see in each step, [T, H + D + 1]: h before, x, and 1."""
    ones = np.ones((len(steps.source), 1))
    return np.concatenate([codes.h[steps.source].astype(np.float64), steps.x.astype(np.float64), ones], axis=1)


def wrong_units(weights: Floats, codes: Codes, steps: Steps) -> Bits:
    """Which units come out wrong in which step, [T, H], with gates that are thresholds."""
    arguments = np.einsum("tm,gkm->gtk", inputs_of(codes, steps), weights) > 0
    forget, write, candidate, show = arguments
    holds = (forget & codes.c[steps.source]).astype(int) + (write & candidate)
    wanted = codes.c[steps.target]
    found: Bits = (holds != wanted) | (wanted & (show != codes.h[steps.target]))
    return found


def mended(weights: Floats, codes: Codes, steps: Steps) -> Floats | None:
    """Weights with which no unit is wrong any more, those of the right ones unchanged; None if there are none."""
    found = weights.copy()
    z = inputs_of(codes, steps)
    for unit in np.flatnonzero(wrong_units(weights, codes, steps).any(axis=0)):
        before, after = codes.c[steps.source, unit], codes.c[steps.target, unit]
        show = _output_gate(z[after], codes.h[steps.target, unit][after])
        others = None if show is None else _other_gates(z, before, after)
        if show is None or others is None:
            return None
        found[:3, unit], found[3, unit] = others, show
    return None if wrong_units(found, codes, steps).any() else found


def _output_gate(z: Floats, shown: Bits) -> Floats | None:
    """A threshold that is 1 on the rows that are shown."""
    width = z.shape[1]
    if not len(z):
        return np.zeros(width)
    signs = np.where(shown, 1.0, -1.0)[:, None]
    bounds = (-1000.0, 1000.0)
    answer = linprog(np.zeros(width), A_ub=-z * signs, b_ub=-np.ones(len(z)), bounds=bounds, method="highs")
    return answer.x if answer.status == 0 else None


class _Rows:
    """Constraints of a program, row by row."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._places: list[tuple[int, int, float]] = []
        self.least: list[float] = []

    def add(self, gate: int, sign: float, z: Floats, binaries: list[tuple[int, float]], constant: float) -> None:
        """sign * (z w_gate) + binaries + constant >= 1."""
        row = len(self.least)
        self._places += [(row, gate * self._width + int(m), sign * float(z[m])) for m in np.flatnonzero(z)]
        self._places += [(row, column, value) for column, value in binaries]
        self.least.append(1.0 - constant)

    def matrix(self, columns: int) -> coo_array:
        rows, places, values = zip(*self._places, strict=True)
        return coo_array((values, (rows, places)), shape=(len(self.least), columns))


def _other_gates(z: Floats, before: Bits, after: Bits) -> Floats | None:
    """f, i and g. Two binaries a step: whether a 1 is kept (else written), and which of i and g stays shut."""
    steps, width = z.shape
    rows = _Rows(width)
    for t in range(steps):
        big = 1.0 + LARGEST * float(np.abs(z[t]).sum())
        kept, shut = 3 * width + t, 3 * width + steps + t
        if after[t] and not before[t]:
            rows.add(1, 1.0, z[t], [], 0.0)
            rows.add(2, 1.0, z[t], [], 0.0)
        elif after[t]:
            rows.add(0, 1.0, z[t], [(kept, -big)], big)
            rows.add(0, -1.0, z[t], [(kept, big)], 0.0)
            rows.add(1, 1.0, z[t], [(kept, big)], 0.0)
            rows.add(2, 1.0, z[t], [(kept, big)], 0.0)
            rows.add(1, -1.0, z[t], [(kept, -big), (shut, -big)], 2 * big)
            rows.add(2, -1.0, z[t], [(kept, -big), (shut, big)], big)
        else:
            if before[t]:
                rows.add(0, -1.0, z[t], [], 0.0)
            rows.add(1, -1.0, z[t], [(shut, -big)], big)
            rows.add(2, -1.0, z[t], [(shut, big)], 0.0)
    columns = 3 * width + 2 * steps
    whole = np.zeros(columns)
    whole[3 * width :] = 1
    lower = np.concatenate([np.full(3 * width, -LARGEST), np.zeros(2 * steps)])
    upper = np.concatenate([np.full(3 * width, LARGEST), np.ones(2 * steps)])
    answer = milp(
        np.zeros(columns),
        constraints=LinearConstraint(rows.matrix(columns).tocsr(), np.array(rows.least), np.inf),
        bounds=Bounds(lower, upper),
        integrality=whole,
        options={"node_limit": NODES, "time_limit": 10.0},
    )
    return None if answer.x is None else answer.x[: 3 * width].reshape(3, width)
