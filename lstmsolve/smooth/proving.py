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
from lstmsolve.smooth.lattice import Closed, Open, Plan, close
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
    """A proof by the same plan for the largest error, to two digits, for which there is time.

    Half of the time is for boxes in floats, by halves of what is left of the errors; the other half for proving it.
    """
    part = Part(watch, min(STRENGTHENING, watch.remaining / 3))
    given = proven.certificate
    low, high = sum(error <= given.error for error in _ERRORS), len(_ERRORS)
    found: dict[int, Closed] = {}
    try:
        boxing = Part(part, part.remaining / 2)
        while low < high:
            # Boxes were found for the errors below `low`, and none for the one at `high`.
            middle = (low + high) // 2
            nodes = close(task.net, _planned(proven.plan, _ERRORS[middle]), boxing)
            if isinstance(nodes, Closed):
                found[middle] = nodes
                low = middle + 1
            else:
                high = middle
    except LimitReached:
        pass  # what was found so far is worth proving
    try:
        for place in sorted(found, reverse=True):
            proof = _certified(task, proven.plan, _ERRORS[place], found[place], accepts, part)
            if isinstance(proof, Proven):
                return proof.certificate
    except LimitReached:
        pass  # the proof that is there holds
    return given


_ERRORS: Final = tuple(
    Fraction(digits, 10) * Fraction(10) ** power for power in range(-9, -1) for digits in range(10, 100)
)


def _attempt(task: Task, plan: Plan, error: Fraction, accepts: Accepts, watch: Watch, seconds: float) -> Proven | str:
    """Boxes by one plan, or what is missing.

    Raises:
        LimitReached: they did not close in so many seconds.
    """
    nodes = close(task.net, _planned(plan, error), Part(watch, seconds))
    if isinstance(nodes, Open):
        return _told(task.table, plan, nodes)
    return _certified(task, plan, error, nodes, accepts, watch)


def _certified(task: Task, plan: Plan, error: Fraction, nodes: Closed, accepts: Accepts, watch: Watch) -> Proven | str:
    """Boxes that closed, accepted by the checker; or what is wrong with them."""
    plan = _planned(plan, error)
    certificate = certified(task.problem, task.table, task.net, task.weights, nodes, plan, error, watch)
    if certificate is None:
        return f"the boxes of pitch {plan.pitch:g} closed, and did not a second time"
    refused = accepts(certificate)
    return f"boxes were found, but the checker refuses them: {refused}" if refused else Proven(certificate, plan)


def _planned(plan: Plan, error: Fraction) -> Plan:
    return replace(plan, error=float(error))


def _told(table: Table, plan: Plan, found: Open) -> str:
    """Which box did not close."""
    told = f"with boxes of pitch {plan.pitch:g}, followed over {plan.word} steps, {found.reason}"
    if found.state is None or found.box is None:
        return told
    registers = ", ".join(f"{name} = {show(value)}" for name, value in table.states[found.state].items())
    low, high = found.box.c_low[0], found.box.c_high[0]
    sides = ", ".join(f"{a:.3g}..{b:.3g}" for a, b in zip(low, high, strict=True))
    return f"{told} from {registers or 'the only state'}, c in {sides} (whether any run comes there is not known)"
