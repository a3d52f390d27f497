"""Runs of a cell in balls: every number with an error that is certain (Johansson 2017, Arb)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from lstmsolve.kernel.lstm.cells import Gate, Weights, nonzero
from lstmsolve.kernel.proofs.readouts import Demand
from lstmsolve.model.traces import EnclosedTrace, Ends
from lstmsolve.model.watch import Watch
from lstmsolve.smooth.nets import BROKEN, UNEXPLORED, Table

if TYPE_CHECKING:
    from flint import arb

MAX_BITS: Final = 20_000
KEPT_BITS: Final = 60
"""Of the ends of intervals that are told."""


class _Numbers(NamedTuple):
    """A cell's numbers as balls: for each gate the rows (unit, factor), and w x + b for each symbol."""

    rows: dict[Gate, list[list[tuple[int, arb]]]]
    biases: list[dict[Gate, list[arb]]]


class _Step(NamedTuple):
    gates: dict[Gate, list[arb]]
    c: list[arb]
    h: list[arb]


def replay(table: Table, weights: Weights, word: Sequence[int]) -> EnclosedTrace | None:
    """The run on a word up to the first step that fails for certain; None if no step does.

    Every step before it is right for certain.
    """
    from flint import ctx

    bits = 128
    before = ctx.prec
    try:
        while bits <= MAX_BITS:
            ctx.prec = bits
            length = _first_failure(table, weights, word)
            if length is not None:
                return _trace(table, weights, word[:length]) if length else None
            bits *= 2
    finally:
        ctx.prec = before
    return None


def right_up_to(table: Table, weights: Weights, most: int, steps: int, watch: Watch) -> int:
    """The length up to which every run is right for certain, looking at no more than so many steps, as time allows."""
    from flint import ctx

    before = ctx.prec
    ctx.prec = 128
    try:
        numbers = _numbers(table, weights)
        level = [(0, [_ball(v) for v in weights.initial.c], [_ball(v) for v in weights.initial.h])]
        for length in range(most):
            steps -= len(level) * len(table.columns)
            if steps < 0:
                return length
            after: list[tuple[int, list[arb], list[arb]]] = []
            for state, c, h in level:
                if watch.remaining <= 0:
                    return length
                for symbol, target in enumerate(table.next[state]):
                    if target == BROKEN:
                        continue
                    stepped = _step(numbers, c, h, symbol)
                    if not all(_sign(demand, stepped.h) is True for demand in table.owed[state][symbol]):
                        return length
                    if target >= 0:
                        after.append((target, stepped.c, stepped.h))
            if any(UNEXPLORED in table.next[state] for state, _, _ in level):
                return length + 1
            level = after
        return most
    finally:
        ctx.prec = before


def _first_failure(table: Table, weights: Weights, word: Sequence[int]) -> int | None:
    """The length of the run that fails; 0 if none does; None if that is not certain at this precision."""
    numbers = _numbers(table, weights)
    c, h = [_ball(v) for v in weights.initial.c], [_ball(v) for v in weights.initial.h]
    state = 0
    for length, symbol in enumerate(word, 1):
        target = table.next[state][symbol]
        if target == BROKEN:
            return 0
        _, c, h = _step(numbers, c, h, symbol)
        signs = [_sign(demand, h) for demand in table.owed[state][symbol]]
        if False in signs:
            return length
        if None in signs:
            return None
        if target < 0:
            return 0
        state = target
    return 0


def _trace(table: Table, weights: Weights, word: Sequence[int]) -> EnclosedTrace:
    numbers = _numbers(table, weights)
    c, h = [_ball(v) for v in weights.initial.c], [_ball(v) for v in weights.initial.h]
    steps: list[_Step] = []
    for symbol in word:
        stepped = _step(numbers, c, h, symbol)
        steps.append(stepped)
        c, h = stepped.c, stepped.h

    def gate(which: Gate) -> tuple[tuple[Ends, ...], ...]:
        return tuple(tuple(map(_ends, step.gates[which])) for step in steps)

    z = None
    if weights.layer is not None:
        layer = [(dict(nonzero(row)), d) for row, d in zip(weights.layer.V, weights.layer.d, strict=True)]
        z = tuple(
            tuple(_ends(sum((_ball(v) * step.h[unit] for unit, v in row.items()), _ball(d))) for row, d in layer)
            for step in steps
        )
    return EnclosedTrace(
        tuple(table.columns[symbol] for symbol in word),
        tuple(tuple(map(_ends, step.c)) for step in steps),
        tuple(tuple(map(_ends, step.h)) for step in steps),
        gate(Gate.FORGET),
        gate(Gate.INPUT),
        gate(Gate.CANDIDATE),
        gate(Gate.OUTPUT),
        z,
    )


def _numbers(table: Table, weights: Weights) -> _Numbers:
    rows = {
        gate: [[(unit, _ball(v)) for unit, v in nonzero(row)] for row in part.u] for gate, part in weights.gates.items()
    }
    biases = [
        {
            gate: [
                _ball(b + sum((w * x[column] for column, w in nonzero(row)), Fraction(0)))
                for b, row in zip(part.b, part.w, strict=True)
            ]
            for gate, part in weights.gates.items()
        }
        for x in table.columns
    ]
    return _Numbers(rows, biases)


def _step(numbers: _Numbers, c: Sequence[arb], h: Sequence[arb], symbol: int) -> _Step:
    gates: dict[Gate, list[arb]] = {}
    for gate, rows in numbers.rows.items():
        sums = [
            sum((u * h[unit] for unit, u in row), b) for row, b in zip(rows, numbers.biases[symbol][gate], strict=True)
        ]
        gates[gate] = [value.tanh() if gate is Gate.CANDIDATE else 1 / (1 + (-value).exp()) for value in sums]
    f, i, g, o = (gates[gate] for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT))
    new = [a * b + d * e for a, b, d, e in zip(f, c, i, g, strict=True)]
    return _Step(gates, new, [a * b.tanh() for a, b in zip(o, new, strict=True)])


def _sign(demand: Demand, h: Sequence[arb]) -> bool | None:
    """Is the demand met? None where this precision does not say."""
    value = sum((_ball(v) * h[unit] for unit, v in nonzero(demand.factors)), _ball(demand.constant))
    if value > 0 or (value >= 0 and not demand.strict):
        return True
    if value < 0 or (value <= 0 and demand.strict):
        return False
    return None


def _ball(value: Fraction) -> arb:
    from flint import arb, fmpq

    return arb(fmpq(value.numerator, value.denominator))


def _ends(value: arb) -> Ends:
    """The ends of a ball, moved outward to few digits."""
    return _moved(_exact(value.lower()), False), _moved(_exact(value.upper()), True)


def _exact(value: arb) -> Fraction:
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _moved(value: Fraction, upward: bool) -> Fraction:
    if not value:
        return value
    # 2^size is about |value|, so the step is a small part of it.
    size = abs(value.numerator).bit_length() - value.denominator.bit_length()
    step = Fraction(2) ** (size - KEPT_BITS)
    count = value / step
    return step * (-(-count.numerator // count.denominator) if upward else count.numerator // count.denominator)
