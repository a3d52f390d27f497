"""Batched runs in floats: [batch, time, D] in, c and h as [batch, time, H] out, any activation.

A gate's argument is added up in one order: b, then the columns of x, then those of h. So the bits of a row are the same
alone and in a batch, and the same where numba (the extra `fast`) runs long ones in compiled code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Matrix, State, Vector, Weights, nonzero, step
from lstmsolve.model.traces import FloatTrace
from lstmsolve.simulator.activations import activate

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats: TypeAlias = npt.NDArray[np.floating]
Precision: TypeAlias = Literal["float64", "float32", "float16"]


SPARSE_FROM: Final = 2**16
"""Entries from which on a matrix may be kept sparse; scipy has no sparse float16."""

SPARSE_SHARE: Final = 16
"""It is where no more than one in so many is not zero."""

ROOM: Final = 2**18
"""Products that are kept at a time, before they are added up."""

LONG: Final = 20_000
"""Steps of all sequences times units from which on compiled code is worth loading."""


ORDER: Final = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)


class Packed(NamedTuple):
    """Weights of all gates side by side, in `ORDER`: w [D, 4H], u [H, 4H], b [4H]."""

    w: Floats
    u: Floats
    b: Floats
    squash_g: bool
    """Is the candidate a CReLU, or the identity?"""
    squash_o: bool
    """And the output?"""


@dataclass(frozen=True)
class Arrays:
    """Weights as arrays of one precision: w [H, D], u [H, H], b [H] for each gate; c, h [H]."""

    cell: Cell
    w: dict[Gate, Floats | csr_array]
    u: dict[Gate, Floats | csr_array]
    b: dict[Gate, Floats]
    c: Floats
    h: Floats
    V: Floats | csr_array | None = None
    """[outputs, H], where there is an output layer; d [outputs]"""
    d: Floats | None = None

    @cached_property
    def packed(self) -> Packed | None:
        """For compiled code, if this is a dense cell of CReLUs, in floats that processors have."""
        cell = self.cell
        parts = [part[gate] for part in (self.w, self.u) for gate in ORDER]
        dense = [matrix for matrix in parts if isinstance(matrix, np.ndarray)]
        plain = {cell.candidate, cell.output} <= {Activation.CRELU, Activation.IDENTITY}
        if cell.gate is not Activation.CRELU or not plain or self.c.dtype == np.float16 or len(dense) < len(parts):
            return None
        w, u = (np.ascontiguousarray(np.concatenate(half).T) for half in (dense[: len(ORDER)], dense[len(ORDER) :]))
        b = np.concatenate([self.b[gate] for gate in ORDER])
        return Packed(w, u, b, cell.candidate is Activation.CRELU, cell.output is Activation.CRELU)

    @staticmethod
    def of(weights: Weights, precision: Precision = "float64") -> Arrays:
        """The weights, each rounded to the nearest number of the precision."""
        kind = np.dtype(precision)
        gates = weights.gates

        def array(values: object) -> Floats:
            return np.array(values, dtype=np.float64).astype(kind)

        def matrices(several: Sequence[Matrix]) -> list[Floats | csr_array]:
            """All of them dense or all of them sparse, since compiled code takes the gates together."""
            size = len(several[0]) * len(several[0][0])
            if size >= SPARSE_FROM and precision != "float16":
                filled = sum(1 for rows in several for row in rows for _ in nonzero(row))
                if filled * SPARSE_SHARE <= size * len(several):
                    return [_sparse(rows, kind) for rows in several]
            return [array(rows) for rows in several]

        start: State = weights.initial
        return Arrays(
            weights.cell,
            dict(zip(Gate, matrices([gates[gate].w for gate in Gate]), strict=True)),
            dict(zip(Gate, matrices([gates[gate].u for gate in Gate]), strict=True)),
            {gate: array(gates[gate].b) for gate in Gate},
            array(start.c),
            array(start.h),
            None if weights.layer is None else matrices([weights.layer.V])[0],
            None if weights.layer is None else array(weights.layer.d),
        )


def _sparse(rows: Matrix, kind: np.dtype[np.floating]) -> csr_array:
    from scipy.sparse import csr_array  # takes a while to import, and small cells do not need it

    places = [(unit, column, float(value)) for unit, row in enumerate(rows) for column, value in nonzero(row)]
    units, columns, values = zip(*places, strict=True) if places else ((), (), ())
    return csr_array((np.array(values, dtype=kind), (units, columns)), shape=(len(rows), len(rows[0])))


class NumpyArithmetic:
    """`cells.CellArithmetic` over arrays of shape [batch, H] (x: [batch, D])."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays

    def gate(self, gate: Gate, x: Floats, h: Floats) -> Floats:
        arrays = self._arrays
        argument = np.repeat(arrays.b[gate][None], len(x), axis=0)
        _add_columns(argument, x, arrays.w[gate])
        _add_columns(argument, h, arrays.u[gate])
        return activate(arrays.cell.activation(gate), argument)

    def output(self, c: Floats) -> Floats:
        return activate(self._arrays.cell.output, c)

    def multiply(self, a: Floats, b: Floats) -> Floats:
        return a * b

    def add(self, a: Floats, b: Floats) -> Floats:
        return a + b


