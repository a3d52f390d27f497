"""safetensors: eight bytes with the header's length, a JSON header, the numbers. Standard library alone.

A header of n bytes follows the length, little-endian; it names each tensor's `dtype`, `shape` and
`data_offsets` into the rest of the file (https://huggingface.co/docs/safetensors). Lengths are looked at
before anything is read, so a header that claims gigabytes costs nothing.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import prod
from typing import Final

from lstmsolve.interop.reading.tensors import SIZES, Tensor, stored_numbers
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.records import reading as records

MAX_HEADER: Final = 2**22
"""Bytes of a header; one tensor takes about a hundred."""

MAX_TENSORS: Final = 10_000

_KINDS: Final[Mapping[str, str]] = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
}


def read_safetensors(data: bytes) -> dict[str, Tensor]:
    """The tensors of a file by name; `__metadata__` is passed over.

    Raises:
        InputError: not a safetensors file, cut off, or with offsets that do not fit.
    """
    header, body = _parts(data)
    return {name: _tensor(name, entry, body) for name, entry in header.items() if name != "__metadata__"}


def read_metadata(data: bytes) -> dict[str, str]:
    """The texts of `__metadata__`.

    Raises:
        InputError: not a safetensors file.
    """
    found = _parts(data)[0].get("__metadata__", {})
    return {key: value for key, value in records.table(found, "__metadata__").items() if isinstance(value, str)}


def _parts(data: bytes) -> tuple[Mapping[str, object], memoryview]:
    """Header and numbers."""
    if len(data) < 8:
        raise InputError.single(
            "", f"is no safetensors file: it has {len(data)} bytes, the header's length alone has 8"
        )
    (length,) = struct.unpack("<Q", data[:8])
    if length > MAX_HEADER:
        message = f"is no safetensors file that is read here: its header claims {length} bytes, at most {MAX_HEADER}"
        raise InputError.single("", message)
    if length > len(data) - 8:
        raise InputError.single("", f"is cut off: its header has {length} bytes, {len(data) - 8} are there")
    header = records.table(_header(data[8 : 8 + length]), "header")
    if len(header) > MAX_TENSORS:
        raise InputError.single("header", f"names {len(header)} tensors; at most {MAX_TENSORS} are read")
    return header, memoryview(data)[8 + length :]


def write_safetensors(tensors: Mapping[str, tuple[Sequence[int], bytes]], kind: str, about: Mapping[str, str]) -> bytes:
    """A file of tensors, each its shape and its bytes in one number format, with `about` as metadata.

    `kind` is a name of `tensors.SIZES`.
    """
    code = next(code for code, known in _KINDS.items() if known == kind)
    header: dict[str, object] = {"__metadata__": dict(about)}
    at = 0
    for name, (shape, numbers) in tensors.items():
        assert len(numbers) == prod(shape) * SIZES[kind]
        header[name] = {"dtype": code, "shape": list(shape), "data_offsets": [at, at + len(numbers)]}
        at += len(numbers)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    text += b" " * (-len(text) % 8)  # the numbers begin at a multiple of eight
    return struct.pack("<Q", len(text)) + text + b"".join(numbers for _, numbers in tensors.values())


def _header(text: bytes) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a name appears twice")
        return dict(pairs)

    try:
        return json.loads(text.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
        raise InputError.single("header", f"is no JSON: {said}") from None


def _tensor(name: str, entry: object, body: memoryview) -> Tensor:
    found = records.fields(entry, name, ["dtype", "shape", "data_offsets"])
    dtype = records.text(found["dtype"], f"{name}.dtype")
    shape = tuple(
        records.whole(size, f"{name}.shape", 0, 2**40) for size in records.items(found["shape"], f"{name}.shape")
    )
    ends = [records.whole(end, f"{name}.data_offsets") for end in records.items(found["data_offsets"], name)]
    if len(ends) != 2 or not ends[0] <= ends[1]:
        raise InputError.single(f"{name}.data_offsets", "needs a beginning and an end", ends)
    if ends[1] > len(body):
        raise InputError.single(name, f"is cut off: it ends at byte {ends[1]}, {len(body)} are there")
    kind = _KINDS.get(dtype)
    if kind is not None and prod(shape) * SIZES[kind] != ends[1] - ends[0]:
        message = f"{ends[1] - ends[0]} bytes are no {dtype} numbers of shape {list(shape)}"
        raise InputError.single(name, message)

    def refuse() -> tuple[Fraction, ...]:
        raise InputError.single(f"{name}.dtype", f"must be one of {', '.join(_KINDS)}", dtype)

    read = refuse if kind is None else partial(stored_numbers, body[ends[0] : ends[1]], kind, name)
    return Tensor(name, shape, read)
