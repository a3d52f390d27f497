"""ONNX as one LSTM node. With crelu, HardSigmoid and Affine of slope 1 compute the cell, in onnxruntime alone.

Other runtimes ignore `activations` silently or refuse it. What they all run is `onnx_floats.scan_model`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from onnx import helper, numpy_helper

from lstmsolve.interop.writing.design import IOFC, Design, Files
from lstmsolve.interop.writing.graphs.parts import Array, Precision, array, described, matrix, value_info
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation

OPSET: Final = 17
IR: Final = 8

_ACTIVATIONS: Final = {
    Activation.CRELU: ("HardSigmoid", 1.0, 0.0),
    Activation.IDENTITY: ("Affine", 1.0, 0.0),
    Activation.SIGMOID: ("Sigmoid", None, None),
    Activation.TANH: ("Tanh", None, None),
}
"""Name, alpha and beta; only activations that take these consume an entry of the attributes' lists."""


def lstm_model(design: Design, precision: Precision) -> Files:
    """Inputs x [time, batch, D] and, optional, c0, h0 [batch, H]; outputs z [time, batch, outputs], c, h [batch, H].

    Raises:
        InputError: float64, which no runtime has for this node.
    """
    if precision != "float32":
        raise InputError.single("--precision", "the LSTM node runs in float32; `--to onnx` has float64", precision)
    cell, kind = design.weights.cell, np.dtype(np.float32)
    hidden = cell.hidden
    w, u, b = design.stacked(IOFC)
    used = [_ACTIVATIONS[activation] for activation in (cell.gate, cell.candidate, cell.output)]
    attributes: dict[str, Any] = {"hidden_size": hidden, "activations": [name for name, _, _ in used]}
    if any(alpha is not None for _, alpha, _ in used):
        attributes["activation_alpha"] = [alpha for _, alpha, _ in used if alpha is not None]
        attributes["activation_beta"] = [beta for _, _, beta in used if beta is not None]
    constants: dict[str, Array] = {
        "W": matrix(w, cell.inputs, kind)[None],
        "R": matrix(u, hidden, kind)[None],
        "B": np.concatenate([array(b, kind), np.zeros(4 * hidden, kind)])[None],
        "c0": matrix((design.weights.initial.c,), hidden, kind),
        "h0": matrix((design.weights.initial.h,), hidden, kind),
        "units": np.array([hidden], np.int64),
        "first_axis": np.array([0], np.int64),
        "second_axis": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Shape", ["x"], ["batch_of_x"], start=1, end=2),
        helper.make_node("Concat", ["batch_of_x", "units"], ["state_shape"], axis=0),
    ]
    for name in ("c", "h"):
        nodes += [
            helper.make_node("Expand", [f"{name}0", "state_shape"], [f"{name}_flat"]),
            helper.make_node("Unsqueeze", [f"{name}_flat", "first_axis"], [f"{name}_start"]),
        ]
    nodes += [
        helper.make_node(
            "LSTM", ["x", "W", "R", "B", "", "h_start", "c_start"], ["h_all", "h_last", "c_last"], **attributes
        ),
        helper.make_node("Squeeze", ["h_all", "second_axis"], ["h_every"]),
        helper.make_node("Squeeze", ["h_last", "first_axis"], ["h"]),
        helper.make_node("Squeeze", ["c_last", "first_axis"], ["c"]),
    ]
    if design.plain and design.outputs == hidden:
        nodes.append(helper.make_node("Identity", ["h_every"], ["z"]))
    elif design.plain:
        constants |= {"last": np.array([design.outputs], np.int64), "third_axis": np.array([2], np.int64)}
        nodes.append(helper.make_node("Slice", ["h_every", "first_axis", "last", "third_axis"], ["z"]))
    else:
        v, d = design.readout
        constants |= {"V": np.ascontiguousarray(matrix(v, hidden, kind).T), "d": array(d, kind)}
        nodes.append(helper.make_node("MatMul", ["h_every", "V"], ["from_all"]))
        nodes.append(helper.make_node("Add", ["from_all", "d"], ["z"]))
    graph = helper.make_graph(
        nodes,
        design.identifier,
        [
            value_info("x", kind, ["time", "batch", cell.inputs]),
            value_info("c0", kind, ["batch_or_1", hidden]),
            value_info("h0", kind, ["batch_or_1", hidden]),
        ],
        [
            value_info("z", kind, ["time", "batch", design.outputs]),
            value_info("c", kind, ["batch", hidden]),
            value_info("h", kind, ["batch", hidden]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return {"": described(design, graph, OPSET, IR)}
