"""`lstmsolve` and `python -m lstmsolve`: the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point of the `lstmsolve` script. Ctrl-C ends it properly also while it is still being imported."""
    try:
        from lstmsolve.cli.main import main as run

        run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)


if __name__ == "__main__":
    main()
