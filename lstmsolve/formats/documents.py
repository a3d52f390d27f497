"""Weights and certificates as JSON files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from lstmsolve.formats.files import MIB, dump_json, parse_json, read_text, write_text
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.weights import weights_record

MAX_WEIGHTS: Final = 64 * MIB
MAX_CERTIFICATE: Final = 512 * MIB

T = TypeVar("T")


def read_weights(path: Path) -> Weights:
    """The weights of a file.

    Raises:
        InputError: with every complaint about the file.
    """
    return _read(path, MAX_WEIGHTS, weights_from_record)


def write_weights(path: Path, weights: Weights) -> None:
    write_text(path, dump_json(weights_record(weights)))


def read_certificate(path: Path) -> Certificate | EnclosureCertificate | Impossibility:
    """The certificate of a file, unchecked.

    Raises:
        InputError: the file is no certificate at all.
    """
    return _read(path, MAX_CERTIFICATE, certificate_from_record)


def write_certificate(path: Path, certificate: Certificate | EnclosureCertificate | Impossibility) -> None:
    write_text(path, dump_json(certificate_record(certificate)))


def _read(path: Path, limit: int, build: Callable[[object], T]) -> T:
    text = read_text(path, limit)
    try:
        return build(parse_json(text))
    except InputError as error:
        raise error.within(str(path)) from None
    except RecursionError:
        raise InputError.single("", "is nested too deeply", source=str(path)) from None
