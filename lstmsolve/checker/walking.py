"""The walk through boxes: from each box, on each symbol, the way that the certificate names is gone and judged.

What the reference machine does, and what is known of c besides, a `Machine` says. On every way each
step must meet what is owed, and the end must lie in a box of the right state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Final, NamedTuple, Protocol

from lstmsolve.checker.fixed_point import ONE, SCALE
from lstmsolve.checker.forms import Landed, Range, Reading, States, Stepper, common, empty, narrowed, point
from lstmsolve.kernel.base.affine import Affine, show
from lstmsolve.kernel.base.errors import InputError, RejectedProof
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import NumericKind, SymbolKind
from lstmsolve.kernel.lstm.cells import Activation, Weights
from lstmsolve.kernel.proofs.enclosures import Box, Cut, Follow, Side, Way
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Spec

MAX_COMBINATIONS: Final = 100_000

ANYWHERE: Final[Range] = (None, None)


@dataclass(frozen=True, slots=True)
class Move:
    """A step of the reference machine."""

    state: int
    owed: tuple[Reading, ...]
    before: tuple[Range, ...] = ()
    """Where each c is before the step, if it goes this way; empty where nothing is known."""
    after: tuple[Range, ...] = ()
    """Where each c is after it."""


class Machine(Protocol):
    """The reference machine, as far as the walk knows it; a symbol is one combination of inputs, or a choice on it."""

    @property
    def states(self) -> int: ...

    def move(self, state: int, symbol: int) -> Move | None:
        """The step from a state; None where nothing is owed from then on."""
        ...

    def look(self, states: States, state: int, symbol: int, place: str) -> None:
        """Judge what else a step from these states must do.

        Raises:
            RejectedProof: it does not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """What a certificate says of boxes."""

    weights: Weights
    scale: int
    start: tuple[Way, ...]
    boxes: tuple[Box, ...]


class Weakest(NamedTuple):
    """Where the least is left of what is owed."""

    margin: Fraction
    """By so much at least the readout is on the right side of its threshold."""
    place: str


def require_cell(problem: Problem, weights: Weights, scale: int) -> None:
    """Are the weights such as boxes prove something of, and those of the problem?

    Raises:
        RejectedProof: they are not.
    """
    try:
        problem = problem.for_weights(weights)
    except InputError as error:
        raise RejectedProof(f"weights: {error}") from None
    cell = weights.cell
    if (cell.gate, cell.candidate, cell.output) != (Activation.SIGMOID, Activation.TANH, Activation.TANH):
        raise RejectedProof("cell: boxes prove something of sigmoid gates with tanh candidate and output only")
    broken = next(problem.constraints.unmet(weights), None)
    if broken is not None:
        raise RejectedProof(f"weights: {broken}")
    if not 0 <= scale <= SCALE:
        raise RejectedProof(f"scale: boxes are integers times 2^-scale, with a scale from 0 to {SCALE}")


def combinations(spec: Spec) -> list[dict[str, Value]]:
    """Every combination of inputs."""
    listed = []
    for entry in spec.inputs:
        values = enumerated(entry.domain)
        if values is None:
            raise RejectedProof(f"input {entry.name}: boxes need inputs that are listed value by value")
        listed.append([value if isinstance(value, str) else Affine((), value) for value in values])
    if prod(map(len, listed)) > MAX_COMBINATIONS:
        raise RejectedProof(f"inputs: more than {MAX_COMBINATIONS} combinations")
    names = [entry.name for entry in spec.inputs]
    return [dict(zip(names, values, strict=True)) for values in product(*listed)]


def require_registers(spec: Spec, values: Mapping[str, Value], besides: Collection[str], place: str) -> None:
    """Has each register but those named a value of its kind?

    Raises:
        RejectedProof: it has not.
    """
    kinds = {register.name: register.kind for register in spec.registers if register.name not in besides}
    if values.keys() != kinds.keys():
        raise RejectedProof(f"{place}: its registers are to be {', '.join(kinds) or 'none'}")
    for name, kind in kinds.items():
        match kind, values[name]:
            case SymbolKind(symbols), str(value) if value in symbols:
                pass
            case NumericKind(whole), Affine() as value if value.is_constant and not (
                whole and value.constant.denominator > 1
            ):
                pass
            case _, value:
                raise RejectedProof(f"{place}: register {name} cannot be {show(value)}")


