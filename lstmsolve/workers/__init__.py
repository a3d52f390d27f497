"""Solvers are hostile: each runs in a process of its own, with hard limits on time and memory.

A *worker* is one function call in a fresh interpreter. The parent can wait for it, race several
and kill them; a killed or crashed worker is an ordinary outcome, never an exception out of the blue.
"""

from lstmsolve.workers.processes import Crashed, Finished, Outcome, TimedOut, Worker, first

__all__ = ["Crashed", "Finished", "Outcome", "TimedOut", "Worker", "first"]
