"""Settling given sigmoid and tanh weights: a counterexample, boxes for the checker, or what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.traces import EnclosedCounterexample
from lstmsolve.model.watch import Watch
from lstmsolve.smooth.balls import right_up_to
from lstmsolve.smooth.nets import Table, net_of, table_of
from lstmsolve.smooth.proving import PLANS, Accepts, Proven, Task, prove, strengthened
from lstmsolve.smooth.refuter import Found, refute_long, refute_short

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
    task = Task(problem, table, net, weights, error)
    reason = "the time was too short for any proof"
    try:
        short = refute_short(table, net, weights, watch, max_length)
        if isinstance(short, Found):
            return _failing(table, short)
        for plans, thorough in ((PLANS[:1], False), (PLANS[1:], True)):
            if table.closed:
                proof = prove(task, accepts, watch, plans)
                if isinstance(proof, Proven):
                    return strengthened(task, proof, accepts, watch)
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