class Walk:
    """Goes through one certificate."""

    def __init__(
        self,
        given: Given,
        machine: Machine,
        columns: Sequence[tuple[Fraction, ...]],
        error: Fraction,
        tick: Callable[[], None],
    ) -> None:
        self._given = given
        self._machine = machine
        self._tick = tick
        self._symbols = len(columns)
        self._hidden = given.weights.cell.hidden
        self._stepper = Stepper.of(given.weights, columns, error)
        self._shift = SCALE - given.scale
        self.weakest: Weakest | None = None
        self._sides = [
            ([_shifted(side, self._shift) for side in box.c], [(a << self._shift, b << self._shift) for a, b in box.o])
            for box in given.boxes
        ]

    def check(self) -> None:
        """Accept by returning; the machine has looked at the initial state."""
        given = self._given
        self._ways(given.start)
        start = given.weights.initial
        for number, way in enumerate(given.start):
            self._go(point(start.c, start.h), 0, number, way, f"start, input {number}")
        for number, box in enumerate(given.boxes):
            self._tick()
            self._box(number, box)

    def _box(self, number: int, box: Box) -> None:
        place = f"box {number}"
        if not 0 <= box.state < self._machine.states:
            raise RejectedProof(f"{place}: there is no state {box.state}")
        if not len(box.c) == len(box.o) == self._hidden:
            raise RejectedProof(f"{place}: c and o need {self._hidden} sides")
        c, o = self._sides[number]
        if any(low is not None and high is not None and low > high for low, high in (*c, *o)):
            raise RejectedProof(f"{place}: a side is empty")
        if any(low < 0 or high > ONE for low, high in o):
            raise RejectedProof(f"{place}: an output gate is from 0 to 1")
        self._ways(box.ways, place)
        for symbol, way in enumerate(box.ways):
            self._cut(c, o, box.state, symbol, way, f"{place}, input {symbol}")

    def _cut(
        self, c: Sequence[Range], o: Sequence[tuple[int, int]], state: int, symbol: int, way: Way, place: str
    ) -> None:
        if not isinstance(way, Cut):
            move = self._agreed(state, symbol, way, place)
            inside = c if move is None or not move.before else list(map(common, c, move.before))
            if not any(empty(side) for side in inside):
                self._go(self._stepper.boxed(inside, o), state, symbol, way, place)
            return
        if not 0 <= way.coordinate < 2 * self._hidden:
            raise RejectedProof(f"{place}: there is no coordinate {way.coordinate}")
        at = way.at << self._shift
        low, high = c[way.coordinate] if way.coordinate < self._hidden else o[way.coordinate - self._hidden]
        if (low is not None and at < low) or (high is not None and at > high):
            raise RejectedProof(f"{place}: a cut lies outside of the box")
        for side, then in (((low, at), way.below), ((at, high), way.above)):
            if way.coordinate < self._hidden:
                self._cut(_with(c, way.coordinate, side), o, state, symbol, then, place)
            else:
                whole = _with(o, way.coordinate - self._hidden, side)
                self._cut(c, [(a, b) for a, b in whole if a is not None and b is not None], state, symbol, then, place)

    def _go(self, states: States, state: int, symbol: int, way: Way, place: str) -> None:
        """One step from a set of states, and where it ends."""
        move = self._agreed(state, symbol, way, place)
        if move is None or way is None:
            return
        self._machine.look(states, state, symbol, place)
        landed = self._stepper.step(states, symbol, move.after)
        if landed is None:
            return
        for reading in move.owed:
            left = reading.least(landed.states.h)
            if not reading.met(left):
                raise RejectedProof(f"{place}: the readout does not follow")
            if self.weakest is None or left < self.weakest.margin * ONE:
                self.weakest = Weakest(Fraction(left, ONE), place)
        if isinstance(way, Follow):
            self._ways(way.ways, place)
            for number, then in enumerate(way.ways):
                self._tick()
                self._further(landed.states, move.state, number, then, f"{place}, then input {number}")
        elif isinstance(way, Cut):
            raise RejectedProof(f"{place}: cuts are made before the first step only")
        else:
            self._land(landed, move.state, way, place)

    def _agreed(self, state: int, symbol: int, way: Way, place: str) -> Move | None:
        """The step of the reference machine, where there is one if and only if there is a way."""
        move = self._machine.move(state, symbol)
        if (move is None) is not (way is None):
            raise RejectedProof(f"{place}: a way is left out if and only if the step breaks the promise")
        return move

    def _further(self, states: States, state: int, symbol: int, way: Way, place: str) -> None:
        """One more step, from what of the set goes this way."""
        move = self._agreed(state, symbol, way, place)
        some = states if move is None else _narrowed(states, move.before)
        if some is not None:
            self._go(some, state, symbol, way, place)

    def _land(self, landed: Landed, state: int, number: int, place: str) -> None:
        boxes = self._given.boxes
        if not 0 <= number < len(boxes):
            raise RejectedProof(f"{place}: there is no box {number}")
        if boxes[number].state != state:
            raise RejectedProof(f"{place}: box {number} belongs to another state of the reference machine")
        c, o = self._sides[number]
        if len(c) != len(landed.o) or len(o) != len(landed.o):
            raise RejectedProof(f"box {number}: c and o need {len(landed.o)} sides")
        cells = all(_within((form.low, form.high), side) for form, side in zip(landed.states.c, c, strict=True))
        if not cells or not all(_within(got, side) for got, side in zip(landed.o, o, strict=True)):
            raise RejectedProof(f"{place}: the step may end outside of box {number}")

    def _ways(self, ways: Sequence[Way], place: str = "start") -> None:
        if len(ways) != self._symbols:
            raise RejectedProof(f"{place}: one way is needed for each of {self._symbols} inputs")


def _narrowed(states: States, sides: Sequence[Range]) -> States | None:
    """The states after a step whose c lie in these ranges; None if there are none."""
    if not sides:
        return states
    slot = len(states.c[0].factors) - 2 * len(sides)
    c = [narrowed(form, side, slot + unit) for unit, (form, side) in enumerate(zip(states.c, sides, strict=True))]
    found = [form for form in c if form is not None]
    return States(found, states.h) if len(found) == len(c) else None


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
