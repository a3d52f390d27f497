"""Random pairs of a specification and weights over small alphabets, right ones and wrong ones.

Half of the specifications are random expressions, read by Python itself for the outside opinion:
the case language is a subset of Python's. The other half are machines that say what some random
weights do, taken from the textbook LSTM; their weights are right, or wrong in one place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any, TypeAlias

from tests.textbook import Textbook

State: TypeAlias = tuple[Any, ...]
ALPHABETS = ((0, 1), (0, 1, 2), (-1, 1))
VALUES = tuple(map(Fraction, ("1", "-1", "1", "-1", "2", "1/2", "-1/2", "-2")))
FEWEST_STATES, MOST_STATES = 3, 24


@dataclass(frozen=True)
class Pair:
    case: str
    """A case file."""
    weights: dict[str, Any]
    """A weights record."""
    alphabet: tuple[int, ...]
    start: State
    react: Callable[[State, int], tuple[State, Fraction]]
    """The reference: the state afterwards, and what h[0] must be."""

    def shortest_failure(self, longest: int) -> int | None:
        """The length of a shortest string on which the weights are wrong, by trying them all."""
        cell = Textbook.of(self.weights)
        level = {(self.start, tuple(cell.initial[0]), tuple(cell.initial[1]))}
        for length in range(1, longest + 1):
            following = set()  # strings that arrive at the same place have the same future
            for (state, c, h), x in product(level, self.alphabet):
                after, wanted = self.react(state, x)
                new_c, new_h = cell.step(c, h, [x])
                if new_h[0] != wanted:
                    return length
                following.add((after, tuple(new_c), tuple(new_h)))
            level = following
        return None


def random_pair(seed: int) -> Pair:
    random = Random(seed)
    alphabet = random.choice(ALPHABETS)
    cell = {
        "inputs": 1,
        "hidden": random.choice((1, 1, 2)),
        "gate": "crelu",
        "candidate": random.choice(("crelu", "crelu", "identity")),
        "output": random.choice(("identity", "identity", "crelu")),
    }
    if random.random() < 0.5:
        return _of_expressions(random, alphabet, cell)
    return _of_a_net(random, alphabet, cell)


def _of_expressions(random: Random, alphabet: tuple[int, ...], cell: dict[str, Any]) -> Pair:
    registers = ("r", "s")[: random.choice((1, 1, 2))]
    names = (*registers, "x")
    updates = {name: _number(random, names, 2) for name in registers}
    output = _number(random, names, 1)
    compiled = {name: compile(text, "next", "eval") for name, text in updates.items()}
    said = compile(output, "output", "eval")

    def react(state: State, x: int) -> tuple[State, Fraction]:
        before = {**dict(zip(registers, state, strict=True)), "x": x, "min": min, "max": max}
        after = {name: eval(code, {}, before) for name, code in compiled.items()}
        return tuple(after.values()), Fraction(eval(said, {}, {**before, **after}))

    body = "".join(f'{name} = "{text}"\n' for name, text in updates.items())
    text = f'[state]\n{"".join(f"{name} = 0{chr(10)}" for name in registers)}[next]\n{body}[output]\nh = "{output}"\n'
    weights = _record(cell, _random_weights(random, cell))
    return Pair(_case(alphabet, cell, text), weights, alphabet, (0,) * len(registers), react)


def _of_a_net(random: Random, alphabet: tuple[int, ...], cell: dict[str, Any]) -> Pair:
    while True:
        values = _random_weights(random, cell)
        machine = _behaviour(Textbook.of(_record(cell, values)), alphabet)
        if machine is not None and len(machine) >= FEWEST_STATES:
            break
    if random.random() < 0.5:
        place = random.choice(sorted(values))
        values = {**values, place: random.choice(VALUES)}
    numbers = {state: n for n, state in enumerate(machine)}
    rows = [[(numbers[state], said) for state, said in row] for row in machine.values()]

    def react(state: State, x: int) -> tuple[State, Fraction]:
        after, said = rows[state[0]][alphabet.index(x)]
        return (after,), said

    def table(choices: Sequence[Sequence[str]]) -> str:
        """Nested conditions on q and x: the machine as a person would write it."""
        lines = [f"({_choose('x', alphabet, row)})" for row in choices]
        return _choose("q", range(len(lines)), lines)

    following = table([[str(after) for after, _ in row] for row in rows])
    output = table([[_decimal(said) for _, said in row] for row in rows])
    state = '[state]\nq = 0\nsaid = { init = 0, type = "real" }\n'
    text = f'{state}[next]\nq = "{following}"\nsaid = "{output}"\n[output]\nh = "said"\n'
    return Pair(_case(alphabet, cell, text), _record(cell, values), alphabet, (0,), react)


def _behaviour(cell: Textbook, alphabet: tuple[int, ...]) -> dict[State, list[tuple[State, Fraction]]] | None:
    """The states of a net, the start first, and what it says on each input; None if there are too many or they grow."""
    start = (tuple(cell.initial[0]), tuple(cell.initial[1]))
    machine: dict[State, list[tuple[State, Fraction]]] = {}
    todo = deque([start])  # breadth first: numbers grow with every step
    while todo:
        state = todo.popleft()
        if state in machine:
            continue
        if len(machine) == MOST_STATES or any(v.numerator.bit_length() > 20 for v in (*state[0], *state[1])):
            return None
        row = []
        for x in alphabet:
            c, h = cell.step(*state, [x])
            row.append(((tuple(c), tuple(h)), h[0]))
        machine[state] = row
        todo.extend(after for after, _ in row)
    return machine


def _choose(name: str, values: Sequence[int], texts: Sequence[str]) -> str:
    *early, last = texts
    return "".join(f"{t} if {name} == {v} else " for v, t in zip(values, early, strict=False)) + last


def _decimal(value: Fraction) -> str:
    """An expression for the value; the denominators here are powers of two."""
    return str(Decimal(value.numerator) / Decimal(value.denominator))


def _number(random: Random, names: Sequence[str], depth: int) -> str:
    if depth == 0 or random.random() < 0.2:
        return random.choice((*names, *names, "0", "1", "2"))
    a, b = (_number(random, names, depth - 1) for _ in range(2))
    match random.randrange(7):
        case 0:
            return f"({a} + {b})"
        case 1:
            return f"({a} - {b})"
        case 2:
            return f"min({a}, {b})"
        case 3:
            return f"max({a}, {b})"
        case 4:
            return f"({a}) % {random.choice((2, 3))}"
        case _:
            left, right = random.choice(names), random.choice((*names, "0", "1"))
            return f"({a} if {left} {random.choice(('==', '!=', '<', '>='))} {right} else {b})"


def _places(cell: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    hidden = cell["hidden"]
    for gate in "fico":
        yield from ((f"w_{gate}", j, 0) for j in range(hidden))
        yield from ((f"u_{gate}", j, k) for j in range(hidden) for k in range(hidden))
        yield from ((f"b_{gate}", j, 0) for j in range(hidden))


Weights: TypeAlias = dict[tuple[str, int, int], Fraction]


def _random_weights(random: Random, cell: Mapping[str, Any]) -> Weights:
    return {place: random.choice(VALUES) if random.random() < 0.4 else Fraction(0) for place in _places(cell)}


def _record(cell: dict[str, Any], values: Weights) -> dict[str, Any]:
    units = range(cell["hidden"])
    weights: dict[str, Any] = {}
    for gate in "fico":
        weights[f"w_{gate}"] = [[str(values[f"w_{gate}", j, 0])] for j in units]
        weights[f"u_{gate}"] = [[str(values[f"u_{gate}", j, k]) for k in units] for j in units]
        weights[f"b_{gate}"] = [str(values[f"b_{gate}", j, 0]) for j in units]
    return {"format": "lstmsolve/weights/1", "cell": cell, "weights": weights}


def _case(alphabet: Sequence[int], cell: Mapping[str, Any], text: str) -> str:
    kinds = "".join(f'{key} = "{cell[key]}"\n' for key in ("gate", "candidate", "output"))
    head = f'format = "lstmsolve/case/1"\nname = "pair"\n[input]\nx = {list(alphabet)}\n'
    return f"{head}{text}[cell]\nhidden = {cell['hidden']}\n{kinds}"
