"""Settling given sigmoid and tanh weights: a counterexample, boxes for the checker, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.conditions import conditions
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.proofs.readouts import Demand, of_condition
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.model.traces import EnclosedCounterexample, Ends
from lstmsolve.model.watch import Part, Watch
from lstmsolve.smooth.balls import right_up_to
from lstmsolve.smooth.counting.horizon import Judges, horizon
from lstmsolve.smooth.counting.machine import counts
from lstmsolve.smooth.nets import Table, combinations, net_of, table_of
from lstmsolve.smooth.proving import PLANS, Accepts, Proven, Task, prove, strengthened
from lstmsolve.smooth.refuter import Found, refute_long, refute_short

HORIZON_SECONDS: Final = 60.0
BEYOND_RUNS: Final = 100_000
"""No run that is tried is longer."""
COUNTED_STATES: Final = 1_500
"""States of a spec that counts without end which runs are tried on."""
CHECKED_STEPS: Final = 3000
"""Steps in balls that `unknown` may take to say how far it is proved."""
CHECKING: Final = 0.1
"""The part of the time that is kept for that, at most `CHECKING_SECONDS`."""
CHECKING_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Failing:
    counterexample: EnclosedCounterexample
    shortest: bool


@dataclass(frozen=True, slots=True)
class Unsettled:
    length: int
    """Every run of up to so many steps is right for certain."""
    reason: str
    horizon: HorizonCertificate | None = None
    """The proof of that, where runs were not tried one by one."""


Settlement: TypeAlias = EnclosureCertificate | Failing | Unsettled


def settle(
    problem: Problem,
    weights: Weights,
    accepts: Accepts,
    judges: Judges,
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
    whole, watch = watch, Part(watch, watch.remaining - min(CHECKING * watch.remaining, CHECKING_SECONDS))
    table = table_of(problem.spec, weights, COUNTED_STATES)
    counting = not table.closed and counts(problem.spec, weights, table)
    if not table.closed and not counting:
        table = table_of(problem.spec, weights)
    net = net_of(table, weights)
    task = Task(problem, table, net, weights, error)
    reason = "the time was too short for any proof"
    reached: HorizonCertificate | None = None
    try:
        short = refute_short(table, net, weights, watch, max_length)
        if isinstance(short, Found):
            return _failing(problem.spec, weights, table, short)
        for plans, thorough in ((PLANS[:1], False), (PLANS[1:], True)):
            if table.closed:
                proof = prove(task, accepts, watch, plans)
                if isinstance(proof, Proven):
                    return strengthened(task, proof, accepts, watch)
                reason = proof
            else:
                reason = (
                    "the spec counts without end" if counting else f"the spec has more than {len(table.states)} states"
                )
                if counting and thorough:
                    part = Part(watch, min(HORIZON_SECONDS, watch.remaining * 0.7))
                    proved = horizon(problem, weights, table, net, judges, part, error)
                    if isinstance(proved, HorizonCertificate):
                        reached = proved
                        reason = f"{reason}, and cells that follow are off by more and more"
                        if reached.length > BEYOND_RUNS:
                            break
                    else:
                        reason = f"{reason}, and there is no horizon: {proved}"
            found = refute_long(table, net, weights, watch, max_length, thorough)
            if found is not None:
                return _failing(problem.spec, weights, table, found)
    except LimitReached as limit:
        reason = f"{reason}; {limit}"
    length = right_up_to(table, weights, max_length or 50, CHECKED_STEPS, whole)
    # Runs were tried without errors, which says nothing of implementations that err.
    if reached is not None and (error or reached.length > length):
        return Unsettled(reached.length, f"no proof for all lengths: {reason}", reached)
    return Unsettled(length, f"no proof: {reason}")


def _failing(spec: Spec, weights: Weights, table: Table, found: Found) -> Failing:
    state = 0
    for symbol in found.word[:-1]:
        state = table.next[state][symbol]
    outputs = table.outputs[state][found.word[-1]]
    expected = tuple(said.constant if isinstance(said, Affine) else None for said in outputs)
    given = combinations(spec)[found.word[-1]]
    registers = spec.step(table.states[state], given).registers
    broken = next(
        (
            condition.formula.text
            for condition in conditions(spec, registers, given)
            if _fails(of_condition(spec, weights, condition), found.trace.h[-1])
        ),
        None,
    )
    return Failing(EnclosedCounterexample(found.trace, expected, broken), found.shortest)


def _fails(demand: Demand, h: Sequence[Ends]) -> bool:
    """Is it broken wherever h is?"""
    most = demand.constant + sum(
        (factor * ends[factor > 0] for factor, ends in zip(demand.factors, h, strict=True)), Fraction(0)
    )
    return most < 0 or (demand.strict and most == 0)
