"""An outcome for standard output: as JSON alone, or as text for people."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from lstmsolve.formats.files import dump_json
from lstmsolve.model.outcomes import Outcome


def presented(outcome: Outcome, record: dict[str, object], written: Sequence[str], json: bool) -> str:
    """A result; `record` is its JSON, `written` the files it went to."""
    if json:
        return dump_json(record)
    from lstmsolve.cli.render import drawn, show  # rich takes its time, and programs ask for JSON

    case = record["case"]
    return drawn(lambda console: show(console, outcome, case if isinstance(case, str) else None, written))


def mention(notes: Sequence[str]) -> None:
    """What was done to a case on reading it."""
    for note in notes:
        typer.echo(f"note: {note}", err=True)
