"""What an output layer says beside a constructed cell: z = V h + d, with units for what states do not say.

A state's units already tell which state the automaton is in. Where the output hangs on the state alone, V says it of
them. Where it hangs on the input as well, more units recognise the steps on which it differs (`recognisers`), and V
adds the difference. Two ways are weighed: differences from what each state says most often, or units for each output
but one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.spec.specs import Decide, Readout, Spec, Threshold
from lstmsolve.obligations.tables.automata import Automaton, Said, Step
from lstmsolve.search.built.staircases import Factor, Row, rows_by

Unit: TypeAlias = Sequence[Factor]
"""What a unit is after a step: the product of these."""

Recogniser: TypeAlias = Callable[[Mapping[int, Row]], list[Unit]]
"""Units one of which is 1 where one of these inputs comes in its state."""


@dataclass(frozen=True)
class Spoken:
    """The layer: what each state's units and each further unit add to z, and d."""

    states: Mapping[int, Vector]
    """By state, [outputs]; zero where left out."""
    more: Sequence[tuple[Unit, Vector]]
    d: Vector


def wanted(spec: Spec, said: Said) -> Said:
    """Numbers that meet what is owed where a step says `said`: its own, or some on the right side of a threshold."""
    readout = spec.readout or Readout()
    if readout.decide is Decide.VALUE:
        return said
    high, low = _sides(readout)
    return tuple({ONE: high, ZERO: low}.get(value, value) if value is not None else None for value in said)


def _sides(readout: Readout) -> tuple[Fraction, Fraction]:
    """What stands for 1 and for 0."""
    if readout.decide is Decide.ARGMAX:
        return max(ONE, readout.margin or ONE), ZERO
    return _near(ONE, readout.accept, 1), _near(ZERO, readout.reject, -1)


def _near(value: Fraction, threshold: Threshold | None, sign: int) -> Fraction:
    """The value if it is on its side of the threshold, or a number that is."""
    if threshold is None:
        return value
    beyond = sign * (value - threshold.bound)
    if beyond > 0 or (beyond == 0 and not threshold.strict):
        return value
    return threshold.bound + (sign if threshold.strict else 0)


def spoken(automaton: Automaton, recognisers: Recogniser) -> Spoken:
    """A layer that says the automaton's outputs, with as few further units as is found."""
    by_state = _by_state(automaton)
    ways = [_beside(automaton, by_state, recognisers)]
    if ways[0].more:
        ways.append(_beside(automaton, {}, recognisers))
    return min(ways, key=lambda way: len(way.more))


def _by_state(automaton: Automaton) -> dict[int, Vector]:
    """What is said most often on entering each state; where nothing is owed, zero."""
    heard: dict[int, Counter[Said]] = defaultdict(Counter)
    for step in (step for row in automaton.steps for step in row if step is not None):
        heard[step.target][step.said] += 1
    return {state: _filled(_commonest(said)) for state, said in heard.items()}


def _commonest(said: Counter[Said]) -> Said:
    """What agrees with the most: the most frequent of what is owed in full, else of all."""
    full = Counter({value: number for value, number in said.items() if None not in value})
    return (full or said).most_common(1)[0][0]


def _beside(automaton: Automaton, states: Mapping[int, Vector], recognisers: Recogniser) -> Spoken:
    """The layer in which each state says this much, and further units what is missing."""
    base = states.get(0) or _everywhere(automaton)

    def lack(step: Step, number: int) -> Vector | None:
        there = states.get(step.target, base)
        lacking = tuple(ZERO if value is None else value - known for value, known in zip(step.said, there, strict=True))
        return lacking if any(lacking) else None

    more = [(unit, column) for column, rows in rows_by(automaton, lack).items() for unit in recognisers(rows)]
    above = {state: _minus(said, base) for state, said in states.items() if said != base}
    return Spoken(above, more, base)


def _everywhere(automaton: Automaton) -> Vector:
    heard = Counter(step.said for row in automaton.steps for step in row if step is not None)
    return _filled(_commonest(heard))


def _filled(said: Said) -> Vector:
    return tuple(value or ZERO for value in said)


def _minus(a: Vector, b: Vector) -> Vector:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def layer_entries(said: Spoken, units_of: Mapping[int, Sequence[int]], first: int) -> Iterator[tuple[int, Vector]]:
    """Units and their columns of V; further units are numbered from `first`."""
    for state, column in said.states.items():
        yield from ((unit, column) for unit in units_of.get(state, ()))
    yield from ((first + number, column) for number, (_, column) in enumerate(said.more))
