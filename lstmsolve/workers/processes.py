"""The parent's side: starting, feeding, awaiting and killing workers."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, TypeAlias

from lstmsolve.model.watch import Watch
from lstmsolve.workers.memory import MEMORY_LIMIT

POLL_SECONDS: Final = 0.1
"""How soon an interrupt is noticed while waiting."""

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


class Hand(Protocol):
    """One call, once, in a process of its own; leaving the block ends it."""

    function: str

    @property
    def alive(self) -> bool: ...

    def give(self, argument: object) -> None:
        """Send the argument; once only."""
        ...

    def read(self) -> Outcome:
        """Block until it ends; its outcome."""
        ...

    def kill(self) -> None: ...

    def __enter__(self) -> Hand: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


def started(function: str, memory: int, *more: str) -> subprocess.Popen[bytes]:
    """A fresh interpreter that imports a function and waits for what to do with it."""
    path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        # -P: not whatever is called lstmsolve in the folder that the user happens to be in.
        [sys.executable, "-P", "-m", "lstmsolve.workers.child", function, str(memory), str(os.getpid()), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,  # Ctrl-C is the parent's to handle
    )


class Worker:
    """One call of `module:function` in a process of its own.

    The process starts at once and imports the module while the argument is still being prepared.
    Use it as a context manager: leaving the block kills the process.
    """

    def __init__(self, function: str, memory: int = MEMORY_LIMIT) -> None:
        self.function = function
        self._process = started(function, memory)

    def give(self, argument: object) -> None:
        """Send the argument; once only."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pickle.dumps(argument))
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it died already; waiting for it will say how

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

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


_ready: Final[dict[str, Worker]] = {}
"""Workers that were started ahead of their call."""


def prepare(*functions: str) -> None:
    """Start workers for these functions now, while this process has still modules to import."""
    for function in functions:
        if function not in _ready:
            _ready[function] = Worker(function)


@atexit.register
def _dismiss() -> None:
    """End the workers that nobody called."""
    while _ready:
        _ready.popitem()[1].kill()


def hired(function: str) -> Worker:
    """A worker for the function: the one that was prepared, if it still runs."""
    worker = _ready.pop(function, None)
    if worker is None or worker.alive:
        return worker or Worker(function)
    worker.kill()  # it is dead, and its pipes are not closed
    return Worker(function)


class Race:
    """Several calls at once, whose outcomes come in as they finish. Leaving the block kills the rest."""

    def __init__(self) -> None:
        self._outcomes: queue.SimpleQueue[tuple[Hand, Outcome]] = queue.SimpleQueue()
        self._running: list[Hand] = []

    @property
    def running(self) -> int:
        return len(self._running)

    def run(self, worker: Hand, argument: object) -> Hand:
        """Give a worker its argument and listen for its outcome."""
        worker.give(argument)
        self._running.append(worker)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def next(self, watch: Watch) -> tuple[Hand, Outcome] | None:
        """The next outcome; None if none comes before the watch runs out."""
        while True:
            try:
                worker, outcome = self._outcomes.get(timeout=max(0.0, min(watch.remaining, POLL_SECONDS)))
            except queue.Empty:
                if watch.remaining <= 0:
                    return None
                continue
            if worker not in self._running:
                continue  # killed on request: what its pipe said at the end is no outcome
            self._running.remove(worker)
            worker.kill()
            return worker, outcome

    def kill(self, worker: Hand) -> None:
        if worker in self._running:
            self._running.remove(worker)
        worker.kill()

    def __enter__(self) -> Race:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in self._running:
            worker.kill()

    def _listen(self, worker: Hand) -> None:
        try:
            outcome = worker.read()
        except Exception as error:  # noqa: BLE001 - whatever a dying process leaves in the pipe
            outcome = Crashed(f"unreadable answer: {error}")
        self._outcomes.put((worker, outcome))


def call(worker: Hand, argument: object, watch: Watch) -> Outcome:
    """Run one worker to its end, or kill it when the watch runs out."""
    with Race() as race:
        race.run(worker, argument)
        answered = race.next(watch)
        return TimedOut() if answered is None else answered[1]
