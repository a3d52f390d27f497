"""Weights written, certificates read and written, as JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.formats.files import MIB, dump_json, other_file, parse_json, read_text, write_text
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.weights import weights_record

MAX_CERTIFICATE: Final = 512 * MIB


def write_weights(path: Path, weights: Weights, *, dense: bool = False) -> None:
    write_text(path, dump_json(weights_record(weights, dense=dense)))


def read_certificate(path: Path) -> Certificate | EnclosureCertificate | HorizonCertificate | Impossibility:
    """The certificate of a file, unchecked.

    Raises:
        InputError: the file is no certificate at all.
    """
    text = read_text(path, MAX_CERTIFICATE)
    try:
        other = other_file(text, "certificate")
        if other is not None:
            raise other
        return certificate_from_record(parse_json(text))
    except InputError as error:
        raise error.within(str(path)) from None
    except RecursionError:
        raise InputError.single("", "is nested too deeply", source=str(path)) from None


def write_certificate(
    path: Path, certificate: Certificate | EnclosureCertificate | HorizonCertificate | Impossibility
) -> None:
    write_text(path, dump_json(certificate_record(certificate)))
