"""What is asked of z3 and what it answers, as plain data that travels between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.model.affine import Affine
from lstmsolve.model.cells import Cell, State, Weights
from lstmsolve.model.problems import Constraints
from lstmsolve.obligations.transitions import TransitionTable


class Logic(Enum):
    """Which class of designs is searched."""

    LINEAR = "linear"
    """Map coefficients from a finite set, one varying factor a product: linear arithmetic, complete in its class."""
    NONLINEAR = "nonlinear"
    """Any real map value in each (finite) mode: polynomial arithmetic."""


@dataclass(frozen=True)
class DesignQuery:
    """Are there weights, and a map, that keep every transition?"""

    table: TransitionTable
    cell: Cell
    initial: State
    constraints: Constraints
    logic: Logic
    levels: tuple[Fraction, ...] = (Fraction(0), Fraction(1))
    """Constants that c and h may be in a mode, besides the registers (LINEAR only)."""
    known: Weights | None = None
    """Ask for the map of these weights only."""
    seed: int = 0


@dataclass(frozen=True)
class Design:
    """Weights and the refinement map, by mode: c and h [H] as forms over the mode's variables."""

    weights: Weights
    c: Mapping[str, tuple[Affine, ...]]
    h: Mapping[str, tuple[Affine, ...]]


@dataclass(frozen=True, slots=True)
class NoDesign:
    """None exists in the class that was searched."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The solver gave up."""

    reason: str


DesignAnswer: TypeAlias = Design | NoDesign | Undecided
