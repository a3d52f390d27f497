"""Things made beside, by a thread, so that whoever takes them never waits for the making.

What makes them is Python and holds Python's lock half of the time; but answers are read between two of its steps, and
not only when it is done.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Generic, TypeVar

from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.model.watch import Watch
from lstmsolve.workers.processes import POLL_SECONDS

T = TypeVar("T")


class _Stoppable:
    """A watch for the thread: it has run out as soon as nobody takes any more."""

    def __init__(self, whole: Watch) -> None:
        self._whole = whole
        self.stopped: Final = threading.Event()

    @property
    def remaining(self) -> float:
        return 0.0 if self.stopped.is_set() else self._whole.remaining

    def check(self) -> None:
        if self.stopped.is_set():
            raise LimitReached("nobody needs it any more")
        self._whole.check()

    def say(self, message: str) -> None:
        if not self.stopped.is_set():
            self._whole.say(message)


class Ahead(Generic[T]):
    """What an iterator yields, one ahead of whoever takes. Leaving the block ends the making."""

    def __init__(self, made: Callable[[Watch], Iterator[T]], watch: Watch) -> None:
        self._watch = _Stoppable(watch)
        self._ready: queue.SimpleQueue[T | Exception | None] = queue.SimpleQueue()
        self._taken = threading.Event()
        """Is the last one away, and the next one to be made?"""
        self._next: T | None = None
        self.finished = False
        """Will there be no more?"""
        self.reason: str | None = None
        """Why not, where the making failed."""
        threading.Thread(target=self._make, args=(made,), daemon=True).start()

    def peek(self) -> T | None:
        """The next thing, which stays the next; None if it is not there, or not there yet.

        Raises:
            Exception: what the making raised, but for limits and what is outside of the fragment.
        """
        if self._next is None and not self.finished:
            try:
                found = self._ready.get_nowait()
            except queue.Empty:
                return None
            self._taken.set()
            if isinstance(found, LimitReached | OutsideFragment):
                self.reason = str(found)
            elif isinstance(found, Exception):
                raise found
            if found is None or isinstance(found, Exception):
                self.finished = True
            else:
                self._next = found
        return self._next

    def take(self) -> T | None:
        """The next thing; None if it is not there, or not there yet."""
        found = self.peek()
        self._next = None
        return found

    def __enter__(self) -> Ahead[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._watch.stopped.set()

    def _make(self, made: Callable[[Watch], Iterator[T]]) -> None:
        try:
            for one in made(self._watch):
                self._ready.put(one)
                while not self._taken.wait(POLL_SECONDS):
                    if self._watch.stopped.is_set():
                        return
                self._taken.clear()
            self._ready.put(None)
        except Exception as error:  # noqa: BLE001 - whoever takes decides what it means
            self._ready.put(error)
