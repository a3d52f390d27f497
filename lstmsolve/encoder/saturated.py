"""Designs whose gates are all saturated: thresholds over Booleans.

Each cell holds a form (0, 1, …, m or a register) that is kept, reset to 0 or 1, or raised by one;
each unit shows it or shows 0. Every gate is LOW (≤ 0) or HIGH (≥ 1) wherever its value matters, so
which form follows on which is known beforehand, a step is a Boolean formula, and the only
arithmetic left is that the weights realise the thresholds. On finite specs m = 1 gives the classic
threshold networks, and larger m counts modulo m + 1 in one unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

import z3

from lstmsolve.encoder.deciding import decided
from lstmsolve.encoder.queries import Design, DesignAnswer, DesignQuery
from lstmsolve.encoder.terms import Term, at_least, at_most, equal, times, total
from lstmsolve.encoder.unknowns import UnknownWeights
from lstmsolve.model.affine import ONE, ZERO, Affine
from lstmsolve.model.cells import Gate, Parameter
from lstmsolve.obligations.generators import generators
from lstmsolve.obligations.maps import activated, candidate_forms, meets
from lstmsolve.obligations.transitions import START, SpecMode, Transition

NO, YES = z3.BoolVal(False), z3.BoolVal(True)
ZERO_FORM: Final = Affine((), ZERO)
ONE_FORM: Final = Affine((), ONE)


GivenCode: TypeAlias = tuple[Affine, bool]
"""What a cell holds in a mode, and whether its unit shows it."""

NOTHING_GIVEN: Final[Mapping[str, Sequence[GivenCode]]] = {}


@dataclass(frozen=True, slots=True)
class _Code:
    """One unit in one mode: what its cell holds, and whether it shows it."""

    held: Mapping[Affine, z3.BoolRef]
    """For each form, the Boolean that says c is that form."""
    seen: Mapping[Affine, Affine]
    """σ_o of each."""
    shown: z3.BoolRef

    @property
    def something(self) -> z3.BoolRef:
        """c is not 0."""
        return z3.Or([chosen for form, chosen in self.held.items() if not form.is_zero])


@dataclass(frozen=True, slots=True)
class _Phases:
    low: z3.BoolRef
    high: z3.BoolRef


def solve_saturated(
    query: DesignQuery,
    levels: Sequence[Fraction],
    given: Mapping[str, Sequence[GivenCode]] = NOTHING_GIVEN,
    effort: int | None = None,
) -> DesignAnswer:
    """A design of the class, its cells holding levels or registers, or that there is none.

    In some modes the code of every unit may be given: then these are kept. With a limit on z3's
    effort (`rlimit`), the answer may be that it gave up.
    """
    encoding = _Encoding(query, levels, given)
    return decided(query, encoding.constraints, encoding.decode, effort)


class _Encoding:
    def __init__(
        self, query: DesignQuery, levels: Sequence[Fraction], given: Mapping[str, Sequence[GivenCode]]
    ) -> None:
        self._query = query
        self._levels = levels
        self._given = given
        self._units = range(query.cell.hidden)
        self._weights = UnknownWeights(query)
        self.constraints: list[z3.BoolRef] = self._weights.conditions()
        modes = query.table.modes.values()
        self._codes = {mode.name: [self._code(mode, unit) for unit in self._units] for mode in modes}
        self._products = {
            (place, mode.name): self._product(place, mode)
            for mode in modes
            for gate in Gate
            for unit in self._units
            for place in (Parameter("u", gate, unit, other) for other in self._units)
        }
        for number, transition in enumerate(query.table.transitions):
            for unit in self._units:
                self._step(number, transition, unit)

    # --- codes -------------------------------------------------------------------------------

    def _code(self, mode: SpecMode, unit: int) -> _Code:
        if mode.name == START:
            return _Code({Affine((), self._query.initial.c[unit]): YES}, {}, NO)
        forms = candidate_forms(mode, self._levels)
        seen = {form: value for form in forms if (value := activated(self._query.cell.output, form, mode)) is not None}
        if mode.name in self._given:
            form, shown = self._given[mode.name][unit]
            code = _Code({form: YES}, seen, z3.BoolVal(shown))
        else:
            held = self._one_of(list(seen), f"c[{unit}] in {mode.name}")
            code = _Code(held, seen, z3.Bool(f"h[{unit}] in {mode.name}"))
        self.constraints.append(z3.Implies(code.shown, code.something))
        wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
        if not meets(wanted, ZERO_FORM, mode):
            self.constraints.append(code.shown)
        for form, chosen in code.held.items():
            if not meets(wanted, seen[form], mode):
                self.constraints.append(z3.Not(z3.And(code.shown, chosen)))
        return code

    def _one_of(self, forms: Sequence[Affine], label: str) -> dict[Affine, z3.BoolRef]:
        if len(forms) == 2:
            second = z3.Bool(f"{label} is {forms[1]}")
            return {forms[0]: z3.Not(second), forms[1]: second}
        held = {form: z3.Bool(f"{label} is {form}") for form in forms}
        self.constraints += [z3.Or(list(held.values())), z3.AtMost(*held.values(), 1)]
        return held

    def _product(self, place: Parameter, mode: SpecMode) -> list[tuple[Affine, Term]]:
        """u[j,k] h[k] in a mode, as terms times forms. All gates' arguments share them: that is what is fast."""
        assert place.column is not None
        weight = self._weights.terms[place]
        if mode.name == START:
            return [(ONE_FORM, times(weight, self._query.initial.h[place.column]))]
        code = self._codes[mode.name][place.column]
        if mode.name in self._given:
            form, shown = self._given[mode.name][place.column]
            return [(code.seen[form], weight)] if shown else []
        label = f"{place.name} h in {mode.name}"
        found: list[tuple[Affine, Term]] = []
        constant = z3.Real(label)
        self.constraints.append(z3.Implies(z3.Not(code.shown), constant == 0))
        for form, chosen in code.held.items():
            value = code.seen[form]
            scaled = times(weight, value.constant) if value.is_constant else ZERO
            self.constraints.append(z3.Implies(z3.And(code.shown, chosen), equal(constant, scaled)))
            if not value.is_constant:
                product = z3.Real(f"{label} as {form}")
                self.constraints.append(z3.If(z3.And(code.shown, chosen), equal(product, weight), equal(product, ZERO)))
                found.append((value, product))
        return [(ONE_FORM, constant), *found]

    # --- one step ----------------------------------------------------------------------------

    def _step(self, number: int, transition: Transition, unit: int) -> None:
        forget, write, candidate, show = (
            self._phases(gate, unit, f"{gate.value}[{unit}] at {number}", transition)
            for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)
        )
        before, after = self._codes[transition.source][unit], self._codes[transition.target][unit]
        kept, raised = (z3.Bool(f"c[{unit}] is {what} at {number}") for what in ("kept", "raised"))
        something = before.something
        add = self.constraints.append
        add(z3.Implies(kept, z3.And(forget.high, something)))
        add(z3.Implies(z3.And(something, z3.Not(kept)), forget.low))
        add(z3.Implies(raised, z3.And(write.high, candidate.high)))
        add(z3.Implies(z3.Not(raised), z3.Or(write.low, candidate.low)))

        landed: dict[Affine, list[z3.BoolRef]] = {}
        for form, chosen in after.held.items():
            landed.setdefault(form.substitute(transition.values), []).append(chosen)

        def becomes(form: Affine) -> z3.BoolRef:
            return z3.Or(landed.get(form, []))

        add(z3.Implies(z3.Not(kept), z3.If(raised, becomes(ONE_FORM), becomes(ZERO_FORM))))
        for form, chosen in before.held.items():
            held = transition.region.bind(form)
            add(z3.Implies(z3.And(chosen, kept), z3.If(raised, becomes(held + ONE), becomes(held))))
        add(z3.Implies(after.shown, show.high))
        add(z3.Implies(z3.And(after.something, z3.Not(after.shown)), show.low))

    def _phases(self, gate: Gate, unit: int, label: str, transition: Transition) -> _Phases:
        """LOW and HIGH, each implying its condition at the vertices and along the rays of the region."""
        names = sorted(transition.region.variables)
        shape = generators(transition.region.rows, names)
        parts = [(ONE_FORM, self._weights.terms[Parameter("b", gate, unit)])]
        parts += [(x, self._weights.terms[Parameter("w", gate, unit, k)]) for k, x in enumerate(transition.x)]
        for other in self._units:
            for form, product in self._products[Parameter("u", gate, unit, other), transition.source]:
                parts.append((transition.region.bind(form), product))
        points = [dict(zip(shape.names, point, strict=True)) for point in shape.points]
        directions = [dict(zip(shape.names, ray, strict=True)) for ray in (*shape.rays, *shape.lines)]
        values = [total(times(term, form.at(point)) for form, term in parts) for point in points]
        slopes = [total(times(term, (form - form.constant).at(ray)) for form, term in parts) for ray in directions]
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
            held = [next(form for form, chosen in code.held.items() if is_true(chosen)) for code in codes]
            c[name] = tuple(held)
            h[name] = tuple(
                code.seen[form] if is_true(code.shown) else ZERO_FORM for form, code in zip(held, codes, strict=True)
            )
        h[START] = tuple(Affine((), value) for value in self._query.initial.h)
        return Design(self._weights.decode(model), c, h)
