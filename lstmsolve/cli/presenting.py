"""What commands print: an outcome as JSON alone or as text for people, and plain lines."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from lstmsolve.formats.files import dump_json
from lstmsolve.model.outcomes import Outcome
from lstmsolve.model.showing import terminal


def present(outcome: Outcome, record: dict[str, object], written: Sequence[str], json: bool) -> None:
    """Print a result; `record` is its JSON, `written` the files it went to."""
    if json:
        print_json(record)
    else:
        from lstmsolve.cli.render import show  # rich takes its time, and programs ask for JSON

        case = record["case"]
        show(outcome, case if isinstance(case, str) else None, written)


def tell(text: str, *, error: bool = False) -> None:
    """Print lines, on standard error where they are no result."""
    typer.echo(terminal(text), err=error)


def print_json(record: dict[str, object]) -> None:
    typer.echo(dump_json(record), nl=False)


def mention(notes: Sequence[str]) -> None:
    """What was done to a case on reading it."""
    for note in notes:
        tell(f"note: {note}", error=True)
