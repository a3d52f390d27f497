"""Problem 6.1: the recurrent sigmoid net against complex steps, and against 50 digits where it saturates."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from scipy.differentiate import jacobian

from lstmsolve.gradients.sigmoid_net import backward, cross_entropy, forward
from lstmsolve.kernel.base.errors import InputError
from tests.gradients import textbook


def close(ours: textbook.Array, theirs: textbook.Array, relative: float = 1e-12) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=relative, atol=relative * np.abs(theirs).max(initial=1e-300))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12), st.integers(1, 3))
def test_every_derivative_agrees_with_complex_steps(seed: int, steps: int, lags: int, batch: int) -> None:
    random = np.random.default_rng(seed)
    w, x = random.normal(size=lags - 1), random.normal(size=(batch, steps))
    y = (random.random((batch, steps)) < 0.5).astype(float)
    run = forward(w, x)
    ours = backward(w, run, y)
    for b in range(batch):
        data = {"x": x[b], "y": y[b]}
        close(ours.loss[b], textbook.sigmoid_net(w[None], **data).real)
        close(ours.w[b], textbook.derivative(partial(textbook.sigmoid_net, **data), w))
        close(ours.h[b], textbook.derivative(partial(textbook.sigmoid_net, w[None], x[b], y[b]), np.zeros(steps)))
        close(ours.xi[b], textbook.derivative(partial(_loss_of_inputs, w, y[b]), x[b]))


def _loss_of_inputs(w: textbook.Array, y: textbook.Array, x: textbook.Array) -> textbook.Array:
    # ξ[n] = x[n] + …, so dL/dx[n] is dL/dξ[n].
    return np.array([textbook.sigmoid_net(w[None], row, y)[0] for row in x])


@pytest.mark.parametrize(("steps", "lags"), [(1000, 20), (999, 7)])
def test_long_runs_agree_too(steps: int, lags: int) -> None:
    random = np.random.default_rng(steps)
    w, x = random.normal(size=lags - 1) / 3, random.normal(size=(1, steps))
    y = (random.random((1, steps)) < 0.5).astype(float)
    ours = backward(w, forward(w, x), y)
    close(ours.w[0], textbook.derivative(lambda moved: textbook.sigmoid_net(moved, x[0], y[0]), w))
    close(
        ours.h[0],
        textbook.derivative(lambda push: textbook.sigmoid_net(w[None], x[0], y[0], push), np.zeros(steps)),
    )


def test_the_weight_gradient_agrees_with_scipy() -> None:
    random = np.random.default_rng(5)
    w, x = random.normal(size=6), random.normal(size=(1, 30))
    y = (random.random((1, 30)) < 0.5).astype(float)

    def loss(moved: textbook.Array) -> textbook.Array:
        # scipy hands over [M-1, …] and wants […] back.
        rows = moved.reshape(len(w), -1).T
        losses = [cross_entropy(forward(row, x).xi, y)[0] for row in rows]
        return np.array(losses).reshape(1, *moved.shape[1:])

    found = jacobian(loss, w)
    np.testing.assert_allclose(backward(w, forward(w, x), y).w[0], found.df[0], rtol=1e-8, atol=1e-10)


def test_targets_between_0_and_1_are_allowed() -> None:
    random = np.random.default_rng(6)
    w, x, y = random.normal(size=3), random.normal(size=(1, 9)), random.random((1, 9))
    ours = backward(w, forward(w, x), y)
    close(ours.w[0], textbook.derivative(lambda moved: textbook.sigmoid_net(moved, x[0], y[0]), w))


class Exact:
    """Loss, dL/dξ, dL/dh and dL/dw by the chain rule as it stands in the book; and the size of what is added up."""

    def __init__(self, weights: textbook.Array, inputs: textbook.Array, y: textbook.Array) -> None:
        w, x = [mpf(float(value)) for value in weights], [mpf(float(value)) for value in inputs]
        steps, lags = len(x), len(w)
        h: list[mpf] = []
        for n in range(steps):
            h.append(1 / (1 + mp.exp(-x[n] - sum(w[m - 1] * h[n - m] for m in range(1, min(lags, n) + 1)))))
        losses = [-mp.log(h[n] if y[n] == 1 else 1 - h[n]) / steps for n in range(steps)]
        self.loss, self.loss_size = [sum(losses)], [sum(losses)]
        self.h, self.h_size = [mpf(0)] * steps, [mpf(0)] * steps
        slope = [value * (1 - value) for value in h]
        for n in reversed(range(steps)):
            terms = [(-1 / h[n] if y[n] == 1 else 1 / (1 - h[n])) / steps]
            later = range(1, min(lags, steps - 1 - n) + 1)
            terms += [self.h[n + m] * slope[n + m] * w[m - 1] for m in later]
            sizes = [abs(terms[0])] + [self.h_size[n + m] * slope[n + m] * abs(w[m - 1]) for m in later]
            self.h[n], self.h_size[n] = sum(terms), sum(sizes)
        self.xi = [self.h[n] * slope[n] for n in range(steps)]
        self.xi_size = [self.h_size[n] * slope[n] for n in range(steps)]
        self.w = [sum(self.xi[n] * h[n - m] for n in range(m, steps)) for m in range(1, lags + 1)]
        self.w_size = [sum(self.xi_size[n] * h[n - m] for n in range(m, steps)) for m in range(1, lags + 1)]


@pytest.mark.parametrize("scale", [1.0, 40.0, 300.0, 600.0])
@pytest.mark.parametrize("seed", range(3))
def test_saturated_outputs_lose_no_digit(scale: float, seed: int) -> None:
    """At these inputs h is 0 or 1 to rounding: 1 - h and h(1-h) have no digits left in float64."""
    random = np.random.default_rng(seed)
    w, x = random.normal(size=4), scale * random.choice([-1.0, 1.0], size=12) + random.normal(size=12)
    y = (random.random(12) < 0.5).astype(float)
    ours = backward(w, forward(w, x[None]), y[None])
    with mp.workdps(50 + int(scale)):  # so that 1 - h keeps 50 digits
        exact = Exact(w, x, y)
        for name in ("loss", "xi", "h", "w"):
            for mine, value, size in zip(
                getattr(ours, name).ravel(), getattr(exact, name), getattr(exact, f"{name}_size"), strict=True
            ):
                assert np.isfinite(mine)
                # ξ itself is rounded, which e^ξ turns into a relative error of |ξ| units.
                assert abs(mpf(float(mine)) - value) <= mpf(2e-16) * (20 + 4 * scale) * size, name


def test_single_derivatives_stay_accurate_where_h_rounds_to_1() -> None:
    """Elementwise, not only relative to the largest: the smallest slopes are e^-600."""
    x = np.array([[600.0, -600.0, 600.0, -600.0]])
    y = np.array([[1.0, 1.0, 0.0, 0.0]])
    ours = backward(np.zeros(0), forward(np.zeros(0), x), y)
    tiny, huge = np.exp(-600.0) / 4, np.exp(600.0) / 4
    np.testing.assert_allclose(ours.xi[0], [-tiny, -0.25, 0.25, tiny], rtol=1e-15)
    np.testing.assert_allclose(ours.h[0], [-0.25, -huge, huge, 0.25], rtol=1e-13)
    np.testing.assert_allclose(ours.loss[0], (600 + 600) / 4, rtol=1e-15)


def test_beyond_the_range_of_floats_the_weights_still_get_a_gradient() -> None:
    x, y = np.array([[0.0, -2000.0, 3.0]]), np.array([[1.0, 1.0, 0.0]])
    ours = backward(np.array([1.0]), forward(np.array([1.0]), x), y)
    assert np.isneginf(ours.h[0, 1])  # -(1 + e^1999.5)/3 is no float64
    assert np.isfinite(ours.w).all()
    assert np.isfinite(ours.xi).all()
    assert np.isfinite(ours.loss).all()


def test_more_lags_than_steps() -> None:
    w = np.arange(1.0, 8.0)
    ours = backward(w, forward(w, np.array([[0.5, -0.5]])), np.array([[1.0, 0.0]]))
    assert ours.w.shape == (1, 7)
    assert not ours.w[0, 1:].any()


@pytest.mark.parametrize(
    ("w", "x", "y", "said"),
    [
        ([[1.0]], [[0.0]], [[1.0]], "w: must have the shape [M-1]"),
        ([1.0], [0.0], [[1.0]], "x: must have the shape [B, N]"),
        ([1.0], [[]], [[]], "x: must have the shape [B, N], N >= 1"),
        ([1.0], [[float("nan")]], [[1.0]], "x: has an entry that is NaN"),
        ([1.0], [[0.0]], [[1.0, 0.0]], "y: must have the shape of x"),
        ([1.0], [[0.0]], [[2.0]], "y: targets lie between 0 and 1"),
    ],
)
def test_wrong_shapes_are_refused(w: object, x: object, y: object, said: str) -> None:
    with pytest.raises(InputError) as error:
        backward(w, forward(w, x), y)  # type: ignore[arg-type]
    assert str(error.value).startswith(said)
