"""Weights that are given, moved until boxes prove them, and back as far as they still do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from math import inf
from typing import Final

import numpy as np

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import GateWeights, Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Counted, Part, Watch
from lstmsolve.smooth.lattice import Plan
from lstmsolve.smooth.nets import ORDER, Table, net_of, table_of
from lstmsolve.smooth.proving import PLANS, Accepts, Proven, Task, prove
from lstmsolve.smooth.refuter import Found, refute_long, refute_short
from lstmsolve.smooth.repairing.classes import Classes, classes_of
from lstmsolve.smooth.repairing.tuning import Course, Numbers, tuned

ROUNDS: Final = (
    (1, Course(2000, 0.03)),
    (2, Course(2000, 0.03)),
    (1, Course(4000, 0.05)),
    (3, Course(2000, 0.03)),
    (2, Course(4000, 0.05)),
)
"""How many last symbols tell runs apart, and how far weights are moved; over and over, from other places."""
TRIED: Final = 3
"""Nets of a round that are handed to the prover."""
MOST_MISSING: Final = 0.5
"""To these, in squares."""

PLAN: Final = Plan(0.5, 1, cuts=0, fine=2.0**13)
"""Boxes of the classes, or smaller ones, are kept by one step."""
PROOF_STEPS: Final = 500
"""Of the search for boxes."""
AS_GIVEN_PLANS: Final = tuple(plan for plan, _ in PLANS[:4])
AS_GIVEN_STEPS: Final = 1000
"""The same for the weights as they are."""
AS_GIVEN_SHARE: Final = 0.4
"""Of the time, at most, for looking whether they need no repair."""

DIGITS: Final = 3
"""Of the decimals that are tried first."""
MOST_DIGITS: Final = 6
HALVINGS: Final = 5
"""Of the way from where the weights were."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """Weights with a certificate that was accepted."""

    weights: Weights
    certificate: EnclosureCertificate


@dataclass(frozen=True, slots=True)
class Unrepaired:
    """Why there are none, and the weights that came closest."""

    reason: str
    closest: Weights | None = None


def repair(problem: Problem, weights: Weights, accepts: Accepts, watch: Watch, seed: int) -> Repaired | Unrepaired:
    """Weights near the given ones that are right at all lengths; the layer stays as it is.

    `problem` has the hidden size of the weights.

    Raises:
        InputError: the inputs are not listed value by value.
        OutsideFragment: what the spec owes is no threshold.
    """
    table = table_of(problem.spec, weights)
    if not table.closed:
        return Unrepaired(f"the spec has more than {len(table.states)} states, and boxes prove finite ones")
    work = _Work(problem, table, weights, accepts, watch)
    try:
        found = work.as_given()
        return found if isinstance(found, Repaired) else work.moved(seed)
    except LimitReached as limit:
        return Unrepaired(f"no weights near the given ones were proved: {work.lacking or limit}", work.closest)


class _Work:
    def __init__(self, problem: Problem, table: Table, given: Weights, accepts: Accepts, watch: Watch) -> None:
        self._problem = problem
        self._table = table
        self._given = given
        self._accepts = accepts
        self._watch = watch
        self._net = net_of(table, given)
        gates = [given.gates[gate] for gate in ORDER]
        self._start = Numbers(
            np.array([[float(value) for value in row] for gate in gates for row in gate.u]),
            np.array([[float(value) for value in row] for gate in gates for row in gate.w]),
            np.array([float(value) for gate in gates for value in gate.b]),
        )
        self.lacking = ""
        """What the last weights that were tried lacked."""
        self._least = inf
        self.closest: Weights | None = None
        """The weights to which least was missing."""

    def as_given(self) -> Repaired | str:
        """The weights as they are, unless a first look finds a run that fails."""
        self._watch.say("looking whether the weights are right as they are")
        part = Part(self._watch, AS_GIVEN_SHARE * self._watch.remaining)
        try:
            if isinstance(refute_short(self._table, self._net, self._given, part), Found):
                return "a run fails"
            if refute_long(self._table, self._net, self._given, part, None, thorough=False) is not None:
                return "a run fails"
        except LimitReached:
            self._watch.check()
        return self._proved(self._given, AS_GIVEN_PLANS, Counted(part, AS_GIVEN_STEPS))

    def moved(self, seed: int) -> Repaired:
        """Rounds of moves until some weights are proved.

        Raises:
            LimitReached: none were in time.
        """
        columns = np.array([[float(value) for value in column] for column in self._table.columns])
        for number in count():
            memory, course = ROUNDS[number % len(ROUNDS)]
            classes = self._classes(memory)
            self._watch.say(f"moving weights, round {number + 1}, for {classes.count} boxes")
            for found in tuned(self._net, self._start, columns, classes, course, (seed, number), self._watch)[:TRIED]:
                if found.missing < self._least:
                    self._least, self.closest = found.missing, self._rounded(found.numbers, MOST_DIGITS)
                if found.missing > MOST_MISSING:
                    break
                for digits in (DIGITS, MOST_DIGITS):
                    repaired = self._attempt(found.numbers, digits)
                    if isinstance(repaired, Repaired):
                        return self._nearer(found.numbers, repaired, digits)
                    self.lacking = repaired
        raise AssertionError("rounds go on until the time is up")

    def _classes(self, memory: int) -> Classes:
        """Of so many last symbols, or of fewer where there are too many."""
        try:
            return classes_of(self._net, memory)
        except LimitReached:
            if memory == 1:
                raise
            return self._classes(memory - 1)

    def _nearer(self, numbers: Numbers, best: Repaired, digits: int) -> Repaired:
        """Back towards where the weights were, as far as that is proved; then in shorter decimals."""
        self._watch.say("the weights are proved; moving them back as far as they stay so")
        wrong, right = 0.0, 1.0
        try:
            for _ in range(HALVINGS):
                share = 0.5 * (wrong + right)
                found = self._attempt(self._start.towards(numbers, share), digits)
                if isinstance(found, Repaired):
                    best, right = found, share
                else:
                    wrong = share
            for fewer in range(1, digits):
                found = self._attempt(self._start.towards(numbers, right), fewer)
                if isinstance(found, Repaired):
                    return found
        except LimitReached:
            pass
        return best

    def _attempt(self, numbers: Numbers, digits: int) -> Repaired | str:
        self._watch.check()
        # So many steps, not seconds: what is found does not hang on how busy the machine is.
        return self._proved(self._rounded(numbers, digits), [PLAN], Counted(self._watch, PROOF_STEPS))

    def _proved(self, weights: Weights, plans: Sequence[Plan], watch: Watch) -> Repaired | str:
        unmet = next(self._problem.constraints.unmet(weights), None)
        if unmet is not None:
            return f"the weights do not meet the case's conditions: {unmet}"
        net = net_of(self._table, weights)
        task = Task(self._problem, self._table, net, weights, Fraction(0))
        found = prove(task, self._accepts, watch, [(plan, inf) for plan in plans])
        if isinstance(found, Proven):
            return Repaired(weights, found.certificate)
        return found if watch.remaining > 0 else "the boxes did not close in the steps set aside for them"

    def _rounded(self, numbers: Numbers, digits: int) -> Weights:
        """These weights in decimals; start and layer are those given."""
        scale, hidden = 10**digits, self._given.cell.hidden
        u, w = (
            [tuple(Fraction(round(v * scale), scale) for v in row) for row in part.tolist()] for part in numbers[:2]
        )
        b = [Fraction(round(value * scale), scale) for value in numbers.b.tolist()]
        gates = {
            gate: GateWeights(
                w=tuple(w[place * hidden : (place + 1) * hidden]),
                u=tuple(u[place * hidden : (place + 1) * hidden]),
                b=tuple(b[place * hidden : (place + 1) * hidden]),
            )
            for place, gate in enumerate(ORDER)
        }
        return replace(self._given, gates=gates, notes=())
