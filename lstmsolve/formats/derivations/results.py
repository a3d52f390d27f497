"""Derivations as result records (`lstmsolve/result/1`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import assert_never

from lstmsolve.formats.results import empty_record
from lstmsolve.model.derivations import ClaimFails, ClaimHolds, ClaimOpen, ClaimReport, Derivation


def derivation_record(outcome: Derivation, elapsed_s: float) -> dict[str, object]:
    """The result of `derive`: the common keys, `claims` and `derivation`."""
    return empty_record("derive", outcome.reason, elapsed_s) | {
        "case": outcome.case.name,
        "verdict": outcome.verdict,
        "claims": [claim_record(report) for report in outcome.claims],
        "derivation": [asdict(derived) for derived in outcome.derived],
    }


def claim_record(report: ClaimReport) -> dict[str, object]:
    """One claim; every key is always present."""
    record: dict[str, object] = {
        "id": report.id,
        "claim": report.claim,
        "place": report.place,
        "holds": report.holds,
        "proved": report.holds is True,
        "reason": "",
        "witness": None,
        "corrected": None,
        "change": None,
        "carried_from": None,
        "slips": [],
        "repeats": None,
        "latex": report.latex,
    }
    match report:
        case ClaimHolds(evidence=evidence):
            return record | {"reason": evidence}
        case ClaimOpen(why=why):
            return record | {"reason": why}
        case ClaimFails():
            return record | {
                "reason": report.why,
                "witness": None if report.witness is None else asdict(report.witness),
                "corrected": report.corrected,
                "change": report.change,
                "carried_from": report.carried_from,
                "slips": list(report.slips),
                "repeats": report.repeats,
            }
        case _:
            assert_never(report)
