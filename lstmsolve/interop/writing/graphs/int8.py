"""ONNX in integers: one step of a design whose weights, start and inputs are integers, exactly.

Gates are MatMulInteger of int8 into int32, clipped with Max and Min; c is int32, h and x are int8. With CReLU gates
every gate is 0 or 1, so c and h stay integers. h has to fit eight bits: what a certificate says of it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lstmsolve.interop.writing.design import IOFC, Design, Files, integers
from lstmsolve.interop.writing.graphs.parts import Array, described, value_info
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Matrix

OPSET: Final = 17
IR: Final = 8

_INT8: Final = np.dtype(np.int8)
_INT32: Final = np.dtype(np.int32)


def int8_model(design: Design) -> Files:
    """One step: x [batch, D] and h [batch, H] are int8, c [batch, H] int32; z and c_next are int32, h_next int8.

    Raises:
        InputError: a number is no integer, or does not fit eight bits.
    """
    integers(design, "onnx-int8")
    cell = design.weights.cell
    _refuse_wide_state(design)
    w, u, b = design.stacked(IOFC)
    constants = {
        "W": _narrow("w", w, cell.inputs).T,
        "U": _narrow("u", u, cell.hidden).T,
        "b": _wide("b", b),
        "zero": np.array(0, np.int32),
        "one": np.array(1, np.int32),
    }
    nodes = [
        helper.make_node("MatMulInteger", ["x", "W"], ["from_x"]),
        helper.make_node("MatMulInteger", ["h", "U"], ["from_h"]),
        helper.make_node("Add", ["from_x", "from_h"], ["from_both"]),
        helper.make_node("Add", ["from_both", "b"], ["argument"]),
        helper.make_node("Split", ["argument"], ["i_in", "o_in", "f_in", "g_in"], axis=1),
        *(node for gate in "iof" for node in _activated(Activation.CRELU, f"{gate}_in", gate)),
        *_activated(cell.candidate, "g_in", "g"),
        helper.make_node("Mul", ["f", "c"], ["kept"]),
        helper.make_node("Mul", ["i", "g"], ["written"]),
        helper.make_node("Add", ["kept", "written"], ["c_next"]),
        *_activated(cell.output, "c_next", "shown"),
        helper.make_node("Mul", ["o", "shown"], ["h_wide"]),
        helper.make_node("Cast", ["h_wide"], ["h_next"], to=helper.np_dtype_to_tensor_dtype(_INT8)),
    ]
    v, d = design.readout
    constants |= {"V": _narrow("V", v, cell.hidden).T, "d": _wide("d", d)}
    nodes += [
        helper.make_node("MatMulInteger", ["h_next", "V"], ["from_all"]),
        helper.make_node("Add", ["from_all", "d"], ["z"]),
    ]
    graph = helper.make_graph(
        nodes,
        design.identifier,
        [
            value_info("x", _INT8, ["batch", cell.inputs]),
            value_info("c", _INT32, ["batch", cell.hidden]),
            value_info("h", _INT8, ["batch", cell.hidden]),
        ],
        [
            value_info("z", _INT32, ["batch", design.outputs]),
            value_info("c_next", _INT32, ["batch", cell.hidden]),
            value_info("h_next", _INT8, ["batch", cell.hidden]),
        ],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    return {"": described(design, graph, OPSET, IR)}


def _activated(kind: Activation, given: str, found: str) -> list[onnx.NodeProto]:
    if kind is Activation.IDENTITY:
        return [helper.make_node("Identity", [given], [found])]
    return [
        helper.make_node("Max", [given, "zero"], [f"{found}_low"]),
        helper.make_node("Min", [f"{found}_low", "one"], [found]),
    ]


def _refuse_wide_state(design: Design) -> None:
    """Where modes say what h can be, it has to fit."""
    if any(not -128 <= value <= 127 for value in (*design.weights.initial.h,)):
        raise InputError.single("initial.h", "does not fit eight bits, from -128 to 127")
    if design.certificate is None:
        return
    for mode in design.certificate.modes.values():
        for unit, form in enumerate(mode.h):
            if form.is_constant and not -128 <= form.constant <= 127:
                raise InputError.single(f"h[{unit}]", f"becomes {form.constant}, and h has eight bits here")


def _narrow(name: str, rows: Matrix, columns: int) -> Array:
    found = np.zeros((len(rows), columns), dtype=np.int8)
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            if not -128 <= value <= 127:
                raise InputError.single(f"{name}[{place},{column}]", "does not fit eight bits, from -128 to 127", value)
            found[place, column] = int(value)
    return found


def _wide(name: str, values: Sequence[Fraction]) -> Array:
    for place, value in enumerate(values):
        if abs(value) >= 2**31:
            raise InputError.single(f"{name}[{place}]", "does not fit 32 bits", value)
    return np.array([int(value) for value in values], dtype=np.int32)
