"""`verify` and `solve` for cells with sigmoid gates and tanh: proved by boxes, refuted in balls, built or repaired."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Final

from lstmsolve.api.passes.rechecking import recheck
from lstmsolve.checker import measured
from lstmsolve.kernel.base.errors import InputError, LimitReached, OutsideFragment, RejectedProof
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import State, Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Decide
from lstmsolve.model.outcomes import Accepted, Move, Proved, Refuted, Solved, Unknown, VerifyOutcome
from lstmsolve.model.traces import EnclosedCounterexample
from lstmsolve.model.watch import Watch
from lstmsolve.showing.summaries import said
from lstmsolve.smooth.built.designing import Impracticable
from lstmsolve.smooth.built.gains import Built, build
from lstmsolve.smooth.counting.horizon import Judges, Rated, horizon
from lstmsolve.smooth.nets import net_of, table_of
from lstmsolve.smooth.proving import Accepts
from lstmsolve.smooth.repairing.mending import Repaired, Unrepaired, repair
from lstmsolve.smooth.settle import COUNTED_STATES, Failing, Unsettled, settle

LONG: Final = 1_000_000


def verify_smooth(
    problem: Problem, weights: Weights, watch: Watch, max_length: int | None = None, error: Fraction = Fraction(0)
) -> VerifyOutcome:
    """Proved for all lengths in real arithmetic, refuted by a run that leaves no doubt, or unknown.

    Raises:
        InputError: no readout, inputs that are not listed, or outputs that no threshold stands for.
    """
    _require_readout(problem)
    try:
        settlement = settle(problem, weights, _refused(watch), _judges(watch), watch, max_length, error)
    except OutsideFragment as outside:
        raise InputError.single(
            "property.always" if problem.spec.always else "output", str(outside), source=problem.name
        ) from None
    match settlement:
        case EnclosureCertificate(boxes=boxes, error=absorbed):
            reason = f"every step keeps {len(boxes)} boxes of c and o, in real arithmetic; the proof has been checked"
            if absorbed:
                told = f"{float(absorbed):.2g}"
                reason += (
                    f", and holds for every implementation that errs by at most {told} in every c and h at each step"
                )
            return Proved(weights, settlement, reason)
        case Failing(run, shortest):
            return Refuted(weights, run, _told(run, shortest))
        case Unsettled(length, reason, reached):
            if reached is not None:
                reason = f"{_reach(reached)}; {reason}"
            # Runs were tried without errors, which says nothing of implementations that err.
            return Unknown(reason, None if error else length, weights, horizon=reached)


def solve_smooth(problem: Problem, watch: Watch) -> Solved | Unknown:
    """Weights built from the spec's automaton, of nearly the least gain that is proved.

    Raises:
        InputError: no readout, inputs that are not listed, or outputs that no threshold stands for.
    """
    _require_no_conditions(problem)
    _require_readout(problem)
    _require_thresholds(problem)
    if problem.choice.initial not in (None, State.zero(problem.choice.hidden or 0)):
        return Unknown("weights are built for cells that start at zero", None)
    try:
        found = build(problem, _refused(watch), watch)
    except OutsideFragment as outside:
        raise InputError.single(
            "property.always" if problem.spec.always else "output", str(outside), source=problem.name
        ) from None
    except LimitReached as limit:
        return Unknown(f"nothing was built: {limit}", None)
    match found:
        case Impracticable(reason):
            return Unknown(f"nothing was built from the automaton: {reason}", None)
        case Built(weights, certificate, gain):
            reason = (
                f"weights built from the automaton with gain {float(gain):g}, nearly the least that boxes prove; "
                f"every step keeps {len(certificate.boxes)} boxes, in real arithmetic; the proof has been checked"
            )
            return Solved(weights, certificate, reason)


def repair_smooth(problem: Problem, given: Weights, watch: Watch, seed: int) -> Solved | Unknown:
    """Given weights moved until they are proved. `problem` has their hidden size.

    Raises:
        InputError: no readout, inputs that are not listed, or outputs that no threshold stands for.
    """
    _require_readout(problem)
    try:
        found = repair(problem, given, _refused(watch), watch, seed)
    except OutsideFragment as outside:
        raise InputError.single(
            "property.always" if problem.spec.always else "output", str(outside), source=problem.name
        ) from None
    match found:
        case Unrepaired(reason, closest):
            return Unknown(reason, None, closest)
        case Repaired(weights, certificate):
            move = _move(given, weights)
            told = (
                f"the given weights were moved by at most {float(move.most):.3g} ({move.place.name}), altogether by "
                f"{float(100 * move.relative):.3g} % of their size"
                if move.most
                else "the given weights are right as they are"
            )
            boxes = f"every step keeps {len(certificate.boxes)} boxes, in real arithmetic; the proof has been checked"
            return Solved(weights, certificate, f"{told}; {boxes}", moved=move)


def _move(given: Weights, weights: Weights) -> Move:
    before = given.values()
    changes = {place: abs(value - before[place]) for place, value in weights.values().items()}
    place = max(changes, key=lambda name: changes[name])
    size = sum((value**2 for value in before.values()), Fraction(0))
    change = sum((value**2 for value in changes.values()), Fraction(0))
    relative = Fraction(f"{sqrt(change / size):.3g}") if size else Fraction(0)
    return Move(changes[place], place, relative)


def _require_readout(problem: Problem) -> None:
    if problem.spec.readout is None and (problem.spec.outputs or not problem.spec.always):
        message = (
            "sigmoid and tanh reach no value exactly, so the case must say how they are read: "
            '[readout] with accept = ">= 3/4" and reject = "<= 1/4", and layer = true for z = V h + d'
        )
        raise InputError.single("readout", message, source=problem.name)


def _require_no_conditions(problem: Problem) -> None:
    if problem.spec.always:
        message = "sigmoid and tanh weights are built for outputs, not for conditions of [property]; leave them out"
        raise InputError.single("property.always", message, source=problem.name)


def _require_thresholds(problem: Problem) -> None:
    """Weights are built for outputs of their own, from zeros."""
    readout = problem.spec.readout
    if readout is None or readout.decide is not Decide.THRESHOLD or problem.choice.free:
        message = 'sigmoid and tanh weights are built for decide = "threshold", from zeros'
        raise InputError.single("readout.decide", message, source=problem.name)


def _refused(watch: Watch) -> Accepts:
    """The checker: why it does not accept a certificate."""

    def refused(certificate: EnclosureCertificate) -> str | None:
        outcome = recheck(certificate, watch)
        return None if isinstance(outcome, Accepted) else outcome.reason

    return refused


def horizon_of(problem: Problem, weights: Weights, watch: Watch) -> HorizonCertificate | str:
    """How long cells that count are right: a certificate that was accepted, or what is missing.

    `verify` looks for runs that fail as well.
    """
    table = table_of(problem.spec, weights, COUNTED_STATES)
    return horizon(problem, weights, table, net_of(table, weights), _judges(watch), watch)


def _judges(watch: Watch) -> Judges:
    """The checker, of horizons."""

    def refused(certificate: HorizonCertificate) -> str | None:
        outcome = recheck(certificate, watch)
        return None if isinstance(outcome, Accepted) else outcome.reason

    def rates(certificate: HorizonCertificate, room: Fraction) -> Rated | str:
        try:
            return measured(certificate, room, watch.check)
        except RejectedProof as error:
            return str(error)

    return Judges(refused, rates)


def _reach(found: HorizonCertificate) -> str:
    """How far it goes, in one sentence."""
    length = f"about {Decimal(found.length):.3e}" if found.length > LONG else str(found.length)
    return (
        f"every run of up to {length} steps is right, in real arithmetic: so long the cells that follow counters are "
        f"near enough to them that {len(found.boxes)} boxes of c and o hold; the proof has been checked"
    )


def _told(run: EnclosedCounterexample, shortest: bool) -> str:
    """A counterexample in one sentence."""
    wanted = ", ".join("any" if value is None else show_number(value) for value in run.expected)
    wanted = f"({wanted})" if run.broken is None else f"that {run.broken}"
    which = "a shortest run that fails" if shortest else "a run that fails (perhaps not a shortest one)"
    name = "h" if run.trace.z is None else "z"
    steps = f"{run.step + 1} step{'s' if run.step else ''}"
    return f"{which}: after {steps} {name} is ({said(run)}), the spec says {wanted}"
