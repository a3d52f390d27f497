"""The weights as z3 terms, with what the case demands of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import z3

from lstmsolve.encoder.designs.formulas import weight_condition
from lstmsolve.encoder.designs.queries import DesignQuery, StringsQuery
from lstmsolve.encoder.terms import Term, at_least, at_most, equal, real, value_of
from lstmsolve.kernel.lstm.cells import Parameter, State, Vector, Weights, parameters
from lstmsolve.kernel.spec.problems import weight_names


class UnknownWeights:
    """One term a weight: a solver variable, or the number that the case fixes. The same of the start."""

    def __init__(self, query: DesignQuery | StringsQuery) -> None:
        self._query = query
        names = weight_names(query.cell)
        fixed = {names[name]: value for name, value in query.constraints.fixed.items()}
        self.terms: dict[Parameter, Term] = {}
        for place in parameters(query.cell):
            if place in fixed:
                self.terms[place] = fixed[place]
            elif query.constraints.integer:
                self.terms[place] = z3.ToReal(z3.Int(place.name))
            elif isinstance(query, DesignQuery) and query.grid:
                self.terms[place] = z3.ToReal(z3.Int(place.name)) / real(query.grid)
            else:
                self.terms[place] = z3.Real(place.name)
        self.c = self._start("c", query.initial.c, query.free_c)
        self.h = self._start("h", query.initial.h, query.free_h)

    @staticmethod
    def _start(name: str, given: Vector, free: bool) -> tuple[Term, ...]:
        """c[-1] or h[-1], [H]."""
        return tuple(z3.Real(f"{name}[{unit}] before") for unit in range(len(given))) if free else given

    def conditions(self) -> list[z3.BoolRef]:
        """Bounds, conditions, and what is said twice in different ways."""
        constraints = self._query.constraints
        names = weight_names(self._query.cell)
        found = [equal(self.terms[names[name]], value) for name, value in constraints.fixed.items()]
        for term in self.terms.values():
            if constraints.low is not None:
                found.append(at_least(term, constraints.low))
            if constraints.high is not None:
                found.append(at_most(term, constraints.high))
        called = {name: self.terms[place] for name, place in names.items()}
        return found + [weight_condition(formula.tree, called) for formula in constraints.where]

    def decode(self, model: z3.ModelRef, value: Callable[[z3.ModelRef, Term], Fraction] = value_of) -> Weights:
        values = {place: value(model, term) for place, term in self.terms.items()}
        c, h = (tuple(value(model, term) for term in part) for part in (self.c, self.h))
        return Weights.of(self._query.cell, values, State(c, h))
