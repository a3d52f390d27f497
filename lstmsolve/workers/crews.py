"""Who does the work: processes of this machine, or those of a Dask cluster. Either does the same calls."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from lstmsolve.model.watch import Watch
from lstmsolve.workers.memory import MEMORY_LIMIT
from lstmsolve.workers.outcomes import Outcome
from lstmsolve.workers.pool import pooled
from lstmsolve.workers.processes import Hand, Worker


class Crew(Protocol):
    """Calls of `module:function`, each in a process of its own."""

    @property
    def jobs(self) -> int:
        """How many run at a time."""
        ...

    @property
    def is_far(self) -> bool:
        """Are the files of this machine not to be read there?"""
        ...

    def hire(self, function: str) -> Hand:
        """A process for one call."""
        ...

    def each(
        self, function: str, arguments: Sequence[object], seconds: float, watch: Watch, memory: int = MEMORY_LIMIT
    ) -> Iterator[tuple[int, Outcome]]:
        """Each argument's number and outcome, as they come; `seconds` are for each.

        When the watch runs out, the rest is timed out.
        """
        ...


@dataclass(frozen=True, slots=True)
class Local:
    """Processes of this machine."""

    jobs: int

    @property
    def is_far(self) -> bool:
        return False

    def hire(self, function: str) -> Hand:
        return Worker(function)

    def each(
        self, function: str, arguments: Sequence[object], seconds: float, watch: Watch, memory: int = MEMORY_LIMIT
    ) -> Iterator[tuple[int, Outcome]]:
        return pooled(function, arguments, self.jobs, seconds, watch, memory)


def local(jobs: int | None) -> Local:
    """As many jobs as asked for, or as there are cores."""
    return Local(jobs or os.cpu_count() or 1)


@contextmanager
def crew_of(jobs: int | None, cluster: str | None, watch: Watch) -> Iterator[Crew]:
    """The processes of this machine, or of the cluster with this address while the block runs.

    Raises:
        InputError: there is no such cluster, or it has other versions.
    """
    if cluster is None:
        yield local(jobs)
        return
    from lstmsolve.workers.cluster import connected

    with connected(cluster, jobs, watch) as there:
        yield there
