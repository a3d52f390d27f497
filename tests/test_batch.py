"""`batch`: every case of a folder is answered, and what was finished stays finished, whoever is killed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lstmsolve.api.loading.cases import shipped_cases
from lstmsolve.cli.main import app
from tests.conftest import FULL

ROOT = Path(__file__).parents[1]


def write_cases(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(shipped_cases()[name], folder)


def run(folder: Path, out: Path, *more: str) -> tuple[int, dict[str, dict[str, object]]]:
    result = CliRunner().invoke(app, ["batch", str(folder), "--out", str(out), "--json", *more])
    rows = json.loads(result.stdout)["cases"] if result.exit_code != 2 else []
    return result.exit_code, {row["case"]: row for row in rows}


def test_each_case_has_its_folder_and_a_row_in_the_index(tmp_path: Path) -> None:
    folder, out = tmp_path / "cases", tmp_path / "out"
    write_cases(folder, "parity", "delay-1-one-unit")
    write_cases(folder / "deep", "ramp")
    (folder / "broken.toml").write_text("[input]\nx = [0, 1]\n[outputs]\nh = 'x'\n")
    (folder / "latin.toml").write_bytes(b"# \xff\n")
    (folder / "notes.txt").write_text("no case")
    (folder / "some-family.toml").write_text('format = "lstmsolve/family/1"\nb_f = 1\n')
    (folder / ".hidden.toml").write_text("")
    code, rows = run(folder, out)
    assert code == 10
    assert {case: row["verdict"] for case, row in rows.items()} == {
        "broken": None,
        "deep/ramp": "solved",
        "delay-1-one-unit": "impossible",
        "latin": None,
        "parity": "solved",
    }
    assert "did you mean [output]" in str(rows["broken"]["reason"])
    assert "UTF-8" in str(rows["latin"]["reason"])
    for case, row in rows.items():
        record = json.loads((out / case / "result.json").read_text())
        assert (record["command"], record["verdict"]) == ("solve", row["verdict"])
        if row["verdict"] is not None:
            checked = CliRunner().invoke(app, ["check", record["certificate"], "--case", str(folder / f"{case}.toml")])
            assert checked.exit_code == 0, checked.stdout
    index = json.loads((out / "index.json").read_text())
    assert (index["total"], index["done"]) == (5, 5)
    assert [row["case"] for row in csv.DictReader((out / "index.csv").read_text().splitlines())] == sorted(rows)

    # A second run has nothing to do; a third one does what has changed.
    before = {path: path.stat().st_mtime_ns for path in out.rglob("result.json")}
    assert all(row["kept"] for row in run(folder, out)[1].values())
    assert {path: path.stat().st_mtime_ns for path in out.rglob("result.json")} == before
    (folder / "broken.toml").write_text((folder / "parity.toml").read_text())
    (out / "parity" / "certificate.json").unlink()
    (out / "deep" / "ramp" / "result.json").write_text('{"half": ')
    changed = run(folder, out)[1]
    assert {case for case, row in changed.items() if not row["kept"]} == {"broken", "parity", "deep/ramp"}
    assert changed["broken"]["verdict"] == "solved"


def test_what_had_too_little_time_is_asked_again_with_more(tmp_path: Path) -> None:
    folder, out = tmp_path / "cases", tmp_path / "out"
    write_cases(folder, "ramp")
    code, rows = run(folder, out, "--timeout", "0")
    assert (code, rows["ramp"]["verdict"]) == (5, "unknown")
    assert run(folder, out, "--timeout", "0")[1]["ramp"]["kept"]
    code, rows = run(folder, out, "--timeout", "60")
    assert (code, rows["ramp"]["verdict"], rows["ramp"]["kept"]) == (0, "solved", False)
    assert run(folder, out, "--timeout", "1")[1]["ramp"]["kept"]


def test_folders_without_cases_are_bad_input(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        result = CliRunner().invoke(app, ["batch", str(folder), "--out", str(tmp_path / "out")])
        assert result.exit_code == 2
        assert str(folder) in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the death of a parent is told on Linux")
def test_killed_at_any_moment_it_loses_nothing_and_goes_on(tmp_path: Path) -> None:
    folder, out = tmp_path / "cases", tmp_path / "out"
    write_cases(folder, "nonzero-counter", "parity", "ramp")
    command = [sys.executable, "-m", "lstmsolve", "batch", str(folder), "--out", str(out), "--jobs", "1"]
    done: dict[Path, int] = {}
    for _ in range(1 + (FULL)):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True) as process:
            while len(done) == len(found := list(out.rglob("result.json"))):
                time.sleep(0.01)
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 30
        while orphans := mentioning(str(tmp_path)) | workers_of_nobody():
            assert time.monotonic() < deadline, orphans
            time.sleep(0.05)
        for path, then in done.items():
            assert path.stat().st_mtime_ns == then
        found = list(out.rglob("result.json"))
        done = {path: path.stat().st_mtime_ns for path in found}
        for path in found:
            assert json.loads(path.read_text())["verdict"] == "solved"
    code, rows = run(folder, out)
    assert (code, len(rows)) == (0, 3)
    assert {out / case / "result.json" for case, row in rows.items() if row["kept"]} == set(done)
    assert all(path.stat().st_mtime_ns == then for path, then in done.items())


def mentioning(text: str) -> set[int]:
    """Processes with a text in their command."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if text in (path / "cmdline").read_text():
                found.add(int(path.name))
        except OSError:
            continue
    return found - {os.getpid(), os.getppid()}


def workers_of_nobody() -> set[int]:
    """Workers whose parent is gone."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_text()
            parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if "lstmsolve.workers." in words and parent == "1":
            found.add(int(path.name))
    return found
