"""Back-propagation through time for the cell of `kernel.lstm.cells`, any of its activations, many nets at once.

    f[n] = σ_g(w_f x[n] + u_f h[n-1] + b_f)           i, o likewise; g with σ_h
    c[n] = f[n] c[n-1] + i[n] g[n]                    h[n] = o[n] σ_o(c[n])

Shapes: D input columns, H units, N steps, B sequences; the four gates lie in the order of `Gate`
(f, i, c, o) along an axis of 4H. Parameters may carry leading axes, which broadcast against those
of the inputs: parameters [K, …] and inputs [B, N, D] run K nets, all on the same sequences.
Slopes at the kinks of CReLU are those of `elementary`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmsolve.gradients.elementary import Floats, slope
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Weights
from lstmsolve.simulator.activations import activate


@dataclass(frozen=True)
class Parameters:
    """The weights of one net, or of several along leading axes; gradients have the same form."""

    w: Floats
    """[…, 4H, D]"""
    u: Floats
    """[…, 4H, H]"""
    b: Floats
    """[…, 4H]"""
    c: Floats
    """c[-1], […, H]"""
    h: Floats
    """h[-1], […, H]"""

    @staticmethod
    def of(weights: Weights) -> Parameters:
        """Exact weights rounded to float64."""
        gates = [weights.gates[gate] for gate in Gate]
        hidden, inputs = weights.cell.hidden, weights.cell.inputs

        def array(rows: object, *shape: int) -> Floats:
            return np.array(rows, dtype=np.float64).reshape(shape)

        return Parameters(
            array([row for gate in gates for row in gate.w], 4 * hidden, inputs),
            array([row for gate in gates for row in gate.u], 4 * hidden, hidden),
            array([value for gate in gates for value in gate.b], 4 * hidden),
            array(weights.initial.c, hidden),
            array(weights.initial.h, hidden),
        )


@dataclass(frozen=True)
class Forward:
    """A run; time comes first, so that one step is one contiguous block."""

    x: Floats
    """[…, B, N, D], as it was given"""
    arguments: Floats
    """Of the four activations, [N, …, B, 4H]"""
    values: Floats
    """f, i, g, o, [N, …, B, 4H]"""
    c: Floats
    """c[-1] … c[N-1], [N+1, …, B, H]"""
    h: Floats
    """h[-1] … h[N-1], [N+1, …, B, H]"""

    @property
    def outputs(self) -> Floats:
        """h[0] … h[N-1], […, B, N, H]"""
        return np.moveaxis(self.h[1:], 0, -2)


@dataclass(frozen=True)
class Gradients:
    """Total derivatives of the loss, summed over the batch where parameters are shared by it."""

    parameters: Parameters
    x: Floats
    """dL/dx[n], […, B, N, D]"""
    h: Floats
    """δ_h[n], […, B, N, H]"""
    c: Floats
    """δ_c[n], […, B, N, H]"""


def forward(cell: Cell, parameters: Parameters, x: Floats) -> Forward:
    """Run the nets on inputs […, B, N, D].

    Raises:
        InputError: shapes that do not fit the cell.
    """
    p, hidden = parameters, cell.hidden
    _require_fit(cell, p, x)
    steps = x.shape[-2]
    # Everything the inputs add, for all steps in one product.
    arguments = np.moveaxis(np.matmul(x, np.swapaxes(p.w, -1, -2)[..., None, :, :]), -2, 0) + p.b[..., None, :]
    lead = arguments.shape[1:-1]
    values = np.empty_like(arguments)
    c, h = np.empty((steps + 1, *lead, hidden)), np.empty((steps + 1, *lead, hidden))
    c[0], h[0] = p.c[..., None, :], p.h[..., None, :]
    recurrent = np.swapaxes(p.u, -1, -2)
    f, i, g, o = (slice(k * hidden, (k + 1) * hidden) for k in range(4))
    for n in range(steps):
        arguments[n] += np.matmul(h[n], recurrent)
        for part, activation in _blocks(cell):
            values[n, ..., part] = activate(activation, arguments[n, ..., part])
        v = values[n]
        np.multiply(v[..., f], c[n], out=c[n + 1])
        c[n + 1] += v[..., i] * v[..., g]
        np.multiply(v[..., o], activate(cell.output, c[n + 1]), out=h[n + 1])
    return Forward(x, arguments, values, c, h)


def backward(cell: Cell, parameters: Parameters, run: Forward, dh: Floats) -> Gradients:
    """Every gradient of a run, from `dh`, the ∂L/∂h[n] of the loss alone, […, B, N, H].

    Raises:
        InputError: dh does not fit the run.
    """
    p, hidden = parameters, cell.hidden
    steps, lead = len(run.values), run.values.shape[1:-1]
    if dh.shape[-2:] != (steps, hidden) or not _broadcasts(dh.shape[:-2], lead):
        raise InputError.single("dh", f"must have the shape {[*lead, steps, hidden]}", list(dh.shape))
    f, i, g, o = (slice(k * hidden, (k + 1) * hidden) for k in range(4))
    # All slopes at once; the loop over time has only products left.
    slopes = np.empty_like(run.values)
    for part, activation in _blocks(cell):
        slopes[..., part] = slope(activation, run.arguments[..., part])
    shown = activate(cell.output, run.c[1:])  # σ_o(c[n])
    shown_slope = slope(cell.output, run.c[1:])
    delta_h = np.empty((steps, *lead, hidden))
    delta_h[...] = np.moveaxis(dh, -2, 0)
    delta_c = np.empty_like(delta_h)
    arguments = np.empty_like(run.values)  # dL/d(argument)
    # What c[n] and h[n] get from step n+1.
    later_c, later_h = np.zeros((*lead, hidden)), np.zeros((*lead, hidden))
    for n in range(steps - 1, -1, -1):
        v, d = run.values[n], arguments[n]
        delta_h[n] += later_h
        delta_c[n] = delta_h[n] * v[..., o] * shown_slope[n] + later_c
        np.multiply(delta_c[n], run.c[n], out=d[..., f])
        np.multiply(delta_c[n], v[..., g], out=d[..., i])
        np.multiply(delta_c[n], v[..., i], out=d[..., g])
        np.multiply(delta_h[n], shown[n], out=d[..., o])
        d *= slopes[n]
        later_c = delta_c[n] * v[..., f]
        later_h = np.matmul(d, p.u)
    together = np.moveaxis(arguments, 0, -2)  # […, B, N, 4H]
    gradients = Parameters(
        _products(together, run.x, p.w),
        _products(together, np.moveaxis(run.h[:-1], 0, -2), p.u),
        _reduced(together.sum(axis=(-3, -2)), p.b),
        _reduced(later_c.sum(axis=-2), p.c),
        _reduced(later_h.sum(axis=-2), p.h),
    )
    dx = np.matmul(together, p.w[..., None, :, :])
    return Gradients(gradients, dx, np.moveaxis(delta_h, 0, -2), np.moveaxis(delta_c, 0, -2))


def _blocks(cell: Cell) -> list[tuple[slice, Activation]]:
    """The axis of 4H in runs of one activation."""
    size = cell.hidden
    if cell.gate is cell.candidate:
        return [(slice(0, 4 * size), cell.gate)]
    return [
        (slice(0, 2 * size), cell.gate),
        (slice(2 * size, 3 * size), cell.candidate),
        (slice(3 * size, 4 * size), cell.gate),
    ]


def _products(a: Floats, b: Floats, like: Floats) -> Floats:
    """Σ over sequences and steps of a bᵀ: […, B, N, P] and […, B, N, Q] to the shape […, P, Q] of `like`."""
    a, b = (values.reshape(*values.shape[:-3], -1, values.shape[-1]) for values in (a, b))
    return _reduced(np.matmul(np.swapaxes(a, -1, -2), b), like)


def _reduced(values: Floats, like: Floats) -> Floats:
    """Summed over the leading axes along which the parameter was shared."""
    extra = values.ndim - like.ndim
    summed: Floats = values.sum(axis=tuple(range(extra)))
    shared = tuple(axis for axis, size in enumerate(like.shape) if size == 1 and summed.shape[axis] != 1)
    reduced: Floats = summed.sum(axis=shared, keepdims=True)
    return reduced


def _broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def _require_fit(cell: Cell, p: Parameters, x: Floats) -> None:
    hidden = cell.hidden
    wanted = {
        "w": (p.w, (4 * hidden, cell.inputs)),
        "u": (p.u, (4 * hidden, hidden)),
        "b": (p.b, (4 * hidden,)),
        "c": (p.c, (hidden,)),
        "h": (p.h, (hidden,)),
    }
    for name, (array, shape) in wanted.items():
        if array.shape[-len(shape) :] != shape:
            raise InputError.single(name, f"must end in the shape {list(shape)}", list(array.shape))
    if x.ndim < 3 or x.shape[-1] != cell.inputs:
        raise InputError.single("x", f"must have the shape [..., B, N, {cell.inputs}]", list(x.shape))
