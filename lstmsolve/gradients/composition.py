"""A chain of scalar functions and its derivative (ECE 417 Homework 6, Problem 6.2).

h_0 = x³        h_1 = cos x + sin h_0        ŷ = (h_1² + h_0²)/2
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstmsolve.gradients.elementary import Floats


@dataclass(frozen=True)
class Composition:
    """Values and total derivatives at every x; all of the shape of x."""

    h_0: Floats
    h_1: Floats
    y: Floats
    """ŷ"""
    dh_0: Floats
    """dh_0/dx"""
    dh_1: Floats
    """dh_1/dx"""
    dy: Floats
    """dŷ/dx"""


def composition(x: npt.ArrayLike) -> Composition:
    """Forward values and derivatives, for an x of any shape."""
    at = np.asarray(x, dtype=np.float64)
    h_0 = at**3
    h_1 = np.cos(at) + np.sin(h_0)
    dh_0 = 3.0 * at**2
    dh_1 = -np.sin(at) + dh_0 * np.cos(h_0)
    return Composition(h_0, h_1, (h_1**2 + h_0**2) / 2.0, dh_0, dh_1, h_0 * dh_0 + h_1 * dh_1)
