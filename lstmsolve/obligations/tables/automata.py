"""A finite spec as one table of states and inputs, with states that nobody can tell apart merged."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.automata.merging import indistinguishable
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import ANY
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.kernel.spec.machines import MAX_STATES
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.systems import Inputs

Said: TypeAlias = tuple[Fraction | None, ...]
"""What units 0, 1, … owe after a step; None where nothing is owed."""

MAX_STEPS: Final = 200_000
"""States times inputs."""

MAX_ENTRIES: Final = 2_000_000
"""Inputs times columns."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where an input leads, and what is owed then."""

    target: int
    said: Said


@dataclass(frozen=True)
class Automaton:
    """States are numbered, the initial one is 0. A missing step breaks the promise of [assume]."""

    inputs: tuple[Vector, ...]
    """The input columns of each input, [D]."""
    steps: tuple[tuple[Step | None, ...], ...]
    """By state and input."""


def automaton_of(spec: Spec, watch: Watch = UNWATCHED) -> Automaton:
    """The minimal automaton of a spec with finitely many reachable states and listed inputs.

    Raises:
        OutsideFragment: an input has a range that is not taken value by value.
        LimitReached: too many states, or the watch ran out.
    """
    ranged = [entry.name for entry in spec.inputs if enumerated(entry.domain) is None]
    if ranged:
        raise OutsideFragment(f"the input {ranged[0]} has a range, and only listed inputs make an automaton")
    inputs = [given for _, given in Inputs(spec).cases]
    if len(inputs) * spec.columns > MAX_ENTRIES:
        raise LimitReached(f"{len(inputs)} inputs of {spec.columns} columns are too many")
    columns = tuple(tuple(column.constant for column in spec.encode(given)) for given in inputs)
    return _merged(Automaton(columns, tuple(_explored(spec, inputs, watch))))


def _explored(spec: Spec, inputs: list[dict[str, Value]], watch: Watch) -> list[tuple[Step | None, ...]]:
    """Breadth first from the initial registers."""
    # What is said late is told apart for as long: a state for each answer that may be owed in it.
    most = MAX_STATES if spec.stated is None else 2 * MAX_STATES
    numbers: dict[tuple[Value, ...], int] = {tuple(spec.initial.values()): 0}
    states: list[Mapping[str, Value]] = [spec.initial]
    steps: list[tuple[Step | None, ...]] = []
    for registers in states:
        row: list[Step | None] = []
        for given in inputs:
            watch.check()
            if not spec.assumed(registers, given):
                row.append(None)
                continue
            after = spec.step(registers, given)
            key = tuple(after.registers.values())
            if key not in numbers:
                numbers[key] = len(states)
                states.append(after.registers)
            said = tuple(None if owed is ANY else Affine.lift(owed).constant for owed in after.outputs)
            row.append(Step(numbers[key], said))
        steps.append(tuple(row))
        if len(states) > most:
            raise LimitReached(f"the case has more than {most} states, perhaps endlessly many")
        if len(states) * len(inputs) > MAX_STEPS:
            raise LimitReached(f"the case has more than {MAX_STEPS} transitions")
    return steps


def _merged(automaton: Automaton) -> Automaton:
    broken = len(automaton.steps)
    moves = [[broken if step is None else step.target for step in row] for row in automaton.steps]
    labels: list[Hashable] = [tuple(None if step is None else step.said for step in row) for row in automaton.steps]
    classes = indistinguishable([*labels, "broken"], [*moves, [broken] * len(automaton.inputs)])
    firsts: dict[int, int] = {}
    for state, number in enumerate(classes[:-1]):
        firsts.setdefault(number, state)
    # A class of its own, the broken one comes last and leaves no gap in the numbering.
    return Automaton(
        automaton.inputs,
        tuple(
            tuple(None if step is None else Step(classes[step.target], step.said) for step in automaton.steps[state])
            for state in firsts.values()
        ),
    )
