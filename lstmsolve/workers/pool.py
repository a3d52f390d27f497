"""Many small calls, one process a core: each call has its own limit on time, and none can spoil another.

A process answers call after call; one that takes too long, crashes or runs out of memory is
killed and replaced, and only the call it was at is lost.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import threading
from collections.abc import Iterator, Sequence

from lstmsolve.model.watch import Watch
from lstmsolve.workers.memory import MEMORY_LIMIT
from lstmsolve.workers.outcomes import Crashed, Finished, Outcome, TimedOut
from lstmsolve.workers.processes import POLL_SECONDS
from lstmsolve.workers.starting import Process, started


def pooled(
    function: str, arguments: Sequence[object], jobs: int, seconds: float, watch: Watch, memory: int = MEMORY_LIMIT
) -> Iterator[tuple[int, Outcome]]:
    """Each argument's number and outcome, as they come. When the watch runs out, the rest is timed out."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(arguments)):
        waiting.put(number)
    answers: queue.SimpleQueue[tuple[int, Outcome]] = queue.SimpleQueue()
    servants = [_Servant(function, memory) for _ in range(min(jobs, len(arguments)))]
    stopped = threading.Event()

    def work(servant: _Servant) -> None:
        while not stopped.is_set():
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            answers.put((number, servant.ask(arguments[number], seconds)))

    for servant in servants:
        threading.Thread(target=work, args=(servant,), daemon=True).start()
    left = set(range(len(arguments)))
    try:
        while left and watch.remaining > 0:
            with contextlib.suppress(queue.Empty):
                number, outcome = answers.get(timeout=POLL_SECONDS)
                left.remove(number)
                yield number, outcome
        yield from ((number, TimedOut()) for number in sorted(left))
    finally:
        stopped.set()
        for servant in servants:
            servant.kill()


class _Servant:
    """A process that answers one call after another, and its replacements."""

    def __init__(self, function: str, memory: int) -> None:
        self._function = function
        self._memory = memory
        self._dismissed = False
        self._start()

    def _start(self) -> None:
        self._process = started(self._function, self._memory, many=True)
        self._answers: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(self._process, self._answers), daemon=True).start()

    def ask(self, argument: object, seconds: float) -> Outcome:
        if not self._process.alive and not self._dismissed:
            self._start()
        try:
            self._process.send(pickle.dumps(argument), last=False)
            outcome = self._answers.get(timeout=seconds)
        except queue.Empty:
            outcome = TimedOut()
        except OSError:
            outcome = Crashed("the process had ended")
        if not isinstance(outcome, Finished):
            self._process.kill()
        return outcome

    @staticmethod
    def _listen(process: Process, answers: queue.SimpleQueue[Outcome]) -> None:
        stream = process.answers
        try:
            while True:
                answers.put(pickle.load(stream))
        except EOFError:
            answers.put(Crashed("the process ended without an answer (out of memory?)"))
        except Exception as error:  # noqa: BLE001 - whatever a dying process leaves in the pipe
            answers.put(Crashed(f"unreadable answer: {error}"))

    def kill(self) -> None:
        self._dismissed = True
        self._process.kill()
