"""What was proved is proved again: the weights of every shipped certificate, without its proof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.model.outcomes import Accepted, Proved

FOLDER = Path(__file__).parents[1] / "reports" / "certificates"
SHIPPED = {
    path.stem: certificate
    for path in sorted(FOLDER.glob("*.json"))
    if isinstance(certificate := certificate_from_record(json.loads(path.read_text())), Certificate)
}


def test_most_certificates_are_about_weights() -> None:
    assert {"anbn", "anbncn", "shuffle-dyck-1", "parity"} <= SHIPPED.keys()


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_proved_without_their_proof(name: str) -> None:
    shipped = SHIPPED[name]
    outcome = lstmsolve.verify(shipped.problem, shipped.weights, seconds=300)
    assert isinstance(outcome, Proved)
    assert outcome.certificate.weights == shipped.weights
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
