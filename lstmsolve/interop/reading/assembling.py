"""Named tensors to weights: the LSTM that is meant, its activations, its start, and the layer after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from lstmsolve.interop.reading.layers import find_embedding, find_readout
from lstmsolve.interop.reading.state_dicts import Lstm, choose
from lstmsolve.interop.reading.tensors import Tensor, Tensors
from lstmsolve.kernel.base.affine import ZERO, dot
from lstmsolve.kernel.base.errors import InputError, some
from lstmsolve.kernel.lstm.cells import (
    CANDIDATE_ACTIVATIONS,
    GATE_ACTIVATIONS,
    MAX_HIDDEN,
    OUTPUT_ACTIVATIONS,
    Activation,
    Cell,
    GateWeights,
    Layer,
    Matrix,
    State,
    Vector,
    Weights,
    row_of,
)
from lstmsolve.kernel.spec.problems import Problem

ABOUT: Final = "lstmsolve."
"""What metadata keys of ours begin with."""


START_C: Final = ("c0", "c_0", "initial_c")
START_H: Final = ("h0", "h_0", "initial_h")
"""What the initial state is called, beside the LSTM or at the top."""
START: Final = frozenset({*START_C, *START_H})


@dataclass(frozen=True)
class Imported:
    """Weights out of a file, and what there is to know about them."""

    weights: Weights
    """With the layer that reads h, where there is one."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activations:
    gate: Activation
    candidate: Activation
    output: Activation


SMOOTH: Final = Activations(Activation.SIGMOID, Activation.TANH, Activation.TANH)
"""Those of torch, Keras and Flax."""


def assemble(
    tensors: Tensors, about: Mapping[str, str], problem: Problem | None, layer: int | None, readout: str | None
) -> Imported:
    """The weights that these tensors hold.

    Activations are those of our metadata, else those of the case, else sigmoid and tanh.

    Raises:
        InputError: there is no LSTM, it cannot be a cell of ours, or it is not clear which one or which layer is meant.
    """
    tensors = plainly_named(tensors)
    lstm, followed = choose(tensors, layer)
    if lstm.hidden > MAX_HIDDEN or lstm.inputs > MAX_HIDDEN:
        raise InputError.single(lstm.label, f"has more than {MAX_HIDDEN} units or columns, the limit here")
    notes = [f"arrays are named and ordered as by {lstm.layout}"] if lstm.layout != "ours" else []
    found = activations_of(about)
    if found is None and problem is not None:
        found = Activations(problem.choice.gate, problem.choice.candidate, problem.choice.output)
    if found is None:
        found = SMOOTH
        notes.append("activations are taken to be sigmoid, tanh and tanh; `--case` says otherwise")
    cell = Cell(lstm.inputs, lstm.hidden, found.gate, found.candidate, found.output)
    weights = Weights(cell, lstm.gates(), _start(tensors, lstm))
    if lstm.absent:
        weights = weights.noted(left_out(*lstm.absent))
    embedding = find_embedding(tensors, lstm)
    if embedding is not None:
        weights = folded(weights, embedding)
        notes.append(f"the embedding {embedding.name} is folded into w: column k is its symbol {k_range(embedding)}")
    if followed:
        notes.append(f"{lstm.label} is not the last layer of its stack, so no layer is read after it")
        return Imported(weights, (*notes, *weights.notes))
    layer_after = find_readout(tensors, lstm, readout)
    used = lstm.tensors | START
    if embedding is not None:
        used |= {embedding.name}
    if layer_after is None and problem is not None and problem.spec.has_layer:
        held = some(f"{name} {list(tensor.shape)}" for name, tensor in tensors.items() if name not in used) or "nothing"
        message = (
            f"has no layer that reads the {lstm.hidden} numbers of h, as the case asks; beside the LSTM it has {held}"
        )
        raise InputError.single("", message)
    if layer_after is None:
        notes.append("no layer after the LSTM was found: outputs are h")
    else:
        notes.append(f"z = V h + d is {layer_after.name}")
        weights = replace(weights, layer=Layer(layer_after.matrix, layer_after.bias))
        used |= layer_after.tensors
        if len(layer_after.tensors) == 1:
            weights = weights.noted(left_out(f"d, as {layer_after.name} has no bias"))
    left = [name for name in tensors if name not in used and name.removeprefix(lstm.prefix) not in START]
    if left:
        notes.append(f"passed over: {some(left, 8)}")
    return Imported(weights, (*notes, *weights.notes))


def left_out(*names: str) -> str:
    """The note about biases that a file does not have."""
    return f"left out, so 0: {some(names, 8)}"


def plainly_named(tensors: Tensors) -> Tensors:
    """Names without the `:0` that TensorFlow ends them in."""
    return {name.removesuffix(":0"): tensor for name, tensor in tensors.items()}


def k_range(embedding: Tensor) -> str:
    """Which k there are."""
    return f"k, from 0 to {embedding.shape[0] - 1}"


def activations_of(about: Mapping[str, str]) -> Activations | None:
    """What our own metadata says."""
    found = []
    for key, options in (
        ("gate", GATE_ACTIVATIONS),
        ("candidate", CANDIDATE_ACTIVATIONS),
        ("output", OUTPUT_ACTIVATIONS),
    ):
        name = about.get(f"{ABOUT}{key}")
        if name is None:
            return None
        match = next((option for option in options if option.value == name), None)
        if match is None:
            raise InputError.single(f"{ABOUT}{key}", f"must be one of {', '.join(o.value for o in options)}", name)
        found.append(match)
    return Activations(*found)


def folded(weights: Weights, embedding: Tensor) -> Weights:
    """The same LSTM reading one-hot symbols in place of their vectors: w E' in place of w, exactly."""
    vectors = embedding.rows()

    def product(w: Matrix) -> Matrix:
        return tuple(
            row_of({k: dot(zip(row, vector, strict=True)) for k, vector in enumerate(vectors)}, len(vectors))
            for row in w
        )

    gates = {gate: GateWeights(product(part.w), part.u, part.b) for gate, part in weights.gates.items()}
    return Weights(replace(weights.cell, inputs=len(vectors)), gates, weights.initial)


def scaled(part: GateWeights, alpha: Fraction, beta: Fraction) -> GateWeights:
    """The gate whose argument is alpha times that of this one plus beta."""
    if alpha == 1 and not beta:
        return part

    def times(rows: Matrix) -> Matrix:
        return tuple(row_of({k: v * alpha for k, v in enumerate(row) if v}, len(row)) for row in rows)

    return GateWeights(times(part.w), times(part.u), tuple(value * alpha + beta for value in part.b))


def _start(tensors: Tensors, lstm: Lstm) -> State:
    """The initial state; zeros where nothing is said."""

    def vector(*names: str) -> Vector:
        for name in (f"{prefix}{name}" for prefix in (lstm.prefix, "") for name in names):
            if name in tensors:
                values: Sequence[Fraction] = tensors[name].vector()
                if len(values) != lstm.hidden:
                    raise InputError.single(name, f"needs {lstm.hidden} numbers, one a unit; has {len(values)}")
                return tuple(values)
        return (ZERO,) * lstm.hidden

    return State(vector(*START_C), vector(*START_H))
