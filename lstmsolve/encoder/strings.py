"""Weights for finite sets of strings: the query behind impossibility.

The cell is run along the tree of prefixes with unknown weights. h is replaced by what the spec
fixes, so for a single unit every gate's argument is linear in the weights and only c is not.
"""

from __future__ import annotations

import z3

from lstmsolve.encoder.arithmetic import Terms, Z3Arithmetic
from lstmsolve.encoder.queries import Candidate, NoWeights, StringsAnswer, StringsQuery, Undecided
from lstmsolve.encoder.terms import Term, approximately, equal, real
from lstmsolve.encoder.unknowns import UnknownWeights
from lstmsolve.model.cells import Weights, step
from lstmsolve.model.specs import Relation
from lstmsolve.obligations.strings import Demand, Prefix, prefix_tree


def solve_strings(query: StringsQuery, milliseconds: int = 0) -> StringsAnswer:
    """Weights that do right on all strings, or the strings that rule all weights out."""
    solver = z3.SimpleSolver()
    solver.set("random_seed", query.seed)
    if milliseconds:
        solver.set("timeout", milliseconds)
    encoding = _Encoding(query)
    solver.add(encoding.conditions)
    answer = solver.check(encoding.strings)
    if answer == z3.unsat:
        core = {str(literal) for literal in solver.unsat_core()}
        return NoWeights(tuple(n for n, literal in enumerate(encoding.strings) if str(literal) in core))
    if answer == z3.unknown:
        return Undecided(f"z3 gave up: {solver.reason_unknown()}")
    model = solver.model()
    values = {place: approximately(model, term) for place, term in encoding.weights.terms.items()}
    return Candidate(Weights.of(query.cell, values, query.initial))


def strings_smtlib(query: StringsQuery) -> str:
    """The query as SMT-LIB 2, all strings required: unsat means that no weights do."""
    encoding = _Encoding(query)
    solver = z3.Solver()  # never checked: after a check it may print what a tactic made of the formula
    solver.add(encoding.conditions)
    solver.add(encoding.strings)
    text: str = solver.to_smt2()
    return f"(set-logic QF_NRA)\n{text}"


class _Encoding:
    def __init__(self, query: StringsQuery) -> None:
        tree = prefix_tree(query.spec, query.strings)
        self.weights = UnknownWeights(query)
        arithmetic = Z3Arithmetic(self.weights.terms, query.cell)
        self.conditions: list[z3.BoolRef] = self.weights.conditions()
        self.strings = [z3.Bool(f"string {number}") for number in range(len(tree.ends))]
        reached = {number: z3.Bool(f"prefix {number}") for number in range(1, len(tree.prefixes))}
        for literal, end in zip(self.strings, tree.ends, strict=True):
            self.conditions += [z3.Implies(literal, reached[number]) for number in tree.path(end)]
        c: dict[int, Terms] = {0: query.initial.c}
        h: dict[int, Terms] = {0: query.initial.h}
        for number, prefix in enumerate(tree.prefixes):
            if prefix.parent is None:
                continue
            c[number] = tuple(z3.Real(f"c[{unit}] after {number}") for unit in range(query.cell.hidden))
            h[number] = tuple(self._h(number, prefix, unit) for unit in range(query.cell.hidden))
            after = step(arithmetic, c[prefix.parent], h[prefix.parent], prefix.x)
            pairs = [*zip(after.c, c[number], strict=True), *zip(after.h, h[number], strict=True)]
            same = [equal(got, named) for got, named in pairs]
            self.conditions.append(z3.Implies(reached[number], z3.And(same)))
        self.conditions += arithmetic.conditions

    def _h(self, number: int, prefix: Prefix, unit: int) -> Term:
        demand = prefix.demands[unit] if unit < len(prefix.demands) else None
        if isinstance(demand, Demand) and demand.relation is Relation.EQUAL:
            return demand.value
        free = z3.Real(f"h[{unit}] after {number}")
        if demand is not None:
            bound = real(demand.value)
            self.conditions.append(free >= bound if demand.relation is Relation.AT_LEAST else free <= bound)
        return free
