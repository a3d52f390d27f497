"""Who is next: clients take turns, and each one's jobs come in their order."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable

from lstmsolve.service.jobs.records import Job


class FairQueue:
    """Jobs that wait. However many one client has, each other client waits for one of them at most."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._changed = asyncio.Condition()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    async def put(self, job: Job) -> None:
        async with self._changed:
            self._waiting.setdefault(job.client, deque()).append(job)
            self._changed.notify_all()

    async def take(self, fits: Callable[[Job], bool]) -> Job:
        """The next job that fits, as soon as there is one; its client is then last in line."""
        async with self._changed:
            while True:
                found = self._next(fits)
                if found is not None:
                    return found
                await self._changed.wait()

    def remove(self, id: str) -> Job | None:
        """Take a job out of the line."""
        for client, jobs in self._waiting.items():
            for job in jobs:
                if job.id == id:
                    jobs.remove(job)
                    if not jobs:
                        del self._waiting[client]
                    return job
        return None

    def place(self, id: str) -> int | None:
        """How many jobs are before this one, if all take turns; None if it does not wait."""
        for client, jobs in self._waiting.items():
            for before, job in enumerate(jobs):
                if job.id == id:
                    others = (min(len(theirs), before + 1) for name, theirs in self._waiting.items() if name != client)
                    return before + sum(others)
        return None

    def _next(self, fits: Callable[[Job], bool]) -> Job | None:
        for client, jobs in self._waiting.items():
            for job in jobs:
                if fits(job):
                    jobs.remove(job)
                    if jobs:
                        self._waiting.move_to_end(client)
                    else:
                        del self._waiting[client]
                    return job
        return None
