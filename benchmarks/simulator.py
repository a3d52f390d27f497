"""Runs of a CReLU cell: ours beside numpy, a plain numba loop, onnxruntime's LSTM node, torch, and BLAS alone.

python -m benchmarks.simulator [--steps T]
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.tables import NOTHING, Row, Table, best, printed
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate
from lstmsolve.simulator import batched

UNITS: Final = (1, 4, 32, 256)
BATCHES: Final = (1, 64, 4096)
COLUMNS: Final = 2

Floats: TypeAlias = npt.NDArray[np.floating]
Run: TypeAlias = Callable[[], Floats]


def cell_of(hidden: int, precision: batched.Precision) -> batched.Arrays:
    random = np.random.default_rng(hidden)

    def array(*shape: int) -> batched.Floats:
        found: batched.Floats = (random.standard_normal(shape) / hidden**0.5).astype(precision)
        return found

    return batched.Arrays(
        Cell(COLUMNS, hidden, Activation.CRELU, Activation.CRELU, Activation.IDENTITY),
        {gate: array(hidden, COLUMNS) for gate in Gate},
        {gate: array(hidden, hidden) for gate in Gate},
        {gate: array(hidden) for gate in Gate},
        np.zeros(hidden, precision),
        np.zeros(hidden, precision),
    )


def onnx_run(arrays: batched.Arrays, x: Floats) -> Run | None:
    """One LSTM node in onnxruntime; None where it is not installed or knows no such floats."""
    if importlib.util.find_spec("onnxruntime") is None or x.dtype != np.float32:
        return None
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    order = (Gate.INPUT, Gate.OUTPUT, Gate.FORGET, Gate.CANDIDATE)
    w, u = (np.concatenate([np.asarray(part[gate]) for gate in order])[None] for part in (arrays.w, arrays.u))
    b = np.concatenate([*(arrays.b[gate] for gate in order), np.zeros(4 * arrays.cell.hidden, np.float32)])[None]
    node = helper.make_node(
        "LSTM", ["x", "w", "u", "b"], ["y"], hidden_size=arrays.cell.hidden,
        activations=["HardSigmoid", "HardSigmoid", "Affine"], activation_alpha=[1.0, 1.0, 1.0],
        activation_beta=[0.0, 0.0, 0.0],
    )  # fmt: skip
    tensors = [numpy_helper.from_array(np.ascontiguousarray(v), n) for n, v in (("w", w), ("u", u), ("b", b))]
    graph = helper.make_graph(
        [node],
        "cell",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, None, COLUMNS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1, None, arrays.cell.hidden])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    laid = np.ascontiguousarray(x.transpose(1, 0, 2))
    return lambda: np.asarray(session.run(None, {"x": laid})[0])[:, 0].transpose(1, 0, 2)


def numpy_run(arrays: batched.Arrays, x: Floats) -> tuple[Floats, Floats]:
    """Ours without numba."""
    long, batched.LONG = batched.LONG, 10**18  # type: ignore[misc]
    try:
        return batched.run(arrays, x)
    finally:
        batched.LONG = long  # type: ignore[misc]


def torch_run(arrays: batched.Arrays, x: Floats) -> Run | None:
    """The cell in torch's operations, one step after the other; None where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    torch.set_num_threads(1)
    hidden = arrays.cell.hidden
    w, u = (torch.tensor(np.concatenate([part[gate] for gate in Gate])).T for part in (arrays.w, arrays.u))
    b = torch.tensor(np.concatenate([arrays.b[gate] for gate in Gate]))
    given = torch.tensor(x)

    def run() -> Floats:
        c = h = torch.zeros((len(x), hidden), dtype=given.dtype)
        said = []
        with torch.no_grad():
            for n in range(given.shape[1]):
                f, i, g, o = torch.clamp(torch.addmm(b, given[:, n], w) + h @ u, 0, 1).chunk(4, 1)
                c = f * c + i * g
                h = o * c
                said.append(h)
        return np.asarray(torch.stack(said, 1))

    return run


def loop_run(arrays: batched.Arrays, x: Floats) -> Run | None:
    """What one would write down for numba; None where it is not installed."""
    if importlib.util.find_spec("numba") is None:
        return None
    w, u = (np.stack([np.asarray(part[gate]) for gate in Gate]) for part in (arrays.w, arrays.u))
    b = np.stack([arrays.b[gate] for gate in Gate])
    plain = _plain_loop()
    return lambda: np.asarray(plain(x, w, u, b))


