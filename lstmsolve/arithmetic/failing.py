"""Runs in floats that fail. Whatever is found here was run, step by step, in the order of evaluation that it names.

Short ones are found breadth first over joint states of spec and float cell. Runs beyond a horizon have two parts: up to
the horizon floats are exact, so the state there is known from the certificate however far it is; from there on the cell
runs in floats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Final, TypeAlias

from lstmsolve.arithmetic.following import Followed, Follower
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output, Spec
from lstmsolve.model.floats import FloatFormat, FloatRun
from lstmsolve.model.traces import FloatTrace
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.simulator.rounded import ORDERS, Floats, Order, RoundedArithmetic, nearest

MAX_STATES: Final = 4_000
"""Joint states that are looked at for one order."""

MAX_BLOCK: Final = 40
"""How often an input is repeated in runs of two blocks."""

SHOWN_STEPS: Final = 8
"""Last steps of a run that are told float by float."""

MAX_TAIL: Final = 6_000
"""Steps that are run in floats beyond a horizon."""

PAST: Final = 8
"""Steps beyond a point of interest."""

Given: TypeAlias = Mapping[str, Constant]


@dataclass(frozen=True)
class _State:
    """Where spec and float cell are."""

    registers: Mapping[str, Value]
    c: Floats
    h: Floats


class Runner:
    """Spec and cell side by side, the cell in floats of one format in one order."""

    def __init__(self, problem: Problem, weights: Weights, kind: FloatFormat, order: Order) -> None:
        self.spec: Spec = problem.spec
        self.kind = kind
        self.order = order
        self._cell = RoundedArithmetic(weights, kind, order)
        self._stepped: dict[tuple[object, ...], tuple[Mapping[str, Value], tuple[Output, ...]] | None] = {}

    def start(self) -> _State:
        return _State(self.spec.initial, *self._cell.initial)

    def at(self, followed: Followed) -> _State:
        """The state that the certificate says: floats have it exactly."""
        return _State(followed.registers, self._cell.given(followed.c), self._cell.given(followed.h))

    def columns(self, given: Given) -> Vector:
        return tuple(x.constant for x in self.spec.encode({name: lifted(value) for name, value in given.items()}))

    def step(self, state: _State, given: Given) -> tuple[_State, tuple[Output, ...]] | None:
        """The next state and what is owed; None where the promise of [assume] is broken."""
        key = (*state.registers.values(), *given.values())
        if key not in self._stepped:
            values = {name: lifted(value) for name, value in given.items()}
            if self.spec.assumed(state.registers, values):
                after = self.spec.step(state.registers, values)
                self._stepped[key] = after.registers, after.outputs
            else:
                self._stepped[key] = None
        found = self._stepped[key]
        if found is None:
            return None
        c, h = self._cell.step(state.c, state.h, self._cell.given(self.columns(given)))
        return _State(found[0], c, h), found[1]

    def fails(self, state: _State, outputs: Sequence[Output]) -> bool:
        z = self._cell.readout(state.h)
        # What is infinite or NaN is never what a spec says.
        demands = list(self.spec.demands(outputs))
        told = {place for demand in demands for place, _ in demand.terms}
        if not all(isfinite(z[place]) for place in told):
            return True
        exact = _exact(z)
        return not all(demand.met_by(exact) for demand in demands)

    def run_of(self, begin: _State, before: Sequence[tuple[Given, int]], tail: Sequence[Given]) -> FloatRun:
        """The run of `before` to the state `begin` and of `tail` from there, which fails at its end."""
        state = begin
        outputs: tuple[Output, ...] = ()
        kept: list[tuple[Vector, Floats, Floats]] = []
        for given in tail:
            stepped = self.step(state, given)
            assert stepped is not None
            state, outputs = stepped
            kept = [*kept[1 - SHOWN_STEPS :], (self.columns(given), state.c, state.h)]
        trace = FloatTrace(*(tuple(part) for part in zip(*kept, strict=True)))
        expected: list[Fraction | None] = [owed.constant if isinstance(owed, Affine) else None for owed in outputs]
        z = self._cell.readout(state.h)
        expected += [None] * (len(z) - len(expected))
        whole = [(self.columns(given), times) for given, times in before] + [(self.columns(given), 1) for given in tail]
        return FloatRun(self.order.value, trace, _merged(whole), tuple(expected), z)


@dataclass(frozen=True, slots=True)
class Closed:
    """In these orders every run over the telling inputs is right: these are all the states that there are."""

    orders: int


def short_failure(certificate: Certificate, kind: FloatFormat, watch: Watch) -> FloatRun | Closed | None:
    """A run that fails, shortest in its order among runs over telling inputs; None if none was met.

    Raises:
        LimitReached: the watch ran out.
    """
    inputs = telling(certificate, kind)
    runners = [Runner(certificate.problem, certificate.weights, kind, order) for order in ORDERS]
    closed = True
    for runner in runners:
        found = _breadth_first(runner, inputs, watch)
        if isinstance(found, FloatRun):
            return found
        closed = closed and found is not None
    if closed:
        return Closed(len(ORDERS))
    return next((run for runner in runners if (run := _in_blocks(runner, inputs, watch)) is not None), None)


def replayed_in_floats(
    problem: Problem, weights: Weights, kind: FloatFormat, inputs: Sequence[Given], watch: Watch
) -> FloatRun | None:
    """The run over these inputs in the first order in which it fails, cut where it does; None if it never fails.

    Raises:
        LimitReached: the watch ran out.
    """
    for order in ORDERS:
        runner = Runner(problem, weights, kind, order)
        state = runner.start()
        for n, given in enumerate(inputs):
            watch.check()
            stepped = runner.step(state, given)
            if stepped is None:
                break
            state = stepped[0]
            if runner.fails(*stepped):
                return runner.run_of(runner.start(), [], inputs[: n + 1])
    return None


def telling(certificate: Certificate, kind: FloatFormat) -> list[Given]:
    """Inputs to try, as the format has them: thirds among reals show rounding, which halves do not."""
    problem: Problem = certificate.problem
    thresholds = set(certificate.weights.thresholds("w")) | {Fraction(1, 3), Fraction(2, 3)}
    found: list[Given] = []
    for given in sample_inputs(problem.spec, frozenset(thresholds)):
        rounded: Given = {name: _nearest(value, kind) for name, value in given.items()}
        columns = tuple(column.constant for column in problem.spec.encode({n: lifted(v) for n, v in rounded.items()}))
        if rounded not in found and problem.spec.is_legal(columns):
            found.append(rounded)
    return found


def failure_beyond(certificate: Certificate, kind: FloatFormat, horizon: int, watch: Watch) -> FloatRun | None:
    """A run longer than a horizon that fails: some input again and again until floats go wrong, then any other.

    Raises:
        LimitReached: the watch ran out.
    """
    inputs = telling(certificate, kind)
    for given in inputs:
        followed = Follower(certificate).repeated(given, max(0, horizon - 1), watch)
        if followed is None:
            continue
        for order in ORDERS:
            runner = Runner(certificate.problem, certificate.weights, kind, order)
            found = _beyond(runner, Follower(certificate), followed, given, inputs, watch)
            if found is not None:
                return found
    return None


def _beyond(
    runner: Runner, follower: Follower, followed: Followed, given: Given, inputs: Sequence[Given], watch: Watch
) -> FloatRun | None:
    """Go on with the input until a float state differs from the exact one; from there try every input."""
    begin, steps = runner.at(followed), followed.steps
    state, exact = begin, followed
    # Where the horizon is far, what lies beyond it is too far as well, unless it is the next step.
    more = steps + PAST if 2 * steps < MAX_TAIL else PAST
    for extra in range(1, more + 1):
        watch.check()
        stepped, after = runner.step(state, given), follower.step(exact, given)
        if stepped is None or after is None:
            return None
        still = after.mode is exact.mode and after.values == exact.values
        state, exact = stepped[0], after
        tail = [given] * extra
        if runner.fails(*stepped):
            return runner.run_of(begin, [(given, steps)], tail)
        if _exact(state.c) != exact.c or _exact(state.h) != exact.h:
            return _afterwards(runner, begin, state, [(given, steps)], tail, inputs, 3 * (steps + extra) + PAST, watch)
        if still:
            return None
    return None


def _afterwards(
    runner: Runner,
    begin: _State,
    state: _State,
    before: Sequence[tuple[Given, int]],
    tail: list[Given],
    inputs: Sequence[Given],
    most: int,
    watch: Watch,
) -> FloatRun | None:
    # What has been given all the time seldom tells anything new.
    for other in sorted(inputs, key=lambda given: given == tail[-1]):
        now = state
        for extra in range(1, min(most, MAX_TAIL) + 1):
            watch.check()
            stepped = runner.step(now, other)
            if stepped is None:
                break
            if runner.fails(*stepped):
                return runner.run_of(begin, before, [*tail, *[other] * extra])
            if stepped[0] == now:
                break
            now = stepped[0]
    return None


def _in_blocks(runner: Runner, inputs: Sequence[Given], watch: Watch) -> FloatRun | None:
    """Runs of one input some times and then another, as counters are told apart by."""
    for given in inputs:
        start = state = runner.start()
        for times in range(1, MAX_BLOCK + 1):
            stepped = runner.step(state, given)
            if stepped is None:
                break
            state = stepped[0]
            found = _afterwards(runner, start, state, [], [given] * times, inputs, 3 * times + PAST, watch)
            if found is not None:
                return found
    return None


def _breadth_first(runner: Runner, inputs: Sequence[Given], watch: Watch) -> FloatRun | Closed | None:
    start = runner.start()
    seen = {(tuple(start.registers.values()), start.c, start.h)}
    level: list[tuple[_State, tuple[Given, ...]]] = [(start, ())]
    while level and len(seen) < MAX_STATES:
        reached: list[tuple[_State, tuple[Given, ...]]] = []
        for state, path in level:
            for given in inputs:
                watch.check()
                stepped = runner.step(state, given)
                if stepped is None:
                    continue
                after = stepped[0]
                if runner.fails(*stepped):
                    return runner.run_of(start, [], [*path, given])
                key = tuple(after.registers.values()), after.c, after.h
                if key not in seen:
                    seen.add(key)
                    reached.append((after, (*path, given)))
        level = reached
    return None if level else Closed(1)


def _exact(values: Floats) -> tuple[Fraction, ...]:
    """Floats as the fractions that they are; what is infinite or NaN has none and never agrees with anything."""
    return tuple(Fraction(value) if isfinite(value) else Fraction(-1) for value in values)


def _nearest(value: Constant, kind: FloatFormat) -> Constant:
    return value if isinstance(value, str) else Fraction(nearest(value, kind))


def _merged(parts: Sequence[tuple[Vector, int]]) -> tuple[tuple[Vector, int], ...]:
    found: list[tuple[Vector, int]] = []
    for x, times in parts:
        if found and found[-1][0] == x:
            found[-1] = (x, found[-1][1] + times)
        elif times:
            found.append((x, times))
    return tuple(found)
