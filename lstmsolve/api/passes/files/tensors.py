"""The LSTM of a file of tensors, whatever the tool that wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from lstmsolve.api.passes.files.packages import missing
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


def read_lstm(path: Path, problem: Problem | None, layer: int | None = None, readout: str | None = None) -> Imported:
    """The LSTM, with the layer that reads h unless the case reads h itself.

    Raises:
        InputError: the file cannot be read, holds no LSTM or one that cells here cannot be, or a package is missing.
    """
    found = _read(path, problem, layer, readout)
    if found.weights.layer is None or problem is None or problem.spec.has_layer:
        return found
    return replace(found, weights=replace(found.weights, layer=None))


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
