"""Problem 6.2: the scalar composition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lstmsolve.gradients.composition import composition


@given(st.floats(-3, 3))
def test_derivatives_agree_with_complex_steps(x: float) -> None:
    step = 1e-100
    h_0 = (x + 1j * step) ** 3
    h_1 = np.cos(x + 1j * step) + np.sin(h_0)
    y = (h_0**2 + h_1**2) / 2
    ours = composition(x)
    for mine, theirs in ((ours.dh_0, h_0), (ours.dh_1, h_1), (ours.dy, y)):
        np.testing.assert_allclose(mine, theirs.imag / step, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([ours.h_0, ours.h_1, ours.y], [h_0.real, h_1.real, y.real], rtol=1e-12, atol=1e-12)


def test_any_shape_goes_in_and_comes_out() -> None:
    assert composition(np.zeros((2, 3, 4))).dy.shape == (2, 3, 4)
    assert composition(1.0).dy.shape == ()
