"""`check`: re-proving certificates."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.checker import check as check_certificate
from lstmsolve.formats.documents import read_certificate
from lstmsolve.model.certificates import Certificate, statement
from lstmsolve.model.errors import RejectedProof
from lstmsolve.model.outcomes import Accepted, CheckOutcome, Rejected


def load_certificate(certificate: str | Path | Certificate) -> Certificate:
    """The certificate of a file, unchecked."""
    return certificate if isinstance(certificate, Certificate) else read_certificate(Path(certificate))


def check(certificate: str | Path | Certificate) -> CheckOutcome:
    """Re-prove a certificate with exact fractions and no solver.

    Raises:
        InputError: the file is no certificate at all.
    """
    given = load_certificate(certificate)
    try:
        check_certificate(given)
    except RejectedProof as error:
        return Rejected(str(error))
    return Accepted(given, statement(given))
