"""Calls on a Dask cluster. Each task starts the same subprocess as a call at home, and stays with it until it ends.

A worker that is killed takes its subprocesses with it (Linux: `workers.child`), and Dask gives its tasks to another.
A task that nobody waits for any more, because it was cancelled or because whoever asked has died, kills its
subprocess within a second: Dask itself would let it run on.
"""

from __future__ import annotations

import logging
import pickle
import platform
import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from time import monotonic
from types import TracebackType
from typing import Any, Final
from uuid import uuid4

from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.model.watch import Watch
from lstmsolve.workers.clock import LONGEST
from lstmsolve.workers.memory import MEMORY_LIMIT
from lstmsolve.workers.outcomes import Crashed, Finished, Outcome, TimedOut
from lstmsolve.workers.processes import POLL_SECONDS, Hand, Race, Worker

CONNECT_SECONDS: Final = 10.0
AHEAD: Final = 4
"""Tasks a thread of the cluster that are handed over at once: the others are not even read yet."""

LEAST_AHEAD: Final = 100
"""So many at least: a cluster that grows with its work has to see some."""

_GONE: Final = ("cancelled", "resumed", "released", "forgotten")
"""States of a task on its worker in which nobody waits for its result."""


@contextmanager
def connected(address: str, jobs: int | None, watch: Watch) -> Iterator[Cluster]:
    """A cluster while the block runs.

    Raises:
        InputError: Dask is not installed, nobody answers there, or its workers have other versions than this process.
        LimitReached: no worker came in time.
    """
    if find_spec("distributed") is None:
        raise InputError.single("--cluster", "needs the package distributed: pip install 'lstmsolve[cluster]'")
    import distributed

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is an outcome here, not a log
    try:
        # Any, as Dask's client is not typed.
        client: Any = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        message = f"no Dask scheduler answers there: {error or type(error).__name__}"
        raise InputError.single("--cluster", message, address) from None
    try:
        cluster = Cluster(client, jobs)
        cluster.compare(watch)
        yield cluster
    finally:
        with suppress(Exception):
            client.close(timeout=CONNECT_SECONDS)


class Cluster:
    """A `Crew` far away."""

    def __init__(self, client: Any, jobs: int | None) -> None:
        self._client = client
        self._jobs = jobs

    @property
    def jobs(self) -> int:
        return self._jobs or max(1, self._threads())

    @property
    def is_far(self) -> bool:
        return True

    def _threads(self) -> int:
        return sum(self._client.nthreads().values())

    def hire(self, function: str) -> Hand:
        return _Hired(self._client, function)

    def each(
        self, function: str, arguments: Sequence[object], seconds: float, watch: Watch, memory: int = MEMORY_LIMIT
    ) -> Iterator[tuple[int, Outcome]]:
        done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        waiting = iter(range(len(arguments)))
        out: dict[int, Any] = {}

        def hand_over(number: int) -> None:
            out[number] = _submitted(self._client, function, arguments[number], seconds, memory)
            out[number].add_done_callback(lambda future: done.put((number, future)))

        def fill() -> None:
            most = self._jobs or max(LEAST_AHEAD, AHEAD * self._threads())
            while len(out) < most and (number := next(waiting, None)) is not None:
                hand_over(number)

        try:
            fill()
            while out and watch.remaining > 0:
                with suppress(queue.Empty):
                    number, future = done.get(timeout=POLL_SECONDS)
                    del out[number]
                    outcome = _outcome(future)
                    future.release()
                    fill()
                    yield number, outcome
            yield from ((number, TimedOut()) for number in [*out, *waiting])
        finally:
            if out:
                self._client.cancel(list(out.values()), force=True)

    def compare(self, watch: Watch) -> None:
        """Refuse workers that would not do what this process does."""
        watch.say("waiting for a worker of the cluster")
        future = self._client.submit(_versions, key=f"lstmsolve-versions-{uuid4().hex}", pure=False)
        while not future.done():
            watch.check()
            with suppress(TimeoutError):
                future.result(timeout=POLL_SECONDS)
        outcome = _outcome(future)
        future.release()
        if not isinstance(outcome, Finished):
            reason = outcome.reason if isinstance(outcome, Crashed) else "no answer"
            raise InputError.single("--cluster", f"its workers cannot run this version of lstmsolve: {reason}")
        if outcome.value != _versions():
            message = f"its workers have {outcome.value}, this process {_versions()}; give both the same"
            raise InputError.single("--cluster", message)


class _Hired:
    """One call far away."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self.function = function
        self._future: Any = None
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def give(self, argument: object) -> None:
        self._future = _submitted(self._client, self.function, argument, LONGEST, MEMORY_LIMIT)
        self._future.add_done_callback(self._done.put)

    @property
    def alive(self) -> bool:
        return self._future is not None and not self._future.done()

    def read(self) -> Outcome:
        return _outcome(self._done.get())

    def kill(self) -> None:
        if self._future is not None:
            with suppress(Exception):
                self._future.cancel(force=True)

    def __enter__(self) -> _Hired:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()


def _submitted(client: Any, function: str, argument: object, seconds: float, memory: int) -> Any:
    """A future of a call's outcome."""
    key = f"{function.rpartition(':')[2]}-{uuid4().hex}"
    return client.submit(_called, function, pickle.dumps(argument), seconds, memory, key=key, pure=False)


def _outcome(future: Any) -> Outcome:
    if future.status == "finished":
        value = future.result()
        return value if isinstance(value, Finished | Crashed | TimedOut) else Finished(value)
    if future.status == "error":
        error = future.exception()
        return Crashed(f"{type(error).__name__}: {error}")
    return Crashed("the cluster has lost it")


# --- on the cluster's side -----------------------------------------------------------------------


def _versions() -> str:
    return f"lstmsolve {version('lstmsolve')}, Python {'.'.join(platform.python_version_tuple()[:2])}"


def _called(function: str, argument: bytes, seconds: float, memory: int) -> Outcome:
    """A call in a subprocess of this worker."""
    with Worker(function, memory) as worker, Race() as race:
        race.run(worker, pickle.loads(argument))
        answered = race.next(_Wanted(seconds))
        return TimedOut() if answered is None else answered[1]


class _Wanted:
    """A watch that runs out as well when nobody waits for this task any more."""

    def __init__(self, seconds: float) -> None:
        from distributed import get_worker

        self._end = monotonic() + seconds
        self._worker = get_worker()
        self._key = self._worker.get_current_task()

    @property
    def remaining(self) -> float:
        task = self._worker.state.tasks.get(self._key)
        return 0.0 if task is None or task.state in _GONE else self._end - monotonic()

    def check(self) -> None:
        if self.remaining <= 0:
            raise LimitReached("nobody waits for this any more")

    def say(self, message: str) -> None:
        pass
