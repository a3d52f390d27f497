"""Twelve derivations from textbooks, posts and code, restated: what is known to be wrong in them is found and named."""

from __future__ import annotations

from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.api.deriving import restated_derivations
from lstmsolve.model.derivations import ClaimFails, ClaimHolds

WRONG: dict[str, dict[str, tuple[str, ...]]] = {
    "character-model": {},
    "constant-error-carousel": {"removed": ("the recurrent term missing",)},
    "elman-by-the-book": {"sketch": ("a factor missing",)},
    "forget-gate-in-numpy": {
        "forget": ("a function for its slope",),
        "input": ("a function for its slope",),
        "cell": ("the recurrent term missing",),
    },
    "gru-errors-in-r": {"9": (), "18": (), "W_r": ("a name for another",), "U_g": ("a name for another",)},
    "jacobian-of-a-state": {"printed": ("transposed",)},
    "lstm-errors-in-r": {"8": (), "25": ("a name for another",)},
    "one-step-for-the-whole-past": {"total": ("the recurrent term missing",), "loss-by-total": ()},
    "outer-product-with-the-state-before": {"quoted": ("off by one",)},
    "powers-of-the-recurrent-weight": {"printed": ("off by one",)},
    "sigmoid-net-in-r": {"U": ()},
    "slope-of-tanh": {"issue": ("divided for multiplied",)},
}
"""The lines that fail, and the kinds of slip in them; none where no small change mends the line."""


def test_without_time_no_term_is_recurrent(tmp_path: Path) -> None:
    path = tmp_path / "scalar.toml"
    path.write_text(
        'format = "lstmsolve/derivation/1"\nname = "scalar"\n[parameters]\nx = "real"\n'
        '[signals]\nh_0 = "x**3"\nh_1 = "cos(x) + sin(h_0)"\n[loss]\nL = "1/2*(h_1**2 + h_0**2)"\n'
        '[[claims]]\nid = "e"\nclaim = "dL/dh_0 = h_0"\n'
    )
    (report,) = lstmsolve.derive(path).claims
    assert isinstance(report, ClaimFails)
    assert report.slips == ("a term missing",)


def test_all_of_them_are_judged_here() -> None:
    assert restated_derivations().keys() == WRONG.keys()


@pytest.mark.parametrize("case", WRONG)
def test_each_line_is_judged_as_it_deserves(case: str) -> None:
    found = lstmsolve.derive(case)
    failing = {report.id: report for report in found.claims if isinstance(report, ClaimFails)}
    assert {id: report.slips for id, report in failing.items()} == WRONG[case]
    assert all(isinstance(report, ClaimHolds) for report in found.claims if report.id not in failing)
    assert found.case.source


def test_a_later_line_with_a_slip_of_the_same_kind_says_so() -> None:
    found = {report.id: report for report in lstmsolve.derive("forget-gate-in-numpy").claims}
    later = found["input"]
    assert isinstance(later, ClaimFails)
    assert later.repeats == "forget"
    assert later.carried_from is None
