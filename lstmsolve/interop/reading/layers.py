"""The layer after an LSTM: found by shape and by name, or named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lstmsolve.interop.reading.state_dicts import Lstm
from lstmsolve.interop.reading.tensors import Tensor, Tensors, squeezed, transposed
from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Matrix, Vector

_WEIGHT: Final = re.compile(r"(?P<prefix>(.*[./])?)(?P<kind>weight|kernel|V|W)")
"""`weight` is [outputs, H] (torch), `kernel` [H, outputs] (Keras, Flax); `V` and `W` as in z = V h + d."""

_EMBEDDING: Final = re.compile(r"(.*[./])?(\w*emb\w*)([./](weight|embeddings?|embedding))?", re.IGNORECASE)


@dataclass(frozen=True)
class Readout:
    """z = V h + d, with the name it was found by."""

    name: str
    matrix: Matrix
    bias: Vector
    tensors: frozenset[str] = frozenset()
    """The names that it is made of, where those are the file's."""


def find_readout(tensors: Tensors, lstm: Lstm, named: str | None) -> Readout | None:
    """The layer that reads h; None if there is none.

    Raises:
        InputError: several could be it, and none was named; or the named one cannot be.
    """
    found = {
        match["prefix"].rstrip("./") or match["kind"]: (tensor, match)
        for name, tensor in tensors.items()
        if name not in lstm.tensors
        and (match := _WEIGHT.fullmatch(name)) is not None
        and not _EMBEDDING.fullmatch(name)
        and _fits(tensor, match, lstm.hidden)
    }
    if named is not None:
        if named.rstrip("./") not in found:
            held = ", ".join(found) or "none that fits"
            raise InputError.single(
                "--readout", f"no layer of {lstm.hidden} inputs is called so; there is {held}", named
            )
        found = {named.rstrip("./"): found[named.rstrip("./")]}
    if not found:
        return None
    if len(found) > 1:
        message = f"has several layers that could read h: {', '.join(found)}; `import --readout NAME` says which"
        raise InputError.single("", message)
    ((name, (tensor, match)),) = found.items()
    matrix = tensor.rows()
    if match["kind"] == "kernel":
        matrix = transposed(matrix, tensor.matrix_shape()[1])
    beside = next((bias for key in ("bias", "d", "b") if (bias := tensors.get(f"{match['prefix']}{key}"))), None)
    used = frozenset({tensor.name} if beside is None else {tensor.name, beside.name})
    return Readout(name, matrix, _bias(beside, len(matrix)), used)


def find_embedding(tensors: Tensors, lstm: Lstm) -> Tensor | None:
    """An embedding whose vectors the LSTM reads: [symbols, D]. Folded into w, its input columns are one-hot."""
    found = [
        tensor
        for name, tensor in tensors.items()
        if _EMBEDDING.fullmatch(name) and len(tensor.shape) == 2 and tensor.shape[1] == lstm.inputs
    ]
    return found[0] if len(found) == 1 else None


def _fits(tensor: Tensor, match: re.Match[str], hidden: int) -> bool:
    shape = squeezed(tensor.shape)
    return len(shape) == 2 and shape[0 if match["kind"] == "kernel" else 1] == hidden


def _bias(tensor: Tensor | None, outputs: int) -> Vector:
    if tensor is None:
        return (ZERO,) * outputs
    values = tensor.vector()
    if len(values) != outputs:
        raise InputError.single(tensor.name, f"needs {outputs} numbers, has {len(values)}")
    return values
