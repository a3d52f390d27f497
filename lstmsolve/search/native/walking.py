"""A walk over codes: one code changed, all gates learn it as perceptrons, and it is kept if they do no worse.

The gates start from the weights that they had, so a few epochs tell (Rosenblatt 1958; Metropolis et al. 1953).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from lstmsolve.search.designs.codes import Codes, Floats, Steps
from lstmsolve.search.native.chains import Near
from lstmsolve.search.native.compiled import compiled

MOVES: Final = 4000
EPOCHS: Final = 12
RATE: Final = 0.1
TEMPERATURES: Final = (0.2, 0.3, 0.5)
"""Drawn for each walk, in wrong bits."""

HOPELESS: Final = 6
"""So many more wrong bits than before, after three epochs, and a code is given up."""


def improved(near: Near, steps: Steps, random: np.random.Generator) -> Near:
    """The best codes and weights on a walk from these."""
    weights = np.ascontiguousarray(near.weights, np.float64)
    c, h = near.codes.c.astype(np.float64), near.codes.h.astype(np.float64)
    wrong = _walk(
        weights,
        c,
        h,
        np.nan_to_num(steps.c, nan=-1.0).astype(np.float64),
        np.nan_to_num(steps.shown, nan=-1.0).astype(np.float64),
        steps.source.astype(np.int64),
        steps.target.astype(np.int64),
        np.ascontiguousarray(steps.x, np.float64),
        float(random.choice(TEMPERATURES)),
        int(random.integers(2**31)),
    )
    return Near(Codes(c > 0, h > 0), weights, int(wrong))


@compiled
def _count(w: Floats, c: Floats, h: Floats, source: Any, target: Any, x: Floats, z: Floats, learn: bool) -> int:
    """Wrong pairs of a step and a unit; with `learn`, a perceptron's step for each. w [4, H, H + D + 1]."""
    units, width = w.shape[1], w.shape[2]
    columns = width - units - 1
    bad = 0
    for t in range(len(source)):
        q, p = source[t], target[t]
        for m in range(units):
            z[m] = h[q, m]
        for d in range(columns):
            z[units + d] = x[t, d]
        z[width - 1] = 1.0
        for k in range(units):
            a0 = 0.0
            a1 = 0.0
            a2 = 0.0
            a3 = 0.0
            for m in range(width):
                v = z[m]
                a0 += v * w[0, k, m]
                a1 += v * w[1, k, m]
                a2 += v * w[2, k, m]
                a3 += v * w[3, k, m]
            kept = a0 > 0 and c[q, k] > 0
            raised = a1 > 0 and a2 > 0
            holds = int(kept) + int(raised)
            wanted = c[p, k] > 0
            d0 = 0.0
            d1 = 0.0
            d2 = 0.0
            d3 = 0.0
            wrong = holds != int(wanted)
            if wrong and learn:
                if wanted and holds == 2:  # forget, or do not write: by chance
                    if np.random.random() < 0.5:
                        d0 = -1.0
                    elif abs(a1) < abs(a2):
                        d1 = -1.0
                    else:
                        d2 = -1.0
                elif wanted:  # keep, or write: what takes less
                    lack = (0.0 if a1 > 0 else -a1) + (0.0 if a2 > 0 else -a2)
                    if c[q, k] > 0 and -a0 < lack * (0.5 + np.random.random()):
                        d0 = 1.0
                    else:
                        d1 = 0.0 if a1 > 0 else 1.0
                        d2 = 0.0 if a2 > 0 else 1.0
                else:
                    if kept:
                        d0 = -1.0
                    if raised:
                        if a1 * (0.5 + np.random.random()) < a2:
                            d1 = -1.0
                        else:
                            d2 = -1.0
            if wanted and (a3 > 0) != (h[p, k] > 0):
                wrong = True
                d3 = 1.0 if h[p, k] > 0 else -1.0
            if wrong:
                bad += 1
                if learn:
                    for m in range(width):
                        v = z[m] * RATE
                        w[0, k, m] += d0 * v
                        w[1, k, m] += d1 * v
                        w[2, k, m] += d2 * v
                        w[3, k, m] += d3 * v
    return bad


@compiled
def _walk(
    w: Floats,
    c: Floats,
    h: Floats,
    fixed_c: Floats,
    fixed_s: Floats,
    source: Any,
    target: Any,
    x: Floats,
    temperature: float,
    seed: int,
) -> int:
    """The least number of wrong bits; w, c and h are left there."""
    np.random.seed(seed)
    modes, units = c.shape
    z = np.zeros(w.shape[2])
    before = w.copy()
    tried = w.copy()
    least_w = w.copy()
    least_c = c.copy()
    least_h = h.copy()
    now = _count(w, c, h, source, target, x, z, False)
    least = now
    for _ in range(MOVES):
        if least == 0:
            break
        q = np.random.randint(modes)
        k = np.random.randint(units)
        held, shown = c[q, k], h[q, k]
        free_c, free_s = fixed_c[q, k] < 0, fixed_s[q, k] < 0
        new_c, new_h = held, shown
        if free_c and free_s:
            turned = (int(held + shown) + 1 + np.random.randint(2)) % 3
            new_c = 1.0 if turned > 0 else 0.0
            new_h = 1.0 if turned == 2 else 0.0
        elif free_c:
            new_c = 1.0 - held
            new_h = new_c * fixed_s[q, k]
        elif free_s:
            new_h = (1.0 - shown) * held
        c[q, k] = new_c
        h[q, k] = new_h
        before[:] = w
        most = _count(w, c, h, source, target, x, z, False)
        tried[:] = w
        for epoch in range(EPOCHS):
            if most == 0:
                break
            _count(w, c, h, source, target, x, z, True)
            count = _count(w, c, h, source, target, x, z, False)
            if count < most:
                most = count
                tried[:] = w
            if epoch == 2 and most > now + HOPELESS:
                break
        if most <= now - temperature * np.log(np.random.random() + 1e-12):
            now = most
            w[:] = tried
            if most <= least:
                least = most
                least_w[:] = w
                least_c[:] = c
                least_h[:] = h
        else:
            c[q, k] = held
            h[q, k] = shown
            w[:] = before
    w[:] = least_w
    c[:] = least_c
    h[:] = least_h
    return least
