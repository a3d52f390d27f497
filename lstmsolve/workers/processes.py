"""The parent's side: starting, feeding, awaiting and killing workers."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, TypeAlias

MEMORY_LIMIT: Final = 4 * 2**30
"""Bytes of address space a worker may use, unless told otherwise."""

_PACKAGE_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Finished:
    """The function returned."""

    value: object


@dataclass(frozen=True, slots=True)
class Crashed:
    """The function raised, or its process died (out of memory, a solver's segmentation fault)."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The deadline passed and the process was killed."""


Outcome: TypeAlias = Finished | Crashed | TimedOut


class Worker:
    """One call of `module:function` in a process of its own.

    The process starts at once and imports the module while the argument is still being prepared.
    Use it as a context manager: leaving the block kills the process.
    """

    def __init__(self, function: str, memory: int = MEMORY_LIMIT) -> None:
        self.function = function
        path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lstmsolve.workers.child", function, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )

    def give(self, argument: object) -> None:
        """Send the argument; once only."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pickle.dumps(argument))
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it died already; waiting for it will say how

    def wait(self, deadline: float) -> Outcome:
        """The outcome by `deadline` (on `time.monotonic`'s clock)."""
        _, outcome = first([self], deadline)
        return outcome

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def read(self) -> Outcome:
        """Block until the process ends; its outcome."""
        assert self._process.stdout is not None
        answer = self._process.stdout.read()
        code = self._process.wait()
        if not answer:
            return Crashed(f"the solver process ended with status {code} and no answer (out of memory?)")
        outcome = pickle.loads(answer)
        assert isinstance(outcome, Finished | Crashed)
        return outcome


def first(
    workers: Sequence[Worker], deadline: float, wins: Callable[[Outcome], bool] = lambda outcome: True
) -> tuple[Worker | None, Outcome]:
    """The first worker whose outcome `wins`, else the last outcome; all others are killed.

    If the deadline passes first, everything is killed and the outcome is `TimedOut`.
    """
    answers: queue.SimpleQueue[tuple[Worker, Outcome]] = queue.SimpleQueue()

    def report(worker: Worker) -> None:
        try:
            answers.put((worker, worker.read()))
        except Exception as error:  # noqa: BLE001 - a killed worker's half-written answer
            answers.put((worker, Crashed(f"unreadable answer: {error}")))

    for worker in workers:
        threading.Thread(target=report, args=(worker,), daemon=True).start()
    last: tuple[Worker | None, Outcome] = (None, TimedOut())
    try:
        for _ in workers:
            try:
                last = answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return None, TimedOut()
            if wins(last[1]):
                break
        return last
    finally:
        for worker in workers:
            worker.kill()
