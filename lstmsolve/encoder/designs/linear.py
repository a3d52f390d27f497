"""The linear class of designs as a z3 problem: complete in its class, with no unrolling of time.

In every mode each c[j] and each free h[j] is one form out of a finite list (a Boolean each), and
on every transition each gate is LOW, HIGH or LINEAR (a Boolean each, implying its condition at
the region's vertices and along its rays). At most one factor of a product varies, so products of
unknowns become implications, and everything else is linear in the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

import z3

from lstmsolve.encoder.demands import Parts, met_on, stays_in
from lstmsolve.encoder.designs.deciding import decided
from lstmsolve.encoder.designs.properties import conditions
from lstmsolve.encoder.designs.queries import Design, DesignAnswer, DesignQuery
from lstmsolve.encoder.strings.unknowns import UnknownWeights
from lstmsolve.encoder.terms import Term, equal, real, times, to_z3, total
from lstmsolve.kernel.base.affine import ONE, ONE_FORM, ZERO, Affine
from lstmsolve.kernel.lstm.cells import Activation, Gate, Parameter, State
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.kernel.spec.specs import Demand
from lstmsolve.linear.generators import Direction, Generators, generators
from lstmsolve.linear.phases import Corners
from lstmsolve.obligations.tables.maps import activated, candidate_forms, meets
from lstmsolve.obligations.tables.transitions import START, SpecMode, Transition

Choice: TypeAlias = Sequence[tuple[Affine, z3.BoolRef]]
"""Forms, and for each the Boolean that says it is the one."""

Terms: TypeAlias = Mapping[str, Term]
"""An affine form with unknown coefficients: by variable, and by `CONSTANT`."""

CONSTANT: Final = ""


@dataclass(frozen=True, slots=True)
class _Phases:
    """One gate of one unit on one transition."""

    low: z3.BoolRef
    high: z3.BoolRef
    linear: z3.BoolRef
    argument: Terms


def solve_linear(query: DesignQuery, levels: Sequence[Fraction]) -> DesignAnswer:
    """A design of the linear class, or that there is none."""
    encoding = _Encoding(query, levels)
    return decided(query, encoding.constraints, encoding.decode)


class _Encoding:
    def __init__(self, query: DesignQuery, levels: Sequence[Fraction]) -> None:
        self._query = query
        self._levels = levels
        self._units = range(query.cell.hidden)
        self._weights = UnknownWeights(query)
        self.constraints: list[z3.BoolRef] = self._weights.conditions()
        self._fresh = 0
        modes = query.table.modes.values()
        self._c = {mode.name: [self._choose_c(mode, unit) for unit in self._units] for mode in modes}
        self._h = {mode.name: [self._choose_h(mode, unit) for unit in self._units] for mode in modes}
        for mode in modes:
            self._relate_c_and_h(mode)
        self._products: dict[tuple[Parameter, str], list[tuple[Affine, Term]]] = {}
        for mode in modes:
            self.constraints += [self._met(demand, mode) for demand in mode.mixed]
        self.constraints += conditions(
            query,
            lambda unit, mode: _chosen(self._c[mode.name][unit]),
            lambda unit, mode: _chosen(self._h[mode.name][unit]),
            lambda output, mode: self._output(output, mode.name),
        )
        for number, transition in enumerate(query.table.transitions):
            self._transition(number, transition)

    # --- the map -----------------------------------------------------------------------------

    def _choose_c(self, mode: SpecMode, unit: int) -> Choice:
        if mode.name == START:
            return self._start(f"c[{unit}]", self._query.initial.c[unit], self._query.free_c)
        return self._one_of(candidate_forms(mode, self._levels), f"c[{unit}] in {mode.name}")

    def _choose_h(self, mode: SpecMode, unit: int) -> Choice:
        if mode.name == START:
            return self._start(f"h[{unit}]", self._query.initial.h[unit], self._query.free_h)
        wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
        forms = [form for form in candidate_forms(mode, self._levels) if meets(wanted, form, mode)]
        return self._one_of(forms, f"h[{unit}] in {mode.name}")

    def _start(self, label: str, given: Fraction, free: bool) -> Choice:
        """What is given, or one of the levels."""
        values = dict.fromkeys([ZERO, *self._levels]) if free else [given]
        return self._one_of([Affine((), value) for value in values], f"{label} before")

    def _one_of(self, forms: Sequence[Affine], label: str) -> Choice:
        if len(forms) == 1:
            return [(forms[0], z3.BoolVal(True))]
        choice = [(form, z3.Bool(f"{label} is {form}")) for form in forms]
        chosen = [boolean for _, boolean in choice]
        self.constraints += [z3.Or(chosen), z3.AtMost(*chosen, 1)] if chosen else [z3.BoolVal(False)]
        return choice

    def _relate_c_and_h(self, mode: SpecMode) -> None:
        """h is a multiple of σ_o(c), which is 0 at 0: where c is 0, so is h. A lemma that saves search."""
        if mode.name == START:
            return
        for unit in self._units:
            zero_c = [boolean for form, boolean in self._c[mode.name][unit] if form.is_zero]
            nonzero_h = [boolean for form, boolean in self._h[mode.name][unit] if not form.is_zero]
            self.constraints += [z3.Not(z3.And(c, h)) for c in zero_c for h in nonzero_h]

    def _met(self, demand: Demand, mode: SpecMode) -> z3.BoolRef:
        """Is the demand on the outputs z met on the whole mode?"""
        return met_on(demand, mode.where, sorted(mode.variables), lambda output: self._output(output, mode.name))

    def _output(self, output: int, mode: str) -> Parts:
        """z[output] in a mode."""
        if self._query.cell.outputs is None:
            return _chosen(self._h[mode][output])
        found: list[tuple[Affine, Term]] = [(ONE_FORM, self._weights.terms[Parameter("d", None, output)])]
        for unit in self._units:
            found += self._product(Parameter("V", None, output, unit), mode)
        return found

    # --- one step ----------------------------------------------------------------------------

    def _transition(self, number: int, transition: Transition) -> None:
        names = sorted(transition.region.variables)
        shape = generators(transition.region.rows, names)
        for unit in self._units:
            phases = {
                gate: self._phases(gate, unit, f"{gate.value}[{unit}] at {number}", transition, shape) for gate in Gate
            }
            after = self._cell_equation(unit, phases, transition, names)
            self._output_equation(unit, phases[Gate.OUTPUT], after, transition, names)

    def _phases(self, gate: Gate, unit: int, label: str, transition: Transition, shape: Generators) -> _Phases:
        argument = self._argument(gate, unit, transition)

        def along(direction: Direction) -> Term:
            return total(times(argument[n], v) for n, v in zip(shape.names, direction, strict=True))

        def at(point: Direction) -> Term:
            return total(
                [argument[CONSTANT], *(times(argument[n], v) for n, v in zip(shape.names, point, strict=True))]
            )

        corners = Corners.of(shape, at, along)
        low, high, linear = (z3.Bool(f"{label} {phase.value}") for phase in (Phase.LOW, Phase.HIGH, Phase.LINEAR))
        for boolean, phase in ((low, Phase.LOW), (high, Phase.HIGH), (linear, Phase.LINEAR)):
            self.constraints.append(z3.Implies(boolean, stays_in(phase, corners)))
        return _Phases(low, high, linear, argument)

    def _argument(self, gate: Gate, unit: int, transition: Transition) -> Terms:
        """w x + u h + b on the transition's region."""
        parts: list[tuple[Affine, Term]] = [(Affine((), ONE), self._weights.terms[Parameter("b", gate, unit)])]
        for column, x in enumerate(transition.x):
            parts.append((x, self._weights.terms[Parameter("w", gate, unit, column)]))
        for other in self._units:
            for form, product in self._product(Parameter("u", gate, unit, other), transition.source):
                parts.append((transition.region.bind(form), product))
        names = [*sorted(transition.region.variables), CONSTANT]
        return {
            name: total(
                times(term, form.constant if name == CONSTANT else form.coefficient(name)) for form, term in parts
            )
            for name in names
        }

    def _product(self, place: Parameter, mode: str) -> list[tuple[Affine, Term]]:
        """u[j,k] h[k] in a mode: for each form that h[k] may be, u where it is that form and 0 elsewhere."""
        key = (place, mode)
        if key not in self._products:
            assert place.column is not None
            weight = self._weights.terms[place]
            choice = self._h[mode][place.column]
            found: list[tuple[Affine, Term]] = []
            for form, chosen in choice:
                if form.is_zero:
                    continue
                if len(choice) == 1:
                    found.append((form, weight))
                    continue
                product = self._real(f"{place.name} as {form} in {mode}")
                self.constraints.append(z3.If(chosen, product == to_z3(weight), product == 0))
                found.append((form, product))
            self._products[key] = found
        return self._products[key]

    def _cell_equation(
        self, unit: int, phases: Mapping[Gate, _Phases], transition: Transition, names: Sequence[str]
    ) -> Choice:
        """c' = f*c + i*g; returns the choice of c' as forms on this region."""
        before = [(transition.region.bind(form), chosen) for form, chosen in self._c[transition.source][unit]]
        after = [(form.substitute(transition.values), chosen) for form, chosen in self._c[transition.target][unit]]
        kept = self._unknown_form(f"f*c[{unit}]", names)
        written = self._unknown_form(f"i*g[{unit}]", names)
        self._kept(phases[Gate.FORGET], before, kept)
        self._written(phases[Gate.INPUT], phases[Gate.CANDIDATE], written)
        for form, chosen in after:
            sums = {name: total([kept[name], written[name]]) for name in kept}
            self._imply(chosen, _equal_to(sums, form))
        return after

    def _kept(self, forget: _Phases, before: Choice, kept: Terms) -> None:
        zero = [chosen for form, chosen in before if form.is_zero]
        self.constraints.append(z3.Or(forget.low, forget.high, forget.linear, *zero))
        self._imply(z3.Or(forget.low, *zero), _equal_to(kept, Affine((), ZERO)))
        for form, chosen in before:
            if form.is_zero:
                continue
            self._imply(z3.And(forget.high, chosen), _equal_to(kept, form))
            scaled = [equal(kept[name], times(term, form.constant)) for name, term in forget.argument.items()]
            self._imply(z3.And(forget.linear, chosen), scaled if form.is_constant else [z3.BoolVal(False)])

    def _written(self, gate: _Phases, candidate: _Phases, written: Terms) -> None:
        nothing = [gate.low]
        if self._query.cell.candidate is Activation.IDENTITY:
            self.constraints.append(z3.Or(gate.low, gate.high))
            self._imply(gate.high, _same(written, candidate.argument))
        else:
            nothing.append(candidate.low)
            some = [gate.high, gate.linear], [candidate.high, candidate.linear]
            self.constraints.append(z3.Or(*nothing, z3.And(z3.Or(some[0]), z3.Or(some[1]))))
            self._imply(z3.And(gate.high, candidate.high), _equal_to(written, Affine((), ONE)))
            self._imply(z3.And(gate.high, candidate.linear), _same(written, candidate.argument))
            self._imply(z3.And(gate.linear, candidate.high), _same(written, gate.argument))
            self._imply(z3.And(gate.linear, candidate.linear), [z3.BoolVal(False)])
        self._imply(z3.Or(nothing), _equal_to(written, Affine((), ZERO)))

    def _output_equation(
        self, unit: int, gate: _Phases, after: Choice, transition: Transition, names: Sequence[str]
    ) -> None:
        """h' = o*σ_o(c')."""
        mode = self._query.table.modes[transition.target]
        activation = self._query.cell.output
        shown: list[tuple[Affine, z3.BoolRef]] = []
        for original, (_, chosen) in zip(self._c[transition.target][unit], after, strict=True):
            value = activated(activation, original[0], mode)
            if value is None:
                self.constraints.append(z3.Not(chosen))
            else:
                shown.append((value.substitute(transition.values), chosen))
        zero = [chosen for form, chosen in shown if form.is_zero]
        self.constraints.append(z3.Or(gate.low, gate.high, gate.linear, *zero))
        for form_h, chosen_h in self._h[transition.target][unit]:
            h = form_h.substitute(transition.values)
            if not h.is_zero:
                self.constraints.append(z3.Not(z3.And(chosen_h, z3.Or(gate.low, *zero))))
            for c, chosen_c in shown:
                if c.is_zero:
                    continue
                both = z3.And(chosen_c, chosen_h)
                if h != c:
                    self.constraints.append(z3.Not(z3.And(both, gate.high)))
                if c.is_constant:
                    scaled = {name: times(term, c.constant) for name, term in gate.argument.items()}
                    self._imply(z3.And(both, gate.linear), _equal_to(scaled, h))
                else:
                    self.constraints.append(z3.Not(z3.And(both, gate.linear)))

    # --- small things ------------------------------------------------------------------------

    def _imply(self, premise: z3.BoolRef, conclusions: Sequence[z3.BoolRef]) -> None:
        if conclusions:
            self.constraints.append(z3.Implies(premise, z3.And(conclusions)))

    def _real(self, label: str) -> z3.ArithRef:
        self._fresh += 1
        return z3.Real(f"{label} #{self._fresh}")

    def _unknown_form(self, label: str, names: Sequence[str]) -> Terms:
        return {name: self._real(label) for name in [*names, CONSTANT]}

    def decode(self, model: z3.ModelRef) -> Design:
        def chosen(choices: Sequence[Choice]) -> tuple[Affine, ...]:
            return tuple(
                next(form for form, boolean in choice if z3.is_true(model.eval(boolean, model_completion=True)))
                for choice in choices
            )

        c, h = ({name: chosen(choices) for name, choices in part.items()} for part in (self._c, self._h))
        weights = self._weights.decode(model)
        start = State(*(tuple(form.constant for form in part[START]) for part in (c, h)))
        return Design(replace(weights, initial=start), c, h, self._query.table)


def _chosen(choice: Choice) -> Parts:
    return [(form, z3.If(chosen, real(1), real(0))) for form, chosen in choice]


def _equal_to(terms: Terms, form: Affine) -> list[z3.BoolRef]:
    return [equal(term, form.constant if name == CONSTANT else form.coefficient(name)) for name, term in terms.items()]


def _same(a: Terms, b: Terms) -> list[z3.BoolRef]:
    return [equal(a[name], b[name]) for name in a]
