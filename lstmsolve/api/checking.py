"""`check`: re-proving certificates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lstmsolve.api.loading import load_case
from lstmsolve.checker import check as check_certificate
from lstmsolve.formats.documents import read_certificate
from lstmsolve.kernel.base.errors import InputError, LimitReached, RejectedProof
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.statements import impossibility_statement, statement
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, CheckOutcome, Rejected, Unknown
from lstmsolve.model.watch import Watch
from lstmsolve.workers import Stopwatch
from lstmsolve.writing.problems import machine_record

CHECK_SECONDS: Final = 60.0

OVERTIME: Final = 0.8
"""Seconds beyond its limit in which a verb may prove and check what it has found."""


def load_certificate(certificate: str | Path | Certificate | Impossibility) -> Certificate | Impossibility:
    """The certificate of a file, unchecked."""
    return certificate if isinstance(certificate, Certificate | Impossibility) else read_certificate(Path(certificate))


def check(
    certificate: str | Path | Certificate | Impossibility,
    *,
    case: str | Path | Problem | None = None,
    seconds: float = CHECK_SECONDS,
    watch: Watch | None = None,
) -> CheckOutcome:
    """Re-prove a certificate with exact fractions and no solver; unknown if that takes too long.

    With a `case`, the certificate must be about that case: a certificate names its case as it likes, and
    what it proves is the spec that it carries. A claim of impossibility is the one kind that needs
    solvers: they are asked again. `watch` replaces the clock that `seconds` would start.

    Raises:
        InputError: the file is no certificate at all, or there is no such case.
    """
    watch = watch or Stopwatch(seconds)
    given = load_certificate(certificate)
    other = None if case is None else _other_case(given.problem, load_case(case))
    misread = other or _misread_language(given.problem)
    if misread is not None:
        return Rejected(misread)
    if isinstance(given, Impossibility):
        return _check_impossibility(given, watch)
    try:
        check_certificate(given, watch.check)
    except RejectedProof as error:
        return Rejected(str(error))
    except LimitReached as error:
        return Unknown(f"not checked to the end: {error}", None)
    except RecursionError:
        return Rejected("its case trees are nested too deeply")
    return Accepted(given, statement(given))


def _other_case(claimed: Problem, case: Problem) -> str | None:
    """Why the certificate's problem is not this case; None if it is."""
    size = claimed.choice.hidden
    try:
        wanted = case if size is None or case.choice.hidden is not None else case.with_hidden(size)
    except InputError as error:
        return f"the certificate is not about this case: {error}"
    sections = zip(_sections(claimed), _sections(wanted), strict=True)
    other = [key for (key, one), (_, another) in sections if one != another]
    return f"the certificate is not about this case: another {', '.join(other)}" if other else None


def _sections(problem: Problem) -> Iterator[tuple[str, object]]:
    """Everything that a proof depends on, under the name that it has in a case file."""
    spec = problem.spec
    yield from (
        ("input", spec.inputs),
        ("state", spec.registers),
        ("next", spec.next),
        ("output", (spec.outputs, spec.replies)),
    )
    yield from (("assume", spec.assume), ("readout", spec.readout))
    yield from (("cell", problem.choice), ("weights", problem.constraints))


def _misread_language(problem: Problem) -> str | None:
    """Why the problem's automaton is not that of the regular expression it claims to be of; None if it is.

    The checker proves what a certificate says about an automaton. Where that stands for a regular
    expression, the automaton is made again.
    """
    automaton = problem.machine
    if automaton is None or automaton.regex is None:
        return None
    from lstmsolve.automata.languages import language_record

    try:
        again = language_record(automaton.alphabet, automaton.regex)
    except InputError as error:
        return str(error)
    if machine_record(automaton) != again:
        return f"problem.machine: is not the minimal automaton of {automaton.regex}"
    return None


def _check_impossibility(claim: Impossibility, watch: Watch) -> CheckOutcome:
    from lstmsolve.api.confirming import confirmed, opinions, query_of, told

    if not claim.strings:
        return Rejected("no strings are given, and any weights do right on none")
    found = opinions(query_of(claim), watch)
    if not confirmed(found):
        if watch.remaining <= 0:
            return Unknown(f"the solvers were not asked to the end: {told(found)}", None)
        return Rejected(f"the solvers do not confirm that no weights do right on the strings: {told(found)}")
    return Accepted(claim, f"{impossibility_statement(claim)}\n(asked again: {told(found)})")
