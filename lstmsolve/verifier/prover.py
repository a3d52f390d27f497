"""Proving given weights for all lengths: find modes of spec and cell together, then certify them.

Modes are looked for by abstract interpretation, in several ways (`ways`); where the outputs do not
follow from any, by k-induction on top of the usual one. What is found is a guess like any other until
`certify` has proved it,
obligation by obligation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights, each
from lstmsolve.kernel.proofs.certificates import Broken, Case, Certificate, Lands, Mode
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.modes.abstraction import Abstraction, find_modes
from lstmsolve.obligations.modes.histories import Histories
from lstmsolve.obligations.modes.partitions import Control, partition_of
from lstmsolve.obligations.stepping.induction import Failure, certify, slimmed
from lstmsolve.obligations.stepping.influence import NOTHING, Idle, idle, with_idle, without
from lstmsolve.obligations.stepping.systems import CONCRETE, CellSystem, Inputs, Joint, Missed, judge
from lstmsolve.obligations.tables.transitions import START, mode_names
from lstmsolve.verifier.sampling import telling_inputs
from lstmsolve.verifier.ways import Way, ways

MAX_VISITED: Final = 200_000
"""Joint states of one proof."""

WHOLE_SECONDS: Final = 2.0
"""For a proof that says what all of c and h hold, where outputs do not depend on all of them."""

MOST_REMEMBERED: Final = 6
"""Steps that k-induction looks back."""


@dataclass(frozen=True, slots=True)
class NotProved:
    """The obligation that fails, if the modes got that far, and why nothing finer was tried."""

    failure: Failure | None
    reason: str
    worth_more_time: bool
    """Did it end for lack of time, or were steps left to look back?"""


ProofResult: TypeAlias = Certificate | NotProved


def prove(problem: Problem, weights: Weights, watch: Watch, most_remembered: int = MOST_REMEMBERED) -> ProofResult:
    """A certificate for these weights, or what stands in its way, in a single turn of a `Prover`."""
    return Prover(problem, weights).prove(watch, most_remembered)


@dataclass(frozen=True)
class _Tried:
    """One way to find modes that did not give a proof: what it found, and the obligation that fails."""

    found: Abstraction | None
    names: Mapping[Control, str]
    failure: Failure | None
    reason: str
    is_exact: bool = False
    """Is every mode a single joint state?"""


class Prover:
    """Proves weights in one turn or several; what has come to its end without a proof is not tried again.

    `problem` has the hidden size of the weights. `unsaid` are components of c and h that nothing depends on, and that
    the weights keep at 0.
    """

    def __init__(self, problem: Problem, weights: Weights, unsaid: Collection[str] = ()) -> None:
        self._problem = problem
        self._system = CellSystem(problem.spec, weights)
        self._ways: list[Way] = []
        self._tried: dict[Way, _Tried] = {}
        self._looked_back = 0
        self._unsaid = unsaid
        self._idle: Idle | None = NOTHING if unsaid else None
        self._slice: Prover | None = None
        """For the weights without what no output depends on."""

    def prove(self, watch: Watch, most_remembered: int = MOST_REMEMBERED) -> ProofResult:
        """A certificate, or what stands in its way.

        k-induction looks back up to `most_remembered` steps; with 0 only the usual way to find modes is tried, for a
        quick answer.
        """
        failure: Failure | None = None
        try:
            watch.check()
            weights = self._system.weights
            if self._idle is None:
                self._idle = idle(self._problem, weights, watch)
            if not self._ways:
                usual = partition_of(self._system, telling_inputs(self._problem, weights))
                self._ways = ways(self._problem.spec, weights, usual, alone=not self._idle)
            last = _Tried(None, {}, None, "")
            if self._idle and most_remembered:
                sliced = self._of_slice(self._idle, watch, most_remembered)
                if sliced is not None:
                    return sliced
            for way in [*self._ways, self._ways[0].to_its_end] if most_remembered else self._ways[:1]:
                tried = self._try(way, watch)
                if isinstance(tried, Certificate):
                    return tried
                last, failure = tried, failure or tried.failure
                if last.is_exact:
                    return NotProved(failure, last.reason, False)
            if most_remembered and (last.found is None or last.found.passed_over):
                bounded = self._try(self._ways[0].bounding_products, watch)
                if isinstance(bounded, Certificate):
                    return bounded
            if last.found is None or not most_remembered:
                more = last.found is not None or len(self._ways) > 1
                return NotProved(failure, last.reason, more and not most_remembered)
            for steps in range(self._looked_back + 1, most_remembered + 1):
                watch.say(f"k-induction, looking {steps} steps back")
                histories = Histories(last.found, last.names, steps, watch)
                modes, landings = histories.modes, histories.landings
                result = certify(self._problem, weights, modes, START, {}, watch, landings)
                if isinstance(result, Certificate):
                    return result
                self._looked_back = steps
        except LimitReached as error:
            return NotProved(failure, str(error), watch.remaining <= 0)
        reason = f"the induction fails, and with up to {most_remembered} steps remembered"
        return NotProved(failure, reason, most_remembered < MOST_REMEMBERED)

    def _of_slice(self, parts: Idle, watch: Watch, most_remembered: int) -> Certificate | None:
        """A proof that leaves open what nothing depends on, unless one that does not is soon found."""
        weights = self._system.weights
        try:
            tried = self._try(self._ways[0], Part(watch, WHOLE_SECONDS))
        except LimitReached:
            watch.check()
        else:
            if isinstance(tried, Certificate):
                return tried
        if self._slice is None:
            self._slice = Prover(self._problem, without(weights, parts), parts.names)
        result = self._slice.prove(watch, most_remembered)
        return with_idle(result, weights, parts) if isinstance(result, Certificate) else None

    def _try(self, way: Way, watch: Watch) -> Certificate | _Tried:
        """Raises `LimitReached` where the watch ran out, not where the way's own effort was too little."""
        known = self._tried.get(way)
        if known is not None:
            return known
        watch.say(f"looking for {way.label}")
        try:
            found = find_modes(self._system, way.partition, watch, way.effort)
            names = mode_names(found, self._unsaid)
            modes = {name: found.mode(control, name) for control, name in names.items()}
            result = certify(self._problem, self._system.weights, modes, START, {}, watch, products=way.effort.products)
        except LimitReached as error:
            watch.check()
            tried = _Tried(None, {}, None, str(error))
        else:
            if isinstance(result, Certificate):
                return slimmed(result, watch)
            is_exact = not any(mode.variables for mode in modes.values())
            tried = _Tried(found, names, result, "the induction fails", is_exact)
            if way.effort.most_rows is not None:
                # Going the same way to its end would find the same.
                self._tried[way.to_its_end] = tried
        self._tried[way] = tried
        return tried


