"""The command line: verdicts, exit codes, the result object, and golden files of what people see."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lstmsolve.cli.main import app
from lstmsolve.writing.weights import weights_record
from tests.conftest import solved

GOLDEN = Path(__file__).parent / "golden"
KEYS = [
    "format",
    "command",
    "case",
    "verdict",
    "scope",
    "counterexample",
    "weights",
    "certificate",
    "reason",
    "elapsed_s",
]


def lstmsolve(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def record(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = lstmsolve(*arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


def test_solve_prints_the_weights_and_writes_all_files(tmp_path: Path) -> None:
    result = lstmsolve("solve", "nonzero-counter", "--out", str(tmp_path))
    assert result.exit_code == 0
    assert "solved for all lengths: nonzero-counter" in result.stdout
    assert "b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1, the rest 0" in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["certificate.json", "result.json", "weights.json"]
    written = json.loads((tmp_path / "result.json").read_text())
    assert written["verdict"] == "solved"
    assert written["certificate"] == str(tmp_path / "certificate.json")
    checked = lstmsolve("check", str(tmp_path / "certificate.json"))
    assert checked.exit_code == 0
    assert "accepted" in checked.stdout
    assert "h[0] = tally if x == 0 else 0" in checked.stdout


def test_the_result_object_has_every_key_and_its_format() -> None:
    code, solution = record("solve", "parity")
    assert code == 0
    assert list(solution)[: len(KEYS)] == KEYS
    assert solution["format"] == "lstmsolve/result/1"
    assert solution["scope"] == "all lengths"
    assert solution["counterexample"] is None
    assert solution["weights"]["format"] == "lstmsolve/weights/1"
    assert solution["certificate"] is None


def test_a_refutation_as_other_programs_see_it(tmp_path: Path) -> None:
    code, refuted = record("verify", "nonzero-counter", "b_f=1 w_i=1 w_c=1/2 b_o=1 w_o=-1", "--out", str(tmp_path))
    assert code == 10
    assert list(refuted) == [*KEYS, "repairs"]
    assert refuted["repairs"] == ["left out, so 0: w_f, u_f, u_i, b_i, u_c, b_c, u_o"]
    assert refuted["verdict"] == "refuted"
    assert refuted["scope"] is None
    assert refuted["counterexample"] == {
        "inputs": [["1"], ["0"]],
        "step": 1,
        "expected": ["1"],
        "actual": ["1/2"],
        "trace": {
            "c": [["1/2"], ["1/2"]],
            "h": [["0"], ["1/2"]],
            "f": [["1"], ["1"]],
            "i": [["1"], ["0"]],
            "g": [["1/2"], ["0"]],
            "o": [["0"], ["1"]],
        },
        "registers": [{"tally": "1"}, {"tally": "1"}],
        "owed": [["0"], ["1"]],
        "right": [True, False],
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.json", "weights.json"]


def test_an_unknown_says_how_far_it_got() -> None:
    code, unknown = record("verify", "saturating-counter", "b_f=1 w_i=1 w_c=4 u_c=-1 b_o=1", "--max-length", "2")
    assert code == 5
    assert unknown["verdict"] == "unknown"
    assert unknown["scope"] == {"max_length": 2}


def test_a_family_as_other_programs_see_it(tmp_path: Path) -> None:
    code, judged = record("family", "nonzero-counter", "nonzero-counter-printed", "--out", str(tmp_path))
    assert code == 10
    assert list(judged)[: len(KEYS)] == KEYS
    assert (judged["verdict"], judged["sound"], judged["complete"], judged["scope"]) == ("unsound", False, False, None)
    assert judged["member_that_fails"]["weights"]["w_o"] == [["1"]]
    assert judged["counterexample"]["expected"] == ["0"]
    assert judged["solution_outside"]["format"] == "lstmsolve/weights/1"
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["member_that_fails.json", "result.json", "solution_outside.json"]
    assert record("verify", "nonzero-counter", str(tmp_path / "solution_outside.json"))[0] == 0
    assert record("verify", "nonzero-counter", str(tmp_path / "member_that_fails.json"))[0] == 10


def test_a_region_is_written_as_a_family_that_is_exact(tmp_path: Path) -> None:
    code, found = record("region", "nonzero-counter", "--out", str(tmp_path))
    assert code == 0
    assert list(found)[: len(KEYS)] == KEYS
    assert found["region"]["others"]["excluded"] is True
    assert len(found["region"]["polyhedra"]) == 2
    code, judged = record("family", "nonzero-counter", str(tmp_path / "region.toml"))
    assert (code, judged["verdict"], judged["sound"], judged["complete"]) == (0, "exact", True, True)
    assert judged["scope"] == "all lengths"


def test_a_tampered_certificate_is_rejected_with_code_10(tmp_path: Path) -> None:
    lstmsolve("solve", "parity", "--out", str(tmp_path))
    path = tmp_path / "certificate.json"
    path.write_text(path.read_text().replace('"b_o": ["1"]', '"b_o": ["1/2"]'))
    code, rejected = record("check", str(path))
    assert code == 10
    assert rejected["verdict"] == "rejected"


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (["solve", "no-such-case"], "no file and no shipped case"),
        (["solve", "nonzero-countr"], "did you mean nonzero-counter?"),
        (["solve", "none.toml"], "none.toml: there is no such file"),
        (["solve", "parity", "--hidden", "0"], "hidden"),
        (["solve", "parity", "--objective", "best"], "objective"),
        (["solve", "parity", "--timeout", "soon"], "timeout"),
        (["solve"], "give a case, or --regex R"),
        (["verify", "parity", "none.json"], "none.json: there is no such file"),
        (["verify", "parity", "b_q=1"], "b_q is no weight: did you mean b_o?"),
        (["check", "none.json"], "none.json: there is no such file"),
        (["simulate", "none.json", "--inputs", "1"], "there is no such file"),
        (["region", "no-such-case"], "no file and no shipped case"),
        (["family", "parity", "none.toml"], "none.toml: there is no such file"),
        (["family", "nonzero-counter", "nonzero-counter-exakt"], "did you mean nonzero-counter-exact"),
        (["family", "set-reset-latch", "nonzero-counter-exact"], "undefined name 'w_f'"),
        (["mark", "parity"], "Missing argument"),
        (["explain"], "No such command"),
    ],
)
def test_bad_usage_is_exit_code_2_with_one_message(arguments: list[str], fragment: str) -> None:
    result = lstmsolve(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert fragment in result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_is_written_when_the_case_is_wrong(tmp_path: Path) -> None:
    case = tmp_path / "bad.toml"
    case.write_text('format = "lstmsolve/case/1"\nname = "bad"\n[cell]\nhidden = 1\n')
    result = lstmsolve("solve", str(case), "--out", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = lstmsolve("solve", "parity", "--out", str(tmp_path / "file"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


@pytest.fixture
def counter_file(tmp_path: Path) -> str:
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(weights_record(solved("nonzero-counter").weights)))
    return str(path)


def test_simulate_shows_every_step(counter_file: str) -> None:
    result = lstmsolve("simulate", counter_file, "--inputs", "2,0,5,0")
    assert result.exit_code == 0
    assert re.findall(r"^ (\d) +(\d) +\d +\d +\d +\d +(\d) +(\d) *$", result.stdout, re.M) == [
        ("0", "2", "1", "0"),
        ("1", "0", "1", "1"),
        ("2", "5", "2", "0"),
        ("3", "0", "2", "2"),
    ]


def test_simulate_as_json_and_in_floats(counter_file: str) -> None:
    code, exact = record("simulate", counter_file, "--inputs", "1,1/2,0")
    assert code == 0
    assert exact["trace"] == {
        "inputs": [["1"], ["1/2"], ["0"]],
        "c": [["1"], ["5/4"], ["5/4"]],
        "h": [["0"], ["5/8"], ["5/4"]],
        "f": [["1"], ["1"], ["1"]],
        "i": [["1"], ["1/2"], ["0"]],
        "g": [["1"], ["1/2"], ["0"]],
        "o": [["0"], ["1/2"], ["1"]],
    }
    _, single = record("simulate", counter_file, "--inputs", "1,0.5,0", "--arithmetic", "float16")
    assert single["trace"] == exact["trace"]


def test_simulate_beside_a_case(counter_file: str) -> None:
    shown = lstmsolve("simulate", "b_f=1, w_i=w_c=1, b_o=1", "--inputs", "2,0,5", "--case", "nonzero-counter").stdout
    header, first, _, last = (line.split() for line in shown.splitlines() if re.match(r" (step|\d)", line))
    assert header == ["step", "x", "tally", "f", "i", "g", "o", "c", "h", "spec", "says"]
    assert first == ["0", "2", "1", "1", "1", "1", "1", "1", "1", "0", "✗"]
    assert last == ["2", "5", "2", "1", "1", "1", "1", "2", "2", "0", "✗"]
    _, told = record("simulate", counter_file, "--inputs", "2,0,5", "--case", "nonzero-counter")
    assert told["owed"] == [["0"], ["1"], ["0"]] == told["trace"]["h"]
    assert told["registers"] == [{"tally": "1"}, {"tally": "1"}, {"tally": "2"}]
    wrong = lstmsolve("simulate", counter_file, "--inputs", "2,-1", "--case", "nonzero-counter")
    assert (wrong.exit_code, "x is any integer >= 0" in wrong.stderr) == (2, True)


def test_symbols_are_shown_and_read_by_name(tmp_path: Path) -> None:
    case = tmp_path / "abc.toml"
    case.write_text(
        '[input]\nx = { symbols = ["a", "b", "c"] }\n[state]\nlast = { symbols = ["a", "b", "c"], init = "a" }\n'
        '[next]\nlast = "x"\n[output]\nh = "1 if last == \'b\' else 0"\n'
        "[assume]\nalways = \"not (x == 'a' and last == 'c')\"\n"
    )
    result = lstmsolve("simulate", "b_o=1, w_i=[0,1,0], b_c=1", "--inputs", "b,0:0:1,a,b", "--case", str(case))
    rows = [line.split() for line in result.stdout.splitlines() if re.match(r" \d", line)]
    assert [rows[0][:3], rows[1][:3], rows[2][:2]] == [["0", "b", "b"], ["1", "c", "c"], ["2", "1,"]]
    assert "from step 2 on nothing is owed" in result.stderr
    refuted = lstmsolve("verify", str(case), "b_o=1, w_i=[0,0,1], b_c=1")
    assert re.search(r"^ 0 +[bc] +[bc] ", refuted.stdout, re.M)


def test_dense_weights_are_lists_only(tmp_path: Path) -> None:
    text = f"b_o = b_c = 1, w_i = [1{', 0' * 16}]"
    case = tmp_path / "wide.toml"
    symbols = ", ".join(f'"s{n}"' for n in range(17))
    case.write_text(f"[input]\nx = {{ symbols = [{symbols}] }}\n[output]\nh = \"1 if x == 's0' else 0\"\n")
    for command in (["verify", str(case), text], ["solve", str(case)]):
        for dense, kind in (([], dict), (["--dense"], list)):
            _, found = record(*command, *dense, "--out", str(tmp_path / "out"))
            kept = [json.loads((tmp_path / "out" / name).read_text()) for name in ("weights.json", "result.json")]
            for weights in (found["weights"], kept[0], kept[1]["weights"]):
                assert {type(row) for name in "fico" for row in weights["weights"][f"w_{name}"]} == {kind}


def test_a_case_is_shown_as_json_too() -> None:
    code, shown = record("cases", "ramp", "--show")
    assert (code, shown["case"]) == (0, "ramp")
    assert list(shown)[: len(KEYS)] == KEYS
    assert shown["text"].strip() == lstmsolve("cases", "ramp", "--show").stdout.strip()


def test_verify_finds_the_nearest_change() -> None:
    code, found = record("verify", "nonzero-counter", "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1", "--nearest")
    assert (code, found["nearest"]) == (10, {"weight": "w_o", "value": "-1"})
    _, none = record("verify", "nonzero-counter", "w_o=1/2, b_f=1", "--nearest")
    assert none["nearest"] is None


def test_verdicts_say_what_to_try_next() -> None:
    code, impossible = record("solve", "two-ones", "--hidden", "1")
    assert (code, impossible["next"][0]) == (10, 'another size: --hidden 2, or hidden = "minimal" in [cell]')
    unknown = lstmsolve("verify", "saturating-counter", "b_f=1 w_i=1 w_c=4 u_c=-1 b_o=1", "--max-length", "2")
    assert (
        "what to try next:\n  more time: --timeout 300\n  runs of more than 2 steps: --max-length 30" in unknown.stdout
    )
    assert "what to try next" not in lstmsolve("solve", "parity").stdout


@pytest.mark.parametrize(
    ("command", "file", "takes"),
    [
        (["solve"], "weights.json", "verify CASE"),
        (["check"], "case.toml", "solve"),
        (["verify", "parity"], "case.toml", "solve"),
        (["derive"], "case.toml", "solve"),
        (["solve"], "family.toml", "family CASE"),
    ],
)
def test_the_wrong_kind_of_file_is_one_line(command: list[str], file: str, takes: str, tmp_path: Path) -> None:
    texts = {
        "weights.json": json.dumps(weights_record(solved("parity").weights)),
        "case.toml": (Path(__file__).parents[1] / "cases" / "parity.toml").read_text(),
        "family.toml": 'format = "lstmsolve/family/1"\nb_f = 1\n',
    }
    path = tmp_path / file
    path.write_text(texts[file])
    result = lstmsolve(*command, str(path))
    assert result.exit_code == 2
    assert f"`lstmsolve {takes}` takes it" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("inputs", "fragment"),
    [("1:0", "needs 1 columns"), ("x", "not a number"), ("", "not a number"), ("1,,2", "step 1")],
)
def test_bad_inputs_name_their_step(counter_file: str, inputs: str, fragment: str) -> None:
    result = lstmsolve("simulate", counter_file, "--inputs", inputs)
    assert result.exit_code == 2
    assert fragment in result.stderr


def test_cases_are_listed() -> None:
    assert "Steps since the last 1" in lstmsolve("cases").stdout
    _, listed = record("cases")
    assert {"nonzero-counter", "parity", "ramp"} <= {case["name"] for case in listed["cases"]}


@pytest.mark.parametrize(
    "command",
    [
        "",
        "solve",
        "verify",
        "region",
        "family",
        "mark",
        "check",
        "simulate",
        "export",
        "import",
        "derive",
        "new",
        "cases",
        "batch",
        "report",
        "serve",
    ],
)
def test_help_is_as_recorded(command: str) -> None:
    """Golden files: to accept a change on purpose, set LSTMSOLVE_ACCEPT=1, and read the diff."""
    result = lstmsolve(*([command] if command else []), "--help")
    assert result.exit_code == 0
    golden(f"help-{command or 'all'}.txt", result.stdout)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("solve", ["solve", "nonzero-counter"]),
        ("proved", ["verify", "ramp", "b_f=1 w_f=-1 b_i=1 w_c=-1 b_c=1 b_o=1"]),
        ("refuted", ["verify", "nonzero-counter", "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1"]),
        ("check", ["check", "reports/certificates/parity.json"]),
        ("family", ["family", "nonzero-counter", "nonzero-counter-mended"]),
    ],
)
def test_output_is_as_recorded(name: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    golden(f"{name}.txt", lstmsolve(*arguments).stdout)


def golden(name: str, text: str) -> None:
    path = GOLDEN / name
    shown = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    if os.environ.get("LSTMSOLVE_ACCEPT") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


def test_the_console_script_starts_without_the_solvers() -> None:
    heavy = ("z3", "numpy", "scipy", "matplotlib", "lstmsolve.api.solving")
    code = f"import sys, lstmsolve.cli.main; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_ctrl_c_ends_cleanly_and_keeps_what_was_found(tmp_path: Path) -> None:
    case = tmp_path / "hard.toml"
    case.write_text(HARD)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "lstmsolve", "solve", str(case), "--timeout", "120", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        # Workers are there before there is a question; one that has worked for so long has got its own.
        while process.poll() is None and not any(seconds_of(pid) > 2 for pid in descendants(process.pid)):
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    result = json.loads((out / "result.json").read_text())
    assert result["verdict"] == "unknown"
    assert "interrupted" in result["reason"]


def descendants(pid: int) -> Iterator[int]:
    """The processes that a process has started, and those that these have."""
    with suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            yield child
            yield from descendants(child)


def seconds_of(pid: int) -> float:
    """Processor seconds of a process; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


HARD = """
format = "lstmsolve/case/1"
name = "hard"
[input]
x = { symbols = ["a", "b", "c"] }
[state]
n = 0
[next]
n = "(7 * n + (3 if x == 'a' else (8 if x == 'b' else 13))) % 31"
[output]
h = "n % 2"
[cell]
hidden = 6
"""
