"""`lstmsolve` and `python -m lstmsolve`: the command line."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from lstmsolve.cli.interrupts import noticed


def main() -> None:
    """The entry point of the `lstmsolve` script. Ctrl-C ends it with exit code 130, also while it is being imported."""
    with noticed() as pressed:
        try:
            from lstmsolve.cli.main import main as run

            run()
            code = 0
        except SystemExit as error:
            if not isinstance(error.code, int):
                raise
            code = error.code
        except BaseException:
            if not pressed():
                raise
            print("interrupted", file=sys.stderr)  # noqa: T201
            code = 130
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    # Python's own way out takes a while, and has another idea of what to return after Ctrl-C.
    os._exit(code)


if __name__ == "__main__":
    main()
