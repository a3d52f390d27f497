"""Designs whose gates are all saturated: thresholds over Booleans.

Each cell holds a form (0, 1, …, m or a register) that is kept, reset to 0 or 1, or raised by one;
each unit shows it or shows 0. Every gate is LOW (≤ 0) or HIGH (≥ 1) wherever its value matters, so
which form follows on which is known beforehand, a step is a Boolean formula, and the only
arithmetic left is that the weights realise the thresholds. On finite specs m = 1 gives the classic
threshold networks, and larger m counts modulo m + 1 in one unit.

In a sink (`obligations.tables.sinks`) a cell may also hold any number from 0 or from 1 up. All that its
gates owe then is that it stays there: c never falls below 0, as no factor does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Final

import z3

from lstmsolve.encoder.demands import Parts, corners_of, met_on, stays_in
from lstmsolve.encoder.designs.codes import (
    ANYTHING,
    EXACTLY_ONE,
    NOTHING,
    ONE_FORM,
    SOMETHING,
    YES,
    ZERO_FORM,
    Code,
    GivenCode,
    SinkCode,
    code,
    free_start,
    sink_code,
    start_code,
)
from lstmsolve.encoder.designs.deciding import decided
from lstmsolve.encoder.designs.properties import conditions
from lstmsolve.encoder.designs.queries import Design, DesignAnswer, DesignQuery
from lstmsolve.encoder.strings.unknowns import UnknownWeights
from lstmsolve.encoder.terms import Term, equal, real, times
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row
from lstmsolve.kernel.lstm.cells import Gate, Parameter, State, Weights
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.kernel.spec.specs import Demand
from lstmsolve.linear.generators import Generators, generators
from lstmsolve.linear.polyhedra import prove
from lstmsolve.obligations.tables.sinks import ANY_SINK, holding, settled
from lstmsolve.obligations.tables.transitions import START, SpecMode, Transition

_ORDER: Final = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)


NOTHING_GIVEN: Final[Mapping[str, Sequence[GivenCode]]] = {}


@dataclass(frozen=True, slots=True)
class _Before:
    """What is known of a cell as a step begins that may end in a sink."""

    zero: z3.BoolRef
    one: z3.BoolRef
    some: z3.BoolRef
    """c is at least 1."""


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
        modes, sinks = query.table.modes, query.table.sinks
        self._codes = {n: [self._code(modes[n], unit) for unit in self._units] for n in modes if n not in sinks}
        self._sinks = {n: [self._sink_code(modes[n], unit) for unit in self._units] for n in sinks}
        self._shown = [self._shown_before(unit) for unit in self._units] if query.free_h else []
        self._products = {
            (place, name): self._product(place, modes[name])
            for name in modes
            for gate in Gate
            for unit in self._units
            for place in (Parameter("u", gate, unit, other) for other in self._units)
        }
        for mode in modes.values():
            self.constraints += [self._met(demand, mode) for demand in mode.mixed]
        self.constraints += conditions(query, self._held, self._as_it_is, self._output)
        self._chosen = {
            number: {name: z3.Bool(f"{name} after {number}") for name in sinks}
            for number, transition in enumerate(query.table.transitions)
            if transition.target == ANY_SINK
        }
        self.constraints += [z3.Or(list(chosen.values())) for chosen in self._chosen.values()]
        for number, transition in enumerate(query.table.transitions):
            shape = self._shape(transition)
            for unit in self._units:
                phases = {
                    gate: self._phases(gate, unit, f"{gate.value}[{unit}] at {number}", transition, shape)
                    for gate in Gate
                }
                if transition.target == ANY_SINK:
                    self._fall(number, transition, unit, phases)
                else:
                    self._step(number, transition, unit, phases)

    # --- codes -------------------------------------------------------------------------------

    def _code(self, mode: SpecMode, unit: int) -> Code:
        if mode.name == START and self._query.free_c:
            found, conditions = free_start(f"c[{unit}] before", self._levels)
            self.constraints += conditions
            return found
        if mode.name == START:
            return start_code(self._query.initial.c[unit])
        given = self._given.get(mode.name)
        found, conditions = code(mode, unit, self._levels, self._query.cell.output, given[unit] if given else None)
        self.constraints += conditions
        return found

    def _sink_code(self, mode: SpecMode, unit: int) -> SinkCode:
        found, conditions = sink_code(mode, unit)
        self.constraints += conditions
        return found

    def _shown_before(self, unit: int) -> Code:
        """h[-1], where that is unknown."""
        found, conditions = free_start(f"h[{unit}] before", self._levels)
        self.constraints += conditions
        return found

    def _met(self, demand: Demand, mode: SpecMode) -> z3.BoolRef:
        """Is the demand on the outputs z met on the whole mode?"""
        above = [_above(unit) for unit in self._units] if mode.name in self._sinks else []
        names = sorted({*mode.variables, *(name for form in above for name in form.variables)})
        return met_on(demand, (*mode.where, *map(Row, above)), names, lambda output: self._output(output, mode))

    def _output(self, output: int, mode: SpecMode) -> Parts:
        """z[output] in a mode."""
        if self._query.cell.outputs is None:
            return self._as_it_is(output, mode)
        found: list[tuple[Affine, Term]] = [(ONE_FORM, self._weights.terms[Parameter("d", None, output)])]
        for unit in self._units:
            found += self._product(Parameter("V", None, output, unit), mode)
        return found

    def _held(self, unit: int, mode: SpecMode) -> Parts:
        """c[unit] in a mode that is no sink."""
        held = self._codes[mode.name][unit].held
        return [(form, z3.If(chosen, real(1), real(0))) for form, chosen in held.items()]

    def _as_it_is(self, unit: int, mode: SpecMode) -> Parts:
        """h[unit] in a mode."""
        one, nothing = real(1), real(0)
        if mode.name in self._sinks:
            code = self._sinks[mode.name][unit]
            levels = ((ONE_FORM, (EXACTLY_ONE, SOMETHING)), (_above(unit), (ANYTHING, SOMETHING)))
            return [(form, z3.If(z3.And(code.shown, code.holds(*held)), one, nothing)) for form, held in levels]
        codes = self._codes[mode.name][unit]
        return [
            (codes.seen[form], z3.If(z3.And(codes.shown, chosen), one, nothing)) for form, chosen in codes.held.items()
        ]

    def _product(self, place: Parameter, mode: SpecMode) -> list[tuple[Affine, Term]]:
        """u[j,k] h[k] in a mode, as terms times forms. All gates' arguments share them: that is what is fast."""
        assert place.column is not None
        weight = self._weights.terms[place]
        if mode.name == START and self._query.free_h:
            product = z3.Real(f"{place.name} h before")
            for form, chosen in self._shown[place.column].held.items():
                self.constraints.append(z3.Implies(chosen, equal(product, times(weight, form.constant))))
            return [(ONE_FORM, product)]
        if mode.name == START:
            return [(ONE_FORM, times(weight, self._query.initial.h[place.column]))]
        if mode.name in self._sinks:
            return self._seen_in_sink(place, mode.name)
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

    def _seen_in_sink(self, place: Parameter, name: str) -> list[tuple[Affine, Term]]:
        """u[j,k] h[k] in a sink: at the least that h[k] may be, and for what it is above that."""
        assert place.column is not None
        weight, code = self._weights.terms[place], self._sinks[name][place.column]
        least, above = z3.Real(f"{place.name} h in {name}"), z3.Real(f"{place.name} h above in {name}")
        for term, levels in ((least, (EXACTLY_ONE, SOMETHING)), (above, (ANYTHING, SOMETHING))):
            seen = z3.And(code.shown, code.holds(*levels))
            self.constraints.append(z3.If(seen, equal(term, weight), equal(term, ZERO)))
        return [(ONE_FORM, least), (_above(place.column), above)]

    # --- one step ----------------------------------------------------------------------------

    def _step(self, number: int, transition: Transition, unit: int, phases: Mapping[Gate, _Phases]) -> None:
        forget, write, candidate, show = (phases[gate] for gate in _ORDER)
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

    def _fall(self, number: int, transition: Transition, unit: int, phases: Mapping[Gate, _Phases]) -> None:
        """A step that ends in one of the sinks."""
        forget, write, candidate, show = (phases[gate] for gate in _ORDER)
        before = self._before(transition, unit)
        emptied = z3.Or(forget.low, before.zero)
        unwritten, written = z3.Or(write.low, candidate.low), z3.And(write.high, candidate.high)
        becomes = {
            NOTHING: z3.And(emptied, unwritten),
            EXACTLY_ONE: z3.Or(z3.And(emptied, written), z3.And(forget.high, before.one, unwritten)),
            ANYTHING: YES,
            SOMETHING: z3.Or(written, z3.And(forget.high, before.some)),
        }
        for name, chosen in self._chosen[number].items():
            after = self._sinks[name][unit]
            hidden = z3.Not(z3.Or(after.shown, after.held[NOTHING]))
            pairs = [(holds, becomes[level]) for level, holds in after.held.items()]
            for premise, conclusion in (*pairs, (after.shown, show.high), (hidden, show.low)):
                self.constraints.append(z3.Implies(z3.And(chosen, premise), conclusion))

    def _before(self, transition: Transition, unit: int) -> _Before:
        if transition.source in self._sinks:
            code = self._sinks[transition.source][unit]
            return _Before(code.holds(NOTHING), code.holds(EXACTLY_ONE), code.holds(EXACTLY_ONE, SOMETHING))
        region = transition.region
        forms = [(region.bind(form), holds) for form, holds in self._codes[transition.source][unit].held.items()]
        return _Before(
            z3.Or([holds for form, holds in forms if form.is_zero]),
            z3.Or([holds for form, holds in forms if form == ONE_FORM]),
            z3.Or([holds for form, holds in forms if prove(region.rows, Row(form - ONE), region.integers) is not None]),
        )

    def _shape(self, transition: Transition) -> Generators:
        """The region of a step; out of a sink also over what the units show above the least they may."""
        rows, names = transition.region.rows, transition.region.variables
        if transition.source in self._sinks:
            shown = [_above(unit) for unit in self._units]
            rows, names = (*rows, *map(Row, shown)), names.union(*(form.variables for form in shown))
        return generators(rows, sorted(names))

    def _phases(self, gate: Gate, unit: int, label: str, transition: Transition, shape: Generators) -> _Phases:
        """LOW and HIGH, each implying its condition at the vertices and along the rays of the region."""
        parts = [(ONE_FORM, self._weights.terms[Parameter("b", gate, unit)])]
        parts += [(x, self._weights.terms[Parameter("w", gate, unit, k)]) for k, x in enumerate(transition.x)]
        for other in self._units:
            for form, product in self._products[Parameter("u", gate, unit, other), transition.source]:
                parts.append((transition.region.bind(form), product))
        corners = corners_of(parts, shape)
        low, high = z3.Bool(f"{label} low"), z3.Bool(f"{label} high")
        self.constraints += [
            z3.Implies(low, stays_in(Phase.LOW, corners)),
            z3.Implies(high, stays_in(Phase.HIGH, corners)),
        ]
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
        if self._shown:
            h[START] = tuple(
                next(form for form, chosen in code.held.items() if is_true(chosen)) for code in self._shown
            )
        levels = {
            name: tuple(next(level for level, holds in code.held.items() if is_true(holds)) for code in codes)
            for name, codes in self._sinks.items()
        }
        for name, sink_codes in self._sinks.items():
            forms = tuple(holding(unit, level) for unit, level in enumerate(levels[name]))
            shown = [is_true(code.shown) for code in sink_codes]
            c[name], h[name] = forms, tuple(f if seen else ZERO_FORM for f, seen in zip(forms, shown, strict=True))
        taken = {n: next(name for name, one in chosen.items() if is_true(one)) for n, chosen in self._chosen.items()}
        start = State(*(tuple(form.constant for form in part[START]) for part in (c, h)))
        weights = replace(self._weights.decode(model), initial=start)
        if self._sinks and self._query.constraints.is_empty:
            weights = _whole(weights)
        return Design(weights, c, h, settled(self._query.table, levels, taken))


def _above(unit: int) -> Affine:
    """What h of a unit is above the least that it may be in a sink."""
    return Affine.variable(f"h[{unit}] above")


def _whole(weights: Weights) -> Weights:
    """The same thresholds with whole weights, so that no gate is ever between 0 and 1, however large a cell.

    What is at most 0 or at least 1 stays so when it is multiplied.
    """
    scaled: dict[Parameter, Fraction] = {}
    rows: dict[tuple[Gate, int], dict[Parameter, Fraction]] = {}
    for place, value in weights.nonzero().items():
        if place.gate is None:
            scaled[place] = value
            continue
        rows.setdefault((place.gate, place.unit), {})[place] = value
    for row in rows.values():
        scale = lcm(*(value.denominator for value in row.values()))
        scaled |= {place: value * scale for place, value in row.items()}
    return Weights.of(weights.cell, scaled, weights.initial)
