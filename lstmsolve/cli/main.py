"""`lstmsolve`: all its commands, in the order in which they are listed."""

from __future__ import annotations

import os

from lstmsolve.cli import weights  # isort: skip
from lstmsolve.cli import files  # isort: skip
from lstmsolve.cli.app import app
from lstmsolve.cli.ending.interrupts import interrupted, leave, noticed
from lstmsolve.workers import claim
from lstmsolve.workers.memory import MEMORY_LIMIT, limit_memory

__all__ = ["app", "files", "main", "weights"]


def main() -> None:
    """Run the command line, and leave with its exit code."""
    claim()
    limit_memory(MEMORY_LIMIT)
    # Each of a library's threads would take memory of its own, and nothing here runs faster with them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with noticed() as pressed:
        try:
            app()
        except SystemExit as error:
            if not isinstance(error.code, int):
                raise
            leave(error.code)
        except BaseException:
            if not pressed():
                raise
            interrupted()
