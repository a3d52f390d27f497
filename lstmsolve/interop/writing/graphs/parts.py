"""What every ONNX exporter needs: arrays, value infos, activations, a described and checked model."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf, isinf
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper

from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Matrix, nonzero
from lstmsolve.model.floats import FLOAT_FORMATS
from lstmsolve.simulator.rounded import nearest

Precision: TypeAlias = Literal["float32", "float64"]
Array: TypeAlias = npt.NDArray[Any]


def array(values: Sequence[Fraction], kind: np.dtype[Any]) -> Array:
    """The numbers, each rounded once to the nearest of its kind.

    Raises:
        InputError: one is too large.
    """
    return matrix((values,), len(values), kind).reshape(-1)


def matrix(rows: Matrix, columns: int, kind: np.dtype[Any]) -> Array:
    """A matrix [rows, columns], rounded like `array`."""
    found = np.zeros((len(rows), columns), dtype=kind)
    for place, row in enumerate(rows):
        for column, value in nonzero(row):
            found[place, column] = _rounded(value, kind)
    return found


def _rounded(value: Fraction, kind: np.dtype[Any]) -> float:
    try:
        found = nearest(value, FLOAT_FORMATS["float32"]) if kind == np.float32 else float(value)
    except OverflowError:
        found = inf
    if isinf(found):
        raise InputError.single("weights", f"a number is too large for {kind.name}", value)
    return found


def value_info(name: str, kind: np.dtype[Any], shape: Sequence[int | str | None]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(kind), list(shape))


def activation(kind: Activation, given: str, found: str) -> onnx.NodeProto:
    """One node; a CReLU clips between the constants `zero` and `one`."""
    match kind:
        case Activation.CRELU:
            return helper.make_node("Clip", [given, "zero", "one"], [found])
        case Activation.IDENTITY:
            return helper.make_node("Identity", [given], [found])
        case Activation.SIGMOID:
            return helper.make_node("Sigmoid", [given], [found])
        case Activation.TANH:
            return helper.make_node("Tanh", [given], [found])


def described(design: Design, graph: onnx.GraphProto, opset: int, ir: int) -> bytes:
    """The model's bytes, after the checker of onnx has passed it; its metadata says what it is and what is proved."""
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir, producer_name="lstmsolve"
    )
    model.doc_string = design.statement
    helper.set_model_props(model, design.about())
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()  # type: ignore[no-any-return]
