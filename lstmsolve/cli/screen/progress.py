"""Progress: a spinner and the time on standard error where somebody is looking, or lines to whoever listens."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from lstmsolve.kernel.base.characters import shown
from lstmsolve.workers.clock import Stopwatch, silent

_listening: Final[ContextVar[Callable[[str], None] | None]] = ContextVar("listening", default=None)


@contextmanager
def told_to(listener: Callable[[str], None]) -> Iterator[None]:
    """While the block runs, what goes on is told to the listener, in one line each, instead of being shown."""
    token = _listening.set(lambda message: listener(shown(message)))
    try:
        yield
    finally:
        _listening.reset(token)


@contextmanager
def reporting(watch: Stopwatch) -> Iterator[None]:
    """Show what the watch is told while the block runs; silent when stderr is no terminal and nobody listens."""
    listener = _listening.get()
    if listener is None and not _is_watched():
        yield
        return
    try:
        if listener is not None:
            watch.listener = listener
            yield
            return
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("starting", total=None)
            watch.listener = lambda message: progress.update(task, description=shown(message))
            yield
    finally:
        watch.listener = silent


def _is_watched() -> bool:
    """Is somebody looking at standard error? rich decides, which is asked only where there may be."""
    if sys.stderr is None:  # it was closed before we began
        return False
    if not sys.stderr.isatty() and not {"FORCE_COLOR", "TTY_COMPATIBLE"} & os.environ.keys():
        return False
    from rich.console import Console

    return Console(stderr=True).is_terminal
