"""Finite sets of strings as obligations: what any weights at all must do on them.

A set of strings is a tree of prefixes. At each prefix the spec says what h must be, whatever the
weights; c is the weights' own business. If no weights do right on some finite set, none do at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Final, TypeAlias

from lstmsolve.model.affine import Affine
from lstmsolve.model.cells import Weights
from lstmsolve.model.domains import enumerated
from lstmsolve.model.evaluation import Value
from lstmsolve.model.expressions import Constant
from lstmsolve.model.problems import Problem
from lstmsolve.model.specs import Relation, Spec
from lstmsolve.obligations.partitions import sample_inputs
from lstmsolve.obligations.systems import lifted

FEW_INPUTS: Final = 3
"""Inputs to build strings of where they are not enumerated."""

Given: TypeAlias = Mapping[str, Constant]
"""One step's inputs by name."""
String: TypeAlias = tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a unit's h must be after a prefix."""

    relation: Relation
    value: Fraction


@dataclass(frozen=True, slots=True)
class Prefix:
    """A string read so far: its parent's number, the last input columns, and what is owed now."""

    parent: int | None
    x: tuple[Fraction, ...]
    demands: tuple[Demand | None, ...]
    """For units 0, 1, …; None and units beyond are free."""


@dataclass(frozen=True)
class PrefixTree:
    """All prefixes of some strings, parents first; the empty one is number 0."""

    prefixes: tuple[Prefix, ...]
    ends: tuple[int, ...]
    """For each string, its last prefix."""

    def path(self, end: int) -> Iterator[int]:
        """The prefixes of a string, the empty one left out."""
        number: int | None = end
        while number is not None and number > 0:
            yield number
            number = self.prefixes[number].parent


@dataclass(frozen=True)
class ImpossibilityQuery:
    """Is there any design at all? `problem` has one hidden size."""

    problem: Problem
    seed: int = 0


@dataclass(frozen=True)
class NobodyCan:
    """No weights of this size do right on these strings."""

    strings: tuple[String, ...]


@dataclass(frozen=True)
class Survivor:
    """Weights that did right on everything that was tried."""

    weights: Weights


@dataclass(frozen=True, slots=True)
class Unresolved:
    reason: str


ImpossibilityAnswer: TypeAlias = NobodyCan | Survivor | Unresolved


def prefix_tree(spec: Spec, strings: Iterable[String]) -> PrefixTree:
    """The tree of these strings. A string ends where it breaks the promise of [assume]."""
    prefixes: list[Prefix] = [Prefix(None, (), ())]
    registers: list[Mapping[str, Value]] = [spec.initial]
    children: dict[tuple[int, tuple[Fraction, ...]], int] = {}
    ends: list[int] = []
    for string in strings:
        number = 0
        for given in string:
            values = {name: lifted(value) for name, value in given.items()}
            if not spec.assumed(registers[number], values):
                break
            x = encoded(spec, given)
            if (number, x) not in children:
                after = spec.step(registers[number], values)
                demands = tuple(
                    _demand(spec, output) if isinstance(output, Affine) else None for output in after.outputs
                )
                children[number, x] = len(prefixes)
                prefixes.append(Prefix(number, x, demands))
                registers.append(after.registers)
            number = children[number, x]
        ends.append(number)
    return PrefixTree(tuple(prefixes), tuple(ends))


def _demand(spec: Spec, expected: Affine) -> Demand:
    relation, bound = spec.owed(expected)
    return Demand(relation, bound.constant)


def encoded(spec: Spec, given: Given) -> tuple[Fraction, ...]:
    """One step's inputs as columns, [D]."""
    columns = spec.encode({name: lifted(value) for name, value in given.items()})
    return tuple(column.constant for column in columns)


def all_strings(spec: Spec, length: int, most: int) -> list[String] | None:
    """All strings of a length over a few telling inputs; None if there are more than `most`."""
    inputs = sample_inputs(spec)
    if any(enumerated(entry.domain) is None for entry in spec.inputs):
        inputs = inputs[:FEW_INPUTS]
    return list(product(inputs, repeat=length)) if len(inputs) ** length <= most else None
