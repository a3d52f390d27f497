"""LSTM weights of torch in safetensors files: one layer, one direction, and a linear layer after it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Final

from lstmsolve.formats.files import MIB
from lstmsolve.kernel.base.errors import Complaints, InputError, some
from lstmsolve.kernel.lstm.cells import MAX_HIDDEN, Activation, Cell, Gate, GateWeights, Layer, Matrix, State, Weights

MAX_FILE: Final = 256 * MIB
SUFFIX: Final = ".safetensors"

_PARTS: Final = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
_NAME: Final = re.compile(r"(?P<stem>.*?)(?P<part>weight_ih|weight_hh|bias_ih|bias_hh)_l(?P<layer>[0-9]+)(?P<rest>.*)")
_ORDER: Final = (Gate.INPUT, Gate.FORGET, Gate.CANDIDATE, Gate.OUTPUT)
"""The gates of torch.nn.LSTM, one block of H rows each."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Numbers of an array in C order, as the exact numbers that they are."""

    shape: tuple[int, ...]
    values: tuple[Fraction, ...]

    def rows(self) -> Matrix:
        width = self.shape[1]
        return tuple(self.values[row * width : (row + 1) * width] for row in range(self.shape[0]))


def read_safetensors(path: Path) -> Weights:
    """The weights of a file: floats as the numbers that they are, both biases added exactly.

    Raises:
        InputError: the file cannot be read, holds no single LSTM layer, or numbers that are none.
    """
    return weights_of_state(_tensors(path), str(path))


def weights_of_state(tensors: Mapping[str, Tensor], source: str) -> Weights:
    """The weights of a torch state dict with one LSTM layer, and the linear layer after it if there is one."""
    complaints = Complaints()
    found: dict[str, Tensor] = {}
    stems: set[str] = set()
    others: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        match = _NAME.fullmatch(name)
        if match is None:
            others[name] = tensor
        elif match["layer"] != "0" or match["rest"]:
            complaints.add(name, "one layer and one direction are read; this is another")
        else:
            stems.add(match["stem"])
            found[match["part"]] = tensor
    if not found:
        complaints.add("", f"no LSTM is in here (no weight_ih_l0 among {some(list(tensors))})")
    if len(stems) > 1:
        complaints.add("", f"there are several LSTMs: {some(sorted(stems))}")
    if any("weight_hr" in name for name in tensors):
        complaints.add("weight_hr_l0", "projections of h are not supported")
    for part in _PARTS[:2]:
        if found and part not in found:
            complaints.add(f"{part}_l0", "is missing")
    if complaints.found:
        raise InputError(complaints.found, source)
    shape = found["weight_hh"].shape
    hidden = shape[1] if len(shape) == 2 else 0
    inputs = found["weight_ih"].shape[1] if len(found["weight_ih"].shape) == 2 else 0
    if not (1 <= hidden <= MAX_HIDDEN and 1 <= inputs <= MAX_HIDDEN):
        complaints.add("weight_hh_l0", f"needs shape [4H, H] with H from 1 to {MAX_HIDDEN}", list(shape))
        raise InputError(complaints.found, source)
    wanted: dict[str, tuple[int, ...]] = {"weight_ih": (4 * hidden, inputs), "weight_hh": (4 * hidden, hidden)}
    wanted |= {"bias_ih": (4 * hidden,), "bias_hh": (4 * hidden,)}
    for part, tensor in found.items():
        if tensor.shape != wanted[part]:
            complaints.add(f"{part}_l0", f"needs shape {list(wanted[part])}", list(tensor.shape))
    layer = _layer(others, hidden, complaints)
    if complaints.found:
        raise InputError(complaints.found, source)
    gates: dict[Gate, GateWeights] = {}
    w, u = found["weight_ih"].rows(), found["weight_hh"].rows()
    biases = [found[part].values for part in ("bias_ih", "bias_hh") if part in found]
    for block, gate in enumerate(_ORDER):
        rows = range(block * hidden, (block + 1) * hidden)
        b = tuple(sum((bias[row] for bias in biases), Fraction(0)) for row in rows)
        gates[gate] = GateWeights(tuple(w[row] for row in rows), tuple(u[row] for row in rows), b)
    cell = Cell(inputs, hidden, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    return Weights(cell, {gate: gates[gate] for gate in Gate}, State.zero(hidden), layer)


def _layer(others: Mapping[str, Tensor], hidden: int, complaints: Complaints) -> Layer | None:
    """The linear layer among the other tensors: one weight [outputs, H], and its bias."""
    names = [name for name, tensor in others.items() if name.endswith("weight") and len(tensor.shape) == 2]
    if not others:
        return None
    if len(names) != 1:
        complaints.add("", f"one linear layer is read after the LSTM; here are {some(sorted(others)) or 'none'}")
        return None
    matrix = others[names[0]]
    bias = others.get(names[0].removesuffix("weight") + "bias")
    extra = set(others) - {names[0], names[0].removesuffix("weight") + "bias"}
    if extra:
        complaints.add("", f"what is not an LSTM with a linear layer: {some(sorted(extra))}")
    if matrix.shape[1] != hidden:
        complaints.add(names[0], f"needs shape [outputs, {hidden}]", list(matrix.shape))
    if bias is not None and bias.shape != (matrix.shape[0],):
        complaints.add(names[0].removesuffix("weight") + "bias", f"needs shape [{matrix.shape[0]}]", list(bias.shape))
    if complaints.found:
        return None
    return Layer(matrix.rows(), bias.values if bias is not None else (Fraction(0),) * matrix.shape[0])


def _tensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        raise InputError.single("", "there is no such file", source=str(path)) from None
    except OSError as error:
        raise InputError.single("", f"cannot be read: {error.strerror}", source=str(path)) from None
    if len(data) > MAX_FILE:
        raise InputError.single("", f"is larger than {MAX_FILE // MIB} MiB, the limit here", source=str(path))
    try:
        arrays = load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError.single("", f"is no safetensors file of floats: {error}", source=str(path)) from None
    complaints = Complaints()
    tensors: dict[str, Tensor] = {}
    for name, array in arrays.items():
        numbers = _numbers(array.ravel().tolist())
        if numbers is None:
            complaints.add(name, "holds NaN, an infinity, or what is no number")
        else:
            tensors[name] = Tensor(tuple(array.shape), numbers)
    if complaints.found:
        raise InputError(complaints.found, str(path))
    return tensors


def _numbers(values: Sequence[object]) -> tuple[Fraction, ...] | None:
    found: list[Fraction] = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return None
        found.append(Fraction(value))
    return tuple(found)
