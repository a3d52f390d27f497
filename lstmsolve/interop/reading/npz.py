"""npz: a zip of npy arrays. Headers are read as literals, arrays of objects are refused, and sizes before unpacking.

The npy format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. numpy itself would do, but it
unpacks whatever a header claims.
"""

from __future__ import annotations

import ast
import io
import re
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from math import prod
from typing import Final

from lstmsolve.interop.reading.tensors import MAX_NUMBERS, SIZES, Tensor, stored_numbers
from lstmsolve.kernel.base.errors import InputError

MAX_MEMBERS: Final = 2_000
MAX_HEADER: Final = 10_000
MAX_UNPACKED: Final = 2**28
"""Bytes of one array."""

_KIND: Final = re.compile(r"([<>=|])([fiu])([1248])")
_LETTERS: Final = {"f": "float", "i": "int", "u": "uint"}


def read_npz(data: bytes) -> dict[str, Tensor]:
    """The arrays of a file by name.

    Raises:
        InputError: no zip of npy arrays, or one that is too large; arrays of objects, which are pickles.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise InputError.single("", f"is no npz file: {error}") from None
    if len(members) > MAX_MEMBERS:
        raise InputError.single("", f"holds {len(members)} arrays; at most {MAX_MEMBERS} are read")
    found: dict[str, Tensor] = {}
    for member in members:
        name = member.filename.removesuffix(".npy")
        if name in found:
            raise InputError.single(name, "is there twice")
        found[name] = _array(archive, member, name)
    return found


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Tensor:
    try:
        with archive.open(member) as file:
            start = file.read(12)
            if start[:6] != b"\x93NUMPY" or len(start) < 12:
                raise InputError.single(name, "is no npy array")
            wide = start[6] > 1
            length = int.from_bytes(start[8:12] if wide else start[8:10], "little")
            if length > MAX_HEADER:
                raise InputError.single(name, f"has a header of {length} bytes; at most {MAX_HEADER} are read")
            header = (b"" if wide else start[10:]) + file.read(length if wide else length - 2)
            kind, order, fortran, shape = _header(header, name)
            size = prod(shape) * SIZES[kind]
            if prod(shape) > MAX_NUMBERS or size > MAX_UNPACKED:
                return Tensor(name, shape, partial(_refused, name))
            body = file.read(size + 1)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InputError.single(name, f"cannot be unpacked: {error}") from None
    if len(body) != size:
        raise InputError.single(name, f"has not the {size} bytes that its shape {list(shape)} needs")
    return Tensor(name, shape, partial(_numbers, body, kind, name, order, shape if fortran else None))


def _header(text: bytes, name: str) -> tuple[str, str, bool, tuple[int, ...]]:
    try:
        found = ast.literal_eval(text.decode("latin-1").strip())
        descr, fortran, shape = found["descr"], found["fortran_order"], found["shape"]
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError):
        raise InputError.single(name, "has no header that can be read") from None
    match = _KIND.fullmatch(descr) if isinstance(descr, str) else None
    kind = "" if match is None else f"{_LETTERS[match[2]]}{8 * int(match[3])}"
    if kind not in SIZES:
        what = "holds Python objects, which only a pickle has" if descr == "|O" else "is no array of numbers"
        raise InputError.single(name, f"{what}; save it as float32 or float64", descr)
    assert match is not None
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise InputError.single(name, "has a shape that is none", shape)
    return kind, ">" if match[1] == ">" else "<", bool(fortran), shape


def _numbers(
    body: bytes, kind: str, name: str, order: str, columns_first: tuple[int, ...] | None
) -> Sequence[Fraction]:
    numbers = stored_numbers(body, kind, name, order)
    if columns_first is None or len(columns_first) < 2:
        return numbers
    if len(columns_first) != 2:
        raise InputError.single(name, "is stored column by column in more than two dimensions")
    rows, columns = columns_first
    return tuple(numbers[column * rows + row] for row in range(rows) for column in range(columns))


def _refused(name: str) -> Sequence[Fraction]:
    raise InputError.single(name, f"is too large; at most {MAX_NUMBERS} numbers are read")
