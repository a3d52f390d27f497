"""The LSTM cell, its weights, and the one definition of its step.

    f[n] = σ_g(w_f x[n] + u_f h[n-1] + b_f)          i, o likewise
    c[n] = f[n]*c[n-1] + i[n]*σ_h(w_c x[n] + u_c h[n-1] + b_c)
    h[n] = o[n]*σ_o(c[n])

with D input columns, H hidden units and `*` elementwise (ECE 417 Homework 6, Problem 6.4).
`step` is generic over the arithmetic: fractions, floats, affine forms and z3 terms all run it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import Final, Generic, Literal, Protocol, TypeAlias, TypeVar, overload

from lstmsolve.kernel.base.affine import ONE, ZERO


class Activation(Enum):
    CRELU = "crelu"
    IDENTITY = "identity"
    SIGMOID = "sigmoid"
    TANH = "tanh"

    @property
    def piecewise_linear(self) -> bool:
        """Can exact arithmetic evaluate it?"""
        return self in (Activation.CRELU, Activation.IDENTITY)


class Gate(Enum):
    """The four affine maps of the cell; CANDIDATE is the one that σ_h squashes."""

    FORGET = "f"
    INPUT = "i"
    CANDIDATE = "c"
    OUTPUT = "o"


GATE_ACTIVATIONS: Final = (Activation.CRELU, Activation.SIGMOID)
CANDIDATE_ACTIVATIONS: Final = (Activation.CRELU, Activation.IDENTITY, Activation.TANH)
OUTPUT_ACTIVATIONS: Final = (Activation.IDENTITY, Activation.CRELU, Activation.TANH)


@dataclass(frozen=True, slots=True)
class Cell:
    """Shape and activations of a cell."""

    inputs: int
    """D"""
    hidden: int
    """H"""
    gate: Activation = Activation.CRELU
    candidate: Activation = Activation.CRELU
    output: Activation = Activation.IDENTITY
    outputs: int | None = None
    """Rows of the output layer; None where there is none, and h itself is read."""

    def activation(self, gate: Gate) -> Activation:
        return self.candidate if gate is Gate.CANDIDATE else self.gate

    @property
    def exact(self) -> bool:
        """Can exact arithmetic run it?"""
        return all(a.piecewise_linear for a in (self.gate, self.candidate, self.output))


Vector: TypeAlias = tuple[Fraction, ...]
Matrix: TypeAlias = tuple[Sequence[Fraction], ...]


MAX_HIDDEN: Final = 20_000
"""Units, or input columns, of a cell."""

MAX_OUTPUTS: Final = 1_000
"""Rows of an output layer."""

SPARSE_FROM: Final = 16
"""Rows of so many columns are written by their entries that are not zero, and kept so if these are few."""


T = TypeVar("T")
S = TypeVar("S")


class SparseRow(Sequence[T]):
    """A row by its entries that are not zero: a cell of thousands of units has little else."""

    __slots__ = ("_size", "entries", "zero")

    def __init__(self, entries: Mapping[int, T], size: int, zero: T) -> None:
        self.entries = {column: value for column, value in sorted(entries.items()) if value != zero}
        self._size = size
        self.zero = zero

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, column: int) -> T: ...
    @overload
    def __getitem__(self, column: slice) -> Sequence[T]: ...
    def __getitem__(self, column: int | slice) -> T | Sequence[T]:
        if isinstance(column, slice):
            return tuple(self)[column]
        return self.entries.get(range(self._size)[column], self.zero)

    def __iter__(self) -> Iterator[T]:
        return (self.entries.get(column, self.zero) for column in range(self._size))

    def __eq__(self, other: object) -> bool:
        """Equal to any row with the same entries."""
        if not isinstance(other, Sequence) or len(other) != self._size:
            return False
        if isinstance(other, SparseRow) and other.zero == self.zero:
            return self.entries == other.entries
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"SparseRow({self.entries}, {self._size}, {self.zero})"


def vector_of(entries: Mapping[int, T], size: int, zero: T) -> Sequence[T]:
    """A vector with these entries, the others zero."""
    if size >= SPARSE_FROM and 4 * len(entries) <= size:
        return SparseRow(entries, size, zero)
    return tuple(entries.get(column, zero) for column in range(size))


def row_of(entries: Mapping[int, Fraction], size: int) -> Sequence[Fraction]:
    """A row of numbers with these entries, the others zero."""
    return vector_of(entries, size, ZERO)


def each(row: Sequence[T], change: Callable[[T], S]) -> Sequence[S]:
    """The row with each entry changed, zeros too."""
    if not isinstance(row, SparseRow):
        return tuple(map(change, row))
    return SparseRow({column: change(value) for column, value in row.entries.items()}, len(row), change(row.zero))


def nonzero(row: Sequence[T]) -> Iterator[tuple[int, T]]:
    """The entries of a row that are not zero, with their columns; a form in a short row may be the zero form."""
    if isinstance(row, SparseRow):
        return iter(row.entries.items())
    # Most weights of a large cell are this very zero, and asking a fraction for its truth takes longer.
    return ((column, value) for column, value in enumerate(row) if value is not ZERO and value)


@dataclass(frozen=True, slots=True)
class GateWeights:
    """One gate's parameters: w [H, D], u [H, H], b [H]."""

    w: Matrix
    u: Matrix
    b: Vector


