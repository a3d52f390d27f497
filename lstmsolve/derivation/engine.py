"""A derivation case from end to end: read, derive, check what was derived, judge the claims."""

from __future__ import annotations

from contextlib import suppress

from lstmsolve.derivation.chain_rule.calculus import differential
from lstmsolve.derivation.chain_rule.symbolic import NotReal
from lstmsolve.derivation.claims.checking import Checker
from lstmsolve.derivation.claims.statements import read_claims
from lstmsolve.derivation.deriving import derivations, disagreement
from lstmsolve.derivation.language.writing import write
from lstmsolve.derivation.recurrences.declarations import spelled_key
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.kernel.base.errors import Complaints, LimitReached
from lstmsolve.model.derivations import ClaimReport, Derivation, DerivationCase, Derived
from lstmsolve.model.watch import UNWATCHED, Watch


def check_case(case: DerivationCase) -> None:
    """Read everything in a case and do nothing with it.

    Raises:
        InputError: with every complaint about its formulas and claims.
    """
    system = system_of(case)
    _refuse_unreal(system)
    read_claims(case, system)


def run(case: DerivationCase, seed: int = 0, watch: Watch = UNWATCHED) -> Derivation:
    """Derive every formula of a case and judge its claims; `seed` chooses the random data.

    Raises:
        InputError: with every complaint about the case.
    """
    system = system_of(case)
    _refuse_unreal(system)
    claims = read_claims(case, system)
    checker = Checker(system, claims, seed, watch)
    with suppress(LimitReached):
        checker.laboratory.net(0)  # refuses what has no value at all, such as x/0, before anything is derived
    watch.say("deriving the formulas")
    derived: list[Derived] = []
    with suppress(LimitReached):  # the claims, which come next, then say that the time was up
        for each in derivations(system):
            derived.append(each)
            watch.check()
    watch.say("trying the derived formulas on the unrolled net")
    try:
        wrong = disagreement(system, checker.laboratory)
    except LimitReached:
        wrong = None
    assert wrong is None, f"the unrolled net contradicts the derivation: {wrong}"
    reports = tuple(checker.judge_all())
    return Derivation(case, tuple(derived), reports, _reason(reports))


def _refuse_unreal(system: System) -> None:
    """Complain about formulas that sympy finds no real number in, such as x/(a - a) where nobody would notice."""
    complaints = Complaints()
    definitions = [("signals", system.generic(name), found.formula) for name, found in system.signals.items()]
    if system.loss.formula is not None:
        definitions.append(("loss", system.generic(system.loss.name), system.loss.formula))
    for table, name, formula in definitions:
        try:
            for _ in differential(formula, system, frozenset({*system.spans, *system.sizes})):
                pass
        except NotReal as error:
            complaints.add(spelled_key(table, write(name)), f"has no value, or no derivative: {error}")
    complaints.refuse()


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
        are = "is" if len(still_open) == 1 else "are"
        return f"no claim fails, but {len(still_open)} of {_claims(len(reports))} {are} open: {', '.join(still_open)}"
    return f"all {_claims(len(reports))} hold" if len(reports) > 1 else "the claim holds"


def _claims(number: int) -> str:
    return "1 claim" if number == 1 else f"{number} claims"
