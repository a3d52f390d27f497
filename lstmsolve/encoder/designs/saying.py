"""One unit that says an automaton's outputs 0 and 1 at once, where its gates may be told the state in any way.

The gates are saturated. c is 0 or 1, kept or written, and may differ between runs that lead to the same state: then the
state is two. Of each gate the slopes for the input are unknown, and a shift for each state and c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import z3

from lstmsolve.encoder.designs.queries import Saying, SayingQuery
from lstmsolve.encoder.terms import Term, times, to_z3, total, value_of
from lstmsolve.kernel.lstm.cells import Gate

EFFORT: Final = 20_000_000
"""z3's limit (`rlimit`)."""

Known: TypeAlias = tuple[int, bool]
"""A state of the automaton, and whether c is 1."""


def say(query: SayingQuery) -> Saying | None:
    """Gates of a unit that says the outputs, if there are some of this kind."""
    unit = _Unit(query)
    solver = z3.SolverFor("QF_LRA")
    solver.set("rlimit", EFFORT)
    solver.add(unit.conditions())
    return unit.decode(solver.model()) if solver.check() == z3.sat else None


@dataclass(frozen=True)
class _Step:
    """What the gates do in a state at an input, and what comes of it."""

    high: Mapping[Gate, z3.BoolRef]
    c: z3.BoolRef


class _Unit:
    def __init__(self, query: SayingQuery) -> None:
        self._query = query
        gates = (*query.writing, Gate.FORGET)
        self._known = [(state, c) for state in range(len(query.moves)) for c in (False, True)]
        self._slopes = {gate: [z3.Real(f"w_{gate.value}[{k}]") for k in range(len(query.columns[0]))] for gate in gates}
        self._shifts = {gate: {at: z3.Real(f"{gate.value} in {at}") for at in self._known} for gate in gates}
        self._reached = {at: z3.Bool(f"{at} is reached") for at in self._known}
        self._steps = {
            (at, k): self._step(at, k)
            for at in self._known
            for k, target in enumerate(query.moves[at[0]])
            if target is not None
        }

    def _step(self, at: Known, k: int) -> _Step:
        high = {gate: z3.Bool(f"{gate.value} in {at} at {k}") for gate in self._slopes}
        written = z3.And([high[gate] for gate in self._query.writing if gate is not Gate.OUTPUT])
        return _Step(high, z3.Or(high[Gate.FORGET], written) if at[1] else written)

    def conditions(self) -> list[z3.BoolRef]:
        found = [self._reached[0, False]]
        for (at, k), step in self._steps.items():
            for gate, high in step.high.items():
                argument = to_z3(self._argument(gate, at, k))
                found += [z3.Implies(high, argument >= 1), z3.Implies(z3.Not(high), argument <= 0)]
            found.append(z3.Implies(self._reached[at], z3.And(self._right(at, k, step))))
        return found

    def _argument(self, gate: Gate, at: Known, k: int) -> Term:
        parts = [times(slope, x) for slope, x in zip(self._slopes[gate], self._query.columns[k], strict=True)]
        return total([*parts, self._shifts[gate][at]])

    def _right(self, at: Known, k: int, step: _Step) -> list[z3.BoolRef]:
        """Is what is said what is owed, and are the states that may follow right as well?"""
        state, holds = at
        target, owed = self._query.moves[state][k], self._query.owed[state][k]
        assert target is not None
        found = [z3.Implies(step.c == c, self._reached[target, c]) for c in (False, True)]
        if holds:
            written = [high for gate, high in step.high.items() if gate not in (Gate.OUTPUT, Gate.FORGET)]
            found.append(z3.Not(z3.And(step.high[Gate.FORGET], *written)))
        if owed is not None:
            found.append(z3.And(step.high[Gate.OUTPUT], step.c) == z3.BoolVal(owed))
        return found

    def decode(self, model: z3.ModelRef) -> Saying:
        """The states that are reached, numbered, and the gates in each."""
        numbers: dict[Known, int] = {(0, False): 0}
        moves: list[Sequence[int | None]] = []
        for at in (queue := [(0, False)]):
            row: list[int | None] = []
            for k, target in enumerate(self._query.moves[at[0]]):
                if target is None:
                    row.append(None)
                    continue
                after = (target, z3.is_true(model.eval(self._steps[at, k].c, model_completion=True)))
                if after not in numbers:
                    numbers[after] = len(queue)
                    queue.append(after)
                row.append(numbers[after])
            moves.append(row)
        slopes = {gate: tuple(value_of(model, slope) for slope in own) for gate, own in self._slopes.items()}
        shifts = {gate: tuple(value_of(model, own[at]) for at in queue) for gate, own in self._shifts.items()}
        return Saying(tuple(state for state, _ in queue), tuple(map(tuple, moves)), slopes, shifts)
