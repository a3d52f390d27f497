"""The one error boundary, exit codes, and how a command is interrupted."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from types import FrameType
from typing import ParamSpec

import typer

from lstmsolve.cli.presenting import tell
from lstmsolve.model.errors import InputError
from lstmsolve.workers.clock import Stopwatch


class Exit(IntEnum):
    """Exit codes; part of the contract with programs that call us."""

    GOOD = 0
    INTERNAL = 1
    BAD_INPUT = 2
    UNKNOWN = 5
    BAD = 10
    INTERRUPTED = 130


EXIT_CODES = {
    "solved": Exit.GOOD,
    "proved": Exit.GOOD,
    "accepted": Exit.GOOD,
    "exact": Exit.GOOD,
    "sound": Exit.GOOD,
    "unsound": Exit.BAD,
    "holds": Exit.GOOD,
    "refuted": Exit.BAD,
    "impossible": Exit.BAD,
    "rejected": Exit.BAD,
    "fails": Exit.BAD,
    "unknown": Exit.UNKNOWN,
}

P = ParamSpec("P")


def command(function: Callable[P, Exit]) -> Callable[P, None]:
    """A command that returns its exit code; errors become messages and codes, never tracebacks."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
        except InputError as error:
            tell(f"error: {error}", error=True)
            code = Exit.BAD_INPUT
        except KeyboardInterrupt:
            tell("interrupted", error=True)
            code = Exit.INTERRUPTED
        except typer.Exit:
            raise
        except BrokenPipeError:
            sys.stderr.close()
            code = Exit.GOOD
        except Exception as error:  # noqa: BLE001 - the boundary: whatever arrives here is a bug of ours
            last = "".join(traceback.format_exception(error, chain=False, limit=-8))
            tell(f"internal error: please report this as a bug\n{last}", error=True)
            code = Exit.INTERNAL
        raise typer.Exit(int(code))

    return guarded


@contextmanager
def interruptible(watch: Stopwatch) -> Iterator[None]:
    """The first Ctrl-C lets the work stop with what it has; a second one ends it on the spot."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        watch.interrupt()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
