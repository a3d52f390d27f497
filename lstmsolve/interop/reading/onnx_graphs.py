"""ONNX models: LSTM nodes, wherever their weights come from, and the Scan, step and integer models that we write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx

from lstmsolve.interop.reading.assembling import Activations, Imported, activations_of, left_out, scaled
from lstmsolve.interop.reading.layers import Readout
from lstmsolve.interop.reading.onnx_constants import Constants
from lstmsolve.interop.reading.state_dicts import ONNX_ORDER
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import parse_number
from lstmsolve.kernel.lstm.cells import (
    MAX_HIDDEN,
    Activation,
    Cell,
    Gate,
    GateWeights,
    Layer,
    Matrix,
    State,
    Vector,
    Weights,
    row_of,
)

_SHAPE_ONLY: Final = frozenset(
    {"Squeeze", "Unsqueeze", "Transpose", "Reshape", "Identity", "Slice", "Gather", "Cast", "Dropout", "Flatten"}
)
"""What may stand between an LSTM and the layer that reads it."""

_DEFAULTS: Final[Mapping[str, tuple[Fraction, Fraction]]] = {
    "HardSigmoid": (Fraction(float(np.float32(0.2))), Fraction(1, 2))
}
"""alpha and beta of activations that take them, where the model leaves them out. For Affine runtimes do not agree."""

_TAKES_NUMBERS: Final = frozenset({"Affine", "HardSigmoid", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "Elu"})

Array = npt.NDArray[Any]


def read_onnx(data: bytes, layer: int | None) -> Imported:
    """The weights of a model's LSTM.

    Raises:
        InputError: no model, no LSTM, several of them and no choice made, or one that is no cell of ours.
    """
    try:
        model = onnx.load_from_string(data)
    except Exception as error:  # noqa: BLE001 - each implementation of protobuf raises its own
        raise InputError.single("", f"is no ONNX model: {str(error)[:100]}") from None
    if not model.HasField("graph"):
        raise InputError.single("", "is no ONNX model: it has no graph")
    constants = Constants(model)
    nodes = [node for node in constants.nodes if node.op_type == "LSTM"]
    if not nodes:
        return _ours(model, constants)
    if layer is None and len(nodes) > 1:
        labels = ", ".join(f"{place}: {node.name or node.output[0]}" for place, node in enumerate(nodes))
        message = (
            f"has {len(nodes)} LSTM nodes, and cells here have one; `--layer N` reads one of them alone ({labels})"
        )
        raise InputError.single("", message)
    chosen = layer or 0
    if chosen >= len(nodes):
        raise InputError.single("--layer", f"there is no such LSTM node; there are {len(nodes)}", chosen)
    return _lstm(nodes[chosen], constants, last=chosen + 1 == len(nodes))


def _lstm(node: onnx.NodeProto, constants: Constants, last: bool) -> Imported:
    given = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    name = node.name or "LSTM"
    direction = given.get("direction", b"forward").decode()
    if direction != "forward":
        raise InputError.single(name, f"is {direction}; cells here read forward", direction)
    for flaw, why in (("clip", "clips every gate's argument"), ("input_forget", "couples its gates")):
        if given.get(flaw):
            raise InputError.single(f"{name}.{flaw}", f"{why}, which cells here do not", given[flaw])
    inputs = [*node.input, *[""] * (8 - len(node.input))]
    if inputs[7]:
        raise InputError.single(name, "has peepholes (its input P), which cells here do not")
    w = constants.matrix(inputs[1], name)
    u = constants.matrix(inputs[2], name)
    hidden = len(u[0]) if u else 0
    if not hidden or len(w) != 4 * hidden or len(u) != 4 * hidden or given.get("hidden_size", hidden) != hidden:
        raise InputError.single(name, f"has W of {len(w)} rows and R of {len(u)} rows of {hidden}; both need 4 H rows")
    if hidden > MAX_HIDDEN:
        raise InputError.single(name, f"has {hidden} units; at most {MAX_HIDDEN} are supported")
    both = constants.vector(inputs[3], name, 8 * hidden) if inputs[3] else (ZERO,) * (8 * hidden)
    b = tuple(x + y for x, y in zip(both[: 4 * hidden], both[4 * hidden :], strict=True))
    gates = _split(w, u, b, hidden)
    activations, gates = _activations(given, gates, name)
    notes = []
    if inputs[4]:
        notes.append("sequence_lens is passed over: runs here end where their inputs do")
    start: dict[str, Vector] = {}
    for label, place in (("h", 5), ("c", 6)):
        found = constants.value(inputs[place]) if inputs[place] else None
        if inputs[place] and found is None:
            notes.append(f"the initial {label} is computed from the model's inputs; zeros are taken")
        start[label] = constants.vector(inputs[place], name, hidden) if found is not None else (ZERO,) * hidden
    cell = Cell(len(w[0]), hidden, activations.gate, activations.candidate, activations.output)
    readout = _after(node, constants, hidden) if last else None
    notes.append(
        "no layer after the LSTM was found: outputs are h" if readout is None else f"z = V h + d is {readout.name}"
    )
    weights = Weights(cell, gates, State(start["c"], start["h"]), _layer(readout))
    if not inputs[3]:
        weights = weights.noted(left_out(f"the input B of {name}"))
    return Imported(weights, (*notes, *weights.notes))


def _layer(readout: Readout | None) -> Layer | None:
    return None if readout is None else Layer(readout.matrix, readout.bias)


def _split(w: Matrix, u: Matrix, b: Vector, hidden: int) -> dict[Gate, GateWeights]:
    parts = {gate: slice(k * hidden, (k + 1) * hidden) for k, gate in enumerate(ONNX_ORDER)}
    return {gate: GateWeights(w[part], u[part], b[part]) for gate, part in parts.items()}


def _activations(
    given: Mapping[str, Any], gates: Mapping[Gate, GateWeights], name: str
) -> tuple[Activations, dict[Gate, GateWeights]]:
    """Which activations a node has; their slopes and offsets go into the weights."""
    names = [text.decode() for text in given.get("activations", [b"Sigmoid", b"Tanh", b"Tanh"])]
    if len(names) != 3:
        raise InputError.single(
            f"{name}.activations", "needs three: of gates, of the candidate, of c", ", ".join(names)
        )
    alphas, betas = list(given.get("activation_alpha", [])), list(given.get("activation_beta", []))
    found: list[tuple[Activation, Fraction, Fraction]] = []
    for place, text in enumerate(names):
        kind = {
            "sigmoid": Activation.SIGMOID,
            "tanh": Activation.TANH,
            "hardsigmoid": Activation.CRELU,
            "affine": Activation.IDENTITY,
        }.get(text.lower())
        if kind is None:
            message = "must be Sigmoid, Tanh, HardSigmoid or Affine; cells here have no other activation"
            raise InputError.single(f"{name}.activations[{place}]", message, text)
        alpha, beta = ONE, ZERO
        if text in _TAKES_NUMBERS:
            if alphas:
                alpha = Fraction(alphas.pop(0))
                beta = Fraction(betas.pop(0)) if betas else ZERO
            elif text in _DEFAULTS:
                alpha, beta = _DEFAULTS[text]
            else:
                message = f"{text} without activation_alpha, for which runtimes take different numbers; write it down"
                raise InputError.single(f"{name}.activations[{place}]", message)
        found.append((kind, alpha, beta))
    gate, candidate, output = found
    allowed = (
        gate[0] in (Activation.CRELU, Activation.SIGMOID),
        candidate[0] is not Activation.SIGMOID,
        output[0] is not Activation.SIGMOID and output[1] == 1 and not output[2],
    )
    if not all(allowed):
        place = allowed.index(False)
        what = (
            "gates are sigmoid or crelu",
            "the candidate is tanh, crelu or identity",
            "σ_o is tanh, or crelu or identity with slope 1",
        )[place]
        raise InputError.single(f"{name}.activations[{place}]", f"{what} in cells here", names[place])
    changed = {
        place: scaled(part, *(candidate if place is Gate.CANDIDATE else gate)[1:]) for place, part in gates.items()
    }
    return Activations(gate[0], candidate[0], output[0]), changed


def _after(node: onnx.NodeProto, constants: Constants, hidden: int) -> Readout | None:
    """The MatMul or Gemm that reads the LSTM's output, and the Add after it."""
    reached, pending = set(node.output), list(constants.nodes)
    for reader in pending:
        if not reached & set(reader.input):
            continue
        if reader.op_type in _SHAPE_ONLY:
            reached |= set(reader.output)
            continue
        if reader.op_type not in ("MatMul", "Gemm"):
            continue
        weight = constants.value(reader.input[1])
        if weight is None or weight.ndim != 2:
            continue
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in reader.attribute}
        if attributes.get("transA") or attributes.get("alpha", 1.0) != 1.0 or attributes.get("beta", 1.0) != 1.0:
            continue
        if reader.op_type == "MatMul" or not attributes.get("transB"):
            weight = weight.T
        if weight.shape[1] != hidden:
            continue
        bias = _bias(reader, constants, weight.shape[0])
        rows = constants.exact_rows(weight, reader.name or reader.output[0])
        return Readout(reader.name or reader.output[0], rows, bias)
    return None


