"""`lstmsolve derive`: verdicts, exit codes, the result object, files, and what people see."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import lstmsolve
from lstmsolve.cli.main import app
from lstmsolve.derivation.claims.checking import Checker, Refuted
from lstmsolve.derivation.claims.statements import read_claims
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.kernel.base.errors import LimitReached
from tests.test_cli import KEYS, golden

HOLDS, FAILS = 0, 10


def derive(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["derive", *arguments])


@pytest.mark.parametrize(
    ("case", "code", "verdict", "failing"),
    [
        ("hw6-2", HOLDS, "holds", []),
        ("hw6-3", FAILS, "fails", ["6.3-1a", "6.3-3"]),
        ("iir", HOLDS, "holds", []),
    ],
)
def test_verdicts_and_exit_codes(case: str, code: int, verdict: str, failing: list[str]) -> None:
    result = derive(case, "--json")
    record = json.loads(result.stdout)
    assert result.exit_code == code
    assert record["verdict"] == verdict
    assert record["command"] == "derive"
    assert set(KEYS) <= record.keys()
    assert [claim["id"] for claim in record["claims"] if not claim["holds"]] == failing
    for claim in record["claims"]:
        assert {"id", "claim", "holds", "witness", "corrected"} <= claim.keys()
        assert (claim["witness"] is None) is claim["holds"]
        assert (claim["corrected"] is None) is claim["holds"]


@pytest.mark.parametrize("case", ["hw6-1", "hw6-2", "hw6-3"])
def test_output_is_as_recorded(case: str) -> None:
    golden(f"derive-{case}.txt", derive(case).stdout)


def test_markdown_is_as_recorded() -> None:
    golden("derive-hw6-3.md", derive("hw6-3", "--markdown").stdout)


def test_files_are_written(tmp_path: Path) -> None:
    derive("hw6-2", "--out", str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["derivation.md", "derivation.txt", "result.json"]
    assert json.loads((tmp_path / "result.json").read_text())["verdict"] == "holds"
    assert (tmp_path / "derivation.txt").read_text() == derive("hw6-2", "--verbose").stdout


def test_without_time_claims_stay_open() -> None:
    result = derive("hw6-3", "--timeout", "0", "--json")
    assert result.exit_code == 5
    assert {claim["holds"] for claim in json.loads(result.stdout)["claims"]} == {None}


def test_a_design_case_is_no_derivation_case() -> None:
    result = derive("parity")
    assert result.exit_code == 2
    assert "'parity' is a behaviour to design a cell for" in result.stderr


def test_an_unknown_case_is_answered_with_a_near_one() -> None:
    assert "did you mean hw6-3" in derive("hw6-33").stderr


CASE = """
format = "lstmsolve/derivation/1"
name = "{name}"
[sizes]
N = "1.."
[time]
n = "0..N-1"
[inputs]
"x[n]" = "real"
[parameters]
a = "real"
[signals]
{signals}
[loss]
L = "Σ(n, 0, N-1, h[n]**2)"
[[claims]]
id = "1"
claim = "{claim}"
"""


def written(path: Path, signals: str, claim: str = "dL/dh[n] = 2*h[n]") -> str:
    path.write_text(CASE.format(name=path.stem, signals=signals, claim=claim))
    return str(path)


@pytest.mark.parametrize(
    "wrong",
    [
        "2*h[n] if n <= 40 else 7",
        "2*h[n] + 10**(-80)",
        "2*h[n] if x[n] != 1/7 else 0",
        "2*h[n] + Σ(k, 50, N-1, dL/dh[k])",
        "2*h[n] + (h[n+1] - a*x[n+1] if N == 50 else 0)",
        "2*h[n] + (1/(a - a) if N == 50 else 0)",
        "2*h[n] + 1/(1/(a - a))*0 if N == 50 else 2*h[n]",
    ],
)
def test_what_no_trial_refutes_is_open(tmp_path: Path, wrong: str) -> None:
    result = derive(written(tmp_path / "open.toml", '"h[n]" = "a*x[n]"', f"dL/dh[n] = {wrong}"), "--json")
    record = json.loads(result.stdout)
    (claim,) = record["claims"]
    assert (result.exit_code, record["verdict"], claim["holds"], claim["proved"]) == (5, "unknown", None, False)
    assert "agrees with the unrolled net to 35 digits at" in claim["reason"]
    assert "sizes up to N =" in claim["reason"]
    assert record["reason"] == "no claim fails, but 1 of 1 claim is open: 1"


@pytest.mark.parametrize("signal", ["a*x[n] + Σ(k, 0, n, (a - a)**k)", "(x[n] - x[n])**n + a", "0**n*a*x[n]"])
def test_powers_of_zero(tmp_path: Path, signal: str) -> None:
    result = derive(written(tmp_path / "zero.toml", f'"h[n]" = "{signal}"'))
    assert result.exit_code == HOLDS, result.output


def test_a_time_limit_is_kept(tmp_path: Path) -> None:
    """Hundreds of signals in a row: the clock is read while formulas are derived and nets unrolled."""
    links = [f'"g{k}[n]" = "{k} if x[n] == {k} else g{k - 1}[n]"' for k in range(1, 400)]
    path = written(tmp_path / "long.toml", "\n".join(['"g0[n]" = "a*x[n]"', *links, '"h[n]" = "g399[n]"']))
    start = time.monotonic()
    result = derive(path, "--timeout", "2")
    assert time.monotonic() - start < 2 + 2
    assert result.exit_code == 5


def test_a_refuted_claim_fails_without_time_to_mend_it() -> None:
    system = system_of(lstmsolve.load_derivation("hw6-3"))
    claims = read_claims(lstmsolve.load_derivation("hw6-3"), system)
    watch = Countdown()
    checker = Checker(system, claims, watch=watch)
    wrong = next(claim for claim in claims if claim.id == "6.3-3")
    assert isinstance(checker.settle(wrong), Refuted)
    watch.left = 0.0
    report = checker._failure(wrong, None)
    assert report.holds is False
    assert "the time is up" in report.why
    assert report.change == "the formula as it is derived"


class Countdown:
    """A watch whose time is up when the test says so."""

    left = 1.0

    @property
    def remaining(self) -> float:
        return self.left

    def check(self) -> None:
        if self.left <= 0:
            raise LimitReached("the time is up")

    def say(self, message: str) -> None:
        pass