@dataclass(frozen=True, slots=True)
class Layer:
    """An output layer z = V h + d: V [outputs, H], d [outputs]."""

    V: Matrix
    d: Vector


@dataclass(frozen=True, slots=True)
class State:
    """c and h, each [H]."""

    c: Vector
    h: Vector

    @staticmethod
    def zero(hidden: int) -> State:
        return State((ZERO,) * hidden, (ZERO,) * hidden)


@dataclass(frozen=True, slots=True)
class Parameter:
    """The place of one weight: w_f[unit, column], u_f[unit, column], b_f[unit]; V[output, unit] or d[output]."""

    matrix: str
    """"w", "u", "b", "V" or "d"."""
    gate: Gate | None
    """None for the output layer."""
    unit: int
    """For the output layer: the output."""
    column: int | None = None

    @property
    def name(self) -> str:
        """As the case language writes it: `w_o[0,0]`, `b_i[0]`."""
        index = f"{self.unit}" if self.column is None else f"{self.unit},{self.column}"
        return f"{self.matrix}[{index}]" if self.gate is None else f"{self.matrix}_{self.gate.value}[{index}]"

    def short_name(self, cell: Cell) -> str:
        """Without the index where a gate has one weight of the kind."""
        match self.matrix:
            case "V" | "d":
                single = cell.outputs == 1 and (self.matrix == "d" or cell.hidden == 1)
            case "w":
                single = cell.hidden == cell.inputs == 1
            case _:
                single = cell.hidden == 1
        return self.name.partition("[")[0] if single else self.name


def parameters(cell: Cell) -> Iterator[Parameter]:
    """Every weight of the cell, gate by gate in the order f, i, c, o; within a gate w, u, b. Then V and d."""
    for gate in Gate:
        for unit in range(cell.hidden):
            for column in range(cell.inputs):
                yield Parameter("w", gate, unit, column)
            for column in range(cell.hidden):
                yield Parameter("u", gate, unit, column)
            yield Parameter("b", gate, unit)
    for output in range(cell.outputs or 0):
        for column in range(cell.hidden):
            yield Parameter("V", None, output, column)
        yield Parameter("d", None, output)


