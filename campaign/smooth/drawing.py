"""Nets with short decimals, and automata: random ones, and ones that are read off the net itself."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from campaign.smooth.oracle import Machine, Net, Numbers, stepped

MOST_STATES = 8


@dataclass(frozen=True)
class Pair:
    """A net and what is wanted of it."""

    net: Net
    machine: Machine


def draw(random: Random) -> Pair:
    """Half of the automata are random, half are what the net seems to be."""
    net = draw_net(random)
    machine = read_off(net) if random.random() < 0.5 else None
    return Pair(net, machine or draw_machine(random))


def draw_net(random: Random) -> Net:
    hidden = random.choice([1, 1, 2, 2, 3])
    size = random.choice([0.5, 2.0, 6.0, 15.0])
    sparse = random.choice([0.0, 0.0, 0.4])

    def number(spread: float) -> str:
        return "0" if random.random() < sparse else f"{random.gauss(0, spread):.2f}"

    def matrix(columns: int) -> list[list[str]]:
        return [[number(size) for _ in range(columns)] for _ in range(hidden)]

    gates = {gate: (matrix(1), matrix(hidden), [number(size) for _ in range(hidden)]) for gate in "fico"}
    layer = ([number(2.0) for _ in range(hidden)], number(0.5))
    return Net(hidden, gates, layer)


def draw_machine(random: Random) -> Machine:
    states = random.choice([1, 2, 2, 3, 4])
    moves = tuple((random.randrange(states), random.randrange(states)) for _ in range(states))
    return Machine(moves, tuple(random.randint(0, 1) for _ in range(states)))


def read_off(net: Net) -> Machine | None:
    """States are what c and h are to one decimal, and a sign; None where they are too many or owe nothing clear."""
    numbers = net.floats()
    start = numbers.origin()
    places: dict[tuple[float, ...], int] = {_rounded(start): 0}
    points, moves, said = [start], [], [0]
    for point in points:
        row = []
        for symbol in (0, 1):
            after = stepped(numbers, point, symbol)
            key = _rounded(after)
            if key not in places:
                if len(points) == MOST_STATES:
                    return None
                places[key] = len(points)
                points.append(after)
                said.append(int(_logit(numbers, after) > 0))
            row.append(places[key])
        moves.append((row[0], row[1]))
    return Machine(tuple(moves), tuple(said))


def _rounded(point: tuple[list[float], list[float]]) -> tuple[float, ...]:
    c, h = point
    return tuple(round(value, 1) + 0.0 for value in (*(max(-5.0, min(5.0, value)) for value in c), *h))


def _logit(numbers: Numbers, point: tuple[list[float], list[float]]) -> float:
    found: float = sum(v * h for v, h in zip(numbers.v, point[1], strict=True)) + numbers.d
    return found
