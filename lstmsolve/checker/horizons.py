"""Cells that count, up to a length: boxes hold while errors of what the cells follow are small, and so long they are.

The rules, in words. Counters are known by their classes. Every way that a step may go is computed
from the spec itself, with the values of the counters from which it goes this way. Where a cell
follows a counter, c is known besides: its target for these values, up to how far it may be off
within the length. On every step the target of the new state is either kept up with, so that the
error grows by no more than leak and drift say, or set anew, so that it is at most `start`. Why the
errors then stay as small as was assumed is in docs/certificate.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from lstmsolve.checker.clocks import untimed
from lstmsolve.checker.fixed_point import ONE, tail
from lstmsolve.checker.forms import Range, Reading, States, ceiling, floor
from lstmsolve.checker.walking import (
    ANYWHERE,
    MAX_COMBINATIONS,
    Given,
    Move,
    Walk,
    combinations,
    require_cell,
    require_registers,
)
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import OutsideFragment, RejectedProof
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.lstm.cells import Gate, Vector, Weights, nonzero
from lstmsolve.kernel.proofs.counting import MOST_PARTS, counting, moves, value_of
from lstmsolve.kernel.proofs.counting import Move as Step
from lstmsolve.kernel.proofs.horizons import Counter, Followed, HorizonCertificate, Span, Target
from lstmsolve.kernel.proofs.readouts import demands
from lstmsolve.kernel.spec.specs import PLACE


class Rates(NamedTuple):
    """What a cell that follows is off by: where it is set, and for each step (see `Followed`)."""

    start: Fraction
    leak: Fraction
    drift: Fraction


def check_horizon(certificate: HorizonCertificate, tick: Callable[[], None] = untimed) -> None:
    """Accept by returning.

    Raises:
        RejectedProof: names the first place that proves nothing, and why.
        LimitReached: `tick` raised it; nothing is accepted then.
    """
    _walked(certificate, tick, None)


def measured(certificate: HorizonCertificate, room: Fraction, tick: Callable[[], None] = untimed) -> tuple[Rates, ...]:
    """The rates of each followed cell that a certificate would have to claim, were its boxes and errors right.

    A target counts as set anew where keeping up with it would cost more than a quarter of `room` in one step.

    Raises:
        RejectedProof: the boxes do not hold, or a cell does not follow at all.
    """
    return _walked(certificate, tick, room)


def _walked(certificate: HorizonCertificate, tick: Callable[[], None], room: Fraction | None) -> tuple[Rates, ...]:
    require_cell(certificate.problem, certificate.weights, certificate.scale)
    _require_sense(certificate)
    machine = _Machine(certificate, room)
    given = Given(certificate.weights, certificate.scale, certificate.start, certificate.boxes)
    Walk(given, machine, machine.columns, certificate.error, tick).check()
    return tuple(machine.rates)


def _require_sense(certificate: HorizonCertificate) -> None:
    """What the lemma needs of the numbers themselves."""
    if certificate.error < 0:
        raise RejectedProof("error: an error is not negative")
    if certificate.length < 1 or not 1 <= certificate.choices <= MOST_PARTS:
        raise RejectedProof(f"length, choices: are at least 1, and choices at most {MOST_PARTS}")
    for counter in certificate.counters:
        if counter.least >= counter.most or counter.step < 1 or counter.reach < 0:
            raise RejectedProof(f"counter {counter.name}: needs least < most, a step from 1 and a reach from 0 on")
        if counter.classes > MOST_PARTS:
            raise RejectedProof(f"counter {counter.name}: has more than {MOST_PARTS} classes")
    _require_counters(certificate)
    names = [counter.name for counter in certificate.counters]
    units = [followed.unit for followed in certificate.followed]
    if len(set(names)) < len(names) or len(set(units)) < len(units):
        raise RejectedProof("counters, followed: a register or a unit is named twice")
    for followed in certificate.followed:
        place = f"followed, unit {followed.unit}"
        if not 0 <= followed.unit < certificate.weights.cell.hidden:
            raise RejectedProof(f"{place}: there is no such unit")
        if followed.counter is not None and not 0 <= followed.counter < len(certificate.counters):
            raise RejectedProof(f"{place}: there is no such counter")
        if len(followed.targets) != len(certificate.states):
            raise RejectedProof(f"{place}: one target is needed for each state")
        if min(followed.start, followed.leak, followed.drift) < 0:
            raise RejectedProof(f"{place}: start, leak and drift are not negative")
        about = None if followed.counter is None else certificate.counters[followed.counter]
        if not followed.monotone(about, certificate.length):
            raise RejectedProof(f"{place}: the leak is too large for this length")


def _require_counters(certificate: HorizonCertificate) -> None:
    """Counters are integers, and stand for the registers that they are made of."""
    whole = {register.name for register in certificate.problem.spec.registers if register.kind == NumericKind(True)}
    forms = {counter.name: counter.form for counter in certificate.counters}
    for name, form in forms.items():
        if PLACE.fullmatch(name):
            raise RejectedProof(f"counter {name}: conditions of [property] call what the cell holds or shows so")
        if not whole.issuperset(form.variables) or any(number.denominator != 1 for _, number in form.terms):
            raise RejectedProof(f"counter {name}: is made of registers that are integers, times integers")
        if form.constant or form.is_constant:
            raise RejectedProof(f"counter {name}: is made of registers alone")
    if certificate.registers.keys() != {name for form in forms.values() for name in form.variables}:
        raise RejectedProof("registers: each that a counter is made of is needed, and no other")
    for name, form in certificate.registers.items():
        if not forms.keys() >= set(form.variables) or form.substitute(forms) != Affine.variable(name):
            raise RejectedProof(f"registers: {name} is not what the counters say")


@dataclass(frozen=True, slots=True)
class _Way:
    """A step of the spec, and the same for the walk."""

    step: Step
    move: Move


class _Machine:
    """The reference machine over classes of counters, and what is known of the cells that follow them."""

    def __init__(self, certificate: HorizonCertificate, room: Fraction | None) -> None:
        self._certificate = certificate
        self._room = room
        """Where rates are measured and not checked."""
        self._spec = certificate.problem.spec
        self._inputs = combinations(self._spec)
        self._columns = [tuple(value.constant for value in self._spec.encode(given)) for given in self._inputs]
        if len(self._columns) * certificate.choices > MAX_COMBINATIONS:
            raise RejectedProof(f"choices: more than {MAX_COMBINATIONS} ways for each box")
        self.columns = [column for column in self._columns for _ in range(certificate.choices)]
        self._numbers = {state.key: number for number, state in enumerate(certificate.states)}
        self._ways: dict[tuple[int, int], list[_Way]] = {}
        self.rates = [Rates(Fraction(0), Fraction(0), Fraction(0)) for _ in certificate.followed]
        self._begin()

    @property
    def states(self) -> int:
        return len(self._certificate.states)

    def move(self, state: int, symbol: int) -> Move | None:
        given, choice = divmod(symbol, self._certificate.choices)
        ways = self._ways_of(state, given)
        return ways[choice].move if choice < len(ways) else None

    def look(self, states: States, state: int, symbol: int, place: str) -> None:
        given, choice = divmod(symbol, self._certificate.choices)
        way = self._ways_of(state, given)[choice]
        for number, followed in enumerate(self._certificate.followed):
            target = followed.targets[way.move.state]
            if target is None:
                continue
            gates = _gates(self._certificate.weights, followed.unit, self._columns[given], states)
            ways = [
                rates
                for rates in (
                    self._kept(followed, followed.targets[state], target, way.step, gates),
                    self._set(followed, followed.targets[state], target, way.step, gates, states),
                )
                if rates is not None
            ]
            if not ways:
                raise RejectedProof(f"{place}: unit {followed.unit} neither keeps up with its target nor is set to it")
            self._charge(number, followed, ways, f"{place}: unit {followed.unit}")

    def _charge(self, number: int, followed: Followed, ways: Sequence[Rates], place: str) -> None:
        claimed = Rates(followed.start, followed.leak, followed.drift)
        if self._room is not None:
            cheap = ways[0].leak + ways[0].drift <= self._room / 4
            self.rates[number] = Rates(*map(max, self.rates[number], ways[0] if cheap else ways[-1]))
        elif not any(all(one <= most for one, most in zip(rates, claimed, strict=True)) for rates in ways):
            raise RejectedProof(f"{place} may go further from its target than is claimed")

    def _kept(self, followed: Followed, old: Target | None, target: Target, step: Step, gates: _Gates) -> Rates | None:
        """What one step adds to the error: (1 - f) |old target|, what i g is off by, and the step's own error."""
        if old is None:
            return None
        moved, size = target.offset - old.offset, Fraction(0)
        if followed.counter is not None:
            # The lemma is about steps of the counter, whether or not this target hangs on it.
            span, update = step.before[followed.counter], step.updates[followed.counter]
            if span[0] is not None and span[0] == span[1]:
                after = span[0] * update.kept + update.amount
                moved += target.factor * after - old.factor * span[0]
                by = after - span[0]
            elif update.kept and old.factor == target.factor:
                moved += target.factor * update.amount
                by = update.amount
            else:
                return None
            if abs(by) > self._certificate.counters[followed.counter].step:
                return None
            size = abs(old.factor)
        lost = 1 - gates.f_low
        drift = max(abs(gates.new_low - moved), abs(gates.new_high - moved))
        return Rates(Fraction(0), lost * size, lost * abs(old.offset) + drift + self._certificate.error)

    def _set(
        self, followed: Followed, old: Target | None, target: Target, step: Step, gates: _Gates, states: States
    ) -> Rates | None:
        """How far f c + i g, and what the step is off by, are from a target that is one number."""
        value = target.offset
        if target.factor:
            assert followed.counter is not None
            first, last = step.span_after(followed.counter)
            if first is None or first != last:
                return None
            value += target.factor * first
        low, high = self._range(followed, old, step, states)
        if low is None or high is None:
            return None
        low_c = min(gates.f_low * low, gates.f_high * low)
        high_c = max(gates.f_low * high, gates.f_high * high)
        off = max(abs(low_c + gates.new_low - value), abs(high_c + gates.new_high - value))
        return Rates(off + self._certificate.error, Fraction(0), Fraction(0))

    def _range(
        self, followed: Followed, old: Target | None, step: Step, states: States
    ) -> tuple[Fraction | None, Fraction | None]:
        """Where c is before the step: within the length, no target is infinite."""
        form = states.c[followed.unit]
        low, high = (None if side is None else Fraction(side, ONE) for side in (form.low, form.high))
        if old is not None:
            span: Span = (None, None) if followed.counter is None else step.before[followed.counter]
            known = followed.where(old, self._counter(followed), self._certificate.length, span)
            low = known[0] if low is None else max(known[0], low)
            high = known[1] if high is None else min(known[1], high)
        return low, high

    def _counter(self, followed: Followed) -> Counter | None:
        return None if followed.counter is None else self._certificate.counters[followed.counter]

    def _begin(self) -> None:
        certificate, initial = self._certificate, self._spec.initial
        for number, state in enumerate(certificate.states):
            require_registers(self._spec, state.known, certificate.registers, f"state {number}")
            if len(state.classes) != len(certificate.counters) or any(
                not 0 <= place < counter.classes
                for place, counter in zip(state.classes, certificate.counters, strict=True)
            ):
                raise RejectedProof(f"state {number}: needs a class of each counter")
        try:
            first = counting(certificate.counters, initial)
        except OutsideFragment as error:
            raise RejectedProof(f"counters: {error}") from None
        if not certificate.states or certificate.states[0].key != first.key:
            raise RejectedProof("states: the first must hold the initial registers")
        for counter in certificate.counters:
            if abs(value_of(initial, counter)) > counter.reach:
                raise RejectedProof(f"counter {counter.name}: starts out of its reach")
        for number, followed in enumerate(certificate.followed):
            target = followed.targets[0]
            if target is None:
                continue
            value = target.offset
            if followed.counter is not None:
                value += target.factor * value_of(initial, certificate.counters[followed.counter])
            off = Rates(abs(certificate.weights.initial.c[followed.unit] - value), Fraction(0), Fraction(0))
            self._charge(number, followed, [off], f"start: unit {followed.unit}")

    def _ways_of(self, state: int, given: int) -> list[_Way]:
        if (state, given) not in self._ways:
            self._ways[state, given] = self._compute(state, given)
        return self._ways[state, given]

    def _compute(self, state: int, given: int) -> list[_Way]:
        certificate = self._certificate
        try:
            steps = self._moves(state, given)
        except OutsideFragment as error:
            raise RejectedProof(f"states: {error}") from None
        if len(steps) > certificate.choices:
            raise RejectedProof(f"choices: the step from state {state} on input {given} may go {len(steps)} ways")
        return [self._way(state, step) for step in steps]

    def _moves(self, state: int, given: int) -> list[Step]:
        certificate = self._certificate
        made, inputs = certificate.registers, self._inputs[given]
        return moves(self._spec, certificate.counters, made, certificate.states[state], inputs)

    def _way(self, state: int, step: Step) -> _Way:
        certificate = self._certificate
        number = self._numbers.get(step.after.key)
        if number is None:
            raise RejectedProof(f"states: a step from state {state} leads to one that is not listed")
        for counter, span, update in zip(certificate.counters, step.before, step.updates, strict=True):
            single = span[0] is not None and span[0] == span[1]
            by = update.amount if update.kept or not single else update.amount - (span[0] or 0)
            near = (update.kept or single) and abs(by) <= counter.step
            if not near and (update.kept or abs(update.amount) > counter.reach):
                raise RejectedProof(f"counter {counter.name}: moves further than its step or its reach")
        try:
            owed = tuple(
                Reading(demand) for demand in demands(self._spec, certificate.weights, step.outputs, step.besides)
            )
        except OutsideFragment as error:
            raise RejectedProof(f"readout: {error}") from None
        after = [step.span_after(place) for place in range(len(certificate.counters))]
        return _Way(step, Move(number, owed, self._known(state, step.before), self._known(number, after)))

    def _known(self, state: int, spans: Sequence[Span]) -> tuple[Range, ...]:
        """Where c is in a state, with its counters in these spans."""
        found = [ANYWHERE] * self._certificate.weights.cell.hidden
        for followed in self._certificate.followed:
            target = followed.targets[state]
            if target is not None:
                found[followed.unit] = ends_of(
                    followed, target, self._counter(followed), self._certificate.length, spans
                )
        return tuple(found)


