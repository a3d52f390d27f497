"""The one error boundary, and exit codes."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps
from typing import ParamSpec

import typer

from lstmsolve.cli.ending.interrupts import noticed
from lstmsolve.cli.screen.presenting import tell
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.workers.memory import MEMORY_LIMIT


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


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and all that it says on standard output.

    It is said when the clock is off: whoever reads it may take as long as they like.
    """

    code: Exit
    text: str


def command(function: Callable[P, Ended]) -> Callable[P, None]:
    """A command that returns what it says and its exit code; errors become messages and codes, never tracebacks."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        with noticed() as pressed:
            try:
                ended = function(*args, **kwargs)
                typer.echo(ended.text, nl=False)
                code = Exit.INTERRUPTED if pressed() else ended.code
            except typer.Exit:
                raise
            except BaseException as error:  # noqa: BLE001 - the boundary
                code = _ended(error, function.__name__, kwargs.get("json") is True, pressed())
        raise typer.Exit(int(code))

    return guarded


def _ended(error: BaseException, command: str, json: bool, pressed: bool) -> Exit:
    """Say what ended a command; whatever has no place here is a bug of ours."""
    match error:
        case _ if pressed or isinstance(error, KeyboardInterrupt):
            tell("interrupted", error=True)
            return Exit.INTERRUPTED
        case InputError():
            tell(f"error: {error}", error=True)
            return Exit.BAD_INPUT
        case RecursionError():
            tell("error: what was given is nested too deeply", error=True)
            return Exit.BAD_INPUT
        case LimitReached():
            return _gave_up(command, str(error), json)
        case MemoryError() | OSError(errno=errno.ENOMEM):
            return _gave_up(command, f"more than {MEMORY_LIMIT // 2**30} GiB of memory were needed", json)
        case BrokenPipeError():
            sys.stderr.close()
            return Exit.GOOD
        case OSError():
            typer.echo(f"error: the system refused something: {error}", err=True)
            return Exit.BAD_INPUT
        case _:
            last = "".join(traceback.format_exception(error, chain=False, limit=-8))
            tell(f"internal error: please report this as a bug\n{last}", error=True)
            return Exit.INTERNAL


def _gave_up(command: str, reason: str, json: bool) -> Exit:
    """Say that a command ended without an answer."""
    if json:
        from lstmsolve.formats.files import dump_json
        from lstmsolve.formats.results import empty_record

        typer.echo(dump_json(empty_record(command, reason, 0.0) | {"verdict": "unknown"}), nl=False)
    else:
        tell(f"unknown: {reason}", error=True)
    return Exit.UNKNOWN
