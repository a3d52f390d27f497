"""A `model.watch.Watch` on the real clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from lstmsolve.model.errors import LimitReached
from lstmsolve.model.watch import Watch


def _silent(message: str) -> None:
    pass


class Overtime:
    """A watch that, once it has run out, leaves some seconds more: to finish with what was found."""

    def __init__(self, whole: Watch, seconds: float) -> None:
        self._whole = whole
        self._seconds = seconds
        self._over: float | None = None
        """When it was first seen to have run out."""

    @property
    def remaining(self) -> float:
        left = self._whole.remaining
        if left > 0:
            return left + self._seconds
        if self._over is None:
            self._over = time.monotonic()
        return self._seconds - (time.monotonic() - self._over)

    def check(self) -> None:
        if self.remaining <= 0:
            self._whole.check()

    def say(self, message: str) -> None:
        self._whole.say(message)


class Stopwatch:
    """Counts down from its creation."""

    def __init__(self, seconds: float, say: Callable[[str], None] = _silent) -> None:
        self._start = time.monotonic()
        self._seconds = seconds
        self._say = say
        self.interrupted = False

    @property
    def remaining(self) -> float:
        return 0.0 if self.interrupted else self._seconds - self.elapsed

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def interrupt(self) -> None:
        """Let everything that watches this clock stop soon, with what it has."""
        self.interrupted = True

    def check(self) -> None:
        if self.interrupted:
            raise LimitReached("interrupted")
        if self.remaining <= 0:
            raise LimitReached(f"the time limit of {self._seconds:g} s was reached")

    def say(self, message: str) -> None:
        self._say(message)
