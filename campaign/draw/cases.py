"""Cells, weights files and whole cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Final, TypeAlias

from campaign.oracle.specs import Spec, number
from campaign.oracle.textbook import Record

Place: TypeAlias = tuple[str, int, int]
"""A matrix such as `w_f`, a unit, a column (0 for `b_f`)."""

Values: TypeAlias = dict[Place, Fraction]

VALUES: Final = tuple(map(Fraction, ("1", "-1", "1", "-1", "2", "-2", "1/2", "-1/2", "3", "1/3", "-3/4")))
LEVELS: Final = tuple(map(Fraction, ("0", "1", "1", "1", "1/2", "3/4", "1/3")))


@dataclass(frozen=True)
class Cell:
    width: int
    """D."""
    hidden: int
    candidate: str
    output: str
    c: tuple[Fraction, ...]
    h: tuple[Fraction, ...]
    """c[-1] and h[-1], [H]."""
    outputs: int = 0
    """Of the layer z = V h + d; 0 without one."""

    def places(self) -> Iterator[Place]:
        for gate in "fico":
            for j in range(self.hidden):
                yield from ((f"w_{gate}", j, k) for k in range(self.width))
                yield from ((f"u_{gate}", j, k) for k in range(self.hidden))
                yield f"b_{gate}", j, 0
        for k in range(self.outputs):
            yield from (("V", k, j) for j in range(self.hidden))
            yield "d", k, 0

    def record(self, values: Values) -> Record:
        """The weights file."""
        weights: Record = {}
        units = range(self.hidden)
        for gate in "fico":
            weights[f"w_{gate}"] = [[str(values[f"w_{gate}", j, k]) for k in range(self.width)] for j in units]
            weights[f"u_{gate}"] = [[str(values[f"u_{gate}", j, k]) for k in units] for j in units]
            weights[f"b_{gate}"] = [str(values[f"b_{gate}", j, 0]) for j in units]
        cell = {"inputs": self.width, "hidden": self.hidden, "gate": "crelu"}
        cell |= {"candidate": self.candidate, "output": self.output}
        initial = {"c": [str(v) for v in self.c], "h": [str(v) for v in self.h]}
        found = {"format": "lstmsolve/weights/1", "cell": cell, "weights": weights, "initial": initial}
        if self.outputs:
            rows = [[str(values["V", k, j]) for j in units] for k in range(self.outputs)]
            found["readout"] = {"V": rows, "d": [str(values["d", k, 0]) for k in range(self.outputs)]}
        return found

    def text(self, hidden: int | str) -> str:
        """The section `[cell]`."""
        lines = ["[cell]", f"hidden = {json.dumps(hidden)}", f'candidate = "{self.candidate}"']
        lines.append(f'output = "{self.output}"')
        if any((*self.c, *self.h)):
            initial = ", ".join(f"{n} = [{', '.join(map(number, row))}]" for n, row in (("c", self.c), ("h", self.h)))
            lines.append(f"initial = {{ {initial} }}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Demands:
    """The section `[weights]`: what a solution must also satisfy."""

    fixed: Mapping[str, Fraction] = field(default_factory=dict)
    bounds: tuple[Fraction, Fraction] | None = None
    integer: bool = False
    where: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        lines = [f"{json.dumps(name)} = {number(value)}" for name, value in self.fixed.items()]
        if self.bounds is not None:
            lines.append(f'bounds = "{self.bounds[0]}..{self.bounds[1]}"')
        lines += ["integer = true"] if self.integer else []
        lines += [f"where = {json.dumps(self.where)}"] if self.where else []
        return "\n".join(["[weights]", *lines]) if lines else ""


@dataclass(frozen=True)
class Pair:
    """A case, and weights for it."""

    spec: Spec
    cell: Cell
    values: Values
    right: bool
    """Are the weights right at every length, by the way they were made?"""
    made: str
    """How the pair was made, in a word."""
    demands: Demands = Demands()
    hidden: int | str | None = None
    """What the case says of the size; the cell's where None."""

    @property
    def case(self) -> str:
        """The case file."""
        head = 'format = "lstmsolve/case/1"\nname = "trial"'
        size = self.cell.hidden if self.hidden is None else self.hidden
        return "\n".join([head, self.spec.text, self.cell.text(size), self.demands.text, ""])

    @property
    def weights(self) -> Record:
        return self.cell.record(self.values)

    def mutated(self, random: Random) -> Pair:
        """The same with one weight changed, to another or by little."""
        place = random.choice(sorted(self.values))
        old = self.values[place]
        nudge = old + random.choice((-1, 1)) * random.choice((Fraction(1, 4), Fraction(1), Fraction(1, 100)))
        changed = {**self.values, place: random.choice((Fraction(0), random.choice(VALUES), nudge, -old))}
        return replace(self, values=changed, right=self.right and changed == self.values, made=f"mutated {self.made}")


def draw_cell(random: Random, width: int, hidden: int | None = None) -> Cell:
    hidden = hidden or random.choice((1, 1, 1, 2, 2, 3))
    candidate = random.choice(("crelu", "crelu", "identity"))
    output = random.choice(("identity", "identity", "crelu"))
    zeros = (Fraction(0),) * hidden
    if random.random() < 0.7:
        return Cell(width, hidden, candidate, output, zeros, zeros)
    starts = tuple(map(Fraction, ("0", "0", "1", "2", "-1", "1/2")))
    c, h = (tuple(random.choice(starts) for _ in zeros) for _ in "ch")
    return Cell(width, hidden, candidate, output, c, h)


def draw_values(random: Random, cell: Cell, density: float = 0.4) -> Values:
    return {place: random.choice(VALUES) if random.random() < density else Fraction(0) for place in cell.places()}


def draw_demands(random: Random, pair: Pair) -> Demands:
    """Conditions that the pair's weights satisfy."""
    most = max(map(abs, pair.values.values()))
    roof = Fraction(int(most) + random.choice((1, 2)))
    integer = all(v.denominator == 1 for v in pair.values.values()) and random.random() < 0.5
    fixed: dict[str, Fraction] = {}
    where: list[str] = []
    for place in random.sample(sorted(pair.values), k=min(2, len(pair.values))):
        if random.random() < 0.5:
            fixed[name_of(place)] = pair.values[place]
        elif random.random() < 0.5:
            where.append(f"{name_of(place)} >= {pair.values[place]} or {name_of(place)} < -9")
    bounds = (-roof, roof) if random.random() < 0.4 else None
    return Demands(fixed, bounds, integer, tuple(where))


def name_of(place: Place) -> str:
    matrix, unit, column = place
    return f"{matrix}[{unit}]" if matrix[0] in "bd" else f"{matrix}[{unit},{column}]"
