"""Tables in markdown."""

from __future__ import annotations

from collections.abc import Sequence

from lstmsolve.showing.media import markdown


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts, each escaped."""
    return ready_table(header, [[markdown(cell) for cell in row] for row in rows])


def ready_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose cells are markdown already."""
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
