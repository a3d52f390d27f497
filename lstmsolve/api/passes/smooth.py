"""`verify` for cells with sigmoid gates and tanh: proved by boxes, refuted in balls."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from lstmsolve.api.passes.rechecking import recheck
from lstmsolve.checker.horizons import measured
from lstmsolve.kernel.base.errors import InputError, OutsideFragment, RejectedProof
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Proved, Refuted, Unknown, VerifyOutcome
from lstmsolve.model.traces import EnclosedCounterexample
from lstmsolve.model.watch import Watch
from lstmsolve.showing.summaries import owed_text, said
from lstmsolve.smooth.counting.horizon import Judges, Rated, horizon
from lstmsolve.smooth.nets import net_of, table_of
from lstmsolve.smooth.proving import Accepts
from lstmsolve.smooth.settle import COUNTED_STATES, Failing, Unsettled, settle

LONG: Final = 1_000_000


def verify_smooth(
    problem: Problem, weights: Weights, watch: Watch, max_length: int | None = None, error: Fraction = Fraction(0)
) -> VerifyOutcome:
    """Proved for all lengths in real arithmetic, refuted by a run that leaves no doubt, or unknown.

    Raises:
        InputError: no readout, inputs that are not listed, or outputs that no threshold stands for.
    """
    require_readout(problem)
    try:
        settlement = settle(problem, weights, refused_by(watch), _judges(watch), watch, max_length, error)
    except OutsideFragment as outside:
        raise InputError.single(
            "property.always" if problem.spec.always else "output", str(outside), source=problem.name
        ) from None
    match settlement:
        case EnclosureCertificate(boxes=boxes, error=absorbed):
            reason = f"every step keeps {len(boxes)} boxes of c and o, in real arithmetic; the proof has been checked"
            if absorbed:
                reason += f", and holds for {_erring(absorbed)}"
            return Proved(weights, settlement, reason)
        case Failing(run, shortest):
            return Refuted(weights, run, _told(problem, run, shortest))
        case Unsettled(length, reason, reached):
            if reached is not None:
                reason = f"{_reach(reached)}; {reason}"
            # Runs were tried without errors, which says nothing of implementations that err.
            return Unknown(reason, None if error and reached is None else length, weights, horizon=reached)


def require_readout(problem: Problem) -> None:
    """Is it said how the outputs are read?

    Raises:
        InputError: it is not.
    """
    if problem.spec.readout is None and (problem.spec.outputs or not problem.spec.always):
        message = (
            "sigmoid and tanh reach no value exactly, so the case must say how they are read: "
            '[readout] with accept = ">= 3/4" and reject = "<= 1/4", and layer = true for z = V h + d'
        )
        raise InputError.single("readout", message, source=problem.name)


def refused_by(watch: Watch) -> Accepts:
    """The checker: why it does not accept a certificate."""

    def refused(certificate: EnclosureCertificate) -> str | None:
        outcome = recheck(certificate, watch)
        return None if isinstance(outcome, Accepted) else outcome.reason

    return refused


def horizon_of(
    problem: Problem, weights: Weights, watch: Watch, error: Fraction = Fraction(0)
) -> HorizonCertificate | str:
    """How long cells that count are right: a certificate that was accepted, or what is missing.

    `verify` looks for runs that fail as well.
    """
    table = table_of(problem.spec, weights, COUNTED_STATES)
    return horizon(problem, weights, table, net_of(table, weights), _judges(watch), watch, error)


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


def _erring(error: Fraction) -> str:
    return f"every implementation that errs by at most {float(error):.2g} in every c and h at each step"


def _reach(found: HorizonCertificate) -> str:
    """How far it goes, in one sentence."""
    length = f"about {Decimal(found.length):.3e}" if found.length > LONG else str(found.length)
    errors = f", and holds for {_erring(found.error)}" if found.error else ""
    return (
        f"every run of up to {length} steps is right, in real arithmetic: so long the cells that follow counters are "
        f"near enough to them that {len(found.boxes)} boxes of c and o hold; the proof has been checked{errors}"
    )


def _told(problem: Problem, run: EnclosedCounterexample, shortest: bool) -> str:
    """A counterexample in one sentence."""
    wanted = owed_text(problem.spec, run.expected) if run.broken is None else f"that {run.broken}"
    which = "a shortest run that fails" if shortest else "a run that fails (perhaps not a shortest one)"
    name = "h" if run.trace.z is None else "z"
    steps = f"{run.step + 1} step{'s' if run.step else ''}"
    return f"{which}: after {steps} {name} is ({said(run)}), the spec says {wanted}"
