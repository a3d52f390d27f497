"""The parent's side: starting, feeding, awaiting and killing workers."""

from __future__ import annotations

import contextlib
import pickle
import queue
import threading
from types import TracebackType
from typing import Final, Protocol

from lstmsolve.model.watch import Watch
from lstmsolve.workers.memory import MEMORY_LIMIT
from lstmsolve.workers.outcomes import Crashed, Finished, Outcome, TimedOut
from lstmsolve.workers.starting import started

POLL_SECONDS: Final = 0.1
"""How soon an interrupt is noticed while waiting."""


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
        with contextlib.suppress(OSError):  # it died already; waiting for it will say so
            self._process.send(pickle.dumps(argument), last=True)

    @property
    def alive(self) -> bool:
        return self._process.alive

    def kill(self) -> None:
        self._process.kill()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def read(self) -> Outcome:
        """Block until the process ends; its outcome."""
        answer = self._process.answers.read()
        if not answer:
            return Crashed("the solver process ended without an answer (out of memory?)")
        outcome = pickle.loads(answer)
        assert isinstance(outcome, Finished | Crashed)
        return outcome


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
