"""`import`: files of other tools to weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lstmsolve.api.loading import load_case
from lstmsolve.api.passes.packages import missing
from lstmsolve.formats.files import MIB, parse_json, read_bytes
from lstmsolve.interop.reading.assembling import Imported, assemble
from lstmsolve.interop.reading.json_tensors import json_tensors
from lstmsolve.interop.reading.npz import read_npz
from lstmsolve.interop.reading.safetensors import read_metadata, read_safetensors
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem

MAX_FILE: Final = 512 * MIB

PICKLES: Final = frozenset({".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt"})
"""Files that run code when they are opened."""

KINDS: Final = (".safetensors", ".npz", ".onnx", ".json")


def import_weights(
    path: str | Path,
    *,
    case: str | Path | Problem | None = None,
    layer: int | None = None,
    readout: str | None = None,
) -> Imported:
    """The LSTM of a file: gates in our order, every float exactly the fraction that it is.

    `case` says which activations are meant, where the file does not, and is held against what is found. `layer` takes
    one LSTM of several, counted from 0; `readout` names the layer that reads h, where several could.

    Raises:
        InputError: the file cannot be read, holds no LSTM or one that cells here cannot be, or a package is missing.
    """
    path = Path(path)
    problem = None if case is None else load_case(case)
    try:
        found = _read(path, problem, layer, readout)
        if problem is not None:
            problem.for_weights(found.weights)
    except InputError as error:
        raise error.within(error.source or str(path)) from None
    return found


def _read(path: Path, problem: Problem | None, layer: int | None, readout: str | None) -> Imported:
    kind = path.suffix.lower()
    if kind in PICKLES:
        message = (
            f"{kind} files are pickles, which run code when they are opened, and are never read; write "
            "safetensors.torch.save_file(net.state_dict(), 'net.safetensors')"
        )
        raise InputError.single("", message)
    if kind not in KINDS:
        raise InputError.single("", f"is none of {', '.join(KINDS)}, by which files are told apart", path.name)
    data = read_bytes(path, MAX_FILE)
    about: Mapping[str, str] = {}
    if kind == ".onnx":
        try:
            from lstmsolve.interop.reading.onnx_graphs import read_onnx
        except ModuleNotFoundError as error:
            raise missing(error, path.name) from None
        return read_onnx(data, layer)
    if kind == ".safetensors":
        tensors, about = read_safetensors(data), read_metadata(data)
    elif kind == ".npz":
        tensors = read_npz(data)
    else:
        try:
            tensors = json_tensors(parse_json(data.decode()))
        except UnicodeDecodeError:
            raise InputError.single("", "is not UTF-8 text") from None
    return assemble(tensors, about, problem, layer, readout)
