"""The gates of one unit, where it is given what every unit holds in every mode.

Then units do not know each other's weights: each is a small linear problem of its own. c and h are the same form, so
o is HIGH throughout, and what is left is c' = f*c + i*g on every transition, with f LOW or HIGH. What gates see is the
same for all units, and becomes terms once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

import z3

from lstmsolve.encoder.demands import corners_of, stays_in
from lstmsolve.encoder.terms import Term, equal, times, total, value_of
from lstmsolve.kernel.base.affine import ONE, ONE_FORM, ZERO_FORM, Affine
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Parameter
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.linear.generators import Generators, generators
from lstmsolve.obligations.tables.transitions import Transition, TransitionTable

UnitMap: TypeAlias = Mapping[str, Affine]
"""What a unit holds and shows, by mode."""

HALF: Final = Fraction(1, 2)
"""The only value between 0 and 1 that a gate may have beside a factor that is neither."""

EFFORT: Final = 4_000_000
"""z3's limit (`rlimit`) for one unit."""

_GATES: Final = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE)


class Units:
    """Units that hold these forms: which of them can, and with which gates."""

    def __init__(self, table: TransitionTable, maps: Sequence[UnitMap], cell: Cell) -> None:
        self._table = table
        self._maps = maps
        self._clips = cell.candidate is Activation.CRELU
        self._terms: dict[tuple[str, Gate, int | None], z3.ArithRef] = {}
        for gate in _GATES:
            self._terms["b", gate, None] = z3.Real(f"b_{gate.value}")
            self._terms |= {("w", gate, k): z3.Real(f"w_{gate.value}[{k}]") for k in range(cell.inputs)}
            self._terms |= {("u", gate, k): z3.Real(f"u_{gate.value}[{k}]") for k in range(len(maps))}
        self._defined: list[z3.BoolRef] = []
        self._demands: dict[int, list[z3.BoolRef]] = {}
        self._arguments = [
            {gate: self._argument(gate, number, step, shape) for gate in _GATES}
            for number, step in enumerate(table.transitions)
            for shape in [generators(step.region.rows, sorted(step.region.variables))]
        ]

    def gates(self, unit: int, seen: Collection[int]) -> dict[Parameter, Fraction] | None:
        """Weights with which a unit holds its form on every transition, where its gates look at these units alone.

        None if there are none of this kind, or none soon.
        """
        solver = z3.SolverFor("QF_LRA")
        solver.set("rlimit", EFFORT)
        solver.add(self._defined)
        unseen = [term for (matrix, _, k), term in self._terms.items() if matrix == "u" and k not in seen]
        solver.add([term == 0 for term in unseen])
        if unit not in self._demands:
            self._demands[unit] = [self._kept(unit, number) for number in range(len(self._table.transitions))]
        solver.add(self._demands[unit])
        if solver.check() != z3.sat:
            return None
        model = solver.model()
        values = {Parameter(m, gate, unit, k): value_of(model, term) for (m, gate, k), term in self._terms.items()}
        return {**{place: value for place, value in values.items() if value}, Parameter("b", Gate.OUTPUT, unit): ONE}

    def _kept(self, unit: int, number: int) -> z3.BoolRef:
        """Is the map kept on a transition?"""
        step, own, seen = self._table.transitions[number], self._maps[unit], self._arguments[number]
        before = step.region.bind(own[step.source])
        after = own[step.target].substitute(step.values)
        forget = seen[Gate.FORGET]
        kept = [(forget.low, ZERO_FORM), (forget.high, before)]
        if before.is_zero:
            kept = [(z3.BoolVal(True), ZERO_FORM)]
        return z3.Or([z3.And(so, z3.Or(list(self._adds(seen, after - form)))) for so, form in kept])

    def _adds(self, seen: Mapping[Gate, _Argument], wanted: Affine) -> Iterator[z3.BoolRef]:
        """The ways of i*g to be what is wanted."""
        write, candidate = seen[Gate.INPUT], seen[Gate.CANDIDATE]
        if wanted.is_zero:
            yield write.low
        if not self._clips:
            yield z3.And(write.high, candidate.equals(wanted))
            yield z3.And(write.equals(Affine((), HALF)), candidate.equals(wanted * (1 / HALF)))
            return
        if wanted.is_zero:
            yield candidate.low
        if wanted == ONE_FORM:
            yield z3.And(write.high, candidate.high)
            return
        for some, other in ((write, candidate), (candidate, write)):
            yield z3.And(some.high, other.linear, other.equals(wanted))

    def _argument(self, gate: Gate, number: int, step: Transition, shape: Generators) -> _Argument:
        """w x + u h + b on a transition's region: a variable for each of its coefficients."""
        parts: list[tuple[Affine, Term]] = [(ONE_FORM, self._terms["b", gate, None])]
        parts += [(x, self._terms["w", gate, k]) for k, x in enumerate(step.x)]
        parts += [(step.region.bind(own[step.source]), self._terms["u", gate, k]) for k, own in enumerate(self._maps)]
        slopes = {name: z3.Real(f"{gate.value} at {number} by {name}") for name in shape.names}
        constant = z3.Real(f"{gate.value} at {number}")
        for name, slope in slopes.items():
            self._defined.append(slope == total(times(term, form.coefficient(name)) for form, term in parts))
        self._defined.append(constant == total(times(term, form.constant) for form, term in parts))
        corners = corners_of(
            [(ONE_FORM, constant), *((Affine.variable(name), slope) for name, slope in slopes.items())], shape
        )
        phases = {phase: z3.Bool(f"{gate.value} at {number} {phase.value}") for phase in Phase}
        self._defined += [z3.Implies(holds, stays_in(phase, corners)) for phase, holds in phases.items()]
        return _Argument(phases[Phase.LOW], phases[Phase.HIGH], phases[Phase.LINEAR], slopes, constant)


@dataclass(frozen=True)
class _Argument:
    """What a gate sees on a transition."""

    low: z3.BoolRef
    high: z3.BoolRef
    linear: z3.BoolRef
    slopes: Mapping[str, z3.ArithRef]
    constant: z3.ArithRef

    def equals(self, form: Affine) -> z3.BoolRef:
        slopes = [equal(slope, form.coefficient(name)) for name, slope in self.slopes.items()]
        return z3.And([*slopes, equal(self.constant, form.constant)])