def _add_columns(argument: Floats, values: Floats, matrix: Floats | csr_array) -> None:
    """Add `values` [batch, n] times the columns of a matrix [H, n], one column after the other."""
    if isinstance(matrix, np.ndarray):
        width = values.shape[1]
        # A sum over the first axis goes in order, unless there is no other and numpy sums by halves.
        most = max(1, ROOM // argument.size) if argument.shape[1] > 1 else 1
        for start in range(0, width, most):
            end = min(width, start + most)
            parts = np.empty((1 + end - start, *argument.shape), argument.dtype)
            parts[0] = argument
            np.multiply(values.T[start:end, :, None], matrix.T[start:end, None, :], out=parts[1:])
            np.add.reduce(parts, axis=0, out=argument)
        return
    columns = matrix.tocsc()
    for column in range(values.shape[1]):
        part = slice(columns.indptr[column], columns.indptr[column + 1])
        if part.start < part.stop:
            argument[:, columns.indices[part]] += values[:, column, None] * columns.data[part]


def run(arrays: Arrays, inputs: Floats) -> tuple[Floats, Floats]:
    """c and h after every step, [batch, time, H], for inputs [batch, time, D]."""
    batch, time, _ = inputs.shape
    x = inputs.astype(arrays.c.dtype, copy=False)
    if batch * time * arrays.cell.hidden >= LONG and arrays.packed is not None and _has_numba():
        from lstmsolve.simulator import compiled  # numba takes its time

        return compiled.run(x, arrays.packed, arrays.c, arrays.h)
    arithmetic = NumpyArithmetic(arrays)
    c = np.broadcast_to(arrays.c, (batch, arrays.cell.hidden))
    h = np.broadcast_to(arrays.h, (batch, arrays.cell.hidden))
    all_c = np.empty((batch, time, arrays.cell.hidden), dtype=arrays.c.dtype)
    all_h = np.empty_like(all_c)
    for n in range(time):
        after = step(arithmetic, c, h, x[:, n])
        c, h = after.c, after.h
        all_c[:, n], all_h[:, n] = c, h
    return all_c, all_h


@cache
def _has_numba() -> bool:
    return find_spec("numba") is not None


def run_floats(weights: Weights, inputs: Sequence[Vector], precision: Precision) -> FloatTrace:
    """One run, [T, D], told in Python floats.

    Raises:
        InputError: a weight or an input is beyond all floats.
    """
    try:
        columns = np.array([[float(value) for value in x] for x in inputs]).reshape(1, len(inputs), weights.cell.inputs)
        arrays = Arrays.of(weights, precision)
    except OverflowError:
        raise InputError.single("weights", "a weight or an input is too large for a float") from None
    c, h = run(arrays, columns)
    z = read_out(arrays, h)
    return FloatTrace(tuple(inputs), _rows(c), _rows(h), None if z is None else _rows(z))


def read_out(arrays: Arrays, h: Floats) -> Floats | None:
    """z of an output layer, [batch, time, outputs]; None where there is none."""
    if arrays.V is None or arrays.d is None:
        return None
    return (h @ arrays.V.T + arrays.d).astype(arrays.c.dtype)


def _rows(values: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in values[0])
