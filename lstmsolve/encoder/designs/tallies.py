"""Forms over registers that a cell of CReLU factors can hold: on every step kept, raised by at most one, or set anew.

A register that rises by two, or falls back to 0 from anywhere, may be no such form, and half of it, or the difference
of two, may be one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

import z3

from lstmsolve.encoder.terms import Term, at_least, at_most, equal, times, to_z3, total, value_of
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.obligations.tables.transitions import START, Transition, TransitionTable

EFFORT: Final = 4_000_000
"""z3's limit (`rlimit`) for one form."""

CONSTANT: Final = ""

Terms: TypeAlias = Mapping[str, Term]
"""A form with unknown coefficients, by variable and by `CONSTANT`."""


def tallies(table: TransitionTable, registers: Sequence[str]) -> Iterator[Mapping[str, Affine]]:
    """Such forms, none of them a sum of multiples of the others: what each is, by mode. At the start they are 0.

    Each is as large as it can be: it rises by one somewhere, or is set to one.
    """
    unknown = _Unknown({name: z3.Real(name) for name in registers}, z3.Real("shift"))
    solver = z3.SolverFor("QF_LRA")
    solver.set("rlimit", EFFORT)
    solver.add(equal(unknown.in_mode(table, START)[CONSTANT], ZERO))
    largest: list[z3.BoolRef] = []
    for step in table.transitions:
        before, after = unknown.around(table, step)
        change = _sum(after, _scaled(before, -ONE))
        solver.add(z3.Or(_is_small(change), _is_small(after)))
        largest += [equal(change[CONSTANT], ONE), equal(after[CONSTANT], ONE)]
    solver.add(z3.Or(largest))
    found: list[dict[str, Fraction]] = []
    while registers:
        solver.push()
        solver.add(z3.Or([to_z3(unknown.product(row)) != 0 for row in across(found, registers)]))
        model = _sparse(solver, list(unknown.terms.values()))
        solver.pop()
        if model is None:
            return
        factors = {name: value_of(model, term) for name, term in unknown.terms.items()}
        constant = value_of(model, unknown.shift)
        found.append(factors)
        yield {name: _combined(mode.registers, factors, constant) for name, mode in table.modes.items()}


@dataclass(frozen=True)
class _Unknown:
    """A form over registers, its coefficients unknown."""

    terms: Mapping[str, z3.ArithRef]
    shift: z3.ArithRef

    def product(self, row: Mapping[str, Fraction]) -> Term:
        return total(times(term, row.get(name, ZERO)) for name, term in self.terms.items())

    def in_mode(self, table: TransitionTable, mode: str) -> Terms:
        return self._over({name: _form(table.modes[mode].registers[name]) for name in self.terms})

    def around(self, table: TransitionTable, step: Transition) -> tuple[Terms, Terms]:
        """What the form is before and after a step, over the region's variables."""
        source, target = table.modes[step.source].registers, table.modes[step.target].registers
        before = {name: step.region.bind(_form(source[name])) for name in self.terms}
        after = {name: _form(target[name]).substitute(step.values) for name in self.terms}
        return self._over(before), self._over(after)

    def _over(self, forms: Mapping[str, Affine]) -> Terms:
        names = sorted({variable for form in forms.values() for variable in form.variables})
        found: dict[str, Term] = {v: self.product({r: form.coefficient(v) for r, form in forms.items()}) for v in names}
        constant = self.product({register: form.constant for register, form in forms.items()})
        return {**found, CONSTANT: total([constant, self.shift])}


def _form(value: Affine | str) -> Affine:
    assert isinstance(value, Affine)
    return value


def _scaled(form: Terms, factor: Fraction) -> Terms:
    return {name: times(term, factor) for name, term in form.items()}


def _sum(a: Terms, b: Terms) -> Terms:
    return {name: total([a.get(name, ZERO), b.get(name, ZERO)]) for name in {**a, **b}}


def _is_small(form: Terms) -> z3.BoolRef:
    """Is it a number, from 0 to 1?"""
    slopes = [equal(term, ZERO) for name, term in form.items() if name != CONSTANT]
    return z3.And([*slopes, at_least(form[CONSTANT], ZERO), at_most(form[CONSTANT], ONE)])


def _sparse(solver: z3.Solver, terms: Sequence[z3.ArithRef]) -> z3.ModelRef | None:
    """A solution in which one term after another is 0 where it can be."""
    zero: list[z3.BoolRef] = []
    if solver.check() != z3.sat:
        return None
    model = solver.model()
    for term in terms:
        if solver.check(*zero, term == 0) == z3.sat:
            zero.append(term == 0)
            model = solver.model()
    return model


def _combined(registers: Mapping[str, Affine | str], factors: Mapping[str, Fraction], constant: Fraction) -> Affine:
    return sum((_form(registers[name]) * factor for name, factor in factors.items()), Affine((), constant))


def across(rows: Sequence[Mapping[str, Fraction]], names: Sequence[str]) -> list[dict[str, Fraction]]:
    """A basis of what is orthogonal to all rows (Gauss & Jordan)."""
    pivots: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        rest = dict(row)
        for name, other in pivots.items():
            rest = _less(rest, other, rest.get(name, ZERO))
        pivot = next((name for name in names if rest.get(name)), None)
        if pivot is not None:
            own = {name: value / rest[pivot] for name, value in rest.items()}
            pivots = {name: _less(other, own, other.get(pivot, ZERO)) for name, other in pivots.items()}
            pivots[pivot] = own
    free = [name for name in names if name not in pivots]
    return [{one: ONE, **{pivot: -row.get(one, ZERO) for pivot, row in pivots.items()}} for one in free]


def _less(row: Mapping[str, Fraction], other: Mapping[str, Fraction], factor: Fraction) -> dict[str, Fraction]:
    return {name: row.get(name, ZERO) - factor * other.get(name, ZERO) for name in {**row, **other}}
