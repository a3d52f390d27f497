"""`lstmsolve derive`: verdicts, exit codes, the result object, files, and what people see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lstmsolve.cli.main import app
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
    result = derive("hw6-2", "--out", str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["derivation.md", "derivation.txt", "result.json"]
    assert json.loads((tmp_path / "result.json").read_text())["verdict"] == "holds"
    assert (tmp_path / "derivation.txt").read_text() in result.stdout


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
