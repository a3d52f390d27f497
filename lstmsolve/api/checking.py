"""`check`: re-proving certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from lstmsolve.api.passes.rechecking import misread_language, recheck
from lstmsolve.formats.documents import read_certificate
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.proofs.statements import impossibility_statement
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import FLOAT_FORMATS
from lstmsolve.model.outcomes import Accepted, CheckOutcome, Proof, Rejected, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.workers import Stopwatch

CHECK_SECONDS: Final = 60.0

FLOATS_SECONDS: Final = 10.0
"""For all float formats together."""


def load_certificate(
    certificate: str | Path | Proof | HorizonCertificate | Impossibility,
) -> Proof | HorizonCertificate | Impossibility:
    """The certificate of a file, unchecked."""
    return read_certificate(Path(certificate)) if isinstance(certificate, str | Path) else certificate


def check(
    certificate: str | Path | Proof | HorizonCertificate | Impossibility,
    *,
    case: str | Path | Problem | None = None,
    floats: bool = False,
    seconds: float = CHECK_SECONDS,
    watch: Watch | None = None,
) -> CheckOutcome:
    """Re-prove a certificate with exact fractions and no solver; unknown if that takes too long.

    With a `case`, the certificate must be about that case: a certificate names its case as it likes, and
    what it proves is the spec that it carries. A claim of impossibility is the one kind that needs
    solvers: they are asked again. `floats` asks as well what the certificate proves of runs in float32, float16
    and bfloat16: the order-free criterion is held against it anew, outside of the kernel. `watch` replaces the
    clock that `seconds` would start.

    Raises:
        InputError: the file is no certificate at all, or there is no such case.
    """
    watch = watch or Stopwatch(seconds)
    given = load_certificate(certificate)
    if case is not None:
        from lstmsolve.api.loading.cases import load_case  # a schema that most checks need not wait for

        other = _other_case(given.problem, load_case(case))
        if other is not None:
            return Rejected(other)
    if isinstance(given, Impossibility):
        return _check_impossibility(given, watch)
    outcome = recheck(given, watch)
    if floats and isinstance(outcome, Accepted) and isinstance(given, Certificate):
        from lstmsolve.arithmetic.verdicts import float_verdicts  # a check without it waits for no linear programs

        part = Part(watch, FLOATS_SECONDS)
        return replace(outcome, floats=float_verdicts(given, part, tuple(FLOAT_FORMATS), runs=False))
    return outcome


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
        ("property", spec.always),
    )
    yield from (("assume", spec.assume), ("readout", spec.readout))
    yield from (("cell", problem.choice), ("weights", problem.constraints))


def _check_impossibility(claim: Impossibility, watch: Watch) -> CheckOutcome:
    misread = misread_language(claim.problem)
    if misread is not None:
        return Rejected(misread)
    from lstmsolve.api.passes.bounding import recheck_bounds, recheck_signs  # what finds such claims comes with it

    if claim.by_bounds:
        return recheck_bounds(claim)
    if claim.signs is not None:
        return recheck_signs(claim)
    if not claim.strings:
        return Rejected("no strings are given, and any weights do right on none")
    from lstmsolve.api.passes.confirming import confirmed, opinions, query_of, told

    found = opinions(query_of(claim), watch)
    if not confirmed(found):
        if watch.remaining <= 0:
            return Unknown(f"the solvers were not asked to the end: {told(found)}", None)
        return Rejected(f"the solvers do not confirm that no weights do right on the strings: {told(found)}")
    return Accepted(claim, f"{impossibility_statement(claim)}\n(asked again: {told(found)})")
