"""Jobs from the question to the result: lanes take them from the queue, servants run them, the database keeps them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from secrets import token_urlsafe
from typing import Final

from lstmsolve.kernel.base.errors import LstmSolveError
from lstmsolve.service.jobs.fairness import FairQueue
from lstmsolve.service.jobs.progress import Channel, Said
from lstmsolve.service.jobs.questions import Question
from lstmsolve.service.jobs.records import Job, Kept, State
from lstmsolve.service.jobs.settling import is_settled
from lstmsolve.service.lanes.running import TooMuch, ran
from lstmsolve.service.lanes.servants import Answered, Lost, Overran, Servant
from lstmsolve.service.logs import LOG, log
from lstmsolve.service.settings import Settings
from lstmsolve.service.store.database import Database, NotKept

GRACE: Final = 5.0
"""Seconds that a command has beyond its own limit, before it is killed."""

SHORT: Final = 10.0
"""A job with no more time than this is short: one lane of several takes nothing else."""

JUDGING: Final = 30.0
"""The same of jobs that only judge."""

BEAT: Final = 15.0
"""Seconds after which followers of a silent job are told that it still runs."""

DAY: Final = 86_400.0


class Busy(LstmSolveError):
    """There are too many jobs already."""


class Dispatcher:
    """All jobs of a service. Its methods belong to the event loop."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._queue = FairQueue()
        self._channels: dict[str, Channel] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._unkept: dict[str, Job] = {}
        """Jobs whose end could not be written."""
        self._busy: Counter[str] = Counter()
        """Jobs that wait or run, by client and by address."""
        self._lanes: list[asyncio.Task[None]] = []
        self._closing = False
        self._runs = settings.data / "runs"

    # --- the whole -------------------------------------------------------------------------------

    async def start(self) -> None:
        """Say of what ran that it was interrupted, take up what waited, and begin."""
        await asyncio.to_thread(shutil.rmtree, self._runs, ignore_errors=True)
        for job in await asyncio.to_thread(self._database.unended):
            if job.state is State.RUNNING:
                interrupted = replace(job, state=State.INTERRUPTED, ended=time.time(), error=_SERVER_ENDED)
                await asyncio.to_thread(self._database.change, interrupted)
                log("interrupted", job=job.id, verb=job.verb)
            else:
                await self._enqueue(job)
        for number in range(self._settings.jobs):
            self._lanes.append(
                asyncio.create_task(self._lane(only_short=number > 0 and number == self._settings.jobs - 1))
            )
        self._lanes.append(asyncio.create_task(self._forget()))

    async def close(self) -> None:
        """End the jobs that run, as interrupted; what waits is taken up by the next server."""
        self._closing = True
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        for channel in self._channels.values():
            channel.close()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @property
    def running(self) -> int:
        return len(self._running)

    # --- one job ---------------------------------------------------------------------------------

    async def submit(self, client: str, question: Question, about: str, seconds: float) -> Job:
        """A new job; it is done at once where the same question has been settled before.

        Raises:
            Busy: this client, or all together, have too many jobs already.
            NotKept: the disk is full, or refuses.
        """
        key = question.key(seconds)
        job = Job(token_urlsafe(12), client, question.verb, about, key, seconds, State.QUEUED, time.time())
        known = await asyncio.to_thread(self._database.settled, key)
        if known is not None:
            job = replace(job, state=State.DONE, ended=job.created, result=known[0], verdict=known[1], reused=True)
        else:
            self._refuse_too_many(client)
        await asyncio.to_thread(self._database.add, job, question)
        if known is None:
            await self._enqueue(job)
        log("asked", job=job.id, verb=job.verb, reused=job.reused)
        return job

    async def find(self, id: str) -> Job | None:
        return self._unkept.get(id) or await asyncio.to_thread(self._database.job, id)

    def place(self, id: str) -> int | None:
        """How many jobs are before one that waits."""
        return self._queue.place(id)

    async def cancel(self, id: str) -> None:
        """End a job that waits or runs; its solvers are gone when this returns."""
        waiting = self._queue.remove(id)
        if waiting is not None:
            await self._end(replace(waiting, state=State.CANCELLED, ended=time.time(), error="cancelled"))
        elif id in self._running:
            running = self._running[id]
            running.cancel()
            await asyncio.wait([running])

    async def again(self, client: str, job: Job) -> Job:
        """The same question as a new job.

        Raises:
            Busy, NotKept: as `submit` does.
        """
        question = await asyncio.to_thread(self._database.question, job.key)
        assert question is not None
        return await self.submit(client, question, job.about, job.seconds)

    async def wait(self, id: str, seconds: float) -> None:
        """Wait until a job has ended, but no longer than this."""
        channel = self._channels.get(id)
        deadline = time.monotonic() + seconds
        while channel is not None and not channel.closed and (left := deadline - time.monotonic()) > 0:
            await channel.wait(left)

    async def follow(self, id: str) -> AsyncIterator[Said | None]:
        """The messages of a job until it ends; None from time to time, where there are none."""
        channel = self._channels.get(id)
        if channel is not None:
            async for said in channel.follow(BEAT):
                yield said

    # --- lanes -----------------------------------------------------------------------------------

    async def _lane(self, *, only_short: bool) -> None:
        """Run one job after another."""
        servant = Servant(self._settings.servant)
        try:
            while True:
                await servant.start()
                job = await self._queue.take(lambda job: not only_short or _is_short(job))
                task = asyncio.create_task(self._run(servant, job))
                self._running[job.id] = task
                try:
                    await asyncio.wait([task])
                except asyncio.CancelledError:
                    task.cancel()
                    await asyncio.wait([task])
                    raise
                finally:
                    self._running.pop(job.id, None)
                    await self._see_to(task, job)
        finally:
            servant.kill()

    async def _see_to(self, task: asyncio.Task[None], job: Job) -> None:
        """End a job whose task was cancelled before it began, or has a bug."""
        if task.cancelled():
            await self._stopped(job)
        elif (error := task.exception()) is not None:
            LOG.error("a job failed", exc_info=error, extra={"fields": {"job": job.id}})
            await self._end(replace(job, state=State.FAILED, ended=time.time(), error="internal error of the service"))

    async def _run(self, servant: Servant, job: Job) -> None:
        """One job, to whatever end."""
        try:
            await self._end(*await self._answered(servant, job))
        except asyncio.CancelledError:
            await asyncio.shield(self._stopped(job))

    async def _stopped(self, job: Job) -> None:
        """Keep that somebody cancelled a job, or the server ended."""
        found = await asyncio.to_thread(self._database.job, job.id) or job
        state, why = (State.INTERRUPTED, _SERVER_ENDED) if self._closing else (State.CANCELLED, "cancelled")
        await self._end(replace(found, state=state, ended=time.time(), error=why))

    async def _answered(self, servant: Servant, job: Job) -> tuple[Job, Kept | None, bool]:
        known = await asyncio.to_thread(self._database.settled, job.key)
        if known is not None:  # somebody else has asked the same in the meantime
            return replace(job, state=State.DONE, ended=time.time(), result=known[0], reused=True), None, False
        question = await asyncio.to_thread(self._database.question, job.key)
        assert question is not None
        job = replace(job, state=State.RUNNING, started=time.time())
        began, channel = time.monotonic(), self._channels[job.id]
        most = (self._settings.limits.whole if job.verb == "mark" else job.seconds) + GRACE
        order = {"line": question.command_line(job.seconds, self._settings.solvers, self._settings.cluster)}
        try:
            await asyncio.to_thread(self._database.change, job)
            answer, written = await ran(
                servant,
                order,
                question.files,
                self._runs,
                most,
                self._settings.limits.kept,
                lambda text: channel.say(time.monotonic() - began, text),
            )
        except (OSError, NotKept) as error:
            return (
                replace(job, state=State.INTERRUPTED, ended=time.time(), error=f"the disk refuses: {error}"),
                None,
                False,
            )
        except TooMuch:
            why = f"it wrote more than {self._settings.limits.kept // 2**20} MiB, the limit here"
            return replace(job, state=State.FAILED, ended=time.time(), error=why), None, False
        job = replace(job, ended=time.time())
        match answer:
            case Lost():
                return replace(job, state=State.INTERRUPTED, error=_PROCESS_DIED), None, False
            case Overran():
                why = f"killed after {most:g} s, as it did not end by itself"
                return replace(job, state=State.FAILED, error=why), None, False
            case Answered(code, out, err):
                if code not in (0, 5, 10):
                    return replace(job, state=State.FAILED, code=code, error=_said(err)), None, False
                kept = Kept(token_urlsafe(12), job.key, code, out.encode(), written)
                settled = is_settled(job.verb, code, json.loads(out))
                return replace(job, state=State.DONE, code=code), kept, settled

    async def _end(self, job: Job, kept: Kept | None = None, settled: bool = False) -> None:
        """Keep how a job ended, and tell those who wait for it."""
        try:
            await asyncio.to_thread(self._database.change, job, kept, settled=settled)
        except NotKept as error:
            lost = replace(job, state=State.INTERRUPTED, result=None, error=f"the disk refuses: {error}")
            self._unkept[job.id] = lost
            log("not kept", level=logging.ERROR, job=job.id, reason=str(error))
        log("ended", job=job.id, verb=job.verb, state=job.state.value, code=job.code)
        for key in _counted(job.client):
            self._busy[key] -= 1
        channel = self._channels.pop(job.id, None)
        if channel is not None:
            channel.close()

    async def _enqueue(self, job: Job) -> None:
        self._channels[job.id] = Channel()
        for key in _counted(job.client):
            self._busy[key] += 1
        await self._queue.put(job)

    def _refuse_too_many(self, client: str) -> None:
        limits = self._settings.limits
        mine, here = _counted(client)
        if self._busy[mine] >= limits.per_client:
            raise Busy(f"you have {self._busy[mine]} jobs that wait or run; wait for one of them, or cancel one")
        if self._busy[here] >= limits.per_address:
            raise Busy(f"your address has {self._busy[here]} jobs that wait or run; wait for some of them")
        if len(self._queue) >= limits.waiting:
            raise Busy(f"{len(self._queue)} jobs wait already; try again later")

    async def _forget(self) -> None:
        """From time to time, drop what is old."""
        while True:
            with contextlib.suppress(NotKept):
                await asyncio.to_thread(self._database.forget, time.time() - self._settings.keep_days * DAY)
            await asyncio.sleep(DAY / 24)


_SERVER_ENDED: Final = "interrupted: the server ended before it did; it can be started again"
_PROCESS_DIED: Final = "interrupted: its process was killed, or ran out of memory; it can be started again"


def _is_short(job: Job) -> bool:
    return job.seconds <= (JUDGING if job.verb in ("verify", "check") else SHORT)


def _counted(client: str) -> tuple[str, str]:
    """The client, and its address."""
    return client, f"at {client.partition(' ')[0]}"


def _said(err: str) -> str:
    """What a command said of its failure: notes left out, and without the word that begins it."""
    lines = [line for line in err.strip("\n").split("\n") if not line.startswith("note: ")]
    return "\n".join(lines).removeprefix("error: ") or "it failed without a word"
