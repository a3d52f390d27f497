"""The clock of a command, and the two ways in which it is stopped: when its time is up, and by Ctrl-C.

Work that reads the clock stops by itself, with what it has. Whatever does not, for a file that nobody thought of,
is stopped by an alarm a second later: `LimitReached`, out of the line that it is at. So no command outlives its limit
by more, as long as no single operation takes longer, which limits on sizes see to.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from lstmsolve.cli.ending.interrupts import can_be_signalled, heard, unmentioned
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.workers.clock import Stopwatch

GRACE: Final = 1.0
"""Seconds from the end of the time, or from Ctrl-C, to the alarm."""

AGAIN: Final = 1.0
"""Seconds to the next alarm: for saying and writing what there is, or for work that has swallowed the first."""


@contextmanager
def under_clock(seconds: float) -> Iterator[Stopwatch]:
    """A clock for all that a command does, from reading files to writing them; all but standard output.

    The first Ctrl-C lets the work stop with what it has; a second one ends it on the spot.

    Raises:
        InputError: `seconds` is NaN.
        LimitReached: the work did not stop by itself.
        KeyboardInterrupt: the same after Ctrl-C.
    """
    watch = Stopwatch(seconds)
    if not can_be_signalled():
        yield watch
        return
    rung = over = False

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal rung
        if not over:
            rung = rung or watch.remaining <= 0
            watch.check()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        watch.interrupt()
        heard()
        signal.setitimer(signal.ITIMER_REAL, GRACE, AGAIN)

    before = signal.signal(signal.SIGALRM, ring), signal.signal(signal.SIGINT, stop)
    try:
        if callable(before[0]):
            before[0](signal.SIGALRM, None)  # perhaps Ctrl-C was pressed before, and nobody heard it
        signal.setitimer(signal.ITIMER_REAL, watch.remaining + GRACE, AGAIN)
        with unmentioned(LimitReached):
            yield watch
    except Exception as error:
        if watch.interrupted:
            raise KeyboardInterrupt from error
        if rung and not isinstance(error, InputError | LimitReached):
            # An alarm that went off inside of a library may come out of it as anything.
            raise LimitReached(f"the time limit of {seconds:g} s was reached") from error
        raise
    finally:
        over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before[0])
        signal.signal(signal.SIGINT, before[1])
