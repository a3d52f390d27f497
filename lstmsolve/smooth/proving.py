"""Boxes for the checker: plans tried in turn, then the largest error that boxes absorb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import show
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.smooth.certifying import certified
from lstmsolve.smooth.lattice import Open, Plan, close
from lstmsolve.smooth.nets import Net, Table

PLANS: Final = (
    (Plan(0.4, 1, cuts=2), 0.5),
    (Plan(0.2, 3), 5.0),
    (Plan(0.1, 5), 20.0),
    (Plan(0.05, 8), 40.0),
    (Plan(0.05, 8, drift=0.02), 40.0),
    (Plan(0.03, 12, drift=0.02), 80.0),
)
"""What is tried in turn, and for how many seconds at most."""

Accepts: TypeAlias = Callable[[EnclosureCertificate], str | None]
"""The checker: None if it accepts, else why not."""


STRENGTHENING: Final = 10.0
"""Seconds, or a third of what is left, for finding the largest error that boxes absorb."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be proved."""

    problem: Problem
    table: Table
    net: Net
    weights: Weights
    error: Fraction
    """By how much an implementation may err in every c and h at each step."""


@dataclass(frozen=True, slots=True)
class Proven:
    certificate: EnclosureCertificate
    """It has been accepted."""
    plan: Plan


def prove(task: Task, accepts: Accepts, watch: Watch, plans: Sequence[tuple[Plan, float]]) -> Proven | str:
    """A certificate that was accepted, or what the last attempt lacked."""
    reason = "the time was too short for any proof"
    for plan, seconds in plans:
        if watch.remaining <= 0:
            break
        watch.say(f"boxes of pitch {plan.pitch:g}, followed over {plan.word} steps")
        try:
            found = _attempt(task, plan, task.error, accepts, watch, seconds)
        except LimitReached:
            reason = f"the boxes of pitch {plan.pitch:g} did not close in {seconds:g} s"
            continue
        if isinstance(found, Proven):
            return found
        reason = found
    return reason


def strengthened(task: Task, proven: Proven, accepts: Accepts, watch: Watch) -> EnclosureCertificate:
    """A proof by the same plan for the largest error, to two digits, for which there is time."""
    part = Part(watch, min(STRENGTHENING, watch.remaining / 3))
    best = proven.certificate
    low, high = 0, len(_ERRORS)
    # Errors below `low` are absorbed, the one at `high` is not: a search by halves.
    while low < high:
        middle = (low + high) // 2
        error = _ERRORS[middle]
        if error <= best.error:
            low = middle + 1
            continue
        try:
            found = _attempt(task, proven.plan, error, accepts, part, part.remaining)
        except LimitReached:
            break
        if isinstance(found, Proven):
            best, low = found.certificate, middle + 1
        else:
            high = middle
    return best


_ERRORS: Final = tuple(
    Fraction(digits, 10) * Fraction(10) ** power for power in range(-9, -1) for digits in range(10, 100)
)


def _attempt(task: Task, plan: Plan, error: Fraction, accepts: Accepts, watch: Watch, seconds: float) -> Proven | str:
    """Boxes by one plan, or what is missing.

    Raises:
        LimitReached: they did not close in so many seconds.
    """
    plan = replace(plan, error=float(error))
    nodes = close(task.net, plan, Part(watch, seconds))
    if isinstance(nodes, Open):
        return _told(task.table, plan, nodes)
    certificate = certified(task.problem, task.table, task.net, task.weights, nodes, plan, error, watch)
    if certificate is None:
        return f"the boxes of pitch {plan.pitch:g} closed, and did not a second time"
    refused = accepts(certificate)
    return f"boxes were found, but the checker refuses them: {refused}" if refused else Proven(certificate, plan)


def _told(table: Table, plan: Plan, found: Open) -> str:
    """Which box did not close."""
    told = f"with boxes of pitch {plan.pitch:g}, followed over {plan.word} steps, {found.reason}"
    if found.state is None or found.box is None:
        return told
    registers = ", ".join(f"{name} = {show(value)}" for name, value in table.states[found.state].items())
    low, high = found.box.c_low[0], found.box.c_high[0]
    sides = ", ".join(f"{a:.3g}..{b:.3g}" for a, b in zip(low, high, strict=True))
    return f"{told} from {registers or 'the only state'}, c in {sides} (whether any run comes there is not known)"
