"""Asking z3 for a design, once a class of maps has become constraints."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import z3

from lstmsolve.encoder.designs.queries import Design, DesignAnswer, DesignQuery, NoDesign, Undecided


def decided(
    query: DesignQuery,
    constraints: Sequence[z3.BoolRef],
    decode: Callable[[z3.ModelRef], Design],
    effort: int | None = None,
) -> DesignAnswer:
    """A design that satisfies linear constraints, or that there is none; undecided after so much effort.

    Where none is given, the query's own limit holds.
    """
    effort = query.effort if effort is None else effort
    solver = z3.Solver() if query.constraints.integer or query.grid else z3.SolverFor("QF_LRA")
    solver.set("random_seed", query.seed)
    if effort is not None:
        solver.set("rlimit", effort)
    solver.add(constraints)
    answer = solver.check()
    if answer == z3.sat:
        return decode(solver.model())
    return NoDesign() if answer == z3.unsat else Undecided(f"z3 gave up: {solver.reason_unknown()}")
