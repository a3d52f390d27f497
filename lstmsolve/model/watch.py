"""How long work may take and whom it tells: owned by the caller, handed down to whoever works long.

Nothing below the api reads a clock or prints. Long loops call `check`, which raises when the time
is up, and `say`, which may end in a progress bar or nowhere.
"""

from __future__ import annotations

from typing import Final, Protocol

from lstmsolve.kernel.base.errors import LimitReached


class Watch(Protocol):
    @property
    def remaining(self) -> float:
        """Seconds left; infinity where there is no limit."""
        ...

    def check(self) -> None:
        """Raise `LimitReached` when the time is up."""
        ...

    def say(self, message: str) -> None:
        """Tell whoever is interested what goes on now."""
        ...


class Unwatched:
    """No limit, nobody interested."""

    remaining: float = float("inf")

    def check(self) -> None:
        pass

    def say(self, message: str) -> None:
        pass


UNWATCHED: Final = Unwatched()


class Part:
    """A part of the time that another watch has left."""

    def __init__(self, whole: Watch, seconds: float) -> None:
        self._whole = whole
        self._reserve = max(0.0, whole.remaining - seconds)
        self._seconds = seconds

    @property
    def remaining(self) -> float:
        return self._whole.remaining - self._reserve

    def check(self) -> None:
        self._whole.check()
        if self.remaining <= 0:
            raise LimitReached(f"the {self._seconds:g} s set aside for this were not enough")

    def say(self, message: str) -> None:
        self._whole.say(message)


class Counted:
    """A part of the work in steps, that is, in calls of `check`: the same part however busy the machine is."""

    def __init__(self, whole: Watch, steps: int) -> None:
        self._whole = whole
        self._steps = steps
        self._left = steps

    @property
    def remaining(self) -> float:
        return self._whole.remaining if self._left > 0 else 0.0

    def check(self) -> None:
        self._whole.check()
        if self._left <= 0:
            raise LimitReached(f"the {self._steps} steps set aside for this were not enough")
        self._left -= 1

    def say(self, message: str) -> None:
        self._whole.say(message)
