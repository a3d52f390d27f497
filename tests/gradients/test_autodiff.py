"""Against automatic differentiation, where it is installed (`pip install -e '.[test,bench]'`)."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.gradients import NETS
from lstmsolve.gradients import lstm
from lstmsolve.gradients.elementary import Floats
from lstmsolve.kernel.lstm.cells import Activation, Cell


@pytest.mark.parametrize("rival", ["torch", "autograd"])
@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize(("steps", "batch"), [(1, 1), (30, 3), (300, 2)])
def test_gradients_of_the_homework_nets(net: str, rival: str, steps: int, batch: int) -> None:
    pytest.importorskip(rival)
    data = NETS[net](steps, batch)
    np.testing.assert_allclose(data.ours(), getattr(data, rival)(), rtol=1e-9, atol=1e-11)


def test_the_full_lstm_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    steps, batch, inputs, hidden = 50, 3, 4, 5
    layer = torch.nn.LSTM(inputs, hidden, batch_first=True, dtype=torch.float64)
    x = torch.tensor(random.normal(size=(batch, steps, inputs)), requires_grad=True)
    dh = random.normal(size=(batch, steps, hidden))
    outputs, _ = layer(x)
    (outputs * torch.tensor(dh)).sum().backward()

    def ours(array: Floats) -> Floats:
        """torch has the gates in the order i, f, g, o; ours is f, i, c, o."""
        i, f, g, o = np.split(array, 4)
        return np.concatenate([f, i, g, o])

    w, u, b_ih, b_hh = (parameter.detach().numpy() for parameter in layer.parameters())
    p = lstm.Parameters(ours(w), ours(u), ours(b_ih + b_hh), np.zeros(hidden), np.zeros(hidden))
    cell = Cell(inputs, hidden, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    run = lstm.forward(cell, p, x.detach().numpy())
    found = lstm.backward(cell, p, run, dh)
    np.testing.assert_allclose(run.outputs, outputs.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.x, x.grad.numpy(), rtol=1e-9, atol=1e-12)
    gradients = (found.parameters.w, found.parameters.u, found.parameters.b)
    for mine, theirs in zip(gradients, layer.parameters(), strict=False):
        np.testing.assert_allclose(mine, ours(theirs.grad.numpy()), rtol=1e-9, atol=1e-12)
