"""The checker asked about a certificate; the only way to `solved` and `proved`."""

from __future__ import annotations

from typing import Final

from lstmsolve.kernel.base.errors import InputError, LimitReached, RejectedProof
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.proofs.statements import statement
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, CheckOutcome, Proof, Rejected, Unknown
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Overtime
from lstmsolve.writing.problems import machine_record

OVERTIME: Final = 0.8
"""Seconds beyond its limit in which a verb may prove and check what it has found."""


def accepted(found: Proof, watch: Watch) -> bool:
    """Does the checker accept what was found, if need be a little over time?"""
    return isinstance(recheck(found, Overtime(watch, OVERTIME)), Accepted)


def recheck(given: Proof | HorizonCertificate, watch: Watch) -> CheckOutcome:
    """Re-prove a certificate with exact fractions and no solver; unknown if that takes too long."""
    misread = misread_language(given.problem)
    if misread is not None:
        return Rejected(misread)
    # Each kind of certificate has a checker of its own, and does not wait for the others to be loaded.
    try:
        if isinstance(given, EnclosureCertificate):
            from lstmsolve.checker.enclosures import check_enclosures

            check_enclosures(given, watch.check)
        elif isinstance(given, HorizonCertificate):
            from lstmsolve.checker.horizons import check_horizon

            check_horizon(given, watch.check)
        else:
            from lstmsolve.checker.check import check

            check(given, watch.check)
    except RejectedProof as error:
        return Rejected(str(error))
    except LimitReached as error:
        return Unknown(f"not checked to the end: {error}", None)
    except RecursionError:
        return Rejected("its case trees are nested too deeply")
    return Accepted(given, statement(given))


def misread_language(problem: Problem) -> str | None:
    """Why the problem's automaton is not that of the regular expression it claims to be of; None if it is.

    The checker proves what a certificate says about an automaton. Where that stands for a regular
    expression, the automaton is made again.
    """
    automaton = problem.machine
    if automaton is None or automaton.regex is None:
        return None
    from lstmsolve.automata.languages import language_record  # greenery takes its time to load

    try:
        again = language_record(automaton.alphabet, automaton.regex)
    except InputError as error:
        return str(error)
    if machine_record(automaton) != again:
        return f"problem.machine: is not the minimal automaton of {automaton.regex}"
    return None
