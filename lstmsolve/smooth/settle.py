"""Settling given sigmoid and tanh weights: a counterexample, boxes for the checker, or what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine, show
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.traces import EnclosedCounterexample
from lstmsolve.model.watch import Part, Watch
from lstmsolve.smooth.balls import right_up_to
from lstmsolve.smooth.certifying import certified
from lstmsolve.smooth.lattice import Open, Plan, close
from lstmsolve.smooth.nets import Net, Table, net_of, table_of
from lstmsolve.smooth.refuter import Found, refute_long, refute_short

PLANS: Final = (
    (Plan(0.4, 1, cuts=2), 0.5),
    (Plan(0.2, 2), 5.0),
    (Plan(0.1, 4), 20.0),
    (Plan(0.1, 3), 10.0),
    (Plan(0.05, 3, drift=0.02), 15.0),
    (Plan(0.05, 5), 40.0),
    (Plan(0.03, 6, drift=0.02), 80.0),
)
"""What is tried in turn, and for how many seconds at most."""

CHECKED_STEPS: Final = 3000
"""Steps in balls that `unknown` may take to say how far it is proved."""


@dataclass(frozen=True, slots=True)
class Failing:
    counterexample: EnclosedCounterexample
    shortest: bool


@dataclass(frozen=True, slots=True)
class Unsettled:
    length: int
    """Every run of up to so many steps is right for certain."""
    reason: str


Settlement: TypeAlias = EnclosureCertificate | Failing | Unsettled

Accepts: TypeAlias = Callable[[EnclosureCertificate], str | None]
"""The checker: None if it accepts, else why not."""


def settle(
    problem: Problem,
    weights: Weights,
    accepts: Accepts,
    watch: Watch,
    max_length: int | None = None,
    error: Fraction = Fraction(0),
) -> Settlement:
    """A certificate that the checker has accepted, a run that fails, or why there is neither.

    `problem` has the hidden size of the weights.

    Raises:
        InputError: the inputs are not listed value by value.
        OutsideFragment: what the spec owes is no threshold.
    """
    table = table_of(problem.spec, weights)
    net = net_of(table, weights)
    reason = "the time was too short for any proof"
    try:
        short = refute_short(table, net, weights, watch, max_length)
        if isinstance(short, Found):
            return _failing(table, short)
        for plans, thorough in ((PLANS[:1], False), (PLANS[1:], True)):
            if table.closed:
                proof = _prove(problem, table, net, weights, accepts, error, watch, plans)
                if isinstance(proof, EnclosureCertificate):
                    return proof
                reason = proof
            else:
                reason = f"the spec has more than {len(table.states)} states"
            found = refute_long(table, net, weights, watch, max_length, thorough)
            if found is not None:
                return _failing(table, found)
    except LimitReached as limit:
        reason = f"{reason}; {limit}"
    return Unsettled(right_up_to(table, weights, max_length or 50, CHECKED_STEPS), f"no proof: {reason}")


def _failing(table: Table, found: Found) -> Failing:
    state = 0
    for symbol in found.word[:-1]:
        state = table.next[state][symbol]
    outputs = table.outputs[state][found.word[-1]]
    expected = tuple(said.constant if isinstance(said, Affine) else None for said in outputs)
    return Failing(EnclosedCounterexample(found.trace, expected), found.shortest)


def _prove(
    problem: Problem,
    table: Table,
    net: Net,
    weights: Weights,
    accepts: Accepts,
    error: Fraction,
    watch: Watch,
    plans: Sequence[tuple[Plan, float]],
) -> EnclosureCertificate | str:
    """A certificate that was accepted, or what the best attempt lacked."""
    reason = "the time was too short for any proof"
    for plan, seconds in plans:
        if watch.remaining <= 0:
            break
        watch.say(f"boxes of pitch {plan.pitch:g}, followed over {plan.word} steps")
        part = Part(watch, seconds)
        try:
            nodes = close(net, plan, part)
            if isinstance(nodes, Open):
                reason = _told(table, plan, nodes)
                continue
            certificate = certified(problem, table, net, weights, nodes, plan, error, watch)
        except LimitReached:
            reason = f"the boxes of pitch {plan.pitch:g} did not close in {seconds:g} s"
            continue
        if certificate is None:
            reason = f"the boxes of pitch {plan.pitch:g} closed, and did not a second time"
            continue
        refused = accepts(certificate)
        if refused is None:
            return certificate
        reason = f"boxes were found, but the checker refuses them: {refused}"
    return reason


def _told(table: Table, plan: Plan, found: Open) -> str:
    """Which box did not close."""
    told = f"with boxes of pitch {plan.pitch:g}, followed over {plan.word} steps, {found.reason}"
    if found.state is None or found.box is None:
        return told
    registers = ", ".join(f"{name} = {show(value)}" for name, value in table.states[found.state].items())
    low, high = found.box.c_low[0], found.box.c_high[0]
    sides = ", ".join(f"{a:.3g}..{b:.3g}" for a, b in zip(low, high, strict=True))
    return f"{told} from {registers or 'the only state'}, c in {sides} (whether any run comes there is not known)"
