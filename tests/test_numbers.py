"""Numbers of any length: read up to a limit, written with every digit, shown to people by their beginning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lstmsolve.cli.main import app
from lstmsolve.formats.documents import read_certificate
from lstmsolve.formats.results import trace_record
from lstmsolve.formats.weights.reading import read_weights
from lstmsolve.kernel.base.affine import Affine, Row, show
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import MAX_DIGITS, format_number, parse_number, read_number, show_number
from lstmsolve.kernel.lstm.cells import Cell, State, Weights
from lstmsolve.simulator.exact import run

REPORTS = Path(__file__).parents[1] / "reports" / "certificates"
LONG = 7**6000
"""Of 5,071 digits, more than Python prints."""


@given(st.fractions() | st.builds(lambda n, d: Fraction(n * 7**9000 + 1, d), st.integers(), st.integers(1, 10**9)))
def test_every_digit_is_written_and_read_back(value: Fraction) -> None:
    assert parse_number(format_number(value), 20_000) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Fraction(0)), ("-3", Fraction(-3)), ("+3", Fraction(3)), (" 3 ", Fraction(3)), ("1/3", Fraction(1, 3)),
        ("-2/6", Fraction(-1, 3)), ("0.1", Fraction(1, 10)), (".5", Fraction(1, 2)), ("1.", Fraction(1)),
        ("1e3", Fraction(1000)), ("-1.5E-2", Fraction(-3, 200)), ("007", Fraction(7)),
        (f"0.{'0' * 998}1", Fraction(1, 10**999)), ("1e999", Fraction(10**999)),
    ],
)  # fmt: skip
def test_numbers(text: str, value: Fraction) -> None:
    assert parse_number(text) == value
    assert parse_number(format_number(value)) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a number"), (".", "not a number"), ("1/", "not a number"), ("/2", "not a number"),
        ("e3", "not a number"), ("0x10", "not a number"), ("1_000", "not a number"), ("1/0", "denominator is zero"),
        ("١", "not a number"), ("nan", "not a number"), ("1/-3", "not a number"), ("1 2", "not a number"),
        ("9" * 1001, "1000 digits each"),
        ("1e1000", "1000 digits each"), ("1e-1000", "1000 digits each"), ("1e" + "9" * 1000, "1000 digits each"),
        ("1/" + "9" * 1001, "1000 digits each"), ("1" * 5000, "5000 characters"),
    ],
)  # fmt: skip
def test_what_is_no_number(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_number(text)


def test_integers_out_of_files_have_the_same_limit() -> None:
    assert read_number(10**MAX_DIGITS - 1) == 10**MAX_DIGITS - 1
    with pytest.raises(ValueError, match="1000 digits each"):
        read_number(10**MAX_DIGITS)


def test_people_see_the_beginning_and_the_length() -> None:
    assert show_number(10**59) == "1" + "0" * 59
    assert show_number(-(10**60)) == "-100000000000…(61 digits)"
    assert show_number(Fraction(LONG, 3)) == "387471786866…(5071 digits)/3"
    assert show_number(0.5) == "0.5"
    form = Affine.of({"a": Fraction(1, 2), "b": -LONG}, LONG)
    assert show(form) == "(1/2)*a - 387471786866…(5071 digits)*b + 387471786866…(5071 digits)"
    assert show(Row(Affine.of({"a": 1}, -LONG))) == "a >= 387471786866…(5071 digits)"
    # Solvers tell forms apart by their texts.
    assert str(form) != str(form + 1)
    assert len(str(form)) > 10_000


# --- files ----------------------------------------------------------------------------------------

CASE = """
format = "lstmsolve/case/1"
name = "long"
[input]
x = {input}
[state]
n = {state}
[output]
h = {output}
[cell]
hidden = {hidden}
"""
HEX = "0x" + "f" * 5000
FIELDS = {"input": "[0, 1]", "state": "0", "output": "0", "hidden": "1"}


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("output", HEX, "output.h"),
        ("output", f'["0", {HEX}]', "output.h"),
        ("state", HEX, "state.n"),
        ("state", f'{{ init = {HEX}, type = "real" }}', "state.n"),
        ("input", f"[0, {HEX}]", "input.x"),
        ("input", HEX, "input.x"),
        ("hidden", HEX, "cell.hidden"),
        ("output", "9" * 5000, "not valid TOML"),
        ("output", "0." + "9" * 5000, "not valid TOML"),
        ("output", "1e99999", "not valid TOML"),
        ("output", f'"n + {"9" * 5000}"', "a number of 5000 digits; at most 1000 are read"),
        ("input", f'"0..{"9" * 5000}"', "input.x"),
    ],
)
def test_long_numbers_in_cases_are_errors_with_their_place(tmp_path: Path, field: str, value: str, key: str) -> None:
    path = tmp_path / "long.toml"
    path.write_text(CASE.format(**{**FIELDS, field: value}))
    result = CliRunner().invoke(app, ["solve", str(path)])
    assert result.exit_code == 2, result.output
    assert f"error: {path}: " in result.stderr
    assert key in result.stderr
    assert len(result.stderr) < 1000


def record(hidden: int) -> Any:
    return {
        "format": "lstmsolve/weights/1",
        "cell": {"inputs": 1, "hidden": hidden},
        "weights": {
            f"{m}_{g}": [{}] * hidden if m == "u" else ["0"] * hidden if m == "b" else [["0"]] * hidden
            for g in "fico"
            for m in "wub"
        },
    }


@pytest.mark.parametrize("key", ["9" * 5000, "1" + "0" * 4400, "-1", "01", "1.0", "x", "", "１", "²"])
def test_keys_of_sparse_tables_are_positions(tmp_path: Path, key: str) -> None:
    path = tmp_path / "weights.json"
    given = record(20)
    given["weights"]["u_f"] = [{key: "1"}] + [{}] * 19
    path.write_text(json.dumps(given))
    with pytest.raises(InputError, match=r"keys here are positions, 0 to 19|cannot be shown"):
        read_weights(path)


@pytest.mark.parametrize("key", ["9" * 5000, "-1", "01"])
def test_keys_of_multipliers_are_positions(tmp_path: Path, key: str) -> None:
    text = (REPORTS / "nonzero-counter.json").read_text()
    path = tmp_path / "certificate.json"
    path.write_text(text.replace('"proofs": [{"2": "1"}]', f'"proofs": [{{"{key}": "1"}}]'))
    with pytest.raises(InputError, match="keys here are positions"):
        read_certificate(path)


# --- runs -----------------------------------------------------------------------------------------

SQUARING = record(1) | {"initial": {"c": ["2/3"], "h": ["2/3"]}}
SQUARING["weights"] |= {"u_f": [["1"]], "u_i": [["0"]], "u_c": [["0"]], "u_o": [["0"]], "b_o": ["1"]}
"""c becomes c², from 2/3: twice the digits with each step."""

STEPS = 14
"""Then there are 4,933 digits over 7,818."""

BOUND = f"""
format = "lstmsolve/case/1"
name = "squaring"
[input]
x = [0, 1]
[state]
n = 0
[next]
n = "min(n + 1, {STEPS})"
[output]
h = "any if n < {STEPS} else 0"
[cell]
hidden = 1
initial = {{ c = ["2/3"], h = ["2/3"] }}
"""


@pytest.fixture
def squaring(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "squaring.json").write_text(json.dumps(SQUARING))
    (tmp_path / "squaring.toml").write_text(BOUND)
    return str(tmp_path / "squaring.json"), str(tmp_path / "squaring.toml")


def test_a_run_whose_numbers_grow_is_shown_and_its_json_is_exact(squaring: tuple[str, str]) -> None:
    weights, _ = squaring
    inputs = ",".join("0" * STEPS)
    shown = CliRunner().invoke(app, ["simulate", weights, "--inputs", inputs])
    assert shown.exit_code == 0, shown.output
    assert "7818" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 100
    exact = CliRunner().invoke(app, ["simulate", weights, "--inputs", inputs, "--json"])
    assert exact.exit_code == 0
    last = json.loads(exact.stdout)["trace"]["h"][-1][0]
    assert parse_number(last, 20_000) == Fraction(2, 3) ** 2**STEPS


def test_a_counterexample_of_thousands_of_digits(squaring: tuple[str, str], tmp_path: Path) -> None:
    weights, case = squaring
    refuted = CliRunner().invoke(app, ["verify", case, weights, "--out", str(tmp_path / "out")])
    assert refuted.exit_code == 10, refuted.output
    assert "at step 13 h is (118973149535…(4933" in refuted.stdout
    kept = json.loads((tmp_path / "out" / "result.json").read_text())["counterexample"]
    assert parse_number(kept["actual"][0], 20_000) == Fraction(2, 3) ** 2**STEPS
    marked = CliRunner().invoke(app, ["mark", case, weights, "--out", str(tmp_path / "marks")])
    assert marked.exit_code == 10
    for path in (*(tmp_path / "marks").glob("*.md"), tmp_path / "marks" / "marks.csv"):
        assert "118973149535…(4933 digits)" in path.read_text()
        assert len(path.read_text()) < 5000


def test_nothing_hangs_on_the_limit_that_python_is_started_with(squaring: tuple[str, str]) -> None:
    weights, case = squaring
    environment = {**os.environ, "PYTHONINTMAXSTRDIGITS": "640"}
    for arguments in (["verify", case, weights], ["verify", case, weights, "--json"]):
        command = [sys.executable, "-m", "lstmsolve", *arguments]
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert result.returncode == 10, result.stderr


def test_traces_are_written_with_every_digit() -> None:
    weights = Weights.of(Cell(1, 1), {}, State((Fraction(LONG),), (Fraction(1, LONG),)))
    trace = trace_record(run(weights, [(Fraction(LONG),)]))
    assert trace["inputs"] == [[format_number(LONG)]]
