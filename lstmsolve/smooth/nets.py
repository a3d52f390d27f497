"""A cell and a finite spec as arrays, for searches in floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.lstm.cells import Gate, Vector, Weights
from lstmsolve.kernel.proofs.conditions import Condition, conditions
from lstmsolve.kernel.proofs.readouts import Demand, demands
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.kernel.spec.specs import Output, Spec
from lstmsolve.smooth.lines import Floats

Integers: TypeAlias = NDArray[np.int64]

MAX_STATES: Final = 10_000
MAX_REAL_STATES: Final = 500
"""Where a register is real: what takes more values takes endlessly many as a rule."""
MAX_SYMBOLS: Final = 1_000

BROKEN: Final = -1
"""In place of a state: the promise of [assume] is broken, and nothing is owed from then on."""
UNEXPLORED: Final = -2
"""In place of a state: there are more states than are listed."""

ORDER: Final = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)


@dataclass(frozen=True)
class Table:
    """The states that a spec reaches, and what every step from them owes."""

    states: tuple[Mapping[str, Value], ...]
    columns: tuple[Vector, ...]
    """The input columns of each symbol; a symbol is one combination of inputs."""
    next: tuple[tuple[int, ...], ...]
    """State, symbol -> state, BROKEN or UNEXPLORED."""
    outputs: tuple[tuple[tuple[Output, ...], ...], ...]
    owed: tuple[tuple[tuple[Demand, ...], ...], ...]
    """State, symbol -> what h must satisfy after the step."""

    @property
    def closed(self) -> bool:
        return all(state != UNEXPLORED for row in self.next for state in row)


@dataclass(frozen=True)
class Known:
    """Where c is in spite of what boxes say, on the step from a state on a symbol; far out where nothing is known."""

    before_low: Floats
    """[Q, A, H]."""
    before_high: Floats
    after_low: Floats
    after_high: Floats
    followed: NDArray[np.bool_]
    """Is anything known of c in a state, [Q, H]?"""


@dataclass(frozen=True)
class Net:
    """A sigmoid and tanh cell with the table of a finite spec of Q states over A symbols."""

    u: Floats
    """[4H, H], gates in the order f, i, g, o."""
    bias: Floats
    """w x + b for each symbol, [A, 4H]."""
    c: Floats
    """c[-1], [H]."""
    h: Floats
    """h[-1], [H]."""
    next: Integers
    """State after each symbol, [Q, A]; negative where nothing is owed from then on."""
    owed: Integers
    """Which group of demands a step must meet, [Q, A]."""
    rows: Floats
    """Demands `rows h + constants > 0`, [G, K, H]; filled up with ones that always hold."""
    constants: Floats
    """[G, K]."""
    known: Known | None = None

    @property
    def hidden(self) -> int:
        return len(self.c)

    @property
    def symbols(self) -> int:
        return len(self.bias)


def table_of(spec: Spec, weights: Weights, most: int = MAX_STATES) -> Table:
    """The states that the spec reaches, breadth first, up to so many.

    Raises:
        InputError: an input is not listed value by value, or a real register takes too many values.
        OutsideFragment: what is owed is no threshold.
    """
    given = combinations(spec)
    real = [register.name for register in spec.registers if register.kind == NumericKind(False)]
    columns = tuple(tuple(value.constant for value in spec.encode(inputs)) for inputs in given)
    states: list[Mapping[str, Value]] = [spec.initial]
    numbers = {_key(spec.initial): 0}
    moves, outputs, owed = [], [], []
    known: dict[tuple[tuple[Output, ...], tuple[Condition, ...]], tuple[Demand, ...]] = {}
    for registers in states:
        if real and len(states) > MAX_REAL_STATES:
            message = (
                f"the spec has more than {MAX_REAL_STATES} states, and sigmoid and tanh cells are judged against "
                "finitely many: let the register take few values, such as levels of an integer"
            )
            raise InputError.single(f"state.{real[0]}", message)
        row: list[int] = []
        said: list[tuple[Output, ...]] = []
        due: list[tuple[Demand, ...]] = []
        for inputs in given:
            if not spec.assumed(registers, inputs):
                row.append(BROKEN)
                said.append(())
                due.append(())
                continue
            after = spec.step(registers, inputs)
            said.append(after.outputs)
            asked = after.outputs, conditions(spec, after.registers, inputs)
            if asked not in known:
                known[asked] = tuple(demands(spec, weights, *asked))
            due.append(known[asked])
            key = _key(after.registers)
            if key not in numbers and len(states) < most:
                numbers[key] = len(states)
                states.append(after.registers)
            row.append(numbers.get(key, UNEXPLORED))
        moves.append(tuple(row))
        outputs.append(tuple(said))
        owed.append(tuple(due))
    return Table(tuple(states), columns, tuple(moves), tuple(outputs), tuple(owed))


def net_of(table: Table, weights: Weights) -> Net:
    """The same in floats.

    Raises:
        InputError: a number is too large for a float.
    """
    try:
        for values in (*table.columns, *(row for gate in weights.gates.values() for row in (*gate.w, gate.b))):
            tuple(map(float, values))  # of these a net has the sums alone, others read them as they are
        return _net_of(table, weights)
    except OverflowError:
        message = "a number is too large for a float, in which sigmoid and tanh cells are judged"
        raise InputError.single("weights", message) from None


def _net_of(table: Table, weights: Weights) -> Net:
    hidden = weights.cell.hidden
    gates = [weights.gates[gate] for gate in ORDER]
    u = np.array([[float(v) for v in row] for gate in gates for row in gate.u]).reshape(4 * hidden, hidden)
    bias = [
        [
            float(b + sum((w * v for w, v in zip(row, x, strict=True)), Fraction(0)))
            for gate in gates
            for b, row in zip(gate.b, gate.w, strict=True)
        ]
        for x in table.columns
    ]
    groups: dict[tuple[Demand, ...], int] = {}
    owed = [[groups.setdefault(due, len(groups)) for due in row] for row in table.owed]
    most = max(1, *map(len, groups))
    rows, constants = np.zeros((len(groups), most, hidden)), np.ones((len(groups), most))
    for due, number in groups.items():
        for place, demand in enumerate(due):
            rows[number, place] = [float(v) for v in demand.factors]
            constants[number, place] = float(demand.constant)
    start = weights.initial
    return Net(
        u,
        np.array(bias),
        np.array([float(v) for v in start.c]),
        np.array([float(v) for v in start.h]),
        np.array(table.next, dtype=np.int64),
        np.array(owed, dtype=np.int64),
        rows,
        constants,
    )


def combinations(spec: Spec) -> list[dict[str, Value]]:
    """Every combination of inputs.

    Raises:
        InputError: an input is not listed value by value.
    """
    listed: list[Sequence[Value]] = []
    for entry in spec.inputs:
        values = enumerated(entry.domain)
        if values is None:
            message = (
                "sigmoid and tanh cells are judged on inputs that are listed value by value: write a list of numbers, "
                'an integer range of at most 16, or { symbols = ["a", "b"] }'
            )
            raise InputError.single(f"input.{entry.name}", message)
        listed.append([value if isinstance(value, str) else Affine((), value) for value in values])
    if prod(map(len, listed)) > MAX_SYMBOLS:
        raise InputError.single("input", f"more than {MAX_SYMBOLS} combinations of input values")
    names = [entry.name for entry in spec.inputs]
    return [dict(zip(names, values, strict=True)) for values in product(*listed)]


def _key(registers: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(registers.items()))
