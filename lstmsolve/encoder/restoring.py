"""Units that are written afresh at each step: a code for each state of an automaton, out of -1, 0 and 1.

f is closed, so all that a unit keeps of the past is in what the units show. After a step it shows

    1    if i and o are open and the candidate is above 0        0    if i or o is closed
    -1   if i and o are open and the candidate is below 0

where open and above 0 is an argument of 1 or more, closed and below 0 one of -1 or less. Of a gate
whose value does not matter nothing is asked. A sigmoid and tanh cell with such weights, times a large
gain, makes up for its errors at each step (Omlin & Giles 1996 have this for second-order nets); how
large is large enough is for a proof to say.

What follows for whole codes is said to z3 besides, in Booleans. States that owe different things sooner
or later have different codes. Where units stand in groups, each of which hears itself and the later
ones, states that look alike to some of the last groups look alike to them after every symbol (a closed
partition; Hartmanis & Stearns 1966).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import NamedTuple

import z3

from lstmsolve.encoder.designs.queries import (
    WRITING,
    NoDesign,
    Restoring,
    RestoringAnswer,
    RestoringQuery,
    Shape,
    Undecided,
)
from lstmsolve.encoder.terms import Term, at_least, at_most, times, total, value_of
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Gate, Parameter
from lstmsolve.kernel.spec.specs import Demand


class _Bit(NamedTuple):
    above: z3.BoolRef
    below: z3.BoolRef


def restoring(query: RestoringQuery, shape: Shape) -> RestoringAnswer:
    """Codes and weights of a shape, or that there are none."""
    encoding = _Encoding(query, shape)
    solver = z3.SolverFor("QF_LRA")
    solver.set("random_seed", query.seed)
    if query.effort is not None:
        solver.set("rlimit", query.effort)
    solver.add(list(encoding.constraints()))
    answer = solver.check()
    if answer == z3.sat:
        return encoding.decode(solver.model())
    return NoDesign() if answer == z3.unsat else Undecided(f"z3 gave up: {solver.reason_unknown()}")


def _shows(bit: _Bit, level: int) -> z3.BoolRef:
    if level:
        return bit.above if level > 0 else bit.below
    return z3.Not(z3.Or(bit.above, bit.below))


def _apart(query: RestoringQuery, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those pairs of states that no code can do for: after some word they owe what nothing meets at once."""
    spare = 0 if query.shown else 2
    negated = [
        {(tuple((output, -sign) for output, sign in due.terms), due.bound.constant) for due in owed}
        for owed in query.owed
    ]

    def contradict(one: int, other: int) -> bool:
        return any(
            due.terms == terms and due.bound.constant + bound + spare > 0
            for due in query.owed[one]
            for terms, bound in negated[other]
        )

    found = {pair for pair in pairs if contradict(*pair)}
    while True:
        more = {
            (one, other)
            for one, other in pairs
            if (one, other) not in found
            and any((min(after), max(after)) in found for after in zip(query.next[one], query.next[other], strict=True))
        }
        if not more:
            return found
        found |= more


