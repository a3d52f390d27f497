"""`check`: re-proving certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.checker import check as check_certificate
from lstmsolve.formats.documents import read_certificate
from lstmsolve.model.certificates import Certificate, Impossibility, impossibility_statement, statement
from lstmsolve.model.errors import RejectedProof
from lstmsolve.model.outcomes import Accepted, CheckOutcome, Rejected

CHECK_SECONDS: Final = 60.0


def load_certificate(certificate: str | Path | Certificate | Impossibility) -> Certificate | Impossibility:
    """The certificate of a file, unchecked."""
    return certificate if isinstance(certificate, Certificate | Impossibility) else read_certificate(Path(certificate))


def check(certificate: str | Path | Certificate | Impossibility, *, seconds: float = CHECK_SECONDS) -> CheckOutcome:
    """Re-prove a certificate with exact fractions and no solver.

    A claim of impossibility is the one kind that needs solvers: they are asked again, for at most
    so many seconds.

    Raises:
        InputError: the file is no certificate at all.
    """
    given = load_certificate(certificate)
    if isinstance(given, Impossibility):
        return _check_impossibility(given, seconds)
    try:
        check_certificate(given)
    except RejectedProof as error:
        return Rejected(str(error))
    return Accepted(given, statement(given))


def _check_impossibility(claim: Impossibility, seconds: float) -> CheckOutcome:
    from lstmsolve.api.confirming import confirmed, opinions, query_of, told
    from lstmsolve.workers import Stopwatch

    if not claim.strings:
        return Rejected("no strings are given, and any weights do right on none")
    found = opinions(query_of(claim), Stopwatch(seconds))
    if not confirmed(found):
        return Rejected(f"the solvers do not confirm that no weights do right on the strings: {told(found)}")
    return Accepted(claim, f"{impossibility_statement(claim)}\n(asked again: {told(found)})")
