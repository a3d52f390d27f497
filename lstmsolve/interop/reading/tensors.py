"""Named tensors with exact numbers: what every reader gives and the layouts take apart."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite, prod
from typing import Final

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Matrix, Vector, row_of

MAX_NUMBERS: Final = 2**22
"""Numbers of one tensor that are turned into fractions: an LSTM with 1,024 units has as many in its `weight_hh`."""


@dataclass(frozen=True)
class Tensor:
    """Numbers in row-major order. They are read when they are asked for, since a file may hold much else."""

    name: str
    shape: tuple[int, ...]
    read: Callable[[], Sequence[Fraction]] = field(repr=False)

    def values(self) -> Sequence[Fraction]:
        """All numbers, exactly.

        Raises:
            InputError: there are too many, or one is infinite or NaN.
        """
        if prod(self.shape) > MAX_NUMBERS:
            message = f"has {prod(self.shape)} numbers; at most {MAX_NUMBERS} are read"
            raise InputError.single(self.name, message)
        return self.read()

    def rows(self) -> Matrix:
        """The matrix [rows, columns]; leading dimensions of 1 are left out."""
        height, width = self.matrix_shape()
        numbers = self.values()
        return tuple(
            row_of({place: value for place, value in enumerate(numbers[r * width : (r + 1) * width]) if value}, width)
            for r in range(height)
        )

    def vector(self) -> Vector:
        """All numbers in one row, whatever the shape."""
        return tuple(self.values())

    def matrix_shape(self) -> tuple[int, int]:
        """Rows and columns.

        Raises:
            InputError: it is no matrix.
        """
        shape = squeezed(self.shape)
        if len(shape) != 2:
            raise InputError.single(self.name, f"a matrix is needed here, its shape is {list(self.shape)}")
        return shape[0], shape[1]


Tensors = Mapping[str, Tensor]


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without leading dimensions of 1, as long as two are left."""
    while len(shape) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape


def transposed(matrix: Matrix, columns: int) -> Matrix:
    """[rows, columns] to [columns, rows]."""
    return tuple(
        row_of({place: row[column] for place, row in enumerate(matrix) if row[column]}, len(matrix))
        for column in range(columns)
    )


STORED: Final[Mapping[str, str]] = {
    "float64": "d",
    "float32": "f",
    "float16": "e",
    "int64": "q",
    "int32": "i",
    "int16": "h",
    "int8": "b",
    "uint64": "Q",
    "uint32": "I",
    "uint16": "H",
    "uint8": "B",
}
"""Number formats that `struct` knows, by our names; bfloat16 is the upper half of a float32."""

SIZES: Final[Mapping[str, int]] = {name: struct.calcsize(f"<{code}") for name, code in STORED.items()} | {"bfloat16": 2}
"""Bytes of a number."""


def stored_numbers(data: bytes | memoryview, kind: str, name: str, order: str = "<") -> tuple[Fraction, ...]:
    """The numbers in these bytes, exactly.

    Raises:
        InputError: one is infinite or NaN.
    """
    count = len(data) // SIZES[kind]
    values: tuple[float | int, ...]
    if kind == "bfloat16":
        halves = struct.unpack(f"{order}{count}H", data)
        values = struct.unpack(f"<{count}f", struct.pack(f"<{count}I", *(half << 16 for half in halves)))
    else:
        values = struct.unpack(f"{order}{count}{STORED[kind]}", data)
    bad = next((place for place, value in enumerate(values) if not isfinite(value)), None)
    if bad is not None:
        raise InputError.single(name, f"its number {bad} is {values[bad]}; weights are finite numbers")
    return tuple(map(Fraction, values))


def names_in(tensors: Tensors) -> Iterator[str]:
    """Each tensor as messages list it."""
    return (f"{name} {list(tensor.shape)}" for name, tensor in tensors.items())
