"""What a service is told when it starts, and the limits that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lstmsolve.formats.files import MIB

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
DEFAULT_PORT: Final = 8417


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what clients may ask for. Sizes in bytes, times in seconds."""

    body: int = 16 * MIB
    """Of a request."""
    body_seconds: float = 30.0
    """Until a request has arrived whole."""
    seconds: float = 600.0
    """The longest `timeout` of a job."""
    whole: float = 1800.0
    """Of a job in all; for `mark`, whose `timeout` is that of one answer."""
    quick_seconds: float = 10.0
    """For what is answered at once: runs, reading a case, slices, exports."""
    kept: int = 64 * MIB
    """All that one job writes."""
    per_client: int = 24
    """Jobs of a client that wait or run."""
    per_address: int = 240
    """The same of all clients at one address: a class may share one."""
    waiting: int = 4_000
    """The same of everybody."""
    quick_per_client: int = 12
    """Quick requests of a client at a time."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service runs."""

    servant: str
    """The module that runs command lines: `python -m servant PARENT`."""
    data: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    jobs: int = 2
    """Jobs at a time."""
    solvers: int = 1
    """Solver processes of one job at a time."""
    cluster: str | None = None
    """A Dask scheduler whose workers solve and mark."""
    token: str | None = None
    """What every request must show; None: nothing, on loopback only."""
    origins: tuple[str, ...] = ()
    """Public addresses under which a reverse proxy offers the service, such as https://lstm.example.org."""
    keep_days: float = 365.0
    """After so many days a job and its result are forgotten."""
    limits: Limits = Limits()
