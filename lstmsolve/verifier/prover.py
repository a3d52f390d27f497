"""Proving given weights for all lengths: find modes of spec and cell together, then certify them.

Modes are looked for by abstract interpretation, in several ways (`ways`); where the outputs do not
follow from any, by k-induction on top of the usual one. What is found is a guess like any other until
`certify` has proved it,
obligation by obligation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Mode
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.modes.abstraction import Abstraction, find_modes
from lstmsolve.obligations.modes.histories import Histories
from lstmsolve.obligations.modes.partitions import Control, partition_of
from lstmsolve.obligations.stepping.induction import Failure, certify, slimmed
from lstmsolve.obligations.stepping.systems import CellSystem, Joint
from lstmsolve.obligations.tables.transitions import START, mode_names
from lstmsolve.verifier.sampling import telling_inputs
from lstmsolve.verifier.ways import Way, ways

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
    """A certificate for these weights, or what stands in its way.

    `problem` has their hidden size. k-induction looks back up to `most_remembered` steps; with 0 only the usual way
    to find modes is tried, for a quick answer.
    """
    system = CellSystem(problem.spec, weights)
    failure: Failure | None = None
    try:
        watch.check()
        usual, *others = ways(problem.spec, weights, partition_of(system, telling_inputs(problem, weights)))
        tried = _try(usual, problem, system, watch)
        if isinstance(tried, Certificate):
            return tried
        failure = tried.failure
        if tried.found is not None and not any(mode.variables for mode in tried.modes.values()):
            return NotProved(failure, "the induction fails", False)
        if not most_remembered and (others or tried.found is not None):
            return NotProved(failure, tried.reason, True)
        for way in others:
            other = _try(way, problem, system, watch)
            if isinstance(other, Certificate):
                return other
            failure = failure or other.failure
        if tried.found is None and others:
            tried = _try(usual.to_its_end, problem, system, watch)
            if isinstance(tried, Certificate):
                return tried
            failure = tried.failure or failure
        if tried.found is None:
            return NotProved(failure, tried.reason, False)
        for steps in range(1, most_remembered + 1):
            watch.say(f"k-induction, looking {steps} steps back")
            histories = Histories(tried.found, tried.names, steps, watch)
            result = certify(problem, weights, histories.modes, START, {}, watch, histories.landings)
            if isinstance(result, Certificate):
                return result
    except LimitReached as error:
        return NotProved(failure, str(error), watch.remaining <= 0)
    reason = f"the induction fails, and with up to {most_remembered} steps remembered"
    return NotProved(failure, reason, most_remembered < MOST_REMEMBERED)


@dataclass(frozen=True)
class _Tried:
    """One way to find modes that did not give a proof: what it found, and the obligation that fails."""

    found: Abstraction | None
    names: Mapping[Control, str]
    modes: Mapping[str, Mode]
    failure: Failure | None
    reason: str


def _try(way: Way, problem: Problem, system: CellSystem, watch: Watch) -> Certificate | _Tried:
    """Raises `LimitReached` where the watch ran out, not where the way's own effort was too little."""
    watch.say(f"looking for {way.label}")
    try:
        found = find_modes(system, way.partition, watch, way.effort)
        names = mode_names(found)
        modes = {name: found.mode(control, name) for control, name in names.items()}
        result = certify(problem, system.weights, modes, START, {}, watch)
    except LimitReached as error:
        watch.check()
        return _Tried(None, {}, {}, None, str(error))
    if isinstance(result, Certificate):
        return slimmed(result, watch)
    return _Tried(found, names, modes, result, "the induction fails")


def certificate_of_states(
    problem: Problem, weights: Weights, states: tuple[Joint, ...], watch: Watch
) -> Certificate | Failure:
    """The certificate whose modes are these joint states, the initial one first."""
    modes: dict[str, Mode] = {}
    for number, joint in enumerate(states):
        registers = ", ".join(f"{name} = {value}" for name, value in joint.registers.items())
        name = START if number == 0 else f"{registers or 'state'} ({number})"
        c, h = (tuple(Affine.lift(entry) for entry in part) for part in (joint.c, joint.h))
        modes[name] = Mode(name, {}, (), joint.registers, c, h)
    return certify(problem, weights, modes, START, {}, watch)
