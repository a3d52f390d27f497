"""Which tensors are an LSTM, by their names, and what each row of them means.

    torch      P weight_ih_lN [4H, D], P weight_hh_lN [4H, H], P bias_ih_lN, P bias_hh_lN [4H]; gates i, f, g, o;
               the two biases are added. An LSTMCell has no `_lN`, Equinox one bias, called `bias`.
    Keras      P kernel [D, 4H], P recurrent_kernel [H, 4H], P bias [4H]; gates i, f, c, o.
    ONNX       P W [1, 4H, D], P R [1, 4H, H], P B [1, 8H], both halves of which are added; gates i, o, f, c.
    Flax       P ii, if, ig, io: kernel [D, H]; P hi, hf, hg, ho: kernel [H, H], bias [H].
    ours       P w_f [H, D], P u_f [H, H], P b_f [H]; the same for i, c and o.

P is what stands before: `encoder.lstm.`, `params/cell/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from lstmsolve.interop.reading.tensors import Tensor, Tensors, names_in, transposed
from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.base.errors import InputError, some
from lstmsolve.kernel.lstm.cells import Gate, GateWeights, Matrix, Vector

TORCH_ORDER: Final = (Gate.INPUT, Gate.FORGET, Gate.CANDIDATE, Gate.OUTPUT)
"""Also that of Keras and Equinox: i, f, g, o."""

ONNX_ORDER: Final = (Gate.INPUT, Gate.OUTPUT, Gate.FORGET, Gate.CANDIDATE)

_FLAX: Final = {"i": Gate.INPUT, "f": Gate.FORGET, "g": Gate.CANDIDATE, "o": Gate.OUTPUT}

_TORCH: Final = re.compile(r"(?P<prefix>.*?)weight_ih(?P<layer>_l(?P<number>[0-9]+))?(?P<reverse>_reverse)?")
_KERAS: Final = re.compile(r"(?P<prefix>.*?)recurrent_kernel")
_FLAX_CELL: Final = re.compile(r"(?P<prefix>(.*[./])?)hi(?P<dot>[./])kernel")
_ONNX: Final = re.compile(r"(?P<prefix>(.*[./])?)R")
_OURS: Final = re.compile(r"(?P<prefix>(.*[./])?)u_f")
_PEEPHOLE: Final = re.compile(r".*(peephole|w_[fio]_diag|weight_c[ifo]\b).*", re.IGNORECASE)


@dataclass(frozen=True)
class Lstm:
    """One LSTM layer as a file holds it: shapes D and H, and its four gates with w [H, D], u [H, H], b [H]."""

    prefix: str
    number: int
    layout: str
    inputs: int
    hidden: int
    tensors: frozenset[str]
    """The names that it is made of."""
    gates: Callable[[], Mapping[Gate, GateWeights]]
    """Reads the numbers."""
    absent: tuple[str, ...] = ()
    """Biases that the file leaves out, so that they are 0."""

    @property
    def label(self) -> str:
        return f"{self.prefix or self.layout}l{self.number}" if self.layout == "torch" else self.prefix or self.layout


def named_by_framework(names: Iterable[str]) -> bool:
    """Are there names among these that only frameworks give to the arrays of an LSTM?"""
    known = set(names)
    recurrent = (_TORCH, _KERAS, _FLAX_CELL)
    return any(pattern.fullmatch(name) for name in known for pattern in recurrent) or any(
        f"{match['prefix']}W" in known for name in known if (match := _ONNX.fullmatch(name)) is not None
    )


def find_lstms(tensors: Tensors) -> list[Lstm]:
    """The LSTM layers of a file, in the order of its names, layers of a stack from below.

    Raises:
        InputError: an LSTM that no cell of ours can be: bidirectional, projected, with peepholes; a missing tensor;
            shapes that do not fit.
    """
    for name in tensors:
        _refuse_unsupported(name)
    found: list[Lstm] = []
    for name in tensors:
        for pattern, read in _LAYOUTS:
            match = pattern.fullmatch(name)
            if match is not None:
                found.append(read(tensors, match))
                break
    order = {prefix: place for place, prefix in enumerate(dict.fromkeys(lstm.prefix for lstm in found))}
    return sorted(found, key=lambda lstm: (order[lstm.prefix], lstm.number))


def choose(tensors: Tensors, layer: int | None) -> tuple[Lstm, bool]:
    """The LSTM to read, and whether another one follows it.

    Raises:
        InputError: there is none, or more than one and no choice was made.
    """
    found = find_lstms(tensors)
    if not found:
        held = some(names_in(tensors), 8) or "nothing"
        message = f"holds no LSTM by any name that is known here (torch, Keras, Flax, Equinox, ours); it has {held}"
        raise InputError.single("", message)
    labels = ", ".join(f"{place}: {lstm.label}" for place, lstm in enumerate(found))
    if layer is None and len(found) > 1:
        message = (
            f"is a stack of {len(found)} LSTM layers, and cells here have one; "
            f"`import --layer N` reads one of them alone ({labels})"
        )
        raise InputError.single("", message)
    chosen = layer or 0
    if chosen >= len(found):
        raise InputError.single("--layer", f"there is no such layer; there are {labels}", chosen)
    return found[chosen], chosen + 1 < len(found)


def _refuse_unsupported(name: str) -> None:
    if name.endswith("_reverse") or "/backward" in name or "backward_lstm" in name:
        raise InputError.single(name, "belongs to a bidirectional LSTM, whose outputs depend on inputs to come")
    if re.search(r"weight_hr(_l[0-9]+)?$", name):
        message = "projects h (`proj_size`), which cells here do not; fold it into the weights that read h"
        raise InputError.single(name, message)
    if _PEEPHOLE.fullmatch(name):
        raise InputError.single(name, "is a peephole (gates that read c), which cells here do not have")


def _torch(tensors: Tensors, match: re.Match[str]) -> Lstm:
    prefix, tail = match["prefix"], match["layer"] or ""
    w, u = tensors[f"{prefix}weight_ih{tail}"], _needed(tensors, f"{prefix}weight_hh{tail}")
    rows, inputs = w.matrix_shape()
    hidden = _quarter(w, rows)
    _expect(u, (4 * hidden, hidden))
    names = [f"{prefix}bias_ih{tail}", f"{prefix}bias_hh{tail}", f"{prefix}bias"]
    biases = [_shaped(tensors[name], (4 * hidden,)) for name in names if name in tensors]
    used = frozenset({f"{prefix}weight_ih{tail}", f"{prefix}weight_hh{tail}", *names} & tensors.keys())

    def gates() -> Mapping[Gate, GateWeights]:
        return _stacked(w.rows(), u.rows(), _added(biases, 4 * hidden), hidden)

    absent = () if names[2] in tensors else _absent(tensors, *names[:2])
    return Lstm(prefix, int(match["number"] or 0), "torch", inputs, hidden, used, gates, absent)


def _onnx(tensors: Tensors, match: re.Match[str]) -> Lstm:
    prefix = match["prefix"]
    w, u = _needed(tensors, f"{prefix}W"), tensors[f"{prefix}R"]
    for tensor in (w, u):
        if len(tensor.shape) == 3 and tensor.shape[0] == 2:
            raise InputError.single(tensor.name, "has two directions, so outputs depend on inputs to come")
    rows, inputs = w.matrix_shape()
    hidden = _quarter(w, rows)
    _expect(u, (4 * hidden, hidden))
    biases = [_shaped(tensors[name], (8 * hidden,)) for name in [f"{prefix}B"] if name in tensors]
    used = frozenset({f"{prefix}W", f"{prefix}R", f"{prefix}B"} & tensors.keys())

    def gates() -> Mapping[Gate, GateWeights]:
        both = _added(biases, 8 * hidden)
        bias = tuple(a + b for a, b in zip(both[: 4 * hidden], both[4 * hidden :], strict=True))
        return _stacked(w.rows(), u.rows(), bias, hidden, ONNX_ORDER)

    return Lstm(prefix, 0, "ONNX", inputs, hidden, used, gates, _absent(tensors, f"{prefix}B"))


def _keras(tensors: Tensors, match: re.Match[str]) -> Lstm:
    prefix = match["prefix"]
    w, u = _needed(tensors, f"{prefix}kernel"), tensors[f"{prefix}recurrent_kernel"]
    inputs, columns = w.matrix_shape()
    hidden = _quarter(w, columns)
    _expect(u, (hidden, 4 * hidden))
    biases = [_shaped(tensors[name], (4 * hidden,)) for name in [f"{prefix}bias"] if name in tensors]
    used = frozenset({f"{prefix}kernel", f"{prefix}recurrent_kernel", f"{prefix}bias"} & tensors.keys())

    def gates() -> Mapping[Gate, GateWeights]:
        width = 4 * hidden
        return _stacked(transposed(w.rows(), width), transposed(u.rows(), width), _added(biases, width), hidden)

    return Lstm(prefix, 0, "Keras", inputs, hidden, used, gates, _absent(tensors, f"{prefix}bias"))


def _flax(tensors: Tensors, match: re.Match[str]) -> Lstm:
    prefix, dot = match["prefix"], match["dot"]
    inputs, hidden = _needed(tensors, f"{prefix}ii{dot}kernel").matrix_shape()
    parts: dict[Gate, tuple[Tensor, Tensor, list[Tensor]]] = {}
    used: set[str] = set()
    for letter, gate in _FLAX.items():
        w = _shaped(_needed(tensors, f"{prefix}i{letter}{dot}kernel"), (inputs, hidden))
        u = _shaped(_needed(tensors, f"{prefix}h{letter}{dot}kernel"), (hidden, hidden))
        names = {f"{prefix}{side}{letter}{dot}bias" for side in "ih"} & tensors.keys()
        parts[gate] = w, u, [_shaped(tensors[name], (hidden,)) for name in sorted(names)]
        used |= {f"{prefix}i{letter}{dot}kernel", f"{prefix}h{letter}{dot}kernel", *names}

    def gates() -> Mapping[Gate, GateWeights]:
        return {
            gate: GateWeights(transposed(w.rows(), hidden), transposed(u.rows(), hidden), _added(biases, hidden))
            for gate, (w, u, biases) in parts.items()
        }

    absent = _absent(tensors, *(f"{prefix}h{letter}{dot}bias" for letter in _FLAX))
    return Lstm(prefix, 0, "Flax", inputs, hidden, frozenset(used), gates, absent)


def _ours(tensors: Tensors, match: re.Match[str]) -> Lstm:
    prefix = match["prefix"]
    hidden = prod(_needed(tensors, f"{prefix}b_f").shape)
    numbers = prod(_needed(tensors, f"{prefix}w_f").shape)
    if not hidden or numbers % hidden or not numbers:
        raise InputError.single(f"{prefix}w_f", f"{numbers} numbers are no matrix of {hidden} rows, one a unit")
    inputs = numbers // hidden
    parts: dict[Gate, tuple[Tensor, Tensor, Tensor]] = {}
    for gate in Gate:
        w = _reshaped(_needed(tensors, f"{prefix}w_{gate.value}"), (hidden, inputs))
        u = _reshaped(_needed(tensors, f"{prefix}u_{gate.value}"), (hidden, hidden))
        parts[gate] = w, u, _reshaped(_needed(tensors, f"{prefix}b_{gate.value}"), (hidden,))

    def gates() -> Mapping[Gate, GateWeights]:
        return {gate: GateWeights(w.rows(), u.rows(), b.vector()) for gate, (w, u, b) in parts.items()}

    used = frozenset(f"{prefix}{kind}_{gate.value}" for kind in "wub" for gate in Gate)
    return Lstm(prefix, 0, "ours", inputs, hidden, used, gates)


_LAYOUTS: Final = (
    (_TORCH, _torch), (_KERAS, _keras), (_FLAX_CELL, _flax), (_ONNX, _onnx), (_OURS, _ours),
)  # fmt: skip
"""By which name each is known, and how it is read."""


def _stacked(
    w: Matrix, u: Matrix, b: Vector, hidden: int, order: Sequence[Gate] = TORCH_ORDER
) -> Mapping[Gate, GateWeights]:
    """The gates of matrices that hold them one below another."""
    parts = {gate: slice(place * hidden, (place + 1) * hidden) for place, gate in enumerate(order)}
    return {gate: GateWeights(w[part], u[part], b[part]) for gate, part in parts.items()}


def _added(biases: list[Tensor], size: int) -> Vector:
    """The sum of the biases, exactly; zeros if there are none."""
    vectors = [bias.vector() for bias in biases]
    return tuple(sum((vector[place] for vector in vectors), ZERO) for place in range(size))


def _absent(tensors: Tensors, *names: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in tensors)


def _needed(tensors: Tensors, name: str) -> Tensor:
    if name not in tensors:
        raise InputError.single(name, "is missing, and the LSTM around it needs it")
    return tensors[name]


def _quarter(tensor: Tensor, size: int) -> int:
    if size % 4 or not size:
        message = f"has {size} rows of gates where four gates of H rows are needed"
        raise InputError.single(tensor.name, message)
    return size // 4


def _expect(tensor: Tensor, wanted: tuple[int, int]) -> None:
    if tensor.matrix_shape() != wanted:
        rows, columns = tensor.matrix_shape()
        gru = " (three gates of H rows are those of a GRU; LSTMs have four)" if rows == 3 * columns else ""
        raise InputError.single(tensor.name, f"needs shape {list(wanted)}, has {list(tensor.shape)}{gru}")


def _reshaped(tensor: Tensor, wanted: tuple[int, ...]) -> Tensor:
    """One number or one row may stand for a matrix where H or D is 1."""
    if prod(tensor.shape) == prod(wanted) and 1 in wanted:
        return Tensor(tensor.name, wanted, tensor.read)
    return _shaped(tensor, wanted)


def _shaped(tensor: Tensor, wanted: tuple[int, ...]) -> Tensor:
    shape = tensor.shape
    while len(shape) > len(wanted) and shape[0] == 1:
        shape = shape[1:]
    if shape != wanted:
        raise InputError.single(tensor.name, f"needs shape {list(wanted)}, has {list(tensor.shape)}")
    return tensor