def ends_of(followed: Followed, target: Target, counter: Counter | None, length: int, spans: Sequence[Span]) -> Range:
    """Where c is, in integers; infinite where the target is."""
    span: Span = (None, None) if followed.counter is None else spans[followed.counter]
    low, high = followed.where(target, counter, length, span)
    endless = span if target.factor >= 0 else span[::-1]
    return (
        None if target.factor and endless[0] is None else floor(low),
        None if target.factor and endless[1] is None else ceiling(high),
    )


class _Gates(NamedTuple):
    """The range of f, and of i g."""

    f_low: Fraction
    f_high: Fraction
    new_low: Fraction
    new_high: Fraction


def _gates(weights: Weights, unit: int, x: Vector, states: States) -> _Gates:
    """From the ranges of h, with small parts of 1 kept apart from 0."""
    f, i, g = (_sum(weights, gate, unit, x, states) for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE))
    f_low, f_high = _sigmoid(f[0])[0], _sigmoid(f[1])[1]
    i_low, i_high = _sigmoid(i[0])[0], _sigmoid(i[1])[1]
    g_low, g_high = _tanh(g[0])[0], _tanh(g[1])[1]
    return _Gates(f_low, f_high, min(i_low * g_low, i_high * g_low), max(i_low * g_high, i_high * g_high))


def _sum(weights: Weights, gate: Gate, unit: int, x: Vector, states: States) -> tuple[int, int]:
    part = weights.gates[gate]
    low = high = part.b[unit] + sum((w * x[column] for column, w in nonzero(part.w[unit])), Fraction(0))
    for other, u in nonzero(part.u[unit]):
        form = states.h[other]
        assert form.low is not None
        assert form.high is not None
        ends = (u * form.low / ONE, u * form.high / ONE)
        low, high = low + min(ends), high + max(ends)
    return floor(low), ceiling(high)


def _sigmoid(x: int) -> tuple[Fraction, Fraction]:
    low, high = tail(-abs(x))
    return (low, high) if x <= 0 else (1 - high, 1 - low)


def _tanh(x: int) -> tuple[Fraction, Fraction]:
    """1 - 2 σ(-2x) for x >= 0, and between 0 and x."""
    if x < 0:
        low, high = _tanh(-x)
        return -high, -low
    low, high = tail(-2 * x)
    return max(Fraction(0), 1 - 2 * high), min(Fraction(x, ONE), 1 - 2 * low)
