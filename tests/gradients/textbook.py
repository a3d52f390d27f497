"""The nets once more, as a textbook writes them: one step after the other, in complex numbers.

The outside oracle. It shares nothing with the package: derivatives come out of complex steps, and
every function takes a leading axis P of perturbed copies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

STEP = 1e-100


def derivative(function: Callable[[Array], Array], at: Array) -> Array:
    """The gradient of a real function of an array, by complex steps; `function` maps [P, …] to [P]."""
    size = at.size
    moved = np.broadcast_to(at.astype(complex), (size, *at.shape)).copy()
    moved.reshape(size, size)[np.arange(size), np.arange(size)] += 1j * STEP
    return np.asarray(function(moved).imag / STEP).reshape(at.shape)


def sigmoid(a: Array) -> Array:
    """1 / (1 + e^-a), written so that no exponential overflows."""
    small = np.exp(np.where(a.real < 0, a, -a))
    return np.asarray(np.where(a.real < 0, small, 1) / (1 + small))


def crelu(a: Array) -> Array:
    """Off the kinks: the real part says which piece, the imaginary part goes along on the slope."""
    return np.where(a.real < 0, 0, np.where(a.real > 1, 1, a))


def identity(a: Array) -> Array:
    return a


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "crelu": crelu,
    "identity": identity,
}


def sigmoid_net(w: Array, x: Array, y: Array, push: Array | None = None) -> Array:
    """The loss of Problem 6.1: w [P, M-1], x and y [N], push [P, N] added to h; [P]."""
    copies, steps = max(len(w), 0 if push is None else len(push)), len(x)
    h = np.zeros((copies, steps), dtype=complex)
    for n in range(steps):
        xi = x[n] + sum(w[:, m - 1] * h[:, n - m] for m in range(1, min(w.shape[1], n) + 1))
        h[:, n] = sigmoid(xi) + (0 if push is None else push[:, n])
    return np.asarray(-(y * np.log(h) + (1 - y) * np.log(1 - h)).sum(axis=1) / steps)


def one_gate(p: Array, x: Array, epsilon: Array, push: dict[str, Array] | None = None) -> Array:
    """Σ ε h of Problem 6.3: p [P, 6] in the order w_c u_c b_c w_o u_o b_o; push moves h, o or c; [P]."""
    push = push or {}
    w_c, u_c, b_c, w_o, u_o, b_o = p.T
    copies = max([len(p), *(len(moved) for moved in push.values())])
    c = h = np.zeros(copies, dtype=complex)
    loss = np.zeros(copies, dtype=complex)
    for n in range(len(x)):
        o = sigmoid(w_o * x[n] + u_o * h + b_o) + (push["o"][:, n] if "o" in push else 0)
        c = c + w_c * x[n] + u_c * h + b_c + (push["c"][:, n] if "c" in push else 0)
        h = o * c + (push["h"][:, n] if "h" in push else 0)
        loss = loss + epsilon[n] * h
    return loss


def lstm(
    gate: str, candidate: str, output: str, weights: dict[str, Array], x: Array, dh: Array, push: Array | None = None
) -> Array:
    """Σ dh h of the cell of Problem 6.4.

    weights: w_* [P, H, D], u_* [P, H, H], b_* [P, H] for f, i, c, o; c and h [P, H]. x [B, N, D] or
    [P, B, N, D]; dh [B, N, H]; push [P, B, N, H] is added to c. [P].
    """
    x = x if x.ndim == 4 else x[None]
    c, h = weights["c"][:, None, :], weights["h"][:, None, :]
    loss: Array = np.zeros(1)

    def gated(name: str, n: int) -> Array:
        w, u, b = (weights[f"{kind}_{name}"] for kind in "wub")
        # einsum does not broadcast the axis P of 1 against that of the copies; matmul does.
        argument: Array = x[:, :, n] @ np.swapaxes(w, 1, 2) + h @ np.swapaxes(u, 1, 2) + b[:, None, :]
        return argument

    for n in range(x.shape[2]):
        f, i, o = (ACTIVATIONS[gate](gated(name, n)) for name in "fio")
        g = ACTIVATIONS[candidate](gated("c", n))
        c = f * c + i * g + (0 if push is None else push[:, :, n])
        h = o * ACTIVATIONS[output](c)
        loss = loss + (dh[:, n] * h).sum(axis=(1, 2))
    return loss
