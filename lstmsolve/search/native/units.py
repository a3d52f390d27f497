"""The gates of one unit, codes given: a linear program for the output gate, an integer one for the other three."""

from __future__ import annotations

from typing import Final

import numpy as np

from lstmsolve.search.designs.codes import Bits, Codes, Floats, Steps
from lstmsolve.search.polish.highs import Rows

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
    rows = Rows(width)
    for row in z * signs:
        rows.at_least({int(m): float(row[m]) for m in np.flatnonzero(row)}, 1.0)
    limit = np.full(width, 1000.0)
    return rows.least(np.zeros(width), -limit, limit, np.zeros(width), NODES)


def _other_gates(z: Floats, before: Bits, after: Bits) -> Floats | None:
    """f, i and g. Two binaries a step: whether a 1 is kept (else written), and which of i and g stays shut."""
    steps, width = z.shape
    columns = 3 * width + 2 * steps
    rows = Rows(columns)

    def add(gate: int, sign: float, t: int, binaries: list[tuple[int, float]], constant: float) -> None:
        """sign * (z w_gate) + binaries + constant >= 1."""
        terms = {gate * width + int(m): sign * float(z[t, m]) for m in np.flatnonzero(z[t])}
        rows.at_least(terms | dict(binaries), 1.0 - constant)

    for t in range(steps):
        big = 1.0 + LARGEST * float(np.abs(z[t]).sum())
        kept, shut = 3 * width + t, 3 * width + steps + t
        if after[t] and not before[t]:
            add(1, 1.0, t, [], 0.0)
            add(2, 1.0, t, [], 0.0)
        elif after[t]:
            add(0, 1.0, t, [(kept, -big)], big)
            add(0, -1.0, t, [(kept, big)], 0.0)
            add(1, 1.0, t, [(kept, big)], 0.0)
            add(2, 1.0, t, [(kept, big)], 0.0)
            add(1, -1.0, t, [(kept, -big), (shut, -big)], 2 * big)
            add(2, -1.0, t, [(kept, -big), (shut, big)], big)
        else:
            if before[t]:
                add(0, -1.0, t, [], 0.0)
            add(1, -1.0, t, [(shut, -big)], big)
            add(2, -1.0, t, [(shut, big)], 0.0)
    whole = np.zeros(columns)
    whole[3 * width :] = 1
    low = np.concatenate([np.full(3 * width, -LARGEST), np.zeros(2 * steps)])
    high = np.concatenate([np.full(3 * width, LARGEST), np.ones(2 * steps)])
    found = rows.least(np.zeros(columns), low, high, whole, NODES)
    return None if found is None else found[: 3 * width].reshape(3, width)
