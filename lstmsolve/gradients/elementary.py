"""Slopes of activations in numpy, accurate to rounding also where they saturate.

At its two kinks CReLU has slopes 0 and 1 on either side. Here its slope is 1 on the closed interval
0 <= a <= 1 and 0 outside (what `torch.clamp` does): a search that starts on a kink, such as from
all weights zero, can then leave it.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, TypeAlias, assert_never

import numpy as np
import numpy.typing as npt

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation

Floats: TypeAlias = npt.NDArray[np.float64]

LONG: Final = 20_000
"""Steps of a run from which on compiled code is worth loading."""


def is_long(steps: int) -> bool:
    """Is a run worth compiled code (`loops`), and is numba there?"""
    return steps >= LONG and find_spec("numba") is not None


def sigmoid_slope(a: Floats) -> Floats:
    """σ(a) σ(-a). Not s(1-s), which loses every digit when s rounds to 1."""
    small = np.exp(-np.abs(a))
    return small / (1.0 + small) ** 2


def softplus(a: Floats) -> Floats:
    """ln(1 + e^a) = -ln σ(-a), elementwise."""
    return np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a)))


def slope(activation: Activation, a: Floats) -> Floats:
    """The derivative of the activation at `a`, elementwise; at kinks by the convention above."""
    match activation:
        case Activation.IDENTITY:
            return np.ones_like(a)
        case Activation.CRELU:
            return ((a >= 0.0) & (a <= 1.0)).astype(np.float64)
        case Activation.TANH:
            # sech²(a) = 4 σ'(2a): 1 - tanh² would round to 0 far too early.
            return 4.0 * sigmoid_slope(2.0 * a)
        case Activation.SIGMOID:
            return sigmoid_slope(a)
        case _:
            assert_never(activation)


def shaped(name: str, values: npt.ArrayLike, shape: str, rank: int, least: int = 0) -> Floats:
    """`values` as a float array of this rank, its last axis with `least` entries or more.

    Raises:
        InputError: another shape, or an entry that is NaN or infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != rank or array.shape[-1] < least:
        raise InputError.single(name, f"must have the shape {shape}", f"an array of shape {list(array.shape)}")
    if not np.isfinite(array).all():
        raise InputError.single(name, "has an entry that is NaN or infinite")
    return array
