"""Trials in processes of their own, so that none can stop the campaign: not by hanging, not by dying.

`python -m campaign.workers PATIENCE` reads names of trials, a line each, and answers each with a line of JSON.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from campaign.tool import lstmsolve
from campaign.trials.findings import CRASH, OVERTIME, Finding
from campaign.trials.running import Ended, Name, kind_of, run

HANGING: Final = 400.0
"""Seconds after which a trial counts as hanging. Its commands have limits of their own, far below."""

RENEWED: Final = 100
"""Trials until a process makes place for a fresh one."""

MEMORY: Final = 2 * 2**30
"""Bytes that a process may use."""


@dataclass
class Worker:
    """A process that runs one trial after the other. It leads a process group, which dies with it."""

    hanging: float = HANGING
    patience: float = 1.0
    """Time limits of commands are multiplied by this."""

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._left = 0

    def run(self, name: Name, stopped: Callable[[], bool]) -> Ended | None:
        """Run a trial; None if that was stopped meanwhile."""
        process = self._ready()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
        began = time.monotonic()
        said = b""
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            while not said.endswith(b"\n"):
                if stopped():
                    self.close()
                    return None
                if time.monotonic() - began > self.hanging:
                    self.close()
                    return _lost(name, OVERTIME, f"did not end within {self.hanging:g} s and was killed")
                if ready.select(0.2):
                    some = os.read(process.stdout.fileno(), 2**16)
                    if not some:
                        self.close()
                        return _lost(name, CRASH, f"the process died: exit code {process.returncode}")
                    said += some
        return Ended.read(json.loads(said))

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._left == 0:
            self.close()
        if self._process is None:
            command = [sys.executable, "-m", "campaign.workers", str(self.patience)]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=Path(__file__).parents[1],
            )
            self._left = RENEWED
        self._left -= 1
        return self._process

    def close(self) -> None:
        """End the process and all that it has started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None


def _lost(name: Name, kind: str, told: str) -> Ended:
    return Ended(kind_of(name), {}, [Finding(kind, kind_of(name), told)])


def _die_with_parent() -> None:
    """On Linux, be killed when whoever started this dies."""
    if sys.platform == "linux":
        set_death_signal = 1
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def main() -> None:
    """Serve trials until the input ends."""
    import resource

    patience = float(sys.argv[1])
    _die_with_parent()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.RLIM_INFINITY))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        name = Name.of(line.strip())
        try:
            ended = run(name, lstmsolve, haste=patience)
        except Exception as error:  # noqa: BLE001 - a trial that breaks must not end the campaign
            ended = _lost(name, CRASH, f"the trial itself broke: {error!r}")
        answers.write(json.dumps(ended.record()) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
