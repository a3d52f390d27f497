"""Designs whose map values are any reals: for specs whose modes are all single states.

Every mode has unknown numbers c[j] and (where the spec leaves it free) h[j], and `cells.step` is
run on them once a transition, with z3 terms for arithmetic. Products of unknowns make this
polynomial; z3's `SimpleSolver` handles it well at small sizes.
"""

from __future__ import annotations

import z3

from lstmsolve.encoder.arithmetic import Terms, Z3Arithmetic
from lstmsolve.encoder.demands import met
from lstmsolve.encoder.designs.properties import conditions
from lstmsolve.encoder.designs.queries import Design, DesignAnswer, DesignQuery, NoDesign, Undecided
from lstmsolve.encoder.strings.unknowns import UnknownWeights
from lstmsolve.encoder.terms import Term, equal, value_of
from lstmsolve.kernel.base.affine import ONE, Affine
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import step
from lstmsolve.kernel.spec.specs import Relation
from lstmsolve.obligations.tables.transitions import START


def solve_nonlinear(query: DesignQuery) -> DesignAnswer:
    """A design with one c and h for each (finite) mode, or that there is none."""
    solver = z3.SimpleSolver()
    solver.set("random_seed", query.seed)
    if query.effort is not None:
        solver.set("rlimit", query.effort)
    weights = UnknownWeights(query)
    solver.add(weights.conditions())
    arithmetic = Z3Arithmetic(weights.terms, query.cell)
    c, h = _map_unknowns(query, weights, arithmetic, solver)
    for transition in query.table.transitions:
        x = tuple(form.constant for form in transition.x)
        after = step(arithmetic, c[transition.source], h[transition.source], x)
        for got, want in ((after.c, c[transition.target]), (after.h, h[transition.target])):
            solver.add([equal(a, b) for a, b in zip(got, want, strict=True)])
    solver.add(arithmetic.conditions)
    answer = solver.check()
    if answer == z3.unsat:
        return NoDesign()
    if answer == z3.unknown:
        return Undecided(f"z3 gave up: {solver.reason_unknown()}")
    model = solver.model()
    try:
        return Design(
            weights.decode(model),
            {mode: tuple(Affine((), value_of(model, term)) for term in terms) for mode, terms in c.items()},
            {mode: tuple(Affine((), value_of(model, term)) for term in terms) for mode, terms in h.items()},
            query.table,
        )
    except LimitReached as error:
        return Undecided(str(error))


def _map_unknowns(
    query: DesignQuery, weights: UnknownWeights, arithmetic: Z3Arithmetic, solver: z3.Solver
) -> tuple[dict[str, Terms], dict[str, Terms]]:
    c: dict[str, Terms] = {}
    h: dict[str, Terms] = {}
    units = range(query.cell.hidden)
    for number, mode in enumerate(query.table.modes.values()):
        if mode.name == START:
            c[START], h[START] = weights.c, weights.h
            continue
        c[mode.name] = tuple(z3.Real(f"c[{unit}] in {number}") for unit in units)
        values: list[Term] = []
        for unit in units:
            wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
            if wanted is not None and wanted.relation is Relation.EQUAL:
                values.append(wanted.bound.constant)
                continue
            values.append(z3.Real(f"h[{unit}] in {number}"))
        h[mode.name] = tuple(values)
        z = arithmetic.read_out(h[mode.name])
        solver.add([met(demand, z) for demand in mode.owed])
    one = Affine((), ONE)
    solver.add(
        list(
            conditions(
                query,
                lambda unit, mode: [(one, c[mode.name][unit])],
                lambda unit, mode: [(one, h[mode.name][unit])],
                lambda output, mode: [(one, arithmetic.read_out(h[mode.name])[output])],
            )
        )
    )
    return c, h
