"""Runs of a CReLU cell: ours, the same in numpy, onnxruntime's LSTM node, and BLAS alone.

    python -m benchmarks.simulator [--steps T]

Nanoseconds of processor time a step and sequence, the best of five; `gemm` is the matrix product of one step alone, in
whatever order of summation. Results are compared: ours and numpy's to the last bit.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate
from lstmsolve.simulator import batched

UNITS: Final = (1, 4, 32, 256)
BATCHES: Final = (1, 64, 4096)
COLUMNS: Final = 2


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


def best(work: Callable[[], object], times: int = 5) -> float:
    """Processor seconds."""
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def onnx_run(arrays: batched.Arrays, x: np.ndarray) -> Callable[[], np.ndarray] | None:
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


def numpy_run(arrays: batched.Arrays, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ours without numba."""
    long, batched.LONG = batched.LONG, 10**18  # type: ignore[misc]
    try:
        return batched.run(arrays, x)
    finally:
        batched.LONG = long  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=50, help="steps of each sequence")
    steps = parser.parse_args().steps
    print(f"{'floats':>8}{'H':>5}{'batch':>7}{'ours':>12}{'numpy':>12}{'onnxruntime':>13}{'gemm':>12}   (ns a step)")
    precisions: tuple[batched.Precision, ...] = ("float32", "float64")
    for precision in precisions:
        for hidden in UNITS:
            arrays = cell_of(hidden, precision)
            for batch in BATCHES:
                time_steps = max(2, steps if hidden * batch < 10**5 else steps // 25)
                x = np.random.default_rng(1).standard_normal((batch, time_steps, COLUMNS)).astype(precision)
                batched.LONG = 0  # type: ignore[misc]
                ours, plain = batched.run(arrays, x)[1], numpy_run(arrays, x)[1]
                assert np.ascontiguousarray(ours).tobytes() == plain.tobytes()
                scale = 1e9 / (batch * time_steps)
                other = onnx_run(arrays, x)
                z = np.ones((batch, hidden + COLUMNS + 1), precision)
                weights = np.ones((hidden + COLUMNS + 1, 4 * hidden), precision)
                seconds = [
                    best(lambda a=arrays, v=x: batched.run(a, v)),
                    best(lambda a=arrays, v=x: numpy_run(a, v), 1),
                    float("nan") if other is None else best(other),
                    best(lambda z=z, w=weights: z @ w) * time_steps,
                ]
                cells = "".join(f"{value * scale:>12.1f}" for value in seconds)
                print(f"{precision:>8}{hidden:>5}{batch:>7}{cells}", flush=True)


if __name__ == "__main__":
    main()
