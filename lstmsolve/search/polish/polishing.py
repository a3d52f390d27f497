"""What is asked of the polish (`milp`), as plain data that travels to its worker process."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lstmsolve.kernel.lstm.cells import Cell, State, Weights
from lstmsolve.kernel.spec.problems import Constraints
from lstmsolve.obligations.tables.transitions import TransitionTable
from lstmsolve.obligations.weights.requirements import Map

POLISH: Final = "lstmsolve.search.polish.milp:polish"
"""What a worker runs on a `PolishQuery`. Importing it imports highspy and numpy."""


class Objective(Enum):
    """Which of the weights that work."""

    SIMPLEST = "simplest"
    """Fewest nonzeros, then smallest, then plainest; integers where there are any."""
    DYADIC = "dyadic"
    """The same among multiples of 1/2, 1/4 and 1/8, which floats hold."""
    TOLERANT = "tolerant"
    """Widest margin: how far every weight may move at once, within a box of `TOLERANT_BOX`."""


TOLERANT_BOX: Final = 4
"""Weights of a tolerant design lie in [-4, 4], or within the case's own bounds: wider is always more tolerant."""


@dataclass(frozen=True)
class PolishQuery:
    """Find the best weights that keep this map."""

    table: TransitionTable
    cell: Cell
    initial: State
    map: Map
    found: Weights
    """Weights that keep it, to improve on."""
    constraints: Constraints
    objective: Objective
    rounds: int
    """For each unit (`highs.Rounds`); the best found by then is taken."""
