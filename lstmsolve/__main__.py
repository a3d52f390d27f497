"""`lstmsolve` and `python -m lstmsolve`: the command line."""

from __future__ import annotations

try:
    from lstmsolve.cli.ending.interrupts import interrupted, noticed
except KeyboardInterrupt:
    import os

    os._exit(130)


def main() -> None:
    """The entry point of the `lstmsolve` script. Ctrl-C ends it with exit code 130, also while it is being imported."""
    with noticed() as pressed:
        try:
            from lstmsolve.workers.memory import collect_seldom

            collect_seldom()  # before there is much to look through
            from lstmsolve.cli.main import main as run

            run()
        except BaseException:
            if not pressed():
                raise
            interrupted()


if __name__ == "__main__":
    main()
