"""Boxes of states of sigmoid and tanh cells: every step from a box meets what is owed, and ends in a box.

The rules, in words. A box belongs to a state of the reference machine. The step of the machine from
that state on each combination of inputs is computed from the spec itself; a way has to end in a box
of the state that comes out. Where the promise of [assume] is broken the way is None, and only there.
What is owed is checked at every step on the way. Cuts are made before the first step only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from lstmsolve.checker.fixed_point import ONE, SCALE
from lstmsolve.checker.forms import Landed, Range, Reading, States, Stepper, point
from lstmsolve.kernel.base.affine import Affine, show
from lstmsolve.kernel.base.errors import InputError, OutsideFragment, RejectedProof
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.proofs.enclosures import Box, Cut, EnclosureCertificate, Follow, Side, Way
from lstmsolve.kernel.proofs.readouts import demands
from lstmsolve.kernel.spec.domains import enumerated

MAX_COMBINATIONS: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Move:
    """A step of the reference machine."""

    state: int | None
    """None where the promise is broken."""
    owed: tuple[Reading, ...]


def _untimed() -> None:
    pass


def check_enclosures(certificate: EnclosureCertificate, tick: Callable[[], None] = _untimed) -> None:
    """Accept by returning.

    Raises:
        RejectedProof: names the first place that proves nothing, and why.
        LimitReached: `tick` raised it; nothing is accepted then.
    """
    try:
        problem = certificate.problem.for_weights(certificate.weights)
    except InputError as error:
        raise RejectedProof(f"weights: {error}") from None
    cell = certificate.weights.cell
    if (cell.gate, cell.candidate, cell.output) != (Activation.SIGMOID, Activation.TANH, Activation.TANH):
        raise RejectedProof("cell: boxes prove something of sigmoid gates with tanh candidate and output only")
    broken = next(problem.constraints.unmet(certificate.weights), None)
    if broken is not None:
        raise RejectedProof(f"weights: {broken}")
    if not 0 <= certificate.scale <= SCALE:
        raise RejectedProof(f"scale: boxes are integers times 2^-scale, with a scale from 0 to {SCALE}")
    if certificate.error < 0:
        raise RejectedProof("error: an error is not negative")
    _Walk(certificate, tick).check()


class _Walk:
    """Goes through one certificate."""

    def __init__(self, certificate: EnclosureCertificate, tick: Callable[[], None]) -> None:
        self._certificate = certificate
        self._tick = tick
        self._spec = certificate.problem.spec
        self._combinations = self._all_inputs()
        columns = [tuple(value.constant for value in self._spec.encode(inputs)) for inputs in self._combinations]
        self._stepper = Stepper.of(certificate.weights, columns, certificate.error)
        self._numbers = {_key(registers): number for number, registers in enumerate(certificate.states)}
        self._moves: dict[tuple[int, int], _Move] = {}
        shift = SCALE - certificate.scale
        self._sides = [
            ([_shifted(side, shift) for side in box.c], [(low << shift, high << shift) for low, high in box.o])
            for box in certificate.boxes
        ]
        self._shift = shift

    def check(self) -> None:
        certificate = self._certificate
        initial = self._spec.initial
        if not certificate.states or _key(certificate.states[0]) != _key(initial):
            raise RejectedProof("states: the first must hold the initial registers")
        self._ways(certificate.start)
        start = certificate.weights.initial
        for number, way in enumerate(certificate.start):
            self._go(point(start.c, start.h), 0, number, way, f"start, input {number}")
        for number, box in enumerate(certificate.boxes):
            self._tick()
            self._box(number, box)

    def _box(self, number: int, box: Box) -> None:
        place = f"box {number}"
        hidden = self._certificate.weights.cell.hidden
        if not 0 <= box.state < len(self._certificate.states):
            raise RejectedProof(f"{place}: there is no state {box.state}")
        if not len(box.c) == len(box.o) == hidden:
            raise RejectedProof(f"{place}: c and o need {hidden} sides")
        c, o = self._sides[number]
        if any(low is not None and high is not None and low > high for low, high in (*c, *o)):
            raise RejectedProof(f"{place}: a side is empty")
        if any(low < 0 or high > ONE for low, high in o):
            raise RejectedProof(f"{place}: an output gate is from 0 to 1")
        self._ways(box.ways, place)
        for inputs, way in enumerate(box.ways):
            self._cut(c, o, box.state, inputs, way, f"{place}, input {inputs}")

    def _cut(
        self, c: Sequence[Range], o: Sequence[tuple[int, int]], state: int, inputs: int, way: Way, place: str
    ) -> None:
        if not isinstance(way, Cut):
            self._go(self._stepper.boxed(c, o), state, inputs, way, place)
            return
        hidden = len(c)
        if not 0 <= way.coordinate < 2 * hidden:
            raise RejectedProof(f"{place}: there is no coordinate {way.coordinate}")
        at = way.at << self._shift
        low, high = c[way.coordinate] if way.coordinate < hidden else o[way.coordinate - hidden]
        if (low is not None and at < low) or (high is not None and at > high):
            raise RejectedProof(f"{place}: a cut lies outside of the box")
        for side, then in (((low, at), way.below), ((at, high), way.above)):
            if way.coordinate < hidden:
                self._cut(_with(c, way.coordinate, side), o, state, inputs, then, place)
            else:
                whole = _with(o, way.coordinate - hidden, side)
                self._cut(c, [(a, b) for a, b in whole if a is not None and b is not None], state, inputs, then, place)

    def _go(self, states: States, state: int, inputs: int, way: Way, place: str) -> None:
        """One step from a set of states, and where it ends."""
        move = self._move(state, inputs)
        if move.state is None or way is None:
            if move.state is not None or way is not None:
                raise RejectedProof(f"{place}: a way is left out if and only if the step breaks the promise")
            return
        landed = self._stepper.step(states, inputs)
        if not all(reading.holds(landed.states.h) for reading in move.owed):
            raise RejectedProof(f"{place}: the readout does not follow")
        if isinstance(way, Follow):
            self._ways(way.ways, place)
            for number, then in enumerate(way.ways):
                self._tick()
                self._go(landed.states, move.state, number, then, f"{place}, then input {number}")
        elif isinstance(way, Cut):
            raise RejectedProof(f"{place}: cuts are made before the first step only")
        else:
            self._land(landed, move.state, way, place)

    def _land(self, landed: Landed, state: int, number: int, place: str) -> None:
        if not 0 <= number < len(self._certificate.boxes):
            raise RejectedProof(f"{place}: there is no box {number}")
        if self._certificate.boxes[number].state != state:
            raise RejectedProof(f"{place}: box {number} belongs to another state of the reference machine")
        c, o = self._sides[number]
        if len(c) != len(landed.o) or len(o) != len(landed.o):
            raise RejectedProof(f"box {number}: c and o need {len(landed.o)} sides")
        cells = all(_within((form.low, form.high), side) for form, side in zip(landed.states.c, c, strict=True))
        if not cells or not all(_within(got, side) for got, side in zip(landed.o, o, strict=True)):
            raise RejectedProof(f"{place}: the step may end outside of box {number}")

    def _move(self, state: int, inputs: int) -> _Move:
        """The step of the reference machine, from the spec itself."""
        found = self._moves.get((state, inputs))
        if found is None:
            found = self._moves[state, inputs] = self._compute(state, inputs)
        return found

    def _compute(self, state: int, inputs: int) -> _Move:
        registers, given = self._certificate.states[state], self._combinations[inputs]
        if not self._spec.assumed(registers, given):
            return _Move(None, ())
        after = self._spec.step(registers, given)
        number = self._numbers.get(_key(after.registers))
        if number is None:
            told = ", ".join(f"{name} = {show(value)}" for name, value in after.registers.items())
            raise RejectedProof(f"states: the step from state {state} leads to one that is not listed, {told}")
        try:
            owed = tuple(Reading(demand) for demand in demands(self._spec, self._certificate.weights, after.outputs))
        except OutsideFragment as error:
            raise RejectedProof(f"readout: {error}") from None
        return _Move(number, owed)

    def _ways(self, ways: Sequence[Way], place: str = "start") -> None:
        if len(ways) != len(self._combinations):
            raise RejectedProof(f"{place}: one way is needed for each of {len(self._combinations)} inputs")

    def _all_inputs(self) -> list[dict[str, Value]]:
        listed = []
        for entry in self._spec.inputs:
            values = enumerated(entry.domain)
            if values is None:
                raise RejectedProof(f"input {entry.name}: boxes need inputs that are listed value by value")
            listed.append([value if isinstance(value, str) else Affine((), value) for value in values])
        if prod(map(len, listed)) > MAX_COMBINATIONS:
            raise RejectedProof(f"inputs: more than {MAX_COMBINATIONS} combinations")
        names = [entry.name for entry in self._spec.inputs]
        return [dict(zip(names, values, strict=True)) for values in product(*listed)]


def _key(registers: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(registers.items()))


def _shifted(side: Side, shift: int) -> Range:
    low, high = side
    return None if low is None else low << shift, None if high is None else high << shift


def _with(sides: Sequence[Range], place: int, side: Range) -> list[Range]:
    found = list(sides)
    found[place] = side
    return found


def _within(inner: Range, outer: Range) -> bool:
    low = outer[0] is None or (inner[0] is not None and outer[0] <= inner[0])
    return low and (outer[1] is None or (inner[1] is not None and inner[1] <= outer[1]))
