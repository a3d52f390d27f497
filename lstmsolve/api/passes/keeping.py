"""What is kept of an outcome: weights, certificate, and the question behind an impossibility, as texts of files."""

from __future__ import annotations

from pathlib import Path
from typing import Final, assert_never, cast

from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.region_results import family_record, region_family, region_record
from lstmsolve.formats.results import result_record
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.outcomes import (
    Accepted,
    Impossible,
    Outcome,
    Proof,
    Proved,
    Refuted,
    RefutedInFloats,
    Rejected,
    Solved,
    Unknown,
)
from lstmsolve.model.regions import RegionFound
from lstmsolve.model.watch import UNWATCHED, Part, Watch
from lstmsolve.writing.certificates import certificate_record
from lstmsolve.writing.weights import weights_record

CERTIFICATE: Final = "certificate.json"
RESULT: Final = "result.json"

SMTLIB_SECONDS: Final = 30.0


def save(found: object, folder: Path) -> list[Path]:
    """Write what a verb found into a folder, `result.json` last; the paths.

    Raises:
        InputError: the folder cannot be written.
    """
    match found:
        case RegionFound():
            files = {"region.toml": region_family(found.region), RESULT: dump_json(region_record(found, 0.0))}
        case FamilyJudged():
            files = {RESULT: dump_json(family_record(found.family.name, found, 0.0))}
        case _:
            outcome = cast("Outcome", found)
            files = kept_files(outcome, UNWATCHED)
            certificate = str(folder / CERTIFICATE) if CERTIFICATE in files else None
            files[RESULT] = dump_json(result_record(_verb(outcome), None, outcome, certificate, 0.0))
    for name, text in files.items():
        write_text(folder / name, text)
    return [folder / name for name in files]


def _verb(outcome: Outcome) -> str:
    match outcome:
        case Solved() | Impossible() | Unknown():
            return "solve"
        case Proved() | Refuted() | RefutedInFloats():
            return "verify"
        case Accepted() | Rejected():
            return "check"
        case _:
            assert_never(outcome)


def kept_files(outcome: Outcome, watch: Watch, *, dense: bool = False) -> dict[str, str]:
    """The text of each file by its name, without `result.json`; `dense` as in `weights_record`."""
    files: dict[str, str] = {}
    match outcome:
        case (
            Solved(weights) | Proved(weights) | Refuted(weights) | RefutedInFloats(weights) | Unknown(weights=weights)
        ) if weights is not None:
            files["weights.json"] = dump_json(weights_record(weights, dense=dense))
        case _:
            pass
    proof: Proof | HorizonCertificate | Impossibility | None = None
    if isinstance(outcome, Solved | Proved):
        proof = outcome.certificate
    if isinstance(outcome, Unknown):
        proof = outcome.horizon
    if isinstance(outcome, Impossible):
        proof = outcome.claim
        text = _query(outcome.claim, watch)
        if text is not None:
            files["query.smt2"] = text
    if proof is not None:
        files[CERTIFICATE] = dump_json(certificate_record(proof))
    return files


def _query(claim: Impossibility, watch: Watch) -> str | None:
    if claim.without_solver:
        return None
    from lstmsolve.api.passes.confirming import smtlib  # the encoder takes its time

    return smtlib(claim, Part(watch, SMTLIB_SECONDS))
