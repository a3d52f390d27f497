"""A `model.watch.Watch` on the real clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import isnan
from typing import Final

from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.model.watch import Watch

LONGEST: Final = 1e8
"""Seconds, as many as a timer of the system surely takes; more are cut to this."""


def silent(message: str) -> None:
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
    """Counts down from its creation.

    Raises:
        InputError: `seconds` is NaN.
    """

    def __init__(self, seconds: float, say: Callable[[str], None] = silent) -> None:
        self._start = time.monotonic()
        if isnan(seconds):
            raise InputError.single("timeout", "is not a number of seconds", seconds)
        self._seconds = min(seconds, LONGEST)
        self.listener = say
        """Whoever wants to be told what goes on."""
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
        self.listener(message)