@functools.cache
def _plain_loop() -> Callable[..., Floats]:
    import numba

    @numba.njit  # type: ignore[untyped-decorator, unused-ignore]
    def plain(x: Any, w: Any, u: Any, b: Any) -> Any:
        batch, steps, columns = x.shape
        units = b.shape[1]
        said = np.empty((batch, steps, units), x.dtype)
        zero, one = x.dtype.type(0), x.dtype.type(1)
        a = np.empty(4, x.dtype)
        for s in range(batch):
            c, h = np.zeros(units, x.dtype), np.zeros(units, x.dtype)
            for t in range(steps):
                for j in range(units):
                    for gate in range(4):
                        a[gate] = b[gate, j]
                        for d in range(columns):
                            a[gate] += w[gate, j, d] * x[s, t, d]
                        for k in range(units):
                            a[gate] += u[gate, j, k] * h[k]
                        a[gate] = min(max(a[gate], zero), one)
                    c[j] = a[0] * c[j] + a[1] * a[2]
                    said[s, t, j] = a[3] * c[j]
                for j in range(units):
                    h[j] = said[s, t, j]
        return said

    return plain  # type: ignore[no-any-return, unused-ignore]


def gemm_run(arrays: batched.Arrays, x: Floats) -> Run:
    """BLAS alone: the product of every step, nothing else."""
    z = np.ones((len(x), arrays.cell.hidden + COLUMNS + 1), x.dtype)
    weights = np.ones((arrays.cell.hidden + COLUMNS + 1, 4 * arrays.cell.hidden), x.dtype)

    def run() -> Floats:
        for _ in range(x.shape[1]):
            found: Floats = z @ weights
        return found

    return run


def tables(steps: int = 50) -> Iterator[Table]:
    yield Table(
        "simulator",
        "Runs of a cell",
        f"A CReLU cell over {steps} steps ({20 * steps} of a single sequence, 2 where there is much to do), [batch, "
        f"steps, {COLUMNS}] to c and h: ours "
        "in compiled code, and the same in numpy, in a plain numba loop, in onnxruntime's LSTM node (1 thread) and "
        "in torch, as multiples of ours. Outputs are compared first: numpy's to the last bit. The last column is "
        "ours over BLAS's product of each step alone, which adds up in any order.",
        ("floats", "H", "batch", "numpy", "plain loop", "onnxruntime", "torch", "ours / gemm"),
        _rows(steps),
    )


def _rows(steps: int) -> Iterator[Row]:
    precisions: tuple[batched.Precision, ...] = ("float32", "float64")
    for precision in precisions:
        for hidden in UNITS:
            arrays = cell_of(hidden, precision)
            for batch in BATCHES:
                count = 20 * steps if batch == 1 else max(2, steps if hidden * batch < 10**5 else steps // 25)
                x = np.random.default_rng(1).standard_normal((batch, count, COLUMNS)).astype(precision)
                yield precision, hidden, batch, *measured(arrays, x)


def measured(arrays: batched.Arrays, x: Floats) -> list[float]:
    """The others' times over ours, and ours over BLAS's."""
    batched.LONG = 0  # type: ignore[misc]
    said = batched.run(arrays, x)[1]
    assert np.ascontiguousarray(said).tobytes() == numpy_run(arrays, x)[1].tobytes()
    large = x.shape[0] * arrays.cell.hidden > 10**5
    times, least = (2, 0.0) if large else (5, 0.05)
    ours = best(lambda: batched.run(arrays, x), times, least)
    found = [best(lambda: numpy_run(arrays, x), 1 if large else 2) / ours]
    for other in (loop_run(arrays, x), onnx_run(arrays, x), torch_run(arrays, x)):
        if other is None:
            found.append(NOTHING)
            continue
        np.testing.assert_allclose(other(), said, rtol=1e-2, atol=1e-3)
        found.append(best(other, times, least) / ours)
    return [*found, ours / best(gemm_run(arrays, x), times, least)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=50, help="steps of each sequence")
    for table in tables(parser.parse_args().steps):
        printed(table)


if __name__ == "__main__":
    main()
