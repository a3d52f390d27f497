"""A job and its states, and a result that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    """Where a job is. It goes from QUEUED to RUNNING to one of the others, and a QUEUED one may be CANCELLED."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    """There is a result."""
    FAILED = "failed"
    """The command said no: bad input, or a bug of ours."""
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The server or the process that ran it ended before it did. It can be started again."""

    @property
    def ended(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Kept:
    """What a command left: its exit code, what it printed, and the files that it wrote."""

    id: str
    key: str
    code: int
    record: bytes
    """The result object, as the command printed it."""
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A question on its way. Times are seconds since 1970."""

    id: str
    client: str
    verb: str
    about: str
    """What it is about, in a word."""
    key: str
    seconds: float
    state: State
    created: float
    started: float | None = None
    ended: float | None = None
    result: str | None = None
    """The id of the `Kept`, when it is done."""
    reused: bool = False
    """Was the result there already?"""
    code: int | None = None
    error: str | None = None
    """Why there is no result, for a person."""
    verdict: str | None = None
