"""What happens to servers: they are killed, their processes are, the disk is full. Nothing finished is lost."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.service.server import COUNTER, HARD, PRINTED, RIGHT, Server, alive, serving

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.usefixtures("_installed"),
]


@pytest.fixture
def _installed() -> None:
    pytest.importorskip("fastapi", reason="the extra `serve` is not installed")


def until(holds: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What holds in the end."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it never held"
        time.sleep(0.05)
    return found


def started(server: Server, body: object) -> tuple[str, set[int]]:
    """A job that runs, and its processes, solvers included."""
    before = server.children()
    id = server.ask("/api/solve", body).json["id"]
    until(lambda: server.ask(f"/api/jobs/{id}").json["state"] == "running")
    return id, until(lambda: server.children() - before) | before


def servant_of(server: Server) -> int:
    """The process that runs the job: the one with children."""
    for pid in server.children():
        below = Path(f"/proc/{pid}/task/{pid}/children")
        if below.exists() and below.read_text().split():
            return pid
    raise AssertionError("no job has solvers")


def test_a_folder_may_be_named_relative_to_where_the_server_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes that run jobs work in folders of their own; the second job has to find its files too."""
    monkeypatch.chdir(tmp_path)
    with serving(Path("data"), "--jobs", "1") as server:
        verdicts = [server.job("verify", {"case": COUNTER, "weights": text})["verdict"] for text in (PRINTED, RIGHT)]
    assert verdicts == ["refuted", "proved"]
    assert (tmp_path / "data").is_dir()


def test_killing_servers_and_processes_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, "--jobs", "1") as server:
        done = server.job("verify", {"case": COUNTER, "weights": PRINTED})
        first, _ = started(server, {"case": HARD, "timeout": 300})
        os.kill(servant_of(server), signal.SIGKILL)
        lost = until(lambda: (job := server.ask(f"/api/jobs/{first}").json)["state"] == "interrupted" and job)
        assert "can be started again" in lost["error"]
        assert server.job("verify", {"case": COUNTER, "weights": RIGHT})["verdict"] == "proved"

        cancelled, theirs = started(server, {"case": HARD, "timeout": 300, "seed": 1})
        assert server.ask(f"/api/jobs/{cancelled}/cancel", {}).json["state"] == "cancelled"
        solvers = theirs - server.children()
        until(lambda: not alive(solvers))

        second, processes = started(server, {"case": HARD, "timeout": 300, "seed": 2})
        waiting = server.ask("/api/verify", {"case": "parity", "weights": "b_f=1"}).json["id"]
        server.process.kill()
        server.process.wait()
        until(lambda: not alive(processes))

    with serving(data, "--jobs", "1") as server:
        assert server.ask(f"/api/jobs/{second}").json["state"] == "interrupted"
        assert server.ask(f"/api/jobs/{done['id']}").json == done
        assert server.ask(f"/api/jobs/{waiting}?wait=60").json["verdict"] == "refuted"
        listed = {job["id"] for job in server.ask("/api/jobs").json}
        assert {done["id"], first, cancelled, second, waiting} <= listed
        command = [sys.executable, "-m", "lstmsolve", "serve", "--port", "0", "--data", str(data)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 2
        assert "another server uses this folder" in ran.stderr
        again = server.ask(f"/api/jobs/{second}/again", {}).json
        until(lambda: server.ask(f"/api/jobs/{again['id']}").json["state"] == "running")
        processes = server.children()
        server.process.terminate()
        assert server.process.wait(timeout=60) == 0
        until(lambda: not alive(processes))
    assert any('"ended cleanly"' in line for line in server.log)
    assert server.log[0].startswith("data in ")
    assert all(json.loads(line)["event"] for line in server.log[1:])
    with closing(sqlite3.connect(data / "jobs.sqlite")) as database:
        assert database.execute("SELECT state FROM jobs WHERE id = ?", (again["id"],)).fetchone() == ("interrupted",)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not list((data / "runs").glob("*"))


def test_a_full_disk_is_an_error_and_no_corrupt_file(tmp_path: Path) -> None:
    data = tmp_path / "data"
    most = 2**20

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    with serving(data, "--jobs", "1", before=limited) as server:
        first = server.job("verify", {"case": COUNTER, "weights": PRINTED})
        assert first["state"] == "done"
        replies = []
        for number in range(30):
            padded = f"# {'x' * 200_000}{number}\n{RIGHT}"
            replies.append(server.ask("/api/verify?wait=60", {"case": COUNTER, "weights": padded}))
            if replies[-1].status == 507:
                break
        assert replies[-1].status == 507
        assert "disk refuses" in replies[-1].json["error"]
        assert server.ask(f"/api/jobs/{first['id']}").json["result"] == first["result"]
        assert server.ask("/api/health").status == 200
        kept = [reply.json["id"] for reply in replies[:-1] if reply.status == 200]
        states = {id: server.ask(f"/api/jobs/{id}").json["state"] for id in kept}
    with closing(sqlite3.connect(data / "jobs.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for id, state in states.items():
            if state == "done":
                assert database.execute("SELECT state FROM jobs WHERE id = ?", (id,)).fetchone() == ("done",)
