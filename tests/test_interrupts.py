"""Ctrl-C, once: exit code 130, soon, with what was found so far, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstmsolve.api.marking import mark
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.ending.interrupts import noticed
from lstmsolve.model.marks import Mark
from lstmsolve.workers import Stopwatch
from tests.forked import Forked
from tests.hostile import CERTIFICATES, DERIVATIONS, WEIGHTS, machine, weights
from tests.test_cli import HARD
from tests.test_hostile import FREE

pytestmark = [pytest.mark.hostile, pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks into /proc")]

LONG = ("--timeout", "50")

SQUARES = """
[input]
x = "real 0..1"
[output]
h = "0"
[readout]
accept = ">= 1"
reject = "<= 293/2000"
[cell]
hidden = 1
"""
"""c becomes c²/2 + x/4 and stays below 1 - 1/√2, so h stays below 0.14645, too tight for bounds on products."""


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    runner = Forked()
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interrupted")
    texts = {
        "hard.toml": HARD,
        "free.toml": FREE.replace("[0, 1]", '"0.."'),
        "machine.toml": machine(3_000),
        "derivation.toml": DERIVATIONS["60 signals of 60 products"],
        "certificate.json": CERTIFICATES["450 nested equations"](),
        "claim.json": CERTIFICATES["strings of 3,000 steps"](),
        "weights.json": WEIGHTS["250 units, all connected"],
        "squares.toml": SQUARES,
        "squares.txt": "u_f = 1, w_i = 1/4, b_c = 1, b_o = 1/2",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    answers = folder / "answers"
    answers.mkdir()
    for number in range(4):
        (answers / f"{number}.json").write_text(WEIGHTS["250 units, all connected"])
    return folder


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("json", ["", "--json"])
def test_closed_streams_do_not_matter(closed: str, json: str) -> None:
    command = f"{sys.executable} -m lstmsolve verify nonzero-counter 'b_f=1 w_i=1 w_c=1 w_o=-1 b_o=1' {json} {closed}"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Error" not in ended.stderr


COMMANDS = {
    "solve": ("solve", "hard.toml", *LONG, "--out", "out"),
    "solve by descent": ("solve", "hard.toml", "--engine", "scipy", *LONG),
    "solve by construction": ("solve", "machine.toml", "--engine", "construct", *LONG),
    "verify, in z3": ("verify", "squares.toml", "squares.txt", *LONG),
    "region": ("region", "hard.toml", *LONG, "--out", "out"),
    "family": ("family", "nonzero-counter", "nonzero-counter-printed", *LONG, "--out", "out"),
    "mark": ("mark", "nonzero-counter", "answers", *LONG, "--out", "out"),
    "check": ("check", "certificate.json", *LONG),
    "check a claim": ("check", "claim.json", *LONG),
    "simulate": ("simulate", "weights.json", "--inputs", ",".join("01" * 2_000), *LONG),
    "derive": ("derive", "derivation.toml", *LONG),
    "report": ("report", "hard.toml", *LONG, "--out", "out"),
}


@pytest.mark.parametrize("after", [0.1, 0.7])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command(name: str, after: float, forked: Forked, files: Path) -> None:
    here = {path.name for path in files.iterdir()} | {"out"}
    argv = [str(files / part) if part in here else part for part in COMMANDS[name]]
    run = forked.run(*argv, interrupt_after=after)
    assert run.code == 130, run
    assert "Traceback" not in run.out + run.err
    assert run.orphans == []


def test_the_pages_of_a_report_that_are_done_are_kept(forked: Forked, files: Path, tmp_path: Path) -> None:
    run = forked.run(
        "report", "parity", str(files / "hard.toml"), *LONG, "--out", str(tmp_path), interrupt_at=tmp_path / "parity.md"
    )
    assert run.code == 130
    assert "[parity](parity.md)" in (tmp_path / "README.md").read_text()
    assert not (tmp_path / "hard.md").exists()


def test_the_marks_that_are_given_are_kept(files: Path, tmp_path: Path) -> None:
    for name, rows in {"0.json": {}, "1.json": {"u_f": [["1"]], "b_o": ["1"]}}.items():
        (tmp_path / name).write_text(weights(1, 1, "2/3", **rows))
    watch = Stopwatch(600.0)
    watch.listener = lambda said: watch.interrupt() if said.startswith("1 of 2") else None
    marks = mark(files / "free.toml", [tmp_path / "0.json", tmp_path / "1.json"], seconds=300.0, jobs=1, watch=watch)
    first, second = marks
    assert first.mark is Mark.RIGHT
    assert (second.mark, second.reason) == (Mark.UNKNOWN, "no time was left for it")


INTERRUPTED_IMPORT = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)
wanted = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupt())
from lstmsolve.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "module", ["typer", "pydantic", "lstmsolve.cli.screen.render", "lstmsolve.obligations.stepping.systems"]
)
def test_while_modules_are_imported(module: str) -> None:
    argv = [sys.executable, "-c", INTERRUPTED_IMPORT, module, "solve", "parity"]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 130
    assert "Traceback" not in run.stderr


def test_ctrl_c_that_nobody_heard_is_heard_again() -> None:
    """Out of a destructor, for one, no exception comes."""

    class Deaf:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    def swallowing() -> None:
        Deaf()
        with under_clock(60.0):
            time.sleep(10)

    with noticed() as pressed:
        with pytest.raises(KeyboardInterrupt):
            swallowing()
        assert pressed()
