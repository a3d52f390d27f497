"""A Dask cluster of several processes does what processes of this machine do, also when some of them are killed."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import lstmsolve
from campaign.cluster import hunt
from campaign.hunting import Hunt
from lstmsolve.api.loading.cases import shipped_cases
from lstmsolve.cli.main import app
from lstmsolve.model.outcomes import Solved
from lstmsolve.workers import Finished, Outcome, Stopwatch, TimedOut, crew_of, local

distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # those of other packages, at start and at the end of processes
    pytest.mark.skipif(sys.platform != "linux", reason="the death of a parent is told on Linux"),
]
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=logging.CRITICAL
    ) as found:
        yield found


def solvers(function: str) -> set[int]:
    """The processes that run a function now, which they are called after."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (path / "comm").read_text() == f"{function}\n":
                found.add(int(path.name))
    return found


def until_gone(function: str, others: set[int], seconds: float = 30.0) -> None:
    """Wait until nobody runs a function any more."""
    deadline = time.monotonic() + seconds
    while left := solvers(function) - others:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_what_a_killed_worker_was_at_is_done_again(cluster: Any) -> None:
    watch = Stopwatch(120.0)
    arguments = [0.5] * 6 + [3_000.0]
    outcomes: dict[int, Outcome] = {}
    with crew_of(None, cluster.scheduler_address, watch) as crew:
        assert crew.jobs == 3
        for number, outcome in crew.each("time:sleep", arguments, 3.0, watch):
            if not outcomes:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            outcomes[number] = outcome
    assert outcomes == {**dict.fromkeys(range(6), Finished(None)), 6: TimedOut()}
    until_gone("time:sleep", set())


def test_a_task_that_nobody_waits_for_ends_its_process(cluster: Any) -> None:
    watch = Stopwatch(120.0)
    before = solvers("time:sleep")
    with crew_of(None, cluster.scheduler_address, watch) as crew:
        with crew.hire("time:sleep") as hand:
            hand.give(3_000.0)
            while not solvers("time:sleep") - before:
                watch.check()
                time.sleep(0.05)
        until_gone("time:sleep", before)
    # The same when whoever asked is killed.
    code = (
        "from lstmsolve.workers import Stopwatch, crew_of\n"
        f"with crew_of(None, {cluster.scheduler_address!r}, Stopwatch(100)) as crew:\n"
        "    list(crew.each('time:sleep', [3_000.0] * 5, 4_000.0, Stopwatch(4_000)))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while not solvers("time:sleep") - before:
            watch.check()
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    until_gone("time:sleep", before)


def test_solve_and_mark_and_batch_answer_as_at_home(cluster: Any, tmp_path: Path) -> None:
    address = cluster.scheduler_address
    with crew_of(None, address, Stopwatch(120.0)) as crew:
        found = lstmsolve.solve("tomita-1", crew=crew)
        assert isinstance(found, Solved)
        assert found.weights.cell.hidden == 2
        answers = tmp_path / "answers"
        answers.mkdir()
        texts = ["b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1", "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1", "{"]
        for number, text in enumerate(texts):
            (answers / f"{number}.txt").write_text(text)
        files = [*sorted(answers.iterdir()), answers / "gone.json"]
        far = list(lstmsolve.mark("nonzero-counter", files, crew=crew))
        near = list(lstmsolve.mark("nonzero-counter", files, crew=local(2)))
        assert [(one.path, one.mark, one.reason) for one in far] == [(one.path, one.mark, one.reason) for one in near]
    folder = tmp_path / "cases"
    folder.mkdir()
    for name in ("parity", "delay-1-one-unit"):
        shutil.copy(shipped_cases()[name], folder)
    ran = CliRunner().invoke(
        app, ["batch", str(folder), "--out", str(tmp_path / "out"), "--cluster", address, "--json"]
    )
    assert ran.exit_code == 10, ran.stderr
    assert [row["verdict"] for row in json.loads(ran.stdout)["cases"]] == ["impossible", "solved"]
    again = CliRunner().invoke(app, ["batch", str(folder), "--out", str(tmp_path / "out"), "--json"])
    assert all(row["kept"] for row in json.loads(again.stdout)["cases"])


def test_a_campaign_tries_the_same_trials(cluster: Any) -> None:
    far, near = Hunt(6, 600.0, 1, most=2), Hunt(6, 600.0, 1, most=2)
    assert hunt(far, cluster.scheduler_address)
    assert near.run()
    assert far.tally.runs == near.tally.runs
    assert far.tally.trials == near.tally.trials


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "tcp://"])
def test_an_address_where_nobody_answers_is_bad_input(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmsolve.workers.cluster.CONNECT_SECONDS", 1.0)
    ran = CliRunner().invoke(app, ["solve", "parity", "--cluster", address])
    assert ran.exit_code == 2, ran.stderr
    assert "--cluster" in ran.stderr
    assert address in ran.stderr
    assert "Traceback" not in ran.stderr
