"""Ctrl-C where nothing has been found yet: while modules are imported, and between one thing and the next."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import FrameType
from typing import Final, NoReturn

AGAIN: Final = 0.2
"""Seconds until Ctrl-C is heard again, where it was not."""


_told: Final[ContextVar[Callable[[], None] | None]] = ContextVar("told", default=None)
"""Who wants to know of a Ctrl-C that lets the work stop by itself."""


def heard() -> None:
    """Ctrl-C was pressed, and whoever took it raises nothing: the command ends as interrupted all the same."""
    tell = _told.get()
    if tell is not None:
        tell()


@contextmanager
def noticed() -> Iterator[Callable[[], bool]]:
    """Ctrl-C raises `KeyboardInterrupt`, as ever; the function says whether it was pressed.

    That needs to be asked, since out of the middle of an import it may come as any other exception. Where it does
    not come out at all, an alarm raises it again.
    """
    pressed = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
        raise KeyboardInterrupt

    def note() -> None:
        nonlocal pressed
        pressed = True

    def again(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt

    if not can_be_signalled():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, stop), signal.signal(signal.SIGALRM, again)
    token = _told.set(note)
    try:
        with unmentioned(KeyboardInterrupt):
            yield lambda: pressed
    finally:
        _told.reset(token)
        signal.signal(signal.SIGINT, before[0])
        if pressed:
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before[1])


@contextmanager
def unmentioned(kind: type[BaseException]) -> Iterator[None]:
    """Say nothing of an exception of this kind that Python cannot raise where it comes, as in a destructor."""
    before = sys.unraisablehook

    def mention(what: sys.UnraisableHookArgs) -> None:
        if not issubclass(what.exc_type, kind):
            before(what)

    sys.unraisablehook = mention
    try:
        yield
    finally:
        sys.unraisablehook = before


def can_be_signalled() -> bool:
    """Is this a place where signals arrive, and a system that has alarms?"""
    return threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")


def interrupted() -> NoReturn:
    """Say that Ctrl-C was pressed, and leave."""
    print("interrupted", file=sys.stderr)  # noqa: T201
    leave(130)


def leave(code: int) -> NoReturn:
    """End the process with this exit code.

    Python's own way out takes a while, and after Ctrl-C in the wrong place it has another code in mind.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # it was closed before we began
            with suppress(OSError, ValueError):
                stream.flush()
    starting = sys.modules.get("lstmsolve.workers.starting")
    if starting is not None:
        starting.dismiss()
    os._exit(code)
