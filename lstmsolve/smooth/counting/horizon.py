"""The greatest length for which cells that count are proved: boxes for an error, then how long it stays below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

import numpy as np

from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.horizons import Counter, Followed, HorizonCertificate, Span, Target
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.smooth.certifying import certified
from lstmsolve.smooth.counting.machine import Machine, machine_of
from lstmsolve.smooth.counting.targets import Guess, guesses, seen
from lstmsolve.smooth.forms import FAR
from lstmsolve.smooth.lattice import Open, Plan, close
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import Known, Net, Table, net_of

ENDS: Final = (2, 4, 8)
"""Counters are told apart up to so far from 0, in turn."""
PLANS: Final = (Plan(0.4, 1, cuts=0), Plan(0.4, 1, cuts=2), Plan(0.2, 3, cuts=4))
"""What is tried in turn, each for all errors."""
SECONDS: Final = 4.0
"""For boxes of one error."""
ERRORS: Final = tuple(Fraction(digits, 10**power) for power in (4, 3, 2) for digits in range(10, 100))
"""What followed cells may be off by, in rising order."""
COARSE: Final = 30
"""The first look is at every so many of them."""
ASSUMED: Final = (1000, 50, 8, 2)
"""The length in a first guess, whose errors do not grow: it bounds what is forgotten where a cell is set."""
LONGEST: Final = 10**900

Rated: TypeAlias = Sequence[tuple[Fraction, Fraction, Fraction]]
"""Start, leak and drift of each followed cell."""


@dataclass(frozen=True, slots=True)
class Judges:
    """The checker: why it does not accept a certificate, and what rates one has to claim, given room for errors."""

    refused: Callable[[HorizonCertificate], str | None]
    measured: Callable[[HorizonCertificate, Fraction], Rated | str]


@dataclass(frozen=True, slots=True)
class _Task:
    problem: Problem
    weights: Weights
    machine: Machine
    guesses: Sequence[Guess]
    judges: Judges
    watch: Watch
    slip: Fraction
    """What every c and h of every step may be off by."""


def horizon(
    problem: Problem,
    weights: Weights,
    table: Table,
    net: Net,
    judges: Judges,
    watch: Watch,
    slip: Fraction = Fraction(0),
) -> HorizonCertificate | str:
    """A certificate that was accepted, of the greatest length that was found; or what is missing.

    It holds even if every c and h of every step is off by up to `slip`.
    """
    reason = "no cell follows a counter"
    found = seen(net)
    for end in ENDS:
        try:
            machine = machine_of(problem.spec, weights, table, end)
        except OutsideFragment as outside:
            return f"the spec is none of counters: {outside}"
        tried: list[list[Guess]] = []
        for holding in (True, False):
            guessed = guesses(machine, table, found, holding)
            if guessed in tried or not any(guess.counter is not None for guess in guessed):
                continue
            tried.append(guessed)
            watch.say(f"horizon: counters told apart up to {end}, {len(guessed)} cells follow")
            task = _Task(problem, weights, machine, guessed, judges, watch, slip)
            best = _longest(task)
            if isinstance(best, HorizonCertificate):
                return best
            reason = best
            if watch.remaining <= 0:
                return reason
    return reason


def _longest(task: _Task) -> HorizonCertificate | str:
    """By the first plan that finds anything, for nearly the largest error that boxes absorb."""
    reason = "the time was too short"
    for plan in PLANS:
        for place in range(len(ERRORS) - 1, -1, -COARSE):
            if task.watch.remaining <= 0:
                return reason
            got = _for_error(task, plan, ERRORS[place])
            if isinstance(got, HorizonCertificate):
                return _refined(task, plan, got, place, min(len(ERRORS), place + COARSE))
            reason = got
    return reason


def _refined(task: _Task, plan: Plan, best: HorizonCertificate, low: int, high: int) -> HorizonCertificate:
    """The same for errors between one that boxes absorb and one that they do not."""
    while high - low > 1 and task.watch.remaining > 0:
        middle = (low + high) // 2
        got = _for_error(task, plan, ERRORS[middle])
        if isinstance(got, HorizonCertificate):
            low = middle
            best = got if got.length > best.length else best
        else:
            high = middle
    return best


def _for_error(task: _Task, plan: Plan, error: Fraction) -> HorizonCertificate | str:
    """Boxes that hold while every followed cell is off by at most `error`, and the length for which it is."""
    machine, plan = task.machine, replace(plan, error=float(task.slip))
    followed = tuple(
        Followed(guess.unit, guess.counter, error, Fraction(0), Fraction(0), guess.targets) for guess in task.guesses
    )
    net = replace(net_of(machine.table, task.weights), known=_known(machine, followed, task.weights.cell.hidden))
    try:
        nodes = close(net, plan, Part(task.watch, SECONDS))
        if isinstance(nodes, Open):
            return f"with errors of {float(error):g}, {_told(machine, nodes)}"
        boxes = certified(task.problem, machine.table, net, task.weights, nodes, plan, task.slip, task.watch)
    except LimitReached:
        return f"with errors of {float(error):g}, the boxes of pitch {plan.pitch:g} did not close in {SECONDS:g} s"
    if boxes is None:
        return f"the boxes of pitch {plan.pitch:g} closed, and did not a second time"
    guess = HorizonCertificate(
        task.problem,
        task.weights,
        ASSUMED[0],
        machine.counters,
        machine.registers,
        followed,
        machine.states,
        machine.choices,
        boxes.scale,
        boxes.start,
        boxes.boxes,
        task.slip,
    )
    got: HorizonCertificate | str = "the time was too short"
    for length in ASSUMED:
        try:
            got = _rated(task, replace(guess, length=length), error)
        except LimitReached:
            break
        if isinstance(got, HorizonCertificate):
            break
    return got


def _told(machine: Machine, found: Open) -> str:
    if found.state is None:
        return found.reason
    told = ", ".join(f"{name} = {value}" for name, value in machine.table.states[found.state].items())
    return f"{found.reason} from {told or 'the only state'}"


def _rated(task: _Task, guess: HorizonCertificate, error: Fraction) -> HorizonCertificate | str:
    """The certificate with the rates that the checker finds, and the greatest length for them."""
    certificate, rates = guess, [(Fraction(0), Fraction(0), Fraction(0)) for _ in guess.followed]
    for _ in range(4):
        found = task.judges.measured(certificate, error)
        if isinstance(found, str):
            return f"boxes were found, but the checker refuses them: {found}"
        rates = [
            (max(a, _rounded(d)), max(b, _rounded(e)), max(c, _rounded(f)))
            for (a, b, c), (d, e, f) in zip(rates, found, strict=True)
        ]
        followed = tuple(
            replace(cell, start=start, leak=leak, drift=drift)
            for cell, (start, leak, drift) in zip(guess.followed, rates, strict=True)
        )
        length = _length(guess.counters, followed, error)
        if length < 1:
            return f"with errors of {float(error):g}, what the cells follow is left at once"
        certificate = replace(guess, followed=followed, length=length)
        refused = task.judges.refused(certificate)
        if refused is None:
            return certificate
    return f"boxes were found, but the checker refuses them: {refused}"


def _length(counters: Sequence[Counter], followed: Sequence[Followed], error: Fraction) -> int:
    """The greatest length within which no error is above what the boxes were made for."""

    def fits(length: int) -> bool:
        for cell in followed:
            counter = None if cell.counter is None else counters[cell.counter]
            size = 0 if counter is None else max(abs(counter.least), abs(counter.most)) + counter.step
            if not cell.monotone(counter, length) or cell.apart(counter, length, size) > error:
                return False
        return True

    if not fits(1):
        return 0
    low, high = 1, 2
    while high < LONGEST and fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _rounded(value: Fraction) -> Fraction:
    """The value or a little more, in four digits."""
    if not value:
        return value
    power = Fraction(10) ** (len(str(value.numerator)) - len(str(value.denominator)) - 4)
    return -(-value // power) * power


def _known(machine: Machine, followed: Sequence[Followed], hidden: int) -> Known:
    """The same as the checker takes for known of c, in floats moved outward."""
    shape = len(machine.states), len(machine.moves[0]), hidden
    sides = [np.full(shape, -FAR), np.full(shape, FAR), np.full(shape, -FAR), np.full(shape, FAR)]
    marked = np.zeros((len(machine.states), hidden), dtype=bool)
    numbers = {state.key: number for number, state in enumerate(machine.states)}
    for cell in followed:
        counter = None if cell.counter is None else machine.counters[cell.counter]
        marked[:, cell.unit] = [target is not None for target in cell.targets]
        for state, row in enumerate(machine.moves):
            for symbol, step in enumerate(row):
                if step is None:
                    continue
                everywhere: Span = (None, None)
                spans = (
                    (everywhere, everywhere)
                    if cell.counter is None
                    else (step.before[cell.counter], step.span_after(cell.counter))
                )
                targets = cell.targets[state], cell.targets[numbers[step.after.key]]
                for place, (target, span) in enumerate(zip(targets, spans, strict=True)):
                    if target is not None:
                        _put(sides[2 * place : 2 * place + 2], (state, symbol, cell.unit), cell, target, counter, span)
    return Known(sides[0], sides[1], sides[2], sides[3], marked)


def _put(
    sides: list[Floats],
    at: tuple[int, int, int],
    cell: Followed,
    target: Target,
    counter: Counter | None,
    span: Span,
) -> None:
    low, high = cell.where(target, counter, ASSUMED[0], span)
    ends = span if target.factor >= 0 else span[::-1]
    if not target.factor or ends[0] is not None:
        sides[0][at] = float(low) - 1e-12 * (1.0 + abs(float(low)))
    if not target.factor or ends[1] is not None:
        sides[1][at] = float(high) + 1e-12 * (1.0 + abs(float(high)))
