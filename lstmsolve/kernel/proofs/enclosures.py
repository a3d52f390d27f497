"""The proof object for sigmoid and tanh cells: boxes of states that every step keeps.

A state of such a cell is (c, o), where o is the last output gate and h = o tanh(c). A *box* belongs
to a state of the reference machine and bounds each c and each o. The proof says that every step
from a box, for every input, meets what is owed and ends in a box of the right state. How the
checker is to follow a step is a *way*:

    Cut      the box is halved at a number, and each half goes its own way
    Follow   the set is followed as it is, not boxed, through one more step for each input
    an int   the set lies in the box with that number
    None     the step breaks the promise of [assume], so nothing is owed

Numbers of boxes are integers times 2^-scale; a side of c may be None, which is infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem

Side: TypeAlias = tuple[int | None, int | None]


Registers: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Cut:
    """Coordinates 0 … H - 1 are those of c, H … 2H - 1 those of o."""

    coordinate: int
    at: int
    below: Way
    above: Way


@dataclass(frozen=True, slots=True)
class Follow:
    ways: tuple[Way, ...]
    """One for each combination of inputs, in order."""


Way: TypeAlias = Cut | Follow | int | None


@dataclass(frozen=True, slots=True)
class Box:
    state: int
    c: tuple[Side, ...]
    o: tuple[tuple[int, int], ...]
    ways: tuple[Way, ...]
    """What is done with the step on each combination of inputs, in order."""


@dataclass(frozen=True, slots=True)
class EnclosureCertificate:
    problem: Problem
    weights: Weights
    states: tuple[Registers, ...]
    """The registers in each state of the reference machine; the first ones are the initial ones."""
    scale: int
    start: tuple[Way, ...]
    """The same for the steps from c[-1], h[-1]."""
    boxes: tuple[Box, ...]
    error: Fraction = ZERO
    """Every c and every h of every step may be off by so much."""

    @property
    def length(self) -> None:
        """The steps of a run that it speaks of: any number."""
        return None
