"""The memory of a process, for the command line and for workers alike: its limit, and how it is tidied."""

from __future__ import annotations

import contextlib
import gc
from typing import Final

MEMORY_LIMIT: Final = 2 * 2**30
"""Bytes that a process may use, unless told otherwise."""


def limit_memory(most: int) -> None:
    """Let this process and its children allocate no more, where the system can do that (Linux).

    A limit that is in force already (`ulimit -d`) is taken to be meant, and stays.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        # Not the address space: threads and libraries reserve much more of that than they ever use.
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if soft == resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def collect_seldom() -> None:
    """Look for circles of objects less often: forms and rows have none, and it saves a tenth of the time."""
    gc.set_threshold(50_000, 20, 20)
