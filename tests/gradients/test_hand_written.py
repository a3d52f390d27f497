"""Derivations of many kinds, with right claims and typical slips; every one is judged as its id says.

`systems/` holds them: lags of 2 and 3, sums over lags and over the whole past, products, quotients,
constants before time 0, conditions at the ends, losses at the end only, kinks, nets without time.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import lstmsolve
from lstmsolve.derivation.claims.checking import Checker, Refuted
from lstmsolve.derivation.claims.repairing import proof
from lstmsolve.derivation.claims.statements import read_claims
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.derivation.trial.arithmetic import Undefined
from lstmsolve.model.derivations import ClaimFails, ClaimHolds, ClaimOpen

SYSTEMS = sorted((Path(__file__).parent / "systems").glob("*.toml"))

LARGE = {"peepholes", "minimal-gated-unit", "senseless"}
"""Giving up takes the prover long here; or there is nothing that it could be asked."""

by_name = pytest.mark.parametrize("path", SYSTEMS, ids=lambda path: path.stem)


@by_name
def test_every_claim_is_judged_as_its_id_says(path: Path) -> None:
    for report in lstmsolve.derive(path).claims:
        match report:
            case ClaimHolds():
                assert report.id.startswith("right"), report
            case ClaimOpen():
                pytest.fail(f"left open: {report}")
            case ClaimFails():
                assert report.id.startswith("wrong"), report
                assert report.witness is not None, report
                assert report.witness.left != report.witness.right


@pytest.mark.parametrize("path", [p for p in SYSTEMS if p.stem not in LARGE], ids=lambda path: path.stem)
def test_the_prover_alone_proves_no_wrong_claim(path: Path) -> None:
    """It does not lean on the trials, which come first and would refute the claim anyway."""
    case = lstmsolve.load_derivation(path)
    system = system_of(case)
    claims = read_claims(case, system)
    checker = Checker(system, claims)
    wrong = [claim for claim in claims if claim.id.startswith("wrong") and not claim.flaws]
    for claim in Random(path.stem).sample(wrong, 1):  # giving up takes it long
        settled = checker.settle(claim)
        assert isinstance(settled, Refuted)
        assert settled.trial is not None
        if not isinstance(settled.trial.right, Undefined):
            assert proof(claim.left, system.spelled_out(claim.right), system) is None, claim
