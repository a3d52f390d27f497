"""What goes on in a job that runs, for whoever follows it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

MOST_SAID: Final = 200
"""Messages that are kept for those who come late."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a job that runs, and how many were before it."""

    number: int
    seconds: float
    """Since it began."""
    text: str


@dataclass
class Channel:
    """The messages of one job, and the end of them."""

    said: deque[Said] = field(default_factory=lambda: deque(maxlen=MOST_SAID))
    closed: bool = False
    _count: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, seconds: float, text: str) -> None:
        self.said.append(Said(self._count, seconds, text))
        self._count += 1
        self._wake()

    def close(self) -> None:
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        # Whoever waits holds the old event; whoever comes now gets a new one.
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """Wait for something new; false if nothing came in time."""
        if self.closed:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def follow(self, beat: float) -> AsyncIterator[Said | None]:
        """All messages, to the end; None where none has come for `beat` seconds."""
        told = 0
        while True:
            for said in [said for said in self.said if said.number >= told]:
                told = said.number + 1
                yield said
            if self.closed:
                return
            if not await self.wait(beat):
                yield None
