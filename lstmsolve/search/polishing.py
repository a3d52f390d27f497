"""What is asked of the polish (`milp`), as plain data that travels to its worker process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lstmsolve.model.cells import Cell, State, Weights
from lstmsolve.model.problems import Constraints
from lstmsolve.obligations.requirements import Map
from lstmsolve.obligations.transitions import TransitionTable

POLISH: Final = "lstmsolve.search.milp:polish"
"""What a worker runs on a `PolishQuery`. Importing it imports scipy."""


@dataclass(frozen=True)
class PolishQuery:
    """Find the simplest weights that keep this map."""

    table: TransitionTable
    cell: Cell
    initial: State
    map: Map
    found: Weights
    """Weights that keep it, to improve on."""
    constraints: Constraints
    seconds: float
    """For each program; the best found by then is taken."""
