"""Solvers are hostile: each runs in a process of its own, with hard limits on time and memory.

A *worker* is one function call in a process of its own. The parent can wait for it, race several
and kill them; a killed or crashed worker is an ordinary outcome, never an exception out of the blue.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lstmsolve.workers.clock import Overtime, Stopwatch
    from lstmsolve.workers.crews import Crew, crew_of, local
    from lstmsolve.workers.outcomes import Crashed, Finished, Outcome, TimedOut
    from lstmsolve.workers.pool import pooled
    from lstmsolve.workers.processes import Hand, Race, Worker, call
    from lstmsolve.workers.starting import prepare

__all__ = [
    "Crashed",
    "Crew",
    "Finished",
    "Hand",
    "Outcome",
    "Overtime",
    "Race",
    "Stopwatch",
    "TimedOut",
    "Worker",
    "call",
    "claim",
    "crew_of",
    "is_claimed",
    "local",
    "pooled",
    "prepare",
]

_MODULES: Final = {
    "clock": ("Overtime", "Stopwatch"),
    "crews": ("Crew", "crew_of", "local"),
    "outcomes": ("Crashed", "Finished", "Outcome", "TimedOut"),
    "pool": ("pooled",),
    "processes": ("Hand", "Race", "Worker", "call"),
    "starting": ("prepare",),
}
"""Where the names come from, when they are asked for: `--help` limits its memory, and starts no process."""

_claimed = False


def claim() -> None:
    """This process is ours from its beginning to its end: what it has imported, workers may have by being its forks.

    In a process of somebody else, whatever else they have done there would be in every worker.
    """
    global _claimed
    _claimed = True


def is_claimed() -> bool:
    return _claimed


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