def _bias(reader: onnx.NodeProto, constants: Constants, outputs: int) -> Vector:
    names = list(reader.input[2:3]) if reader.op_type == "Gemm" else []
    for node in constants.nodes:
        if node.op_type == "Add" and reader.output[0] in node.input:
            names += [name for name in node.input if name != reader.output[0]]
    for name in names:
        if name and constants.value(name) is not None:
            return constants.vector(name, name, outputs)
    return (ZERO,) * outputs


@dataclass(frozen=True)
class _Parts:
    w: Matrix
    u: Matrix
    b: Vector


def _ours(model: onnx.ModelProto, constants: Constants) -> Imported:
    """A Scan, a step or an integer step that was exported from here."""
    about = {entry.key: entry.value for entry in model.metadata_props}
    activations = activations_of(about)
    if activations is None or any(constants.value(name) is None for name in ("W", "U", "b")):
        kinds = sorted({node.op_type for node in constants.nodes})
        message = f"holds no LSTM node, and is no model of ours; its operators are {', '.join(kinds[:20]) or 'none'}"
        raise InputError.single("", message)
    w, u = (constants.transposed(name) for name in ("W", "U"))
    hidden = len(u) // 4
    b = constants.vector("b", "b", 4 * hidden)
    start = State(*(_numbers(about.get(f"lstmsolve.initial_{part}", ""), hidden) for part in "ch"))
    cell = Cell(len(w[0]), hidden, activations.gate, activations.candidate, activations.output)
    weights = Weights(cell, _split(w, u, b, hidden), start)
    if constants.value("V") is None:
        return Imported(weights, ())
    v = constants.transposed("V")
    d = constants.vector("d", "d", len(v))
    plain = all(row == row_of({k: ONE}, hidden) for k, row in enumerate(v)) and not any(d)
    return Imported(weights if plain else replace(weights, layer=Layer(v, d)), ())


def _numbers(text: str, hidden: int) -> Vector:
    try:
        found = tuple(parse_number(part) for part in text.split(",")) if text else (ZERO,) * hidden
    except ValueError as error:
        raise InputError.single("lstmsolve.initial", str(error), text) from None
    if len(found) != hidden:
        raise InputError.single("lstmsolve.initial", f"needs {hidden} numbers, one a unit", len(found))
    return found
