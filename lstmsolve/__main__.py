"""`lstmsolve` and `python -m lstmsolve`: the command line."""

from __future__ import annotations

import gc

try:
    from lstmsolve.cli.ending.interrupts import interrupted, noticed
except KeyboardInterrupt:
    import os

    os._exit(130)


def main() -> None:
    """The entry point of the `lstmsolve` script. Ctrl-C ends it with exit code 130, also while it is being imported."""
    # Forms and rows have no circles, and commands make millions: to look for some less often saves a tenth of the time.
    gc.set_threshold(50_000, 20, 20)
    with noticed() as pressed:
        try:
            from lstmsolve.cli.main import main as run

            run()
        except BaseException:
            if not pressed():
                raise
            interrupted()


if __name__ == "__main__":
    main()
