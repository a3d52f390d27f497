"""Problem 6.3: the one-gate net."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.differentiate import jacobian

from lstmsolve.gradients.one_gate import Gradients, Parameters, backward, forward
from lstmsolve.kernel.base.errors import InputError
from tests.gradients import textbook
from tests.gradients.test_sigmoid_net import close

NAMES = ("w_c", "u_c", "b_c", "w_o", "u_o", "b_o")


def gradient(found: Gradients, b: int) -> textbook.Array:
    return np.array([getattr(found, name)[b] for name in NAMES])


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 3))
def test_every_derivative_agrees_with_complex_steps(seed: int, steps: int, batch: int) -> None:
    random = np.random.default_rng(seed)
    p = random.normal(size=6) / 2
    x, epsilon = random.normal(size=(2, batch, steps))
    ours = backward(Parameters(*p), forward(Parameters(*p), x), epsilon)
    for b in range(batch):
        by_parameters = partial(textbook.one_gate, x=x[b], epsilon=epsilon[b])
        close(gradient(ours, b), textbook.derivative(by_parameters, p), 1e-12)
        for name, delta in (("h", ours.h), ("o", ours.o), ("c", ours.c)):
            pushed = partial(_pushed, name, p, x[b], epsilon[b])
            close(delta[b], textbook.derivative(pushed, np.zeros(steps)), 1e-12)


def _pushed(
    name: str, p: textbook.Array, x: textbook.Array, epsilon: textbook.Array, push: textbook.Array
) -> textbook.Array:
    return textbook.one_gate(p[None], x, epsilon, {name: push})


def test_a_long_run_agrees_too() -> None:
    random = np.random.default_rng(1)
    p = np.array([0.1, -0.3, 0.02, 0.7, -0.2, 0.1])
    x, epsilon = random.normal(size=(2, 1, 1000))
    ours = backward(Parameters(*p), forward(Parameters(*p), x), epsilon)
    close(gradient(ours, 0), textbook.derivative(lambda moved: textbook.one_gate(moved, x[0], epsilon[0]), p))
    for name, delta in (("h", ours.h), ("o", ours.o), ("c", ours.c)):
        close(delta[0], textbook.derivative(partial(_pushed, name, p, x[0], epsilon[0]), np.zeros(1000)))


def test_the_gradient_agrees_with_scipy() -> None:
    random = np.random.default_rng(2)
    p = random.normal(size=6) / 2
    x, epsilon = random.normal(size=(2, 1, 12))

    def loss(moved: textbook.Array) -> textbook.Array:
        rows = moved.reshape(6, -1).T
        losses = [(epsilon * forward(Parameters(*row), x).h).sum() for row in rows]
        return np.array(losses).reshape(1, *moved.shape[1:])

    found = jacobian(loss, p)
    ours = backward(Parameters(*p), forward(Parameters(*p), x), epsilon)
    np.testing.assert_allclose(gradient(ours, 0), found.df[0], rtol=1e-8, atol=1e-10)


def test_a_shut_gate_stays_finite() -> None:
    """o is 0 or 1 to rounding and beyond; slopes are then e^-|a|, not 0/0."""
    p = Parameters(1.0, 0.5, 0.0, -900.0, 0.0, 0.0)
    ours = backward(p, forward(p, [[1.0, -1.0, 1.0]]), [[1.0, 1.0, 1.0]])
    for name in (*NAMES, "h", "o", "c"):
        assert np.isfinite(getattr(ours, name)).all()


def test_epsilon_must_fit_the_run() -> None:
    p = Parameters(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(InputError, match="epsilon: must have the shape of x"):
        backward(p, forward(p, [[1.0, 2.0]]), [[1.0]])
