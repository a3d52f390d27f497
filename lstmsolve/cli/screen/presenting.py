"""What commands say: an outcome as JSON alone or as text for people, and plain lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from lstmsolve.kernel.base.characters import shown
from lstmsolve.showing.media import terminal

if TYPE_CHECKING:  # help and errors do without
    from lstmsolve.model.outcomes import Outcome


def presented(outcome: Outcome, record: dict[str, object], written: Sequence[str], json: bool) -> str:
    """A result; `record` is its JSON, `written` the files it went to."""
    if json:
        from lstmsolve.formats.files import dump_json

        return dump_json(record)
    from lstmsolve.cli.screen.render import drawn, show  # rich takes its time, and programs ask for JSON

    case = record["case"]
    return drawn(lambda console: show(console, outcome, case if isinstance(case, str) else None, written))


def lines(*texts: str) -> str:
    """Texts for standard output, each in lines of its own."""
    return "".join(f"{terminal(text)}\n" for text in texts)


def tell(text: str, *, error: bool = False) -> None:
    """Print lines at once, on standard error where they are no result."""
    typer.echo(terminal(text), err=error)


def mention(notes: Sequence[str]) -> None:
    """What was done to a case on reading it."""
    for note in notes:
        tell(f"note: {shown(note)}", error=True)  # in one line, whatever a file says
