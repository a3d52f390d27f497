"""Weights for strings: the query behind impossibility, and behind "no other weights work".

The cell is run along the tree of prefixes with unknown weights. h is replaced by what the spec fixes,
so for a single unit every gate's argument is linear in the weights and only c is not.

Values along a run are pairs (a, b), standing for a + b K + what dies out; where a string holds no K,
b is the number 0 and never reaches the solver. Each condition below is a line of the lemma in
docs/regions.md, which says why weights that meet the spec satisfy it.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

import z3

from lstmsolve.encoder.arithmetic import Z3Arithmetic, product
from lstmsolve.encoder.designs.queries import Candidate, NoWeights, StringsAnswer, StringsQuery, Undecided
from lstmsolve.encoder.strings.unknowns import UnknownWeights
from lstmsolve.encoder.terms import Term, approximately, at_least, at_most, equal, times, to_z3, total
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Parameter, step
from lstmsolve.kernel.spec.specs import Demand, Relation
from lstmsolve.obligations.strings.systems import EndlessString, GrowingTree, K, Prefix

Pair: TypeAlias = tuple[Term, Term]
"""a + b K."""
Pairs: TypeAlias = tuple[Pair, ...]


def solve_strings(query: StringsQuery, effort: int = 0, milliseconds: int = 0) -> StringsAnswer:
    """Weights that do right on all strings, or the strings that rule all weights out.

    Undecided after so much of z3's effort (`rlimit`), or so long; 0: no limit.
    """
    return Strings(query).answer(range(len(query.strings)), effort, milliseconds)


class Strings:
    """A query to which strings can be added, and any of whose strings can be asked about; each is written out once."""

    def __init__(self, query: StringsQuery) -> None:
        self._encoding = _Encoding(query)
        self._solver = z3.SimpleSolver()
        self._solver.set("random_seed", query.seed)
        self._solver.add(self._encoding.written())

    def add(self, strings: Iterable[EndlessString]) -> None:
        self._encoding.add(strings)
        self._solver.add(self._encoding.written())

    def answer(self, numbers: Iterable[int], effort: int = 0, milliseconds: int = 0) -> StringsAnswer:
        """`solve_strings` of the strings with these numbers."""
        solver, strings = self._solver, self._encoding.strings
        if effort:
            solver.set("rlimit", effort)
        if milliseconds:
            solver.set("timeout", milliseconds)
        answer = solver.check([strings[number] for number in numbers])
        if answer == z3.unsat:
            core = {str(literal) for literal in solver.unsat_core()}
            return NoWeights(tuple(n for n, literal in enumerate(strings) if str(literal) in core))
        if answer == z3.unknown:
            return Undecided(f"z3 gave up: {solver.reason_unknown()}")
        return Candidate(self._encoding.weights.decode(solver.model(), approximately))


def strings_smtlib(query: StringsQuery) -> str:
    """The query as SMT-LIB 2, all strings required: unsat means that no weights do."""
    encoding = _Encoding(query)
    solver = z3.Solver()  # never checked: after a check it may print what a tactic made of the formula
    solver.add(encoding.written())
    solver.add(encoding.strings)
    text: str = solver.to_smt2()
    return f"(set-logic QF_NRA)\n{text}"


class _PairArithmetic:
    """`cells.CellArithmetic` over pairs. Gates that see the same step of a run share their value."""

    def __init__(self, weights: UnknownWeights, cell: Cell) -> None:
        self._weights = weights.terms
        self._cell = cell
        self._plain = Z3Arithmetic(weights.terms, cell)
        self._known: dict[object, Pairs] = {}
        self._own: list[z3.BoolRef] = []
        self._limits = 0

    def written(self) -> list[z3.BoolRef]:
        """The conditions since this was last asked."""
        found = [*self._plain.conditions, *self._own]
        self._plain.conditions, self._own = [], []
        return found

    def gate(self, gate: Gate, x: Pairs, h: Pairs) -> Pairs:
        key = (gate, x, h)
        if key not in self._known:
            units = range(self._cell.hidden)
            self._known[key] = tuple(self._gate_of(gate, unit, x, h) for unit in units)
        return self._known[key]

    def _gate_of(self, gate: Gate, unit: int, x: Pairs, h: Pairs) -> Pair:
        def summed(part: int) -> Term:
            parts = [product(self._weights[Parameter("w", gate, unit, d)], value[part]) for d, value in enumerate(x)]
            parts += [product(self._weights[Parameter("u", gate, unit, k)], value[part]) for k, value in enumerate(h)]
            return total([*parts, ZERO if part else self._weights[Parameter("b", gate, unit)]])

        return self._activated(self._cell.activation(gate), (summed(0), summed(1)))

    def output(self, c: Pairs) -> Pairs:
        return tuple(self._activated(self._cell.output, value) for value in c)

    def multiply(self, a: Pairs, b: Pairs) -> Pairs:
        """`a` are gates, which do not grow with K."""
        return tuple((product(x, y), product(x, slope)) for (x, _), (y, slope) in zip(a, b, strict=True))

    def add(self, a: Pairs, b: Pairs) -> Pairs:
        return tuple((total([x, y]), total([s, t])) for (x, s), (y, t) in zip(a, b, strict=True))

    def _activated(self, activation: Activation, value: Pair) -> Pair:
        finite, slope = value
        if activation is Activation.IDENTITY:
            return value
        if not isinstance(slope, z3.ArithRef):
            if slope:
                return (ONE if slope > 0 else ZERO), ZERO
            return self._plain.activated(activation, finite), ZERO
        settled = z3.Real(f"gate at the limit {self._limits}")
        self._limits += 1
        near = self._plain.activated(activation, finite)
        self._own.append(
            z3.Or(
                z3.And(slope > 0, settled == 1),
                z3.And(slope < 0, settled == 0),
                z3.And(slope == 0, settled == to_z3(near)),
            )
        )
        return settled, ZERO


class _Encoding:
    def __init__(self, query: StringsQuery) -> None:
        self._cell = query.cell
        self._tree = GrowingTree(query.spec, query.cell.hidden)
        self.weights = UnknownWeights(query)
        self._arithmetic = _PairArithmetic(self.weights, query.cell)
        self._conditions: list[z3.BoolRef] = self.weights.conditions()
        self.strings: list[z3.BoolRef] = []
        self._reached: dict[int, z3.BoolRef] = {}
        self._tame: dict[int, z3.BoolRef] = {}
        self._c: dict[int, Pairs] = {0: tuple((value, ZERO) for value in self.weights.c)}
        self._h: dict[int, Pairs] = {0: tuple((value, ZERO) for value in self.weights.h)}
        self.add(query.strings)

    def written(self) -> list[z3.BoolRef]:
        """The conditions since this was last asked."""
        found = [*self._conditions, *self._arithmetic.written()]
        self._conditions = []
        return found

    def add(self, strings: Iterable[EndlessString]) -> None:
        ends = self._tree.add(strings)
        paths = [list(self._tree.path(end)) for end in ends]
        for number in sorted({number for path in paths for number in path} - self._reached.keys()):
            self._reach(number, self._tree.prefixes[number])
        for path in paths:
            literal = z3.Bool(f"string {len(self.strings)}")
            self.strings.append(literal)
            told = z3.And(literal, *(self._tame[number] for number in path if number in self._tame))
            self._conditions += [z3.Implies(told, self._reached[number]) for number in path]

    def _reach(self, number: int, prefix: Prefix) -> None:
        """What holds if a string has this prefix."""
        assert prefix.parent is not None
        before, x = prefix.parent, tuple(map(_pair, prefix.x))
        reached = self._reached[number] = z3.Bool(f"prefix {number}")
        h = self._h[number] = tuple(self._h_after(number, prefix, unit) for unit in range(self._cell.hidden))
        self._conditions += [self._owed(demand, h) for demand in prefix.demands]
        if prefix.lap is not None:
            last = tuple(map(_pair, prefix.lap))
            self._c[number], self._tame[number] = self._after_laps(number, self._c[before], last, x, reached)
            opened = self._arithmetic.gate(Gate.OUTPUT, x, last)
            said = self._arithmetic.multiply(opened, self._arithmetic.output(self._c[number]))
        else:
            after = step(self._arithmetic, self._c[before], self._h[before], x)
            self._c[number] = tuple(
                self._named(f"c[{unit}] after {number}", pair, reached) for unit, pair in enumerate(after.c)
            )
            said = after.h
        same = [_same(got, owed) for got, owed in zip(said, h, strict=True)]
        self._conditions.append(z3.Implies(reached, z3.And(same)))

    def _named(self, label: str, pair: Pair, reached: z3.BoolRef) -> Pair:
        """A value under a name of its own, so that formulas stay small."""
        found: list[Term] = []
        for part, term in zip(("", " K"), pair, strict=True):
            if isinstance(term, z3.ArithRef):
                name = z3.Real(label + part)
                self._conditions.append(z3.Implies(reached, name == term))
                term = name
            found.append(term)
        return found[0], found[1]

    def _after_laps(self, number: int, c: Pairs, h: Pairs, x: Pairs, reached: z3.BoolRef) -> tuple[Pairs, z3.BoolRef]:
        """c after K laps, `h` being what the last of them sees; and the condition on which this is so.

        Where h is the same on all laps, so are the gates, and c moves from where it was. Where h grows,
        gates settle only after a while, and c may by then be anywhere. Where f is 1 and what is added
        grows with h, c is no straight line, and the string tells nothing.
        """
        f, i, g = (self._arithmetic.gate(gate, x, h) for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE))
        added = self._arithmetic.multiply(i, g)
        steady = all(slope == ZERO for _, slope in h)
        found: list[Pair] = []
        for unit, ((start, _), (kept, _), (more, _)) in enumerate(zip(c, f, added, strict=True)):
            now, growth = z3.Real(f"c[{unit}] after {number}"), z3.Real(f"c[{unit}] after {number} K")
            straight = [growth == to_z3(more), *([now == to_z3(start)] if steady else [])]
            bounded = [growth == 0, now == to_z3(total([product(kept, now), more]))]
            line = z3.If(to_z3(kept) == 1, z3.And(straight), z3.And(bounded))
            self._conditions.append(z3.Implies(reached, line))
            found.append((now, growth))
        return tuple(found), z3.And([equal(faster, ZERO) for _, faster in added])

    def _h_after(self, number: int, prefix: Prefix, unit: int) -> Pair:
        """What the spec fixes, or an unknown."""
        if self._cell.outputs is None:
            for demand in prefix.demands:
                if demand.relation is Relation.EQUAL and demand.place == unit:
                    return _pair(demand.bound)
        return z3.Real(f"h[{unit}] after {number}"), z3.Real(f"h[{unit}] after {number} K") if prefix.endless else ZERO

    def _read(self, output: int, h: Pairs) -> Pair:
        """z[output]."""
        if self._cell.outputs is None:
            return h[output]
        terms = self.weights.terms
        row = [terms[Parameter("V", None, output, unit)] for unit in range(self._cell.hidden)]
        finite = total(
            [terms[Parameter("d", None, output)], *(product(v, a) for v, (a, _) in zip(row, h, strict=True))]
        )
        return finite, total([product(v, slope) for v, (_, slope) in zip(row, h, strict=True)])

    def _owed(self, demand: Demand, h: Pairs) -> z3.BoolRef:
        """Is the demand met for all large K?"""
        bound = _pair(demand.bound)
        read = [(self._read(output, h), Fraction(factor)) for output, factor in demand.terms]
        finite, slope = (
            total([*(times(pair[part], factor) for pair, factor in read), -bound[part]]) for part in (0, 1)
        )
        if demand.relation is Relation.EQUAL:
            return _same((finite, slope), (ZERO, ZERO))
        near = at_least(finite, ZERO) if demand.relation is Relation.AT_LEAST else z3.Not(at_most(finite, ZERO))
        if isinstance(slope, Fraction):
            return z3.BoolVal(slope > 0) if slope else near
        return z3.Or(slope > 0, z3.And(slope == 0, near))


def _pair(form: Affine) -> Pair:
    return form.constant, form.coefficient(K)


def _same(a: Pair, b: Pair) -> z3.BoolRef:
    return z3.And(equal(a[0], b[0]), equal(a[1], b[1]))
