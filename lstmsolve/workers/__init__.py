"""Solvers are hostile: each runs in a process of its own, with hard limits on time and memory.

A *worker* is one function call in a fresh interpreter. The parent can wait for it, race several
and kill them; a killed or crashed worker is an ordinary outcome, never an exception out of the blue.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lstmsolve.workers.clock import Overtime, Stopwatch
    from lstmsolve.workers.crews import Crew, crew_of, local
    from lstmsolve.workers.pool import pooled
    from lstmsolve.workers.processes import (
        Crashed,
        Finished,
        Hand,
        Outcome,
        Race,
        TimedOut,
        Worker,
        call,
        hired,
        prepare,
    )

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
    "crew_of",
    "hired",
    "local",
    "pooled",
    "prepare",
]

_MODULES: Final = {
    "clock": ("Overtime", "Stopwatch"),
    "crews": ("Crew", "crew_of", "local"),
    "pool": ("pooled",),
    "processes": ("Crashed", "Finished", "Hand", "Outcome", "Race", "TimedOut", "Worker", "call", "hired", "prepare"),
}
"""Where the names come from, when they are asked for: `--help` limits its memory, and starts no process."""


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
