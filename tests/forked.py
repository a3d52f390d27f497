"""Commands run in forked processes of their own, each under a limit on memory and a deadline.

`python -m tests.forked` reads one order a line (JSON) and answers each with what became of it. It imports the
command line once, so that a run costs what the command costs.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

MEMORY = 2 * 2**30
"""Bytes of address space for the command and for each of its workers."""

DEADLINE = 60.0
"""Seconds until a command counts as hanging. Far beyond any limit it is given: machines are busy."""


@dataclass(frozen=True)
class Run:
    """What became of a command."""

    code: int | None
    """None if it hung and was killed."""
    out: str
    err: str
    cpu: float
    """Processor seconds of the command itself, its workers left out: what it took on however busy a machine."""
    peak: int
    """Bytes that the largest of its processes had in memory."""
    orphans: list[int] = field(default_factory=list)
    """Processes that outlived it."""


class Forked:
    """The side of the tests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )

    def run(self, *argv: str, interrupt_after: float | None = None, interrupt_at: Path | None = None) -> Run:
        """Run a command; press Ctrl-C after so many seconds, or when a file is there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"argv": argv, "after": interrupt_after, "at": None if interrupt_at is None else str(interrupt_at)}
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return Run(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


def main() -> None:
    # What a command imports when it runs is not what is tested here.
    import lstmsolve.cli.verbs.checking
    import lstmsolve.cli.verbs.deriving
    import lstmsolve.cli.verbs.marking
    import lstmsolve.cli.verbs.regions
    import lstmsolve.cli.verbs.reporting
    import lstmsolve.cli.verbs.showing
    import lstmsolve.cli.verbs.solving
    import lstmsolve.cli.verbs.verifying
    import lstmsolve.derivation.engine  # noqa: F401

    _adopt_orphans()
    for line in sys.stdin:
        answer = _ordered(**json.loads(line))
        print(json.dumps(answer), flush=True)  # noqa: T201


def _ordered(argv: list[str], after: float | None, at: str | None) -> dict[str, Any]:
    with TemporaryFile() as out, TemporaryFile() as err:
        ready, begun = os.pipe()
        child = os.fork()
        if child == 0:
            _become(argv, out.fileno(), err.fileno(), begun)
        os.close(begun)
        os.read(ready, 1)
        os.close(ready)
        began = time.monotonic()
        while (ended := os.wait4(child, os.WNOHANG))[0] == 0:
            lasted = time.monotonic() - began
            if (after is not None and lasted > after) or (at is not None and Path(at).exists()):
                os.kill(child, signal.SIGINT)
                after = at = None
            if lasted > DEADLINE:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.01)
        _, status, usage = ended
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    killed = os.WIFSIGNALED(status)
    return {
        "code": None if killed else os.WEXITSTATUS(status),
        "out": texts[0],
        "err": texts[1],
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
        "orphans": _left_behind(),
    }


def _become(argv: list[str], out: int, err: int, begun: int) -> None:
    import resource  # there is none on Windows, where this module is imported, too

    os.dup2(out, 1)
    os.dup2(err, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.argv = ["lstmsolve", *argv]
    from lstmsolve.__main__ import main as command

    try:
        os.write(begun, b"!")
        command()
    finally:
        os._exit(1)  # it never comes back: whatever does is a bug


def _adopt_orphans() -> None:
    """On Linux, whatever processes a command leaves behind become children of this one."""
    if sys.platform == "linux":
        set_child_subreaper = 36
        assert ctypes.CDLL(None).prctl(set_child_subreaper, 1) == 0


def _left_behind() -> list[int]:
    """Processes that are still there a moment later."""
    for _ in range(50):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return []
        time.sleep(0.05)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(number) for number in children.read_text().split()]


if __name__ == "__main__":
    main()
