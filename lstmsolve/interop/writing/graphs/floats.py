"""ONNX in floats: a Scan over time, and one step (opset 17, IR 8).

Both are made of MatMul, Add, Split, Clip or Sigmoid and Tanh, and Mul, which every runtime has. A Scan carries c and h,
so its initial state is an input that may be left out; a step model hands c and h back and forth.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lstmsolve.interop.writing.design import IOFC, Design, Files
from lstmsolve.interop.writing.graphs.parts import Precision, activation, array, described, matrix, value_info
from lstmsolve.kernel.lstm.cells import Activation

OPSET: Final = 17
IR: Final = 8


def scan_model(design: Design, precision: Precision) -> Files:
    """Inputs x [time, batch, D] and, optional, c0, h0 [batch, H]; outputs z [time, batch, outputs], c, h [batch, H]."""
    cell, kind = design.weights.cell, np.dtype(precision)
    hidden = cell.hidden
    body = helper.make_graph(
        step_nodes(design, precision, "x_t", "c_t", "h_t", "c_n", "h_n", "z_n"),
        "step",
        [
            value_info("h_t", kind, [None, hidden]),
            value_info("c_t", kind, [None, hidden]),
            value_info("x_t", kind, [None, cell.inputs]),
        ],
        [
            value_info("h_n", kind, [None, hidden]),
            value_info("c_n", kind, [None, hidden]),
            value_info("z_n", kind, [None, design.outputs]),
        ],
    )
    starts = [("c0", design.weights.initial.c), ("h0", design.weights.initial.h)]
    nodes = [
        helper.make_node("Shape", ["x"], ["batch_of_x"], start=1, end=2),
        helper.make_node("Concat", ["batch_of_x", "units"], ["state_shape"], axis=0),
        helper.make_node("Expand", ["c0", "state_shape"], ["c_start"]),
        helper.make_node("Expand", ["h0", "state_shape"], ["h_start"]),
        helper.make_node("Scan", ["h_start", "c_start", "x"], ["h", "c", "z"], body=body, num_scan_inputs=1),
    ]
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
        [numpy_helper.from_array(matrix((start,), hidden, kind), name) for name, start in starts]
        + [numpy_helper.from_array(np.array([hidden], np.int64), "units")],
    )
    return {"": described(design, graph, OPSET, IR)}


def step_model(design: Design, precision: Precision) -> Files:
    """Inputs x [batch, D], c, h [batch, H]; outputs z [batch, outputs], c_next, h_next [batch, H]."""
    cell, kind = design.weights.cell, np.dtype(precision)
    graph = helper.make_graph(
        step_nodes(design, precision, "x", "c", "h", "c_next", "h_next", "z"),
        design.identifier,
        [
            value_info(name, kind, ["batch", width])
            for name, width in (("x", cell.inputs), ("c", cell.hidden), ("h", cell.hidden))
        ],
        [
            value_info(name, kind, ["batch", width])
            for name, width in (("z", design.outputs), ("c_next", cell.hidden), ("h_next", cell.hidden))
        ],
    )
    return {"": described(design, graph, OPSET, IR)}


def step_nodes(
    design: Design, precision: Precision, x: str, c: str, h: str, c_next: str, h_next: str, z: str
) -> list[onnx.NodeProto]:
    """One step of the cell and its readout, between the values of these names."""
    cell, kind = design.weights.cell, np.dtype(precision)
    w, u, b = design.stacked(IOFC)
    constants = {
        "W": matrix(w, cell.inputs, kind).T,
        "U": matrix(u, cell.hidden, kind).T,
        "b": array(b, kind),
        "zero": np.array(0, kind),
        "one": np.array(1, kind),
    }
    nodes = [
        helper.make_node("MatMul", [x, "W"], ["from_x"]),
        helper.make_node("MatMul", [h, "U"], ["from_h"]),
        helper.make_node("Add", ["from_x", "from_h"], ["from_both"]),
        helper.make_node("Add", ["from_both", "b"], ["argument"]),
        helper.make_node("Split", ["argument"], ["i_in", "o_in", "f_in", "g_in"], axis=1),
        activation(cell.gate, "i_in", "i"),
        activation(cell.gate, "o_in", "o"),
        activation(cell.gate, "f_in", "f"),
        activation(cell.candidate, "g_in", "g"),
        helper.make_node("Mul", ["f", c], ["kept"]),
        helper.make_node("Mul", ["i", "g"], ["written"]),
        helper.make_node("Add", ["kept", "written"], [c_next]),
        activation(cell.output, c_next, "shown"),
        helper.make_node("Mul", ["o", "shown"], [h_next]),
    ]
    if design.plain and design.outputs == cell.hidden:
        nodes.append(helper.make_node("Identity", [h_next], [z]))
    elif design.plain:
        constants |= {
            "first": np.array([0], np.int64),
            "last": np.array([design.outputs], np.int64),
            "axis": np.array([1], np.int64),
        }
        nodes.append(helper.make_node("Slice", [h_next, "first", "last", "axis"], [z]))
    else:
        v, d = design.readout
        constants |= {"V": matrix(v, cell.hidden, kind).T, "d": array(d, kind)}
        nodes += [
            helper.make_node("MatMul", [h_next, "V"], ["shown_h"]),
            helper.make_node("Add", ["shown_h", "d"], [z]),
        ]
    clipped = Activation.CRELU in (cell.gate, cell.candidate, cell.output)
    kept = [(name, value) for name, value in constants.items() if clipped or name not in ("zero", "one")]
    return [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.ascontiguousarray(value), name))
        for name, value in kept
    ] + nodes
