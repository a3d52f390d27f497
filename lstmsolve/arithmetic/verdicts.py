"""A checked certificate in, a verdict for each float format out: the criterion first, then runs that fail."""

from __future__ import annotations

from typing import Final

from lstmsolve.arithmetic.judging import Judge, NotExact, Proven
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.model.floats import (
    FLOAT_FORMATS,
    FloatFormat,
    FloatName,
    FloatRun,
    FloatsExact,
    FloatsHorizon,
    FloatsOpen,
    FloatsWrong,
    FloatVerdict,
)
from lstmsolve.model.watch import Counted, Watch

STEPS_FOR_A_RUN: Final = 4_000
"""For the search for a run that fails, in one format."""


def float_verdicts(
    certificate: Certificate, watch: Watch, formats: tuple[FloatName, ...], runs: bool = True
) -> dict[FloatName, FloatVerdict]:
    """What holds of an accepted certificate's design in these formats; without `runs`, what the criterion says."""
    try:
        judge = Judge.of(certificate, watch)
    except LimitReached as error:
        return {name: FloatsOpen(str(error)) for name in formats}
    return {name: _verdict(judge, FLOAT_FORMATS[name], watch, runs) for name in formats}


def _verdict(judge: Judge, kind: FloatFormat, watch: Watch, runs: bool) -> FloatVerdict:
    try:
        proven = judge.horizons(kind)
    except LimitReached as error:
        return FloatsOpen(f"the criterion was not looked at to the end: {error}")
    if isinstance(proven, NotExact):
        if not runs:
            return FloatsOpen(_no_proof(proven))
        return _not_exact(judge.certificate, kind, proven, Counted(watch, STEPS_FOR_A_RUN))
    chosen = max(proven, key=_balance)
    if chosen == Proven(None, None):
        return FloatsExact()
    beyond: FloatRun | None = None
    if chosen.length is not None and runs:
        from lstmsolve.arithmetic.failing import failure_beyond  # exact designs and checks do not wait for it

        try:
            beyond = failure_beyond(judge.certificate, kind, chosen.length, Counted(watch, STEPS_FOR_A_RUN))
        except LimitReached:
            beyond = None  # the horizon holds without it
    others = tuple((one.length, one.inputs) for one in proven if one != chosen and one.inputs is not None)
    return FloatsHorizon(chosen.length, chosen.inputs, others, beyond)


def _no_proof(found: NotExact) -> str:
    return f"no order-free proof: sums round at {found.where}"


def _balance(proven: Proven) -> float:
    """Of pairs of length and size of inputs, the one whose smaller part is largest is told first."""
    length = float("inf") if proven.length is None else proven.length
    return min(length, float("inf") if proven.inputs is None else float(proven.inputs))


def _not_exact(certificate: Certificate, kind: FloatFormat, found: NotExact, watch: Watch) -> FloatVerdict:
    from lstmsolve.arithmetic.failing import Closed, short_failure

    where = _no_proof(found)
    try:
        run = short_failure(certificate, kind, watch)
    except LimitReached as error:
        return FloatsOpen(f"{where}; {error}")
    match run:
        case FloatRun():
            return FloatsWrong(run)
        case Closed(orders):
            return FloatsOpen(
                f"{where}; in the {orders} orders of evaluation that were run, no run over the inputs tried fails"
            )
        case None:
            return FloatsOpen(f"{where}; no run that fails was found")