def certificate_by_visiting(problem: Problem, weights: Weights, watch: Watch) -> Certificate | Missed | None:
    """The certificate whose modes are all joint states that are reached, found while they are visited.

    Where inputs are listed, one walk is the whole proof. An output that is not what it should be ends it; None where
    inputs are not listed, or there are more than `MAX_VISITED` states.

    Raises:
        LimitReached: the watch ran out.
    """
    system, inputs = CellSystem(problem.spec, weights), Inputs(problem.spec)
    if any(enumerated(entry.domain) is None for entry in problem.spec.inputs):
        return None
    start = system.start()
    names: dict[object, str] = {start.key(): START}
    found = [start]
    cases: dict[str, tuple[Case, ...]] = {}
    for joint in found:
        steps: list[Case] = []
        for chosen, given in inputs.cases:
            watch.check()
            moved = system.step(joint, given, CONCRETE)
            if moved is None:
                steps.append(Case(chosen, Broken()))
                continue
            judgement = judge(problem.spec, moved, CONCRETE)
            if isinstance(judgement, Missed):
                return judgement
            key = moved.joint.key()
            if key not in names:
                if len(found) >= MAX_VISITED:
                    return None
                names[key] = _state_name(moved.joint, len(found))
                found.append(moved.joint)
            steps.append(Case(chosen, Lands(names[key], {}, {}, (), {place: {} for place, _ in judgement.readout})))
        cases[names[joint.key()]] = tuple(steps)
    modes = {names[joint.key()]: _state_mode(names[joint.key()], joint) for joint in found}
    return Certificate(problem, weights, modes, cases, START, {})


def _state_name(joint: Joint, number: int) -> str:
    registers = ", ".join(f"{name} = {value}" for name, value in joint.registers.items())
    return START if number == 0 else f"{registers or 'state'} ({number})"


def _state_mode(name: str, joint: Joint) -> Mode:
    return Mode(name, {}, (), joint.registers, each(joint.c, Affine.lift), each(joint.h, Affine.lift))


def certificate_of_states(
    problem: Problem, weights: Weights, states: tuple[Joint, ...], watch: Watch
) -> Certificate | Failure:
    """The certificate whose modes are these joint states, the initial one first."""
    modes: dict[str, Mode] = {}
    for number, joint in enumerate(states):
        name = _state_name(joint, number)
        modes[name] = _state_mode(name, joint)
    return certify(problem, weights, modes, START, {}, watch)
