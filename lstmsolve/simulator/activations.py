"""Activations in numpy, elementwise, in the precision of what they are given."""

from __future__ import annotations

from typing import Any, TypeVar, assert_never

import numpy as np
import numpy.typing as npt

from lstmsolve.kernel.lstm.cells import Activation

F = TypeVar("F", bound=np.floating[Any])


def sigmoid(a: npt.NDArray[F]) -> npt.NDArray[F]:
    """1 / (1 + e^-a), to full relative accuracy: no exponential overflows."""
    small = np.exp(-np.abs(a))
    top: npt.NDArray[F] = np.where(a >= 0, small.dtype.type(1), small)
    top /= 1 + small
    return top


def activate(activation: Activation, a: npt.NDArray[F]) -> npt.NDArray[F]:
    """The activation."""
    found: npt.NDArray[F]
    match activation:
        case Activation.IDENTITY:
            return a
        case Activation.CRELU:
            found = np.clip(a, 0, 1)
        case Activation.TANH:
            found = np.tanh(a)
        case Activation.SIGMOID:
            found = sigmoid(a)
        case _:
            assert_never(activation)
    return found
