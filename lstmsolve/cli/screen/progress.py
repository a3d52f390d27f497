"""Progress on standard error: a spinner, what goes on, and the time, where somebody is looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lstmsolve.kernel.base.characters import shown
from lstmsolve.workers.clock import Stopwatch, silent


@contextmanager
def reporting(watch: Stopwatch) -> Iterator[None]:
    """Show what the watch is told while the block runs; silent when stderr is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)
        watch.listener = lambda message: progress.update(task, description=shown(message))
        try:
            yield
        finally:
            watch.listener = silent
