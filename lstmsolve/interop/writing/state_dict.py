"""safetensors with the names of a torch `nn.LSTM` and `nn.Linear`, and c0 and h0."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from math import isinf
from typing import Literal, TypeAlias

from lstmsolve.interop.reading.safetensors import write_safetensors
from lstmsolve.interop.writing.design import IFGO, Design, Files
from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.model.floats import FLOAT_FORMATS
from lstmsolve.simulator.rounded import nearest

Precision: TypeAlias = Literal["float32", "float64"]


def safetensors_file(design: Design, precision: Precision) -> Files:
    """One file: lstm.weight_ih_l0 [4H, D], …, linear.weight [outputs, H], linear.bias, c0 and h0 [H].

    Where the cell has no layer, none is written. Gates are in torch's order i, f, g, o; bias_hh_l0 is zero.

    Raises:
        InputError: a number is too large for the precision.
    """
    cell = design.weights.cell
    w, u, b = design.stacked(IFGO)
    rows = 4 * cell.hidden
    numbers: dict[str, tuple[Sequence[int], list[Fraction]]] = {
        "lstm.weight_ih_l0": ([rows, cell.inputs], [value for row in w for value in row]),
        "lstm.weight_hh_l0": ([rows, cell.hidden], [value for row in u for value in row]),
        "lstm.bias_ih_l0": ([rows], list(b)),
        "lstm.bias_hh_l0": ([rows], [ZERO] * rows),
        "c0": ([cell.hidden], list(design.weights.initial.c)),
        "h0": ([cell.hidden], list(design.weights.initial.h)),
    }
    if not design.plain:
        v, d = design.readout
        numbers["linear.weight"] = [design.outputs, cell.hidden], [value for row in v for value in row]
        numbers["linear.bias"] = [design.outputs], list(d)
    tensors = {name: (shape, _packed(name, values, precision)) for name, (shape, values) in numbers.items()}
    return {"": write_safetensors(tensors, precision, {"format": "pt", **design.about()})}


def _packed(name: str, values: Sequence[Fraction], precision: Precision) -> bytes:
    try:
        if precision == "float64":
            return struct.pack(f"<{len(values)}d", *map(float, values))
        rounded = [nearest(value, FLOAT_FORMATS["float32"]) for value in values]
    except OverflowError:
        rounded = [float("inf")]
    if any(map(isinf, rounded)):
        raise InputError.single(name, f"has a number that is too large for {precision}")
    return struct.pack(f"<{len(values)}f", *rounded)
