"""Few strings on which signs tell that one unit cannot say an output (`kernel.proofs.signs`), out of many.

z3 is asked for signs of the unit's gates, with weights that have them. Where there are none, it says which strings it
used; asked again of these alone it uses fewer. What it says is a hint: the proof is looked for without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import z3

from lstmsolve.encoder.designs.queries import SignsQuery
from lstmsolve.encoder.terms import Term, times, to_z3, total
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Activation, Gate, Vector
from lstmsolve.kernel.proofs.signs import ANY_SIGN, Signs, first_signs

EFFORT: Final = 60_000_000
"""z3's limit (`rlimit`) each time."""

ROUNDS: Final = 6

ENOUGH: Final = 0.97
"""Where of so many strings all are used again, no fewer are looked for."""

NO = z3.BoolVal(False)


def telling_strings(query: SignsQuery) -> tuple[int, ...] | None:
    """The numbers of some strings that suffice; None if signs do not tell, or not soon."""
    asked = tuple(range(len(query.due)))
    found: tuple[int, ...] | None = None
    for _ in range(ROUNDS):
        core = _Signs(query).core(asked)
        if core is None:
            break
        found = core
        if len(core) > ENOUGH * len(asked):
            break
        asked = core
    return found


@dataclass(frozen=True)
class _Sign:
    above: z3.BoolRef
    below: z3.BoolRef


class _Signs:
    def __init__(self, query: SignsQuery) -> None:
        self._query = query
        self._solver = z3.SolverFor("QF_LRA")
        self._solver.set("rlimit", EFFORT)
        width = len(query.due[0][0][0])
        self._weights = {gate: [z3.Real(f"w_{gate.value}[{k}]") for k in range(width)] for gate in Gate}
        self._behind: dict[tuple[Gate, tuple[Vector, ...]], z3.ArithRef] = {}
        self._gates: dict[tuple[Gate, int, tuple[Vector, ...]], z3.BoolRef] = {}
        self._held: dict[tuple[Vector, ...], _Sign] = {(): self._free("start", first_signs(query.choice, query.unit))}

    def core(self, asked: Sequence[int]) -> tuple[int, ...] | None:
        """Those of the strings that show that there are no such signs; None if there are some, or it takes long."""
        marks = {}
        for number in asked:
            word, allowed = self._query.due[number]
            if allowed == ANY_SIGN:
                continue
            marks[f"string {number}"] = number
            self._solver.add(z3.Implies(z3.Bool(f"string {number}"), self._shown_within(word, allowed)))
        if self._solver.check(*map(z3.Bool, marks)) != z3.unsat:
            return None
        return tuple(sorted(marks[str(mark)] for mark in self._solver.unsat_core()))

    def _shown_within(self, word: tuple[Vector, ...], allowed: Signs) -> z3.BoolRef:
        held, shown = self._after(word), self._gate(Gate.OUTPUT, 1, word)
        above = z3.And(shown, held.above)
        below = NO if self._query.choice.output is Activation.CRELU else z3.And(shown, held.below)
        zero = z3.Not(z3.Or(above, below))
        return z3.And([z3.Not(one) for sign, one in ((1, above), (-1, below), (0, zero)) if sign not in allowed])

    def _after(self, word: tuple[Vector, ...]) -> _Sign:
        """The sign of c: that of f c' + i g."""
        if word not in self._held:
            before = self._after(word[:-1])
            forget, write = self._gate(Gate.FORGET, 1, word), self._gate(Gate.INPUT, 1, word)
            signed = self._query.choice.candidate is Activation.IDENTITY
            negative = self._gate(Gate.CANDIDATE, -1, word) if signed else NO
            above = z3.Or(z3.And(forget, before.above), z3.And(write, self._gate(Gate.CANDIDATE, 1, word)))
            below = z3.Or(z3.And(forget, before.below), z3.And(write, negative))
            found = self._free(f"c {len(self._held)}", ANY_SIGN)
            self._solver.add(z3.Implies(found.above, above), z3.Implies(found.below, below))
            self._solver.add(z3.Implies(z3.And(above, z3.Not(below)), found.above))
            self._solver.add(z3.Implies(z3.And(below, z3.Not(above)), found.below))
            self._held[word] = found
        return self._held[word]

    def _free(self, name: str, signs: Signs) -> _Sign:
        """A number of one of these signs."""
        above, below = z3.Bool(f"{name} above"), z3.Bool(f"{name} below")
        ways = {1: above, -1: below, 0: z3.Not(z3.Or(above, below))}
        self._solver.add(z3.Or([ways[sign] for sign in sorted(signs)]), z3.Not(z3.And(above, below)))
        return _Sign(above, below)

    def _gate(self, gate: Gate, sign: int, word: tuple[Vector, ...]) -> z3.BoolRef:
        """Is sign times the gate's argument above 0?"""
        key = (gate, sign, word)
        if key not in self._gates:
            behind = self._behind.setdefault((gate, word[:-1]), z3.Real(f"{gate.value} {len(self._behind)}"))
            parts: list[Term] = [times(w, x) for w, x in zip(self._weights[gate], word[-1], strict=True)]
            argument = to_z3(times(total([*parts, behind]), ONE * sign))
            self._gates[key] = z3.Bool(f"{gate.value} {sign} {len(self._gates)}")
            self._solver.add(self._gates[key] == (argument > to_z3(ZERO)))
        return self._gates[key]
