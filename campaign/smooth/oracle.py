"""The textbook's LSTM with sigmoid and tanh, in float64 and in balls, and a walk through an automaton."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

Matrix = list[list[str]]
Word = Sequence[int]
BITS = 256
MOST_BITS = 20_000


@dataclass(frozen=True)
class Machine:
    """A Moore automaton over 0 and 1 that starts in state 0."""

    moves: tuple[tuple[int, int], ...]
    said: tuple[int, ...]

    def answers(self, word: Word) -> list[int]:
        state, found = 0, []
        for symbol in word:
            state = self.moves[state][symbol]
            found.append(self.said[state])
        return found


@dataclass(frozen=True)
class Net:
    """Numbers as they are written: for each gate w, u, b; a layer with one output."""

    hidden: int
    gates: Mapping[str, tuple[Matrix, Matrix, list[str]]]
    layer: tuple[list[str], str]
    symbols: tuple[int, ...] = (0, 1)
    """What the input may be; words are places in it."""

    def floats(self) -> Numbers:
        return Numbers.of(self, lambda text: float(Fraction(text)), math.tanh, _sigmoid)

    def balls(self) -> Numbers:
        return Numbers.of(self, _ball, lambda x: x.tanh(), lambda x: 1 / (1 + (-x).exp()))


@dataclass(frozen=True)
class Numbers:
    """The same as numbers of some kind: for each gate the rows of u, and w x + b for each symbol."""

    rows: Mapping[str, list[list[Any]]]
    biases: Mapping[str, list[list[Any]]]
    v: list[Any]
    d: Any
    zero: Any
    tanh: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]

    @staticmethod
    def of(net: Net, read: Callable[[str], Any], tanh: Callable[[Any], Any], sigmoid: Callable[[Any], Any]) -> Numbers:
        rows, biases = {}, {}
        for gate, (w, u, b) in net.gates.items():
            rows[gate] = [[read(value) for value in row] for row in u]
            sums = [
                [str(Fraction(base) + symbol * Fraction(row[0])) for row, base in zip(w, b, strict=True)]
                for symbol in net.symbols
            ]
            biases[gate] = [[read(value) for value in row] for row in sums]
        v, d = net.layer
        return Numbers(rows, biases, [read(value) for value in v], read(d), read("0"), tanh, sigmoid)

    def origin(self) -> tuple[list[Any], list[Any]]:
        count = len(self.v)
        return [self.zero] * count, [self.zero] * count


def stepped(numbers: Numbers, point: tuple[list[Any], list[Any]], symbol: int) -> tuple[list[Any], list[Any]]:
    c, h = point
    values = {}
    for gate, rows in numbers.rows.items():
        squash = numbers.tanh if gate == "c" else numbers.sigmoid
        sums = [
            sum((u * one for u, one in zip(row, h, strict=True)), base)
            for row, base in zip(rows, numbers.biases[gate][symbol], strict=True)
        ]
        values[gate] = [squash(value) for value in sums]
    new = [f * old + i * g for f, old, i, g in zip(values["f"], c, values["i"], values["c"], strict=True)]
    return new, [o * numbers.tanh(value) for o, value in zip(values["o"], new, strict=True)]


def logits(numbers: Numbers, word: Word) -> list[Any]:
    """z after each step."""
    point, found = numbers.origin(), []
    for symbol in word:
        point = stepped(numbers, point, symbol)
        found.append(sum((v * one for v, one in zip(numbers.v, point[1], strict=True)), numbers.d))
    return found


def first_failure(net: Net, machine: Machine, word: Word) -> int | None:
    """The length of the first prefix that fails for certain; None if none does. 1 owes z > 0, 0 owes z < 0.

    Raises:
        ArithmeticError: even with very many bits the signs are not certain.
    """
    answers = [said == 1 for said in machine.answers(word)]
    return precisely(net, lambda numbers: zip(logits(numbers, word), answers, strict=True))


def precisely(net: Net, run: Callable[[Numbers], Iterable[tuple[Any, bool]]]) -> int | None:
    """The number of the first z of a run that has the wrong sign for certain, from 1 on; None if none has.

    Raises:
        ArithmeticError: even with very many bits the signs are not certain.
    """
    before, bits = ctx.prec, BITS
    try:
        while bits <= MOST_BITS:
            ctx.prec = bits
            for length, (z, said) in enumerate(run(net.balls()), 1):
                if (z <= 0 and said) or (z >= 0 and not said):
                    return length
                if not (z > 0 or z < 0):
                    break
            else:
                return None
            bits *= 2
    finally:
        ctx.prec = before
    raise ArithmeticError("the signs are not certain")


def fails_in_floats(net: Net, machine: Machine, longest: int) -> tuple[int, ...] | None:
    """A shortest word of up to so many steps that fails in float64, by whatever little."""
    numbers = net.floats()
    level: list[tuple[tuple[int, ...], tuple[list[float], list[float]], int]] = [((), numbers.origin(), 0)]
    for _ in range(longest):
        after = []
        for word, point, state in level:
            for symbol in (0, 1):
                moved, target = stepped(numbers, point, symbol), machine.moves[state][symbol]
                z = sum(v * one for v, one in zip(numbers.v, moved[1], strict=True)) + numbers.d
                if (z <= 0) if machine.said[target] else (z >= 0):
                    return (*word, symbol)
                after.append(((*word, symbol), moved, target))
        level = after
    return None


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _ball(text: str) -> arb:
    value = Fraction(text)
    return arb(fmpq(value.numerator, value.denominator))
