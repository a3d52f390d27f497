"""A server process of its own on a free port of loopback, and plain requests to it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTER = "nonzero-counter"
RIGHT = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1"
PRINTED = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1"
"""The published answer of Problem 6.4, which is wrong."""

RAMP = "b_f=1 w_f=-1 b_i=1 w_c=-1 b_c=1 b_o=1"
"""Right for the case `ramp`, whose region is found soon."""

WRONG_RAMP = RAMP.replace("w_c=-1", "w_c=0")

HARD = """
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
"""Nobody finds weights for this within seconds."""


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    port: int
    token: str | None
    log: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        path: str,
        body: object = None,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """One request; a body makes it a POST."""
        sent = raw if raw is not None else None if body is None else json.dumps(body).encode()
        given = {"content-type": "application/json", "lstmsolve-client": "tests"}
        if self.token is not None:
            given["authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method or ("GET" if sent is None else "POST"), path, sent, {**given, **(headers or {})})
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())
        finally:
            connection.close()

    def job(self, verb: str, body: object, **more: Any) -> Any:
        """A job that has ended."""
        found = self.ask(f"/api/{verb}?wait=60", body, **more).json
        while found["state"] in ("queued", "running"):
            found = self.ask(f"/api/jobs/{found['id']}?wait=60").json
        return found

    def children(self) -> set[int]:
        """All processes that descend from it, which are still there."""
        found: set[int] = set()
        fresh = [self.process.pid]
        while fresh:
            pid = fresh.pop()
            for path in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    below = {int(word) for word in path.read_text().split()}
                except OSError:
                    continue
                fresh += below - found
                found |= below
        return found


@contextmanager
def serving(
    data: Path,
    *options: str,
    before: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A server with its data in a folder; it is asked to end when the block does, if it still runs."""
    command = [sys.executable, "-m", "lstmsolve", "serve", "--port", "0", "--data", str(data), *options]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
        preexec_fn=before,
    )
    assert process.stderr is not None
    log: list[str] = []
    try:
        link = process.stderr.readline().strip()
        assert link.startswith("http://"), link + process.stderr.read()
        address, _, token = link.partition("/#token=")
        server = Server(process, int(address.rstrip("/").rpartition(":")[2]), token or None, log)
        for line in process.stderr:
            log.append(line)
            if '"started"' in line:
                break
        with _draining(process, log):
            yield server
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=60)
        process.stderr.close()


@contextmanager
def _draining(process: subprocess.Popen[str], log: list[str]) -> Iterator[None]:
    """Read the log, so that the server need not wait for anybody to do so."""
    from threading import Thread

    assert process.stderr is not None
    stream = process.stderr
    reader = Thread(target=lambda: log.extend(stream), daemon=True)
    reader.start()
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=60)
        reader.join(timeout=10)


def alive(pids: set[int]) -> set[int]:
    """Those processes that have not ended."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found.add(pid)
    return found
