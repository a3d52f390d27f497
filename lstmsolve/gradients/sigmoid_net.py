"""The recurrent sigmoid net with M-1 lags (ECE 417 Homework 6, Problem 6.1).

    ξ[n] = x[n] + Σ_{m=1}^{M-1} w[m] h[n-m]        h[n] = σ(ξ[n]),  h[n] = 0 for n < 0
    L    = -(1/N) Σ_n (y[n] ln h[n] + (1-y[n]) ln(1-h[n]))

Everything is stated over the logits: -ln h = softplus(-ξ), and in dL/dξ[n] the factor h(1-h) of the
activation cancels the denominator of the loss. So nothing is divided by h(1-h), and outputs that
round to 0 or 1 lose no digit. Time and memory are O(N·M) and O(N) for each sequence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstmsolve.gradients.elementary import Floats, is_long, shaped, sigmoid_slope, softplus
from lstmsolve.kernel.base.errors import InputError


@dataclass(frozen=True)
class Forward:
    """A run over B sequences of N steps."""

    xi: Floats
    """ξ, [B, N]"""
    h: Floats
    """[B, N]"""


@dataclass(frozen=True)
class Gradients:
    """Loss and total derivatives, for each of B sequences on its own."""

    loss: Floats
    """[B]"""
    xi: Floats
    """dL/dξ[n], [B, N]"""
    h: Floats
    """dL/dh[n], [B, N]; infinite only where the derivative itself is beyond a float64 (|ξ| > 709)"""
    w: Floats
    """dL/dw[m] at [:, m-1], [B, M-1]; sum over the batch for the gradient of the summed loss"""


def forward(w: npt.ArrayLike, x: npt.ArrayLike) -> Forward:
    """Run the net; `w` is w[1] … w[M-1], [M-1], and `x` is [B, N].

    Raises:
        InputError: wrong shapes, NaN or infinities.
    """
    weights, inputs = shaped("w", w, "[M-1]", 1), shaped("x", x, "[B, N], N >= 1", 2, least=1)
    lags, (batch, steps) = len(weights), inputs.shape
    backwards = weights[::-1].copy()
    xi = inputs.T.copy()  # [N, B]: one step is one contiguous row
    h = np.zeros((lags + steps, batch))  # h[n] at row n + lags, zeros before the start
    if is_long(steps):
        from lstmsolve.gradients import loops  # numba takes its time

        loops.sigmoid_forward(backwards, xi, h)
        return Forward(xi.T, h[lags:].T)
    decay, one_more = np.empty(batch), np.empty(batch)
    # Beyond ξ = -709 the exponential is infinite and h is 0, as it should be.
    with np.errstate(over="ignore"):
        for n in range(steps):
            row = xi[n]
            row += backwards @ h[n : n + lags]
            np.negative(row, out=decay)
            np.exp(decay, out=decay)
            np.add(decay, 1.0, out=one_more)
            np.divide(1.0, one_more, out=h[n + lags])
    return Forward(xi.T, h[lags:].T)


def cross_entropy(xi: Floats, y: npt.ArrayLike) -> Floats:
    """L of each sequence, [B], from logits [B, N] and targets in 0..1, [B, N]."""
    targets = _targets(y, xi)
    # -y ln σ(ξ) - (1-y) ln σ(-ξ)
    losses: Floats = targets * softplus(-xi) + (1.0 - targets) * softplus(xi)
    mean: Floats = losses.mean(axis=1)
    return mean


def backward(w: npt.ArrayLike, run: Forward, y: npt.ArrayLike) -> Gradients:
    """Every total derivative of a run; targets `y` in 0..1, [B, N].

    Raises:
        InputError: wrong shapes, or targets outside 0..1.
    """
    weights, targets = shaped("w", w, "[M-1]", 1), _targets(y, run.xi)
    lags, (batch, steps) = len(weights), run.xi.shape
    xi = run.xi.T
    slope = np.ascontiguousarray(sigmoid_slope(xi))
    error = np.ascontiguousarray(_error(xi, targets.T)) / steps  # (h - y)/N
    g = np.zeros((steps + lags, batch))  # dL/dξ[n] at row n, zeros beyond the end
    later = np.zeros((steps, batch))  # Σ_m w[m] dL/dξ[n+m]
    if is_long(steps):
        from lstmsolve.gradients import loops  # numba takes its time

        loops.sigmoid_backward(weights, slope, error, g, later)
    else:
        for n in range(steps - 1, -1, -1):
            np.dot(weights, g[n + 1 : n + 1 + lags], out=later[n])
            np.multiply(slope[n], later[n], out=g[n])
            g[n] += error[n]
    dxi = np.ascontiguousarray(g[:steps].T)  # [B, N]: what is summed lies side by side
    # ∂L/∂h[n] is -(1 + e^-ξ)/N for y = 1 and (1 + e^ξ)/N for y = 0.
    direct = _weighted(1.0 - targets.T, xi) - _weighted(targets.T, -xi)
    h = np.ascontiguousarray(run.h)
    dw = np.zeros((batch, lags))
    for m in range(1, min(lags + 1, steps)):
        dw[:, m - 1] = np.einsum("bn,bn->b", dxi[:, m:], h[:, :-m])
    return Gradients(cross_entropy(run.xi, targets), dxi, (direct / steps + later).T, dw)


def _error(xi: Floats, y: Floats) -> Floats:
    """h - y as (1-y) σ(ξ) - y σ(-ξ), which keeps its digits when h rounds to y."""
    small = np.exp(-np.abs(xi))
    high, low = 1.0 / (1.0 + small), small / (1.0 + small)
    up = xi >= 0
    return (1.0 - y) * np.where(up, high, low) - y * np.where(up, low, high)


def _weighted(weight: Floats, a: Floats) -> Floats:
    """weight · (1 + e^a); 0 where the weight is 0, whatever a is."""
    out = np.zeros_like(weight)
    with np.errstate(over="ignore"):
        return np.multiply(weight, 1.0 + np.exp(a), out=out, where=weight > 0)


def _targets(y: npt.ArrayLike, xi: Floats) -> Floats:
    targets = shaped("y", y, "[B, N]", 2)
    if targets.shape != xi.shape:
        raise InputError.single("y", f"must have the shape of x, {list(xi.shape)}", list(targets.shape))
    if not ((targets >= 0) & (targets <= 1)).all():
        raise InputError.single("y", "targets lie between 0 and 1")
    return targets
