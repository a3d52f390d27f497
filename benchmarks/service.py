"""What a service bears: many clients at once, mixed verbs, every answer compared with the command line's.

    python -m benchmarks.service [--clients N] [--seconds S] [--jobs N]

A server of its own is started, with an empty folder. Each client asks one question after another, drawn by its number
from a fixed mix: runs, verdicts on weights that nobody asked about before, the published answer, proofs to be checked,
cases that are broken, small searches. What is asked has one right answer, which is known before: a wrong one is
counted, and so is a job that is lost, that is, one that was accepted and never ended. Times are from the question to
the answer, queueing included; beside them is the time of the command line for the same, alone and started afresh.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

CASE = "nonzero-counter"
RIGHT = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1"
PRINTED = "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1"
CERTIFICATE = Path(__file__).parents[1] / "reports" / "certificates" / "parity.json"


@dataclass(frozen=True)
class Kind:
    """A kind of question: its share of all, how it is asked, what is right, and the same on the command line."""

    share: int
    path: str
    body: Callable[[random.Random], dict[str, Any]]
    right: Callable[[int, Any], bool]
    command: tuple[str, ...]


def fresh(draw: random.Random, weights: str) -> str:
    """The same behaviour by other weights: where x is 0 or at least 1, any gain of at least 1 opens a gate."""
    return weights.replace("w_i=1", f"w_i={draw.randint(1, 10**9)}")


def verdict(wanted: str) -> Callable[[int, Any], bool]:
    return lambda status, found: found.get("verdict") == wanted


KINDS = {
    "simulate": Kind(
        8,
        "simulate",
        lambda draw: {"case": CASE, "weights": fresh(draw, RIGHT), "inputs": "1,0,2,0"},
        lambda status, found: status == 200 and found["trace"]["h"] == found["owed"] == [["0"], ["1"], ["0"], ["2"]],
        ("simulate", RIGHT, "--case", CASE, "--inputs", "1,0,2,0"),
    ),
    "verify, right": Kind(
        2,
        "verify",
        lambda draw: {"case": CASE, "weights": fresh(draw, RIGHT)},
        verdict("proved"),
        ("verify", CASE, RIGHT),
    ),
    "verify, wrong": Kind(
        4,
        "verify",
        lambda draw: {"case": CASE, "weights": fresh(draw, PRINTED)},
        verdict("refuted"),
        ("verify", CASE, PRINTED),
    ),
    "verify, asked before": Kind(
        4, "verify", lambda draw: {"case": CASE, "weights": PRINTED}, verdict("refuted"), ("verify", CASE, PRINTED)
    ),
    "check": Kind(
        2,
        "check",
        lambda draw: {"certificate": CERTIFICATE.read_text() + " " * draw.randint(0, 10**5)},
        verdict("accepted"),
        ("check", str(CERTIFICATE)),
    ),
    "a case that is broken": Kind(
        2,
        "verify",
        lambda draw: {"case": f"[input]\nx = [0, 1]\n[output]\nh = 'x +* {draw.random()}'\n", "weights": "b_f=1"},
        lambda status, found: "does not parse" in str(found.get("error")),
        ("cases", "no such case"),
    ),
    "solve": Kind(
        1,
        "solve",
        lambda draw: {"regex": "(01)*", "engine": "construct", "timeout": draw.randint(5, 9)},
        verdict("solved"),
        ("solve", "--regex", "(01)*", "--engine", "construct"),
    ),
}


@dataclass
class Tally:
    """What came of it."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client:
    """One client, on a connection of its own."""

    def __init__(self, port: int, name: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self._headers = {"content-type": "application/json", "lstmsolve-client": name}

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        self._connection.request("GET" if data is None else "POST", f"/api/{path}", data, self._headers)
        reply = self._connection.getresponse()
        return reply.status, json.loads(reply.read())

    def answer(self, path: str, body: object) -> tuple[int, Any]:
        """The end of a question: jobs are waited for."""
        status, found = self.ask(path if path == "simulate" else f"{path}?wait=30", body)
        while status == 202 or found.get("state") in ("queued", "running"):
            status, found = self.ask(f"jobs/{found['id']}?wait=30")
        return status, found


@contextmanager
def serving(jobs: int) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "lstmsolve", "serve", "--port", "0", "--data", data, "--jobs", str(jobs)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            port = int(process.stderr.readline().strip().rstrip("/").rpartition(":")[2])
            threading.Thread(target=process.stderr.read, daemon=True).start()
            _warm(port)
            yield port
            process.terminate()


def _warm(port: int) -> None:
    """Wait until it answers, and its processes have begun."""
    while True:
        try:
            for name in ("simulate", "verify, wrong", "verify, right"):
                Client(port, "first").answer(KINDS[name].path, KINDS[name].body(random.Random()))
            return
        except OSError:
            time.sleep(0.1)


def one_client(port: int, number: int, until: float, tally: Tally) -> None:
    draw, client = random.Random(number), Client(port, f"client-{number}")
    names, shares = list(KINDS), [kind.share for kind in KINDS.values()]
    while time.monotonic() < until:
        name = draw.choices(names, shares)[0]
        kind = KINDS[name]
        began = time.monotonic()
        try:
            status, found = client.answer(kind.path, kind.body(draw))
        except (OSError, http.client.HTTPException, ValueError):
            outcome = "lost"
        else:
            outcome = "refused" if status == 429 else "right" if kind.right(status, found) else "wrong"
            if outcome == "wrong":
                print(f"wrong: {name}: {status} {str(found)[:300]}", file=sys.stderr)
        with tally.lock:
            tally.counts[outcome] += 1
            if outcome == "right":
                tally.seconds[name].append(time.monotonic() - began)


def alone(command: tuple[str, ...]) -> float:
    """Seconds that the command line takes for the same."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "lstmsolve", *command], capture_output=True, check=False)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    single = {name: median(alone(kind.command) for _ in range(3)) for name, kind in KINDS.items()}
    tally = Tally()
    with serving(options.jobs) as port:
        until = time.monotonic() + options.seconds
        arguments = [(port, number, until, tally) for number in range(options.clients)]
        clients = [threading.Thread(target=one_client, args=given) for given in arguments]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        health = Client(port, "last").ask("health")[1]
    print(f"{options.clients} clients, {options.seconds:g} s, {options.jobs} jobs at a time")
    print(f"{'':24} {'answers':>8} {'median':>8} {'p95':>8} {'command line':>14}")
    for name, seconds in tally.seconds.items():
        p95 = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
        print(f"{name:24} {len(seconds):8} {median(seconds):7.3f}s {p95:7.3f}s {single[name]:13.3f}s")
    counts = ", ".join(f"{name} {tally.counts[name]}" for name in ("right", "wrong", "refused", "lost"))
    print(f"{counts}; still waiting or running: {health['waiting'] + health['running']}")


if __name__ == "__main__":
    main()
