"""Compiled loops over time say what numpy says, to rounding; numpy is held to complex steps elsewhere."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

from lstmsolve.gradients import elementary, one_gate, sigmoid_net
from lstmsolve.gradients.elementary import Floats

pytest.importorskip("numba", reason="needs the extra `fast`")

SHAPES = [(1, 1), (1, 40), (3, 1), (5, 33)]


def close(ours: object, theirs: object) -> None:
    for name in ours.__dataclass_fields__:  # type: ignore[attr-defined]
        a, b = getattr(ours, name), getattr(theirs, name)
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * np.abs(b).max(initial=1e-300), err_msg=name)


def by_loops(work: object, *given: object) -> object:
    with mock.patch.object(elementary, "LONG", 0):
        return work(*given)  # type: ignore[operator]


def inputs(batch: int, steps: int, largest: float) -> Floats:
    """Some of them large."""
    x = np.random.default_rng(batch * steps).normal(size=(batch, steps))
    x[:, ::7] *= largest
    return x


@pytest.mark.parametrize(("batch", "steps"), SHAPES)
@pytest.mark.parametrize("lags", [0, 1, 6])
def test_the_sigmoid_net(batch: int, steps: int, lags: int) -> None:
    random = np.random.default_rng(lags)
    w, x = random.normal(size=lags), inputs(batch, steps, 100.0)
    y = random.integers(0, 2, size=x.shape).astype(np.float64)
    run = sigmoid_net.forward(w, x)
    close(by_loops(sigmoid_net.forward, w, x), run)
    close(by_loops(sigmoid_net.backward, w, run, y), sigmoid_net.backward(w, run, y))


@pytest.mark.parametrize(("batch", "steps"), SHAPES)
def test_the_one_gate_net(batch: int, steps: int) -> None:
    p = one_gate.Parameters(0.3, -0.4, 0.01, 0.5, 0.2, -0.1)
    x, epsilon = inputs(batch, steps, 5000.0), np.random.default_rng(1).normal(size=(batch, steps))
    run = one_gate.forward(p, x)
    close(by_loops(one_gate.forward, p, x), run)
    close(by_loops(one_gate.backward, p, run, epsilon), one_gate.backward(p, run, epsilon))
