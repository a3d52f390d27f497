"""A derivation case from end to end: read, derive, check what was derived, judge the claims."""

from __future__ import annotations

from contextlib import suppress

from lstmsolve.derivation.claims.checking import Checker
from lstmsolve.derivation.claims.statements import read_claims
from lstmsolve.derivation.deriving import derivations, disagreement
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.model.derivations import ClaimHolds, ClaimReport, Derivation, DerivationCase
from lstmsolve.model.watch import UNWATCHED, Watch


def check_case(case: DerivationCase) -> None:
    """Read everything in a case and do nothing with it.

    Raises:
        InputError: with every complaint about its formulas and claims.
    """
    read_claims(case, system_of(case))


def run(case: DerivationCase, seed: int = 0, watch: Watch = UNWATCHED) -> Derivation:
    """Derive every formula of a case and judge its claims; `seed` chooses the random data.

    Raises:
        InputError: with every complaint about the case.
    """
    system = system_of(case)
    claims = read_claims(case, system)
    checker = Checker(system, claims, seed, watch)
    with suppress(LimitReached):
        checker.laboratory.net(0)  # refuses what has no value at all, such as x/0, before anything is derived
    watch.say("deriving the formulas")
    derived = tuple(derivations(system))
    watch.say("trying the derived formulas on the unrolled net")
    try:
        wrong = disagreement(system, checker.laboratory)
    except LimitReached:
        wrong = None  # the claims, which come next, then say that the time was up
    assert wrong is None, f"the unrolled net contradicts the derivation: {wrong}"
    reports = tuple(checker.judge_all())
    return Derivation(case, derived, reports, _reason(reports))


def _reason(reports: tuple[ClaimReport, ...]) -> str:
    """The outcome in one sentence."""
    if not reports:
        return "formulas derived; the case makes no claims"
    failing = [report.id for report in reports if report.holds is False]
    still_open = [report.id for report in reports if report.holds is None]
    if failing:
        rest = f"; {len(still_open)} open" if still_open else ""
        return f"{len(failing)} of {_claims(len(reports))} fail: {', '.join(failing)}{rest}"
    if still_open:
        return f"no claim fails, but {len(still_open)} of {_claims(len(reports))} are open: {', '.join(still_open)}"
    tested = [report.id for report in reports if isinstance(report, ClaimHolds) and not report.proved]
    rest = f"; tested, but not proved for all sizes: {', '.join(tested)}" if tested else ""
    return (f"all {_claims(len(reports))} hold" if len(reports) > 1 else "the claim holds") + rest


def _claims(number: int) -> str:
    return "1 claim" if number == 1 else f"{number} claims"
