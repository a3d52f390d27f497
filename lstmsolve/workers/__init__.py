"""Solvers are hostile: each runs in a process of its own, with hard limits on time and memory.

A *worker* is one function call in a fresh interpreter. The parent can wait for it, race several
and kill them; a killed or crashed worker is an ordinary outcome, never an exception out of the blue.
"""

from lstmsolve.workers.clock import Overtime, Stopwatch
from lstmsolve.workers.crews import Crew, crew_of, local
from lstmsolve.workers.pool import pooled
from lstmsolve.workers.processes import Crashed, Finished, Hand, Outcome, Race, TimedOut, Worker, call

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
    "local",
    "pooled",
]
