"""The worker's entry point: one query, one answer. Importing this module imports z3."""

from __future__ import annotations

from lstmsolve.encoder.designs.linear import solve_linear
from lstmsolve.encoder.designs.nonlinear import solve_nonlinear
from lstmsolve.encoder.designs.queries import Design, DesignAnswer, DesignQuery, Logic, MapClass, NoDesign, Undecided
from lstmsolve.encoder.designs.saturated import solve_saturated


def answer(query: DesignQuery) -> DesignAnswer:
    """A design of the first class that has one; none only if that is certain of every class."""
    undecided: Undecided | None = None
    for wanted in query.classes:
        found = _answer(query, wanted)
        if isinstance(found, Design):
            return found
        if isinstance(found, Undecided):
            undecided = undecided or found
    return undecided or NoDesign()


def _answer(query: DesignQuery, wanted: MapClass) -> DesignAnswer:
    match wanted.logic:
        case Logic.SATURATED | Logic.AUXILIARY:
            return solve_saturated(query, wanted.levels)
        case Logic.LINEAR:
            return solve_linear(query, wanted.levels)
        case Logic.NONLINEAR:
            return solve_nonlinear(query)
