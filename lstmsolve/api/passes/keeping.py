"""What is kept of an outcome: weights, certificate, and the question behind an impossibility, as texts of files."""

from __future__ import annotations

from typing import Final

from lstmsolve.api.passes.confirming import smtlib
from lstmsolve.formats.files import dump_json
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.model.outcomes import (
    Impossible,
    Outcome,
    Proof,
    Proved,
    Refuted,
    RefutedInFloats,
    Solved,
    Unknown,
)
from lstmsolve.model.watch import Part, Watch
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.weights import weights_record

CERTIFICATE: Final = "certificate.json"
RESULT: Final = "result.json"

SMTLIB_SECONDS: Final = 30.0


def kept_files(outcome: Outcome, watch: Watch) -> dict[str, str]:
    """The text of each file by its name, without `result.json`."""
    files: dict[str, str] = {}
    match outcome:
        case (
            Solved(weights) | Proved(weights) | Refuted(weights) | RefutedInFloats(weights) | Unknown(weights=weights)
        ) if weights is not None:
            files["weights.json"] = dump_json(weights_record(weights))
        case _:
            pass
    proof: Proof | Impossibility | None = outcome.certificate if isinstance(outcome, Solved | Proved) else None
    if isinstance(outcome, Impossible):
        proof = outcome.claim
        text = None if outcome.claim.by_bounds else smtlib(outcome.claim, Part(watch, SMTLIB_SECONDS))
        if text is not None:
            files["query.smt2"] = text
    if proof is not None:
        files[CERTIFICATE] = dump_json(certificate_record(proof))
    return files
