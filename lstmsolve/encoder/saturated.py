"""Designs whose gates are all saturated, for finite specs: thresholds over Booleans.

Each cell holds a whole number 0, 1, …, m that is kept, reset or raised by one; each unit shows it
or shows 0. Every gate is LOW (≤ 0) or HIGH (≥ 1) wherever its value matters, so a step is a Boolean
formula, and the only arithmetic left is that the weights realise the thresholds. With m = 1 these
are the classic threshold networks over {0, 1}; larger m gives counters modulo m + 1 in one unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import z3

from lstmsolve.encoder.queries import Design, DesignAnswer, DesignQuery, NoDesign, Undecided
from lstmsolve.encoder.terms import Term, at_least, at_most, equal, times, total
from lstmsolve.encoder.unknowns import UnknownWeights
from lstmsolve.model.affine import ONE, ZERO, Affine
from lstmsolve.model.cells import Activation, Gate, Parameter
from lstmsolve.model.specs import Relation
from lstmsolve.obligations.generators import generators
from lstmsolve.obligations.transitions import START, SpecMode, Transition, Wanted

NO, YES = z3.BoolVal(False), z3.BoolVal(True)


@dataclass(frozen=True, slots=True)
class _Code:
    """One unit in one mode: what its cell holds, and whether it shows it."""

    at_least: Sequence[z3.BoolRef]
    """c >= 1, c >= 2, …, c >= m."""
    shown: z3.BoolRef

    def holds(self, value: int) -> z3.BoolRef:
        above = self.at_least[value] if value < len(self.at_least) else NO
        return z3.And(self.at_least[value - 1] if value else YES, z3.Not(above))


@dataclass(frozen=True, slots=True)
class _Phases:
    low: z3.BoolRef
    high: z3.BoolRef


def solve_saturated(query: DesignQuery, top: int) -> DesignAnswer:
    """A design with saturated gates and cells of 0, …, `top`, or that there is none."""
    encoding = _Encoding(query, top)
    solver = z3.Solver() if query.constraints.integer else z3.SolverFor("QF_LRA")
    solver.set("random_seed", query.seed)
    solver.add(encoding.constraints)
    answer = solver.check()
    if answer == z3.sat:
        return encoding.decode(solver.model())
    return NoDesign() if answer == z3.unsat else Undecided(f"z3 gave up: {solver.reason_unknown()}")


class _Encoding:
    def __init__(self, query: DesignQuery, top: int) -> None:
        self._query = query
        self._top = top
        self._units = range(query.cell.hidden)
        self._weights = UnknownWeights(query)
        self.constraints: list[z3.BoolRef] = self._weights.conditions()
        modes = query.table.modes.values()
        self._codes = {mode.name: [self._code(mode, unit) for unit in self._units] for mode in modes}
        self._products = {
            (Parameter("u", gate, unit, other), mode.name): self._product(Parameter("u", gate, unit, other), mode)
            for mode in modes
            for gate in Gate
            for unit in self._units
            for other in self._units
        }
        for number, transition in enumerate(query.table.transitions):
            for unit in self._units:
                self._step(number, transition, unit)

    # --- codes -------------------------------------------------------------------------------

    def _code(self, mode: SpecMode, unit: int) -> _Code:
        if mode.name == START:
            held = self._query.initial.c[unit]
            return _Code([z3.BoolVal(held >= value) for value in range(1, self._top + 1)], NO)
        steps = [z3.Bool(f"c[{unit}] >= {value} in {mode.name}") for value in range(1, self._top + 1)]
        code = _Code(steps, z3.Bool(f"h[{unit}] shows in {mode.name}"))
        self.constraints += [z3.Implies(more, less) for less, more in pairwise(steps)]
        self.constraints.append(z3.Implies(code.shown, steps[0]))
        wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
        if not _meets(wanted, ZERO):
            self.constraints.append(code.shown)
        for value in range(1, self._top + 1):
            if not _meets(wanted, self._seen(value)):
                self.constraints.append(z3.Not(z3.And(code.shown, code.holds(value))))
        return code

    def _seen(self, value: int) -> Fraction:
        """σ_o of what the cell holds."""
        return Fraction(min(value, 1) if self._query.cell.output is Activation.CRELU else value)

    def _product(self, place: Parameter, mode: SpecMode) -> Term:
        """u[j,k] h[k] in a mode. One variable for all the gates' arguments it is part of: that is what is fast."""
        assert place.column is not None
        weight = self._weights.terms[place]
        if mode.name == START:
            return times(weight, self._query.initial.h[place.column])
        code = self._codes[mode.name][place.column]
        product = z3.Real(f"{place.name} h in {mode.name}")
        self.constraints.append(z3.Implies(z3.Not(code.shown), product == 0))
        for value in range(1, self._top + 1):
            chosen = z3.And(code.shown, code.holds(value)) if self._top > 1 else code.shown
            self.constraints.append(z3.Implies(chosen, equal(product, times(weight, self._seen(value)))))
        return product

    # --- one step ----------------------------------------------------------------------------

    def _step(self, number: int, transition: Transition, unit: int) -> None:
        forget, write, candidate, show = (
            self._phases(gate, unit, f"{gate.value}[{unit}] at {number}", transition)
            for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)
        )
        before, after = self._codes[transition.source][unit], self._codes[transition.target][unit]
        something = before.at_least[0]
        kept, raised = (z3.Bool(f"c[{unit}] is {what} at {number}") for what in ("kept", "raised"))
        add = self.constraints.append
        add(z3.Implies(kept, z3.And(forget.high, something)))
        add(z3.Implies(z3.And(something, z3.Not(kept)), forget.low))
        add(z3.Implies(raised, z3.And(write.high, candidate.high)))
        add(z3.Implies(z3.Not(raised), z3.Or(write.low, candidate.low)))
        add(z3.Not(z3.And(kept, raised, before.at_least[-1])))
        for value in range(1, self._top + 1):
            from_below = raised if value == 1 else z3.And(kept, raised, before.at_least[value - 2])
            add(after.at_least[value - 1] == z3.Or(z3.And(kept, before.at_least[value - 1]), from_below))
        add(z3.Implies(after.shown, show.high))
        add(z3.Implies(z3.And(after.at_least[0], z3.Not(after.shown)), show.low))

    def _phases(self, gate: Gate, unit: int, label: str, transition: Transition) -> _Phases:
        """LOW and HIGH, each implying its condition at the vertices and along the rays of the inputs' region."""
        names = sorted(transition.region.variables)
        shape = generators(transition.region.rows, names)
        fixed = [self._weights.terms[Parameter("b", gate, unit)]]
        fixed += [self._products[Parameter("u", gate, unit, other), transition.source] for other in self._units]
        inputs = [(x, self._weights.terms[Parameter("w", gate, unit, column)]) for column, x in enumerate(transition.x)]
        points = [dict(zip(shape.names, point, strict=True)) for point in shape.points]
        directions = [dict(zip(shape.names, ray, strict=True)) for ray in (*shape.rays, *shape.lines)]
        values = [total([*fixed, *(times(w, x.at(point)) for x, w in inputs)]) for point in points]
        slopes = [total(times(w, (x - x.constant).at(ray)) for x, w in inputs) for ray in directions]
        flat = [equal(slope, ZERO) for slope in slopes[len(shape.rays) :]]
        rays = slopes[: len(shape.rays)]
        low, high = z3.Bool(f"{label} low"), z3.Bool(f"{label} high")
        below = [at_most(v, ZERO) for v in values] + [at_most(s, ZERO) for s in rays] + flat
        above = [at_least(v, ONE) for v in values] + [at_least(s, ZERO) for s in rays] + flat
        self.constraints += [z3.Implies(low, z3.And(below)), z3.Implies(high, z3.And(above))]
        return _Phases(low, high)

    # --- the answer --------------------------------------------------------------------------

    def decode(self, model: z3.ModelRef) -> Design:
        def is_true(condition: z3.BoolRef) -> bool:
            return bool(z3.is_true(model.eval(condition, model_completion=True)))

        c: dict[str, tuple[Affine, ...]] = {}
        h: dict[str, tuple[Affine, ...]] = {}
        for name, codes in self._codes.items():
            held = [sum(map(is_true, code.at_least)) for code in codes]
            seen = [self._seen(v) if is_true(code.shown) else ZERO for v, code in zip(held, codes, strict=True)]
            if name == START:
                seen = list(self._query.initial.h)
            c[name] = tuple(Affine((), Fraction(value)) for value in held)
            h[name] = tuple(Affine((), value) for value in seen)
        return Design(self._weights.decode(model), c, h)


def _meets(wanted: Wanted, value: Fraction) -> bool:
    if wanted is None:
        return True
    bound = wanted.bound.constant
    match wanted.relation:
        case Relation.EQUAL:
            return value == bound
        case Relation.AT_LEAST:
            return value >= bound
        case Relation.AT_MOST:
            return value <= bound