@dataclass(frozen=True, slots=True)
class Weights:
    """A cell with all its numbers, and the state it starts in."""

    cell: Cell
    gates: Mapping[Gate, GateWeights]
    initial: State
    layer: Layer | None = None
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What was filled in or repaired on reading them, for the user to know."""

    def __post_init__(self) -> None:
        outputs = None if self.layer is None else len(self.layer.d)
        if self.cell.outputs != outputs:
            object.__setattr__(self, "cell", replace(self.cell, outputs=outputs))

    def noted(self, *notes: str) -> Weights:
        """The same weights with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def __getitem__(self, place: Parameter) -> Fraction:
        if place.gate is None:
            assert self.layer is not None
            return self.layer.d[place.unit] if place.column is None else self.layer.V[place.unit][place.column]
        gate = self.gates[place.gate]
        if place.column is None:
            return gate.b[place.unit]
        return (gate.w if place.matrix == "w" else gate.u)[place.unit][place.column]

    def values(self) -> dict[Parameter, Fraction]:
        """Every weight, zeros too."""
        return {place: self[place] for place in parameters(self.cell)}

    def nonzero(self) -> dict[Parameter, Fraction]:
        """The weights that are not zero, in the order of `parameters`."""
        found: dict[Parameter, Fraction] = {}
        for gate in Gate:
            part = self.gates[gate]
            for unit, (w, u, b) in enumerate(zip(part.w, part.u, part.b, strict=True)):
                for matrix, row in (("w", w), ("u", u)):
                    found |= {Parameter(matrix, gate, unit, column): value for column, value in nonzero(row)}
                if b:
                    found[Parameter("b", gate, unit)] = b
        if self.layer is not None:
            for output, (row, d) in enumerate(zip(self.layer.V, self.layer.d, strict=True)):
                found |= {Parameter("V", None, output, column): value for column, value in nonzero(row)}
                if d:
                    found[Parameter("d", None, output)] = d
        return found

    def thresholds(self, matrix: Literal["w", "u"]) -> Iterator[Fraction]:
        """Values of one input (w) or output (u) at which a gate, fed by it alone, starts or stops to saturate."""
        for place, slope in self.nonzero().items():
            if place.matrix == matrix:
                bias = self[Parameter("b", place.gate, place.unit)]
                yield -bias / slope
                yield (1 - bias) / slope

    @staticmethod
    def of(cell: Cell, values: Mapping[Parameter, Fraction], initial: State | None = None) -> Weights:
        """The weights with these values; those left out are zero."""
        rows: dict[tuple[str, Gate | None, int], dict[int, Fraction]] = {}
        for place, value in values.items():
            rows.setdefault((place.matrix, place.gate, place.unit), {})[place.column or 0] = value
        widths = {"w": cell.inputs, "u": cell.hidden, "b": 1, "V": cell.hidden, "d": 1}
        zeros = {matrix: row_of({}, width) for matrix, width in widths.items()}

        def row(matrix: str, gate: Gate | None, unit: int) -> Sequence[Fraction]:
            found = rows.get((matrix, gate, unit))
            return zeros[matrix] if found is None else row_of(found, widths[matrix])

        units = range(cell.hidden)
        gates = {
            gate: GateWeights(
                w=tuple(row("w", gate, unit) for unit in units),
                u=tuple(row("u", gate, unit) for unit in units),
                b=tuple(row("b", gate, unit)[0] for unit in units),
            )
            for gate in Gate
        }
        layer = None
        if cell.outputs is not None:
            outputs = range(cell.outputs)
            layer = Layer(
                tuple(row("V", None, output) for output in outputs),
                tuple(row("d", None, output)[0] for output in outputs),
            )
        return Weights(cell, gates, initial or State.zero(cell.hidden), layer)


V = TypeVar("V")


class CellArithmetic(Protocol[V]):
    """What `step` needs of an arithmetic whose vectors over the units are of type V."""

    def gate(self, gate: Gate, x: V, h: V) -> V:
        """The gate's activation of `w x + u h + b`, [H]."""
        ...

    def output(self, c: V) -> V:
        """σ_o(c), [H]."""
        ...

    def multiply(self, a: V, b: V) -> V:
        """Elementwise."""
        ...

    def add(self, a: V, b: V) -> V:
        """Elementwise."""
        ...


@dataclass(frozen=True, slots=True)
class Stepped(Generic[V]):
    """c[n] and h[n]."""

    c: V
    h: V


def step(arithmetic: CellArithmetic[V], c: V, h: V, x: V) -> Stepped[V]:
    """One step of the cell: the new c and h from the old ones and the input columns x."""
    f = arithmetic.gate(Gate.FORGET, x, h)
    i = arithmetic.gate(Gate.INPUT, x, h)
    g = arithmetic.gate(Gate.CANDIDATE, x, h)
    o = arithmetic.gate(Gate.OUTPUT, x, h)
    new = arithmetic.add(arithmetic.multiply(f, c), arithmetic.multiply(i, g))
    return Stepped(new, arithmetic.multiply(o, arithmetic.output(new)))


def crelu(value: Fraction) -> Fraction:
    """max(0, min(1, value)). Integers are compared: a large cell asks this a million times."""
    if value.numerator <= 0:
        return ZERO
    return value if value.numerator < value.denominator else ONE
