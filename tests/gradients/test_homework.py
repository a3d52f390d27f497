"""The seed's solutions to Problems 6.1, 6.2 and 6.3: every printed line that is wrong is found, and no other.

Which lines those are is written down here, in the test, and nowhere in the package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.model.derivations import ClaimFails, ClaimHolds, Derivation, DerivationCase
from tests.gradients.replay import elements, total_derivative

WRONG = {
    "hw6-1": {
        "6.1-1a": "∂L/∂h[n] = -1/N*(y[n]/h[n] - (1 - y[n])/(1 - h[n]))",
        "6.1-1b": "∂L/∂h[n] = -1/N*(1/h[n]) if y[n] == 1 else -1/N*(1/(h[n] - 1))",
        "6.1-1c": "∂L/∂h[n] = -1/N*((h[n] - y[n])/(h[n]*(h[n] - 1)))",
        "6.1-2c": "dL/dh[n] = -1/N*((h[n] - y[n])/(h[n]*(h[n] - 1))) + "
        "Σ(m, 1, M-1, dL/dh[n+m]*h[n+m]*(1 - h[n+m])*w[m])",
        "6.1-3b": "dL/dw[3] = Σ(n, 0, N-1, -1/N*((h[n] - y[n])/(h[n]*(h[n] - 1)))*σ̇(ξ[n])*h[n-3] + "
        "Σ(m, 1, M-1, dL/dh[n+m]*h[n+m]*(1 - h[n+m])*w[m]*σ̇(ξ[n])*h[n-3]))",
        "6.1-3c": "dL/dw[3] = Σ(n, 0, N-1, 1/N*(h[n] - y[n])*h[n-3] + "
        "Σ(m, 1, M-1, dL/dh[n+m]*h[n+m]*(1 - h[n+m])*w[m]*h[n]*(1 - h[n])*h[n-3]))",
    },
    "hw6-2": {},
    "hw6-3": {
        "6.3-1a": "δ_h[n] = ε[n] + δ_c[n+1]*u_c + δ_o[n+1]*σ̇(w_o*x[n+1] + u_o*h[n] + b_o)*u_o",
        "6.3-3": "δ_c[n] = δ_c[n+1] + δ_h[n]*o[n]",
    },
}
"""The lines that fail, each with what it should have said."""


@cache
def outcome(case: str) -> Derivation:
    return lstmsolve.derive(case)


def failing(case: str) -> dict[str, ClaimFails]:
    return {report.id: report for report in outcome(case).claims if isinstance(report, ClaimFails)}


@pytest.mark.parametrize("case", WRONG)
def test_exactly_the_wrong_lines_fail_and_are_corrected(case: str) -> None:
    assert {id: report.corrected for id, report in failing(case).items()} == WRONG[case]
    assert all(isinstance(report, ClaimFails | ClaimHolds) for report in outcome(case).claims)


@pytest.mark.parametrize(("case", "lines"), [("hw6-1", 9), ("hw6-2", 6), ("hw6-3", 4)])
def test_every_printed_line_is_a_claim_of_its_own(case: str, lines: int) -> None:
    assert len(outcome(case).claims) == lines
    assert all(report.place for report in outcome(case).claims)


def test_where_each_slip_enters_and_which_lines_only_repeat_it() -> None:
    reports = failing("hw6-1") | failing("hw6-3")
    assert {id: report.carried_from for id, report in reports.items()} == {
        "6.1-1a": None,
        "6.1-1b": "6.1-1a",
        "6.1-1c": "6.1-1a",
        "6.1-2c": "6.1-1a",
        "6.1-3b": "6.1-2c",  # and it loses the sum
        "6.1-3c": None,  # the sign has come back by itself; only the sum is missing
        "6.3-1a": None,
        "6.3-3": None,
    }
    assert reports["6.3-1a"].why.startswith("b_1 is not defined")
    assert reports["6.3-3"].change == "δ_h[n] in place of δ_h[n+1]"
    assert "the index n is free on the right side only" in reports["6.1-3b"].why
    assert "the index n is free on the right side only" in reports["6.1-3c"].why
    assert "it does not follow from the line before" in reports["6.1-3c"].why


@pytest.mark.parametrize(
    ("case", "by"),
    [("hw6-1", {"6.1-2c": "h", "6.1-3b": "w", "6.1-3c": "w"}), ("hw6-3", {"6.3-1a": "h", "6.3-3": "c"})],
)
def test_the_true_value_in_each_witness_is_that_of_complex_steps(case: str, by: dict[str, str]) -> None:
    texts = lstmsolve.load_derivation(case)
    for id, name in by.items():
        witness = failing(case)[id].witness
        assert witness is not None
        place = (3,) if name == "w" else (witness.indices["n"],)
        data = elements({**witness.parameters, **witness.inputs})
        true = total_derivative(texts, witness.sizes, data, (name, place))
        assert float(witness.left) == pytest.approx(true, rel=1e-12, abs=1e-14)
        assert abs(float(witness.right) - true) > 1e-6


@pytest.mark.parametrize("seed", [1, 2])
def test_other_random_data_give_the_same_verdicts(seed: int) -> None:
    for case, wrong in WRONG.items():
        found = lstmsolve.derive(case, seed=seed)
        assert [report.id for report in found.claims if report.holds is False] == list(wrong)
        assert [report.id for report in found.claims if report.holds is None] == []


@pytest.mark.parametrize("case", ["hw6-1", "hw6-3"])
def test_with_the_corrections_put_in_every_line_holds(case: str) -> None:
    from dataclasses import replace

    texts = lstmsolve.load_derivation(case)
    right = {report.id: report.corrected for report in failing(case).values()}
    claims = tuple(replace(claim, text=right.get(claim.id, claim.text)) for claim in texts.claims)
    assert lstmsolve.derive(replace(texts, claims=claims)).verdict == "holds"


def test_nothing_in_the_package_knows_the_slips() -> None:
    """No shipped case and no module mentions what is wrong, apart from the printed lines themselves."""
    package = Path(lstmsolve.__file__).parent
    for path in package.rglob("*.py"):
        assert "b_1" not in path.read_text() or path.name == "derivation_texts.py", path
        assert "6.1-" not in path.read_text(), path
    assert isinstance(lstmsolve.load_derivation("hw6-1"), DerivationCase)
