"""Back-propagation through the nets of Problems 6.1 and 6.3: ours, torch and autograd side by side.

    python -m benchmarks.gradients [--steps N …] [--batch B …] [--least SECONDS]

Each measurement is one forward and one backward pass in float64 from the same data to the gradients
of all parameters; they are compared before they are timed. Ratios are of processor times, the best of several
runs. What is not installed (`pip install 'lstmsolve[bench]'`) is left out and named. At the end: the peak of memory
that ours allocates, by the number of steps.
"""

from __future__ import annotations

import argparse
import importlib.util
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias
from unittest import mock

import numpy as np

from benchmarks.tables import NOTHING, Row, Table, best, printed
from lstmsolve.gradients import elementary, one_gate, sigmoid_net
from lstmsolve.gradients.elementary import Floats

LAGS: Final = 20
Gradient: TypeAlias = Callable[[], Floats]
"""One pass; the gradients of all parameters in one row."""


class SigmoidNet:
    """Problem 6.1 with M = 20: dL/dw[m], the loss summed over the batch."""

    def __init__(self, steps: int, batch: int) -> None:
        random = np.random.default_rng(steps + batch)
        self.w = random.normal(size=LAGS - 1) / LAGS
        self.x = random.normal(size=(batch, steps))
        self.y = random.integers(0, 2, size=(batch, steps)).astype(np.float64)

    def ours(self) -> Floats:
        run = sigmoid_net.forward(self.w, self.x)
        gradient: Floats = sigmoid_net.backward(self.w, run, self.y).w.sum(axis=0)
        return gradient

    def torch(self) -> Floats:
        import torch

        w = torch.tensor(self.w, requires_grad=True)
        x, y = torch.tensor(self.x.T.copy()), torch.tensor(self.y.T.copy())
        h = [torch.zeros_like(x[0])] * (LAGS - 1)
        logits = []
        for n in range(len(x)):
            logits.append(x[n] + w.flip(0) @ torch.stack(h[n:]))
            h.append(torch.sigmoid(logits[n]))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.stack(logits), y, reduction="sum") / len(x)
        loss.backward()
        return np.asarray(w.grad)

    def autograd(self) -> Floats:
        import autograd
        import autograd.numpy as anp

        x, y = self.x.T, self.y.T

        def loss(w: Any) -> Any:
            h = [np.zeros(x.shape[1])] * (LAGS - 1)
            total = 0.0
            for n in range(len(x)):
                a = x[n] + anp.dot(w[::-1], anp.stack(h[n:]))
                h.append(1 / (1 + anp.exp(-a)))
                total = total + anp.sum(anp.maximum(a, 0) - a * y[n] + anp.log1p(anp.exp(-anp.abs(a))))
            return total / len(x)

        return np.asarray(autograd.grad(loss)(self.w))


class OneGate:
    """Problem 6.3: the gradients of all six parameters from a given ε, summed over the batch."""

    def __init__(self, steps: int, batch: int) -> None:
        random = np.random.default_rng(steps + batch)
        self.p = np.array([0.3, -0.4, 0.01, 0.5, 0.2, -0.1])  # a stable net
        self.x = random.normal(size=(batch, steps))
        self.epsilon = random.normal(size=(batch, steps))

    def ours(self) -> Floats:
        parameters = one_gate.Parameters(*self.p)
        run = one_gate.forward(parameters, self.x)
        found = one_gate.backward(parameters, run, self.epsilon)
        six = (found.w_c, found.u_c, found.b_c, found.w_o, found.u_o, found.b_o)
        return np.array([each.sum() for each in six])

    def torch(self) -> Floats:
        import torch

        p = torch.tensor(self.p, requires_grad=True)
        w_c, u_c, b_c, w_o, u_o, b_o = p.unbind()
        x, epsilon = torch.tensor(self.x.T.copy()), torch.tensor(self.epsilon.T.copy())
        c = h = torch.zeros_like(x[0])
        outputs = []
        for n in range(len(x)):
            c = c + w_c * x[n] + u_c * h + b_c
            h = torch.sigmoid(w_o * x[n] + u_o * h + b_o) * c
            outputs.append(h)
        torch.sum(torch.stack(outputs) * epsilon).backward()
        return np.asarray(p.grad)

    def autograd(self) -> Floats:
        import autograd
        import autograd.numpy as anp

        x, epsilon = self.x.T, self.epsilon.T

        def loss(p: Any) -> Any:
            w_c, u_c, b_c, w_o, u_o, b_o = p
            c = h = np.zeros(x.shape[1])
            total = 0.0
            for n in range(len(x)):
                c = c + w_c * x[n] + u_c * h + b_c
                h = c / (1 + anp.exp(-(w_o * x[n] + u_o * h + b_o)))
                total = total + anp.sum(epsilon[n] * h)
            return total

        return np.asarray(autograd.grad(loss)(self.p))


NETS: Final[dict[str, type[SigmoidNet] | type[OneGate]]] = {"6.1": SigmoidNet, "6.3": OneGate}


def peak(work: Gradient) -> int:
    """The most bytes allocated at once."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


RIVALS: Final = ("torch", "autograd")


def in_numpy(work: Gradient) -> Gradient:
    """Ours without compiled code."""

    def run() -> Floats:
        with mock.patch.object(elementary, "LONG", 10**18):
            return work()

    return run


def tables(steps: Sequence[int] = (100, 1000), batches: Sequence[int] = (1, 64), least: float = 0.3) -> Iterator[Table]:
    yield Table(
        "gradients",
        "Back-propagation through time",
        "One forward and one backward pass in float64 through the nets of Problems 6.1 (20 lags) and 6.3, from the "
        "same data to the gradients of all parameters, which are compared first: ours in compiled code, and as "
        "multiples of it the same in numpy, torch and autograd.",
        ("net", "steps", "batch", "numpy", *RIVALS),
        _rows(steps, batches, least),
    )


def _rows(steps: Sequence[int], batches: Sequence[int], least: float) -> Iterator[Row]:
    for title, net in NETS.items():
        for count in steps:
            for batch in batches:
                data = net(count, batch)
                elementary.LONG = 0  # type: ignore[misc]
                own, plain = best(data.ours, 2, least), in_numpy(data.ours)
                np.testing.assert_allclose(plain(), data.ours(), rtol=1e-9)
                row = [best(plain, 2, least) / own]
                for name in RIVALS:
                    if importlib.util.find_spec(name) is None:
                        row.append(NOTHING)
                        continue
                    work: Gradient = getattr(data, name)
                    np.testing.assert_allclose(work(), data.ours(), rtol=1e-7)
                    row.append(best(work, 2, least) / own)
                yield title, count, batch, *row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[100, 1000, 10000], metavar="N")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 64], metavar="B")
    parser.add_argument("--least", type=float, default=1.0, metavar="SECONDS", help="measure each at least so long")
    options = parser.parse_args()
    for name in RIVALS:
        if importlib.util.find_spec(name) is None:
            print(f"{name} is not installed; it is left out")
    for table in tables(options.steps, options.batch, options.least):
        printed(table)
    print(f"\n{'net':>4}{'steps':>8}{'batch':>7}{'peak bytes':>14}{'a step and sequence':>22}")
    for title, net in NETS.items():
        for steps in options.steps:
            for batch in options.batch:
                most = peak(net(steps, batch).ours)
                print(f"{title:>4}{steps:>8}{batch:>7}{most:>14}{most / steps / batch:>22.1f}")


if __name__ == "__main__":
    main()
