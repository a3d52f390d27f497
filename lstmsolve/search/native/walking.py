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

SPARE: Final = 3
"""So many wrong bits beyond what would be kept, after three epochs of a unit, and a code is given up."""


def improved(near: Near, steps: Steps, random: np.random.Generator) -> Near:
    """The best codes and weights on a walk from these."""
    weights = np.ascontiguousarray(near.weights.transpose(1, 0, 2), np.float64)
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
    return Near(Codes(c > 0, h > 0), np.ascontiguousarray(weights.transpose(1, 0, 2)), int(wrong))


@compiled
def _is_wrong(
    w: Floats, k: int, c: Floats, h: Floats, source: Any, target: Any, x: Floats, t: int, learn: bool
) -> bool:
    """Does unit k come out wrong in step t? With `learn`, a perceptron's step if so. w [4, H + D + 1]: its gates."""
    units, columns = c.shape[1], x.shape[1]
    q, p = source[t], target[t]
    last = units + columns
    a0 = w[0, last]
    a1 = w[1, last]
    a2 = w[2, last]
    a3 = w[3, last]
    for m in range(units):
        v = h[q, m]
        a0 += v * w[0, m]
        a1 += v * w[1, m]
        a2 += v * w[2, m]
        a3 += v * w[3, m]
    for d in range(columns):
        v = x[t, d]
        a0 += v * w[0, units + d]
        a1 += v * w[1, units + d]
        a2 += v * w[2, units + d]
        a3 += v * w[3, units + d]
    kept = a0 > 0 and c[q, k] > 0
    raised = a1 > 0 and a2 > 0
    holds = int(kept) + int(raised)
    wanted = c[p, k] > 0
    hides = wanted and (a3 > 0) != (h[p, k] > 0)
    wrong = holds != int(wanted)
    if not learn or not (wrong or hides):
        return wrong or hides
    d0 = 0.0
    d1 = 0.0
    d2 = 0.0
    d3 = 0.0
    if wrong and wanted and holds == 2:  # forget, or do not write: by chance
        if np.random.random() < 0.5:
            d0 = -RATE
        elif abs(a1) < abs(a2):
            d1 = -RATE
        else:
            d2 = -RATE
    elif wrong and wanted:  # keep, or write: what takes less
        lack = (0.0 if a1 > 0 else -a1) + (0.0 if a2 > 0 else -a2)
        if c[q, k] > 0 and -a0 < lack * (0.5 + np.random.random()):
            d0 = RATE
        else:
            d1 = 0.0 if a1 > 0 else RATE
            d2 = 0.0 if a2 > 0 else RATE
    elif wrong:
        if kept:
            d0 = -RATE
        if raised:
            if a1 * (0.5 + np.random.random()) < a2:
                d1 = -RATE
            else:
                d2 = -RATE
    if hides:
        d3 = RATE if h[p, k] > 0 else -RATE
    for m in range(last + 1):
        v = h[q, m] if m < units else (x[t, m - units] if m < last else 1.0)
        w[0, m] += d0 * v
        w[1, m] += d1 * v
        w[2, m] += d2 * v
        w[3, m] += d3 * v
    return True


@compiled
def _steps_wrong(w: Floats, k: int, c: Floats, h: Floats, source: Any, target: Any, x: Floats, learn: bool) -> int:
    """Of how many steps unit k comes out wrong; with `learn`, while it learns."""
    bad = 0
    for t in range(len(source)):
        if _is_wrong(w, k, c, h, source, target, x, t, learn):
            bad += 1
    return bad


@compiled
def _learnt(
    w: Floats, best: Floats, least: int, most: float, k: int, c: Floats, h: Floats, source: Any, target: Any, x: Floats
) -> int:
    """The fewest wrong steps of unit k, from `least` with w, while it learns; `best` are the weights there.

    It gives up where more than `most` are likely to stay.
    """
    best[:] = w
    for epoch in range(EPOCHS):
        if _steps_wrong(w, k, c, h, source, target, x, True) == 0:
            best[:] = w
            return 0
        count = _steps_wrong(w, k, c, h, source, target, x, False)
        if count < least:
            least = count
            best[:] = w
        if least == 0 or (epoch == 2 and least > most + SPARE):
            break
    return least


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
    """The least number of wrong bits; w [H, 4, H + D + 1], c and h are left there.

    Units learn on their own: given the codes, no gate hears of another unit's weights. A code that is changed is seen
    in the steps from its mode, and by its own unit in the steps to it; only there is anything counted anew.
    """
    np.random.seed(seed)
    modes, units = c.shape
    steps = len(source)
    tried = w.copy()
    work = w[0].copy()
    wrong = np.zeros((steps, units), np.bool_)
    moved = np.zeros(units, np.bool_)
    counts = np.zeros(units, np.int64)
    for k in range(units):
        for t in range(steps):
            wrong[t, k] = _is_wrong(w[k], k, c, h, source, target, x, t, False)
    now = int(wrong.sum())
    least = now
    least_w, least_c, least_h = w.copy(), c.copy(), h.copy()
    after = wrong.copy()
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
        most = now - temperature * np.log(np.random.random() + 1e-12)
        after[:] = wrong
        for t in range(steps):
            if source[t] == q:
                for m in range(units):
                    after[t, m] = _is_wrong(w[m], m, c, h, source, target, x, t, False)
            elif target[t] == q:
                after[t, k] = _is_wrong(w[k], k, c, h, source, target, x, t, False)
        total = 0
        for m in range(units):
            count = 0
            same = True
            for t in range(steps):
                count += after[t, m]
                same = same and after[t, m] == wrong[t, m]
            counts[m] = count
            moved[m] = count > 0 and (m == k or not same)
            if not moved[m]:
                total += count
        for m in range(units):
            if total > most:
                break
            if moved[m]:
                work[:] = w[m]
                total += _learnt(work, tried[m], counts[m], most - total, m, c, h, source, target, x)
        if total > most:
            c[q, k] = held
            h[q, k] = shown
            continue
        now = total
        for m in range(units):
            if moved[m]:
                w[m] = tried[m]
                for t in range(steps):
                    after[t, m] = _is_wrong(w[m], m, c, h, source, target, x, t, False)
        wrong[:] = after
        if now <= least:
            least = now
            least_w[:] = w
            least_c[:] = c
            least_h[:] = h
    w[:] = least_w
    c[:] = least_c
    h[:] = least_h
    return least
