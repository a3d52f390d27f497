"""The loops over time of `sigmoid_net` and `one_gate` in compiled code (numba, the extra `fast`), which this imports.

Sums go in the order of the lags, where numpy leaves the order to BLAS: the same to rounding. All arrays are [N, B],
so that the inner loops go over sequences.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np

from lstmsolve.simulator.compiled import compiled


@compiled
def sigmoid_forward(backwards: Any, xi: Any, h: Any) -> None:
    """ξ, which holds x on entry, and h, with a row of zeros for each weight before it; the last lag comes first."""
    lags = len(backwards)
    steps, batch = xi.shape
    for n in range(steps):
        for m in range(lags):
            weight = backwards[m]
            for s in range(batch):
                xi[n, s] += weight * h[n + m, s]
        for s in range(batch):
            h[n + lags, s] = 1.0 / (1.0 + exp(-xi[n, s]))


@compiled
def sigmoid_backward(weights: Any, slope: Any, error: Any, g: Any, later: Any) -> None:
    """dL/dξ, with rows of zeros beyond the end, and what each step gets from later ones; zeros on entry."""
    lags = len(weights)
    steps, batch = slope.shape
    for n in range(steps - 1, -1, -1):
        for m in range(lags):
            weight = weights[m]
            for s in range(batch):
                later[n, s] += weight * g[n + 1 + m, s]
        for s in range(batch):
            g[n, s] = slope[n, s] * later[n, s] + error[n, s]


@compiled
def gate_forward(u_c: float, u_o: float, c: Any, a: Any, o: Any, h: Any) -> None:
    """c and the gate's argument, which hold what inputs and biases add on entry, and o and h."""
    steps, batch = c.shape
    for n in range(steps):
        for s in range(batch):
            if n:
                c[n, s] += c[n - 1, s] + h[n - 1, s] * u_c
                a[n, s] += h[n - 1, s] * u_o
            o[n, s] = 1.0 / (1.0 + exp(-a[n, s]))
            h[n, s] = o[n, s] * c[n, s]


@compiled
def gate_backward(u_c: float, u_o: float, o: Any, through_gate: Any, delta_h: Any, delta_c: Any) -> None:
    """δ_h, which holds ε on entry, and δ_c."""
    steps, batch = o.shape
    later = np.zeros(batch)
    for n in range(steps - 1, -1, -1):
        for s in range(batch):
            if n + 1 < steps:
                delta_h[n, s] += later[s] * u_c + delta_h[n + 1, s] * through_gate[n + 1, s] * u_o
            later[s] += delta_h[n, s] * o[n, s]
            delta_c[n, s] = later[s]
