"""Proving given weights for all lengths: find modes of spec and cell together, then certify them.

The abstraction is tried from coarse to fine. What it finds is a guess like any other until
`certify` has proved it, obligation by obligation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lstmsolve.model.affine import Affine
from lstmsolve.model.cells import Weights
from lstmsolve.model.certificates import Certificate, Mode
from lstmsolve.model.errors import LimitReached
from lstmsolve.model.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.abstraction import find_modes
from lstmsolve.obligations.induction import Failure, certify, slimmed
from lstmsolve.obligations.partitions import Partition, partition_of
from lstmsolve.obligations.systems import CellSystem, Joint
from lstmsolve.obligations.transitions import START, mode_names
from lstmsolve.verifier.sampling import telling_inputs


@dataclass(frozen=True, slots=True)
class NotProved:
    """The obligation that fails, if the modes got that far, and why nothing finer was tried."""

    failure: Failure | None
    reason: str
    worth_more_time: bool
    """Did it end for lack of time?"""


ProofResult: TypeAlias = Certificate | NotProved


def prove(problem: Problem, weights: Weights, watch: Watch) -> ProofResult:
    """A certificate for these weights, or what stands in its way. `problem` has their hidden size."""
    system = CellSystem(problem.spec, weights)
    failure: Failure | None = None
    try:
        base = partition_of(system, telling_inputs(problem, weights))
        for partition in _partitions(base):
            watch.check()
            watch.say("looking for modes of spec and cell together")
            found = find_modes(system, partition, watch)
            names = mode_names(found)
            modes = {name: found.mode(control, name) for control, name in names.items()}
            result = certify(problem, weights, modes, START, {}, watch)
            if isinstance(result, Certificate):
                return slimmed(result, watch)
            failure = result
    except LimitReached as error:
        return NotProved(failure, str(error), True)
    return NotProved(failure, "the induction fails for every set of modes that was tried", False)


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


def _partitions(base: Partition) -> Iterator[Partition]:
    yield base
