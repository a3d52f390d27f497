"""The one-gate recurrent net (ECE 417 Homework 6, Problem 6.3).

    c[n] = c[n-1] + w_c x[n] + u_c h[n-1] + b_c
    o[n] = σ(w_o x[n] + u_o h[n-1] + b_o)
    h[n] = o[n] c[n]                                  c[-1] = h[-1] = 0

From ε[n] = ∂L/∂h[n], with a_o[n] = δ_o[n] σ'(…) the derivative through the gate's argument:

    δ_h[n] = ε[n] + u_c δ_c[n+1] + u_o a_o[n+1]       δ_o[n] = δ_h[n] c[n]
    δ_c[n] = δ_c[n+1] + δ_h[n] o[n]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstmsolve.gradients.elementary import Floats, is_long, shaped, sigmoid_slope
from lstmsolve.kernel.base.errors import InputError


@dataclass(frozen=True)
class Parameters:
    """The six numbers of the net."""

    w_c: float
    u_c: float
    b_c: float
    w_o: float
    u_o: float
    b_o: float


@dataclass(frozen=True)
class Forward:
    """A run over B sequences of N steps; every array is [B, N]."""

    x: Floats
    c: Floats
    o: Floats
    h: Floats
    a_o: Floats
    """The argument of the gate's sigmoid."""


@dataclass(frozen=True)
class Gradients:
    """Total derivatives of the loss, for each of B sequences on its own."""

    h: Floats
    """δ_h, [B, N]"""
    o: Floats
    """δ_o, [B, N]"""
    c: Floats
    """δ_c, [B, N]"""
    w_c: Floats
    """[B], as are those below; sum over the batch for the gradient of the summed loss"""
    u_c: Floats
    b_c: Floats
    w_o: Floats
    u_o: Floats
    b_o: Floats


def forward(parameters: Parameters, x: npt.ArrayLike) -> Forward:
    """Run the net on `x`, [B, N].

    Raises:
        InputError: wrong shapes, NaN or infinities.
    """
    p, inputs = parameters, shaped("x", x, "[B, N], N >= 1", 2, least=1)
    batch, steps = inputs.shape
    across = np.ascontiguousarray(inputs.T)
    cells = p.w_c * across + p.b_c  # becomes c, [N, B]: one step is one contiguous row
    argument = p.w_o * across + p.b_o
    o, h = np.empty((steps, batch)), np.empty((steps, batch))
    if is_long(steps):
        from lstmsolve.gradients import loops  # numba takes its time

        loops.gate_forward(p.u_c, p.u_o, cells, argument, o, h)
        return Forward(inputs, cells.T, o.T, h.T, argument.T)
    scratch = np.empty(batch)
    # Beyond -709 the exponential is infinite and the gate is 0, as it should be.
    with np.errstate(over="ignore"):
        for n in range(steps):
            c, a = cells[n], argument[n]
            if n:
                c += cells[n - 1]
                np.multiply(h[n - 1], p.u_c, out=scratch)
                c += scratch
                np.multiply(h[n - 1], p.u_o, out=scratch)
                a += scratch
            np.negative(a, out=scratch)
            np.exp(scratch, out=scratch)
            scratch += 1.0
            np.divide(1.0, scratch, out=o[n])
            np.multiply(o[n], c, out=h[n])
    return Forward(inputs, cells.T, o.T, h.T, argument.T)


def _backward_in_numpy(p: Parameters, o: Floats, through_gate: Floats, delta_h: Floats, delta_c: Floats) -> None:
    """δ_h, which holds ε on entry, and δ_c, all [N, B]."""
    steps, batch = o.shape
    scratch, later = np.empty(batch), np.zeros(batch)
    for n in range(steps - 1, -1, -1):
        h = delta_h[n]
        if n + 1 < steps:
            later = delta_c[n + 1]
            np.multiply(later, p.u_c, out=scratch)
            h += scratch
            np.multiply(delta_h[n + 1], through_gate[n + 1], out=scratch)
            scratch *= p.u_o
            h += scratch
        np.multiply(h, o[n], out=delta_c[n])
        delta_c[n] += later


def backward(parameters: Parameters, run: Forward, epsilon: npt.ArrayLike) -> Gradients:
    """Every total derivative of a run, from ε[n] = ∂L/∂h[n], [B, N].

    Raises:
        InputError: ε has another shape than the run.
    """
    p, given = parameters, shaped("epsilon", epsilon, "[B, N]", 2)
    if given.shape != run.h.shape:
        raise InputError.single("epsilon", f"must have the shape of x, {list(run.h.shape)}", list(given.shape))
    batch, steps = given.shape
    c, o = run.c.T, run.o.T
    through_gate = c * sigmoid_slope(run.a_o.T)  # a_o[n] = δ_h[n] c[n] σ'(…)
    delta_h, delta_c = given.T.copy(), np.empty((steps, batch))
    if is_long(steps):
        from lstmsolve.gradients import loops  # numba takes its time

        o, through_gate = np.ascontiguousarray(o), np.ascontiguousarray(through_gate)
        loops.gate_backward(p.u_c, p.u_o, o, through_gate, delta_h, delta_c)
    else:
        _backward_in_numpy(p, o, through_gate, delta_h, delta_c)
    a_o = delta_h * through_gate
    x, before = run.x.T, run.h.T[:-1]

    def along(a: Floats, b: Floats) -> Floats:
        products: Floats = np.einsum("nb,nb->b", a, b)
        return products

    return Gradients(
        h=delta_h.T,
        o=(delta_h * c).T,
        c=delta_c.T,
        w_c=along(delta_c, x),
        u_c=along(delta_c[1:], before),
        b_c=delta_c.sum(axis=0),
        w_o=along(a_o, x),
        u_o=along(a_o[1:], before),
        b_o=a_o.sum(axis=0),
    )
