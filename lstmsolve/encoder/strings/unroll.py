"""Bounded unrolling: known weights, a number of steps, any inputs. The brute-force way, for what nothing else reaches.

Every step of spec and cell becomes equations between fresh variables. Nothing is assumed affine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import z3

from lstmsolve.encoder.arithmetic import Terms, Z3Arithmetic
from lstmsolve.encoder.demands import met, places
from lstmsolve.encoder.designs.formulas import Optional, SymbolTerm, Value, condition, formula
from lstmsolve.encoder.designs.queries import FailingRun, NoFailingRun, Undecided, UnrollAnswer, UnrollQuery
from lstmsolve.encoder.terms import Term, equal, real, value_of
from lstmsolve.kernel.base.affine import ONE_FORM, ZERO_FORM
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.expressions import ANY, Constant
from lstmsolve.kernel.lstm.cells import step
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, Listed, RealInterval, Symbols
from lstmsolve.kernel.spec.specs import Decide, Output, Spec


def solve_unrolled(query: UnrollQuery) -> UnrollAnswer:
    """A run of exactly this length whose last output, and no earlier one, is wrong."""
    solver = z3.SimpleSolver()
    solver.set("random_seed", query.seed)
    run = _Unrolling(query)
    solver.add(run.conditions)
    answer = solver.check()
    if answer == z3.unsat:
        return NoFailingRun()
    if answer == z3.unknown:
        return Undecided(f"z3 gave up: {solver.reason_unknown()}")
    model = solver.model()
    try:
        return FailingRun(tuple({n: _read(model, v) for n, v in given.items()} for given in run.inputs))
    except LimitReached as error:
        return Undecided(str(error))


class _Unrolling:
    def __init__(self, query: UnrollQuery) -> None:
        self._spec: Spec = query.spec
        self.conditions: list[z3.BoolRef] = []
        self.inputs: list[dict[str, Value]] = []
        arithmetic = Z3Arithmetic(query.weights.values(), query.weights.cell)
        registers: Mapping[str, Value] = {r.name: _literal(r.initial) for r in query.spec.registers}
        c: Terms = query.weights.initial.c
        h: Terms = query.weights.initial.h
        for n in range(query.length):
            given = {entry.name: self._input(entry.domain, f"{entry.name}@{n}") for entry in query.spec.inputs}
            self.inputs.append(given)
            if query.spec.assume is not None:
                self.conditions.append(condition(query.spec.assume.tree, {**registers, **given}))
            old = {**registers, **given}
            new = {**registers, **{name: formula(f.tree, old) for name, f in query.spec.next.items()}}
            registers = {name: self._named(value, f"{name} after {n}") for name, value in new.items()}
            after = step(arithmetic, c, h, self._columns(given))
            c = tuple(self._defined(term, f"c[{unit}] after {n}") for unit, term in enumerate(after.c))
            h = tuple(self._defined(term, f"h[{unit}] after {n}") for unit, term in enumerate(after.h))
            z = arithmetic.read_out(h)
            right = z3.And(self._right({**registers, **given}, z), self._kept({**registers, **given}, c, h, z))
            self.conditions.append(z3.Not(right) if n == query.length - 1 else right)
        self.conditions += arithmetic.conditions

    def _right(self, names: Mapping[str, Value], z: Terms) -> z3.BoolRef:
        """Every output is what the spec says."""
        if self._spec.replies is not None:
            said = formula(self._spec.outputs[0].tree, names)
            cases = said.cases if isinstance(said, SymbolTerm) else {}
            parts = [
                z3.Implies(cases[reply], self._met(self._outputs(reply), z))
                for reply in self._spec.replies
                if reply in cases
            ]
            return z3.And(parts)
        parts = []
        for place, output in enumerate(self._spec.outputs):
            wanted = formula(output.tree, names)
            owed, value = (wanted.owed, wanted.value) if isinstance(wanted, Optional) else (z3.BoolVal(True), wanted)
            assert isinstance(value, z3.ArithRef)
            parts.append(z3.Implies(owed, self._is(z[place], place, value, z)))
        return z3.And(parts)

    def _kept(self, names: Mapping[str, Value], c: Terms, h: Terms, z: Terms) -> z3.BoolRef:
        """Every condition of [property] holds."""
        if not self._spec.always:
            return z3.BoolVal(True)
        named = {**names, **places(c=c, h=h, z=z)}
        return z3.And([condition(kept.tree, named) for kept in self._spec.always])

    def _outputs(self, reply: str) -> list[Output]:
        assert self._spec.replies is not None
        return [ONE_FORM if other == reply else ZERO_FORM for other in self._spec.replies]

    def _is(self, actual: Term, place: int, value: z3.ArithRef, z: Terms) -> z3.BoolRef:
        """Is z[place] what is owed where the spec says `value`?"""
        if self._spec.readout is None or self._spec.readout.decide is not Decide.THRESHOLD:
            return equal(actual, value)
        free: list[Output] = [ANY] * self._spec.width
        sides = [self._met([*free[:place], form, *free[place + 1 :]], z) for form in (ONE_FORM, ZERO_FORM)]
        return z3.If(value == 1, sides[0], z3.If(value == 0, sides[1], equal(actual, value)))

    def _met(self, outputs: Sequence[Output], z: Terms) -> z3.BoolRef:
        """Are these outputs, which are numbers, said?"""
        return z3.And([met(demand, z) for demand in self._spec.demands(outputs)])

    def _input(self, domain: Domain, label: str) -> Value:
        match domain:
            case Symbols(names):
                cases = {name: z3.Bool(f"{label} is {name}") for name in names}
                chosen = list(cases.values())
                self.conditions += [z3.Or(chosen), z3.AtMost(*chosen, 1)]
                return SymbolTerm(cases)
            case Listed(values):
                x = z3.Real(label)
                self.conditions.append(z3.Or([x == real(value) for value in values]))
                return x
            case IntegerRange(low, high) | RealInterval(low, high):
                x = z3.ToReal(z3.Int(label)) if isinstance(domain, IntegerRange) else z3.Real(label)
                self.conditions += [] if low is None else [x >= real(low)]
                self.conditions += [] if high is None else [x <= real(high)]
                return x

    def _columns(self, given: Mapping[str, Value]) -> Terms:
        columns: list[z3.ArithRef] = []
        for entry in self._spec.inputs:
            value = given[entry.name]
            if isinstance(value, SymbolTerm):
                columns += [z3.If(case, real(1), real(0)) for case in value.cases.values()]
            else:
                assert isinstance(value, z3.ArithRef)
                columns.append(value)
        return tuple(columns)

    def _named(self, value: Value, label: str) -> Value:
        """A register's new value under a name of its own, so that formulas stay small."""
        if isinstance(value, SymbolTerm):
            return SymbolTerm(
                {symbol: self._flag(case, f"{label} is {symbol}") for symbol, case in value.cases.items()}
            )
        assert isinstance(value, z3.ArithRef)
        return self._defined(value, label)

    def _flag(self, value: z3.BoolRef, label: str) -> z3.BoolRef:
        named = z3.Bool(label)
        self.conditions.append(named == value)
        return named

    def _defined(self, value: Term, label: str) -> z3.ArithRef:
        named = z3.Real(label)
        self.conditions.append(equal(named, value))
        return named


def _literal(value: Constant) -> Value:
    return SymbolTerm({value: z3.BoolVal(True)}) if isinstance(value, str) else real(value)


def _read(model: z3.ModelRef, value: Value) -> Constant:
    """An input's value in a model."""
    if isinstance(value, SymbolTerm):
        chosen = (s for s, case in value.cases.items() if z3.is_true(model.eval(case, model_completion=True)))
        return next(chosen)
    assert isinstance(value, z3.ArithRef)
    return value_of(model, value)