class _Encoding:
    def __init__(self, query: RestoringQuery, shape: Shape) -> None:
        self._query = query
        self._signed = shape.signed
        self._groups: list[range] = []
        for size in shape.groups:
            first = self._groups[-1].stop if self._groups else 0
            self._groups.append(range(first, first + size))
        self._units = range(query.hidden)
        # The first unit that each hears.
        self._first = [group.start for group in self._groups for _ in group]
        entered = sorted({target for row in query.next for target in row})
        self._codes = {
            state: [_Bit(z3.Bool(f"{state}[{unit}] is 1"), z3.Bool(f"{state}[{unit}] is -1")) for unit in self._units]
            for state in entered
        }
        self._apart = _apart(query, list(combinations(entered, 2)))
        self._weights: dict[Parameter, z3.ArithRef] = {}
        self._products: dict[tuple[int, Parameter], z3.ArithRef] = {}

    def constraints(self) -> Iterator[z3.BoolRef]:
        query = self._query
        for code in self._codes.values():
            for bit in code:
                yield z3.Not(z3.And(bit.above, bit.below) if self._signed else bit.below)
        yield from self._looks()
        # None is the start itself, which need not look like the same state later on.
        for source in (None, *self._codes):
            for symbol, target in enumerate(query.next[source or 0]):
                for unit in self._units:
                    yield from self._step(source, symbol, unit, self._codes[target][unit])
        for state, code in self._codes.items():
            for demand in query.owed[state]:
                yield self._met(state, code, demand)
        for (state, place), value in self._products.items():
            assert place.column is not None
            bit, weight = self._codes[state][place.column], self._weight(place)
            yield z3.Implies(bit.above, value == weight)
            yield z3.Implies(bit.below, value == -weight)
            yield z3.Implies(_shows(bit, 0), value == 0)

    def _step(self, source: int | None, symbol: int, unit: int, after: _Bit) -> Iterator[z3.BoolRef]:
        i, g, o = (self._argument(gate, unit, source, symbol) for gate in WRITING)
        shown = z3.Or(after.above, after.below)
        yield z3.Implies(shown, z3.And(at_least(i, ONE), at_least(o, ONE)))
        yield z3.Implies(z3.Not(shown), z3.Or(at_most(i, -ONE), at_most(o, -ONE)))
        yield z3.Implies(after.above, at_least(g, ONE))
        yield z3.Implies(after.below, at_most(g, -ONE))

    def _argument(self, gate: Gate, unit: int, source: int | None, symbol: int) -> Term:
        parts: list[Term] = [self._weight(Parameter("b", gate, unit))]
        for column, x in enumerate(self._query.columns[symbol]):
            if x:
                parts.append(times(self._weight(Parameter("w", gate, unit, column)), x))
        if source is not None:
            heard = self._units[self._first[unit] :]
            parts += [self._product(source, Parameter("u", gate, unit, other)) for other in heard]
        return total(parts)

    def _looks(self) -> Iterator[z3.BoolRef]:
        """Which states look alike to the last groups, and so after every symbol; to all groups, none that must not."""
        pairs = list(combinations(sorted(self._codes), 2))
        alike = {pair: z3.BoolVal(True) for pair in pairs}
        for group in reversed(self._groups):
            before = alike
            alike = {pair: z3.Bool(f"{pair} look alike from {group.start} on") for pair in pairs}
            for (one, other), look in alike.items():
                bits = [(self._codes[one][unit], self._codes[other][unit]) for unit in group]
                same = [z3.And(a.above == b.above, a.below == b.below) for a, b in bits]
                yield look == z3.And(before[one, other], *same)
                for targets in zip(self._query.next[one], self._query.next[other], strict=True):
                    if targets[0] != targets[1]:
                        yield z3.Implies(look, alike[min(targets), max(targets)])
        yield from (z3.Not(alike[pair]) for pair in pairs if pair in self._apart)

    def _met(self, state: int, code: list[_Bit], demand: Demand) -> z3.BoolRef:
        """Is it met, with 1 to spare where there is a layer to make up for it?"""
        bound, shown = demand.bound.constant, self._query.shown
        if shown is None:
            parts: list[Term] = []
            for output, sign in demand.terms:
                parts.append(times(self._weight(Parameter("d", None, output)), Fraction(sign)))
                parts += [
                    times(self._product(state, Parameter("V", None, output, unit)), Fraction(sign))
                    for unit in self._units
                ]
            return at_least(total(parts), bound + 1)
        ways = [
            z3.And([_shows(code[output], level) for level, (output, _) in zip(way, demand.terms, strict=True)])
            for way in product((-1, 0, 1), repeat=len(demand.terms))
            if sum((sign * level * shown for level, (_, sign) in zip(way, demand.terms, strict=True)), ZERO) > bound
        ]
        return z3.Or(ways)

    def _weight(self, place: Parameter) -> z3.ArithRef:
        return self._weights.setdefault(place, z3.Real(place.name))

    def _product(self, state: int, place: Parameter) -> z3.ArithRef:
        """The weight times what its unit shows in a state: all arguments and outputs share it."""
        return self._products.setdefault((state, place), z3.Real(f"{place.name} in {state}"))

    def decode(self, model: z3.ModelRef) -> Restoring:
        def is_true(condition: z3.BoolRef) -> bool:
            return bool(z3.is_true(model.eval(condition, model_completion=True)))

        codes: Mapping[int, tuple[int, ...]] = {
            state: tuple(int(is_true(bit.above)) - int(is_true(bit.below)) for bit in code)
            for state, code in self._codes.items()
        }
        weights = {place: value_of(model, term) for place, term in self._weights.items()}
        return Restoring(codes, weights)
