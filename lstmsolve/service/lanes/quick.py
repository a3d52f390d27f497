"""What is answered at once: a few servants of their own, so that no job keeps a page from being redrawn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Final

from lstmsolve.service.lanes.dispatcher import Busy
from lstmsolve.service.lanes.running import ran
from lstmsolve.service.lanes.servants import Answer, Servant
from lstmsolve.service.settings import Settings

SERVANTS: Final = 2


class Quick:
    """Servants for small commands, each with a few seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The one that came back last is asked next, so that the other is started only when both are needed.
        self._free: asyncio.LifoQueue[Servant] = asyncio.LifoQueue()
        self._servants = [Servant(settings.servant) for _ in range(SERVANTS)]
        self._asking: Counter[str] = Counter()
        for servant in self._servants:
            self._free.put_nowait(servant)

    async def start(self) -> None:
        await self._servants[-1].start()

    def close(self) -> None:
        for servant in self._servants:
            servant.kill()

    async def ask(
        self, client: str, order: Mapping[str, object], files: Mapping[str, bytes]
    ) -> tuple[Answer, dict[str, bytes]]:
        """How it ended, and what it wrote.

        Raises:
            Busy: this client is asking too much at a time.
            OSError: the disk is full, or refuses.
            TooMuch: it wrote too much.
        """
        if self._asking[client] >= self._settings.limits.quick_per_client:
            raise Busy("you are asking too much at a time; wait for an answer first")
        self._asking[client] += 1
        servant = None
        limits = self._settings.limits
        try:
            servant = await self._free.get()
            return await ran(servant, order, files, self._settings.data / "quick", limits.quick_seconds, limits.kept)
        finally:
            self._asking[client] -= 1
            if not self._asking[client]:
                del self._asking[client]
            if servant is not None:
                self._free.put_nowait(servant)
