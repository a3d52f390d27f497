"""Outcomes as text for people: tables on standard output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lstmsolve.model.cells import Weights
from lstmsolve.model.certificates import Certificate, impossibility_statement
from lstmsolve.model.outcomes import Accepted, Impossible, Outcome, Proved, Refuted, Rejected, Solved, Unknown
from lstmsolve.model.summaries import map_table, trace_table, weights_line
from lstmsolve.model.tolerances import Tolerance, tolerance_line, tolerance_rows
from lstmsolve.model.traces import Counterexample

_COLOURS: Mapping[str, str] = {"unknown": "yellow", "refuted": "red", "impossible": "red", "rejected": "red"}


def drawn(draw: Callable[[Console], None]) -> str:
    """What is printed on a console as wide, and as colourful, as standard output."""
    console = Console(highlight=False)
    with console.capture() as captured:
        draw(console)
    return captured.get()


def show(console: Console, outcome: Outcome, case: str | None, written: Sequence[str]) -> None:
    """Print an outcome: verdict, evidence, and the files written."""
    colour = _COLOURS.get(outcome.verdict, "green")
    scope = " for all lengths" if isinstance(outcome, Solved | Proved) else ""
    console.print(f"[bold {colour}]{outcome.verdict}[/]{scope}{f': {escape(case)}' if case else ''}")
    match outcome:
        case Solved(weights, certificate, reason) | Proved(weights, certificate, reason):
            show_weights(console, weights)
            show_map(console, certificate)
            if isinstance(outcome, Solved) and outcome.tolerance is not None:
                show_tolerance(console, outcome.tolerance, weights)
            console.print(escape(reason))
        case Impossible(claim, reason):
            console.print(escape(impossibility_statement(claim)))
            console.print(escape(reason))
        case Refuted(weights, counterexample, reason):
            show_weights(console, weights)
            show_counterexample(console, counterexample)
            console.print(escape(reason))
        case Unknown(reason, max_length):
            console.print(escape(reason))
            if max_length is not None:
                console.print(f"every run of up to {max_length} steps is right")
        case Accepted(_, statement):
            console.print(escape(statement))
        case Rejected(reason):
            console.print(escape(reason))
    for path in written:
        console.print(f"wrote {escape(path)}")


def show_weights(console: Console, weights: Weights) -> None:
    console.print(f"weights: {escape(weights_line(weights))}", soft_wrap=True)


def show_map(console: Console, certificate: Certificate, most: int = 24) -> None:
    """The refinement map: in each mode, c and h as functions of the registers."""
    header, rows = map_table(certificate)
    console.print("the map that every step keeps:")
    console.print(_table(header, rows[:most]))
    if len(rows) > most:
        console.print(f"… and {len(rows) - most} more modes (all are in the certificate)")


def show_tolerance(console: Console, found: Tolerance, weights: Weights) -> None:
    """How far the weights may move, together and each alone."""
    console.print(f"tolerance: {escape(tolerance_line(found, weights.cell))}", soft_wrap=True)
    console.print(_table(*tolerance_rows(found, weights.cell)))


def show_counterexample(console: Console, run: Counterexample, most: int = 24) -> None:
    header, rows = trace_table(run)
    repetition = run.repetition()
    if repetition is not None:
        console.print(f"the run: {escape(repetition.describe(run.trace.inputs))}", soft_wrap=True)
    if len(rows) > most:
        gap = [f"… {len(rows) - most} steps …", *[""] * (len(header) - 1)]
        rows = [*rows[: most // 2], gap, *rows[-most // 2 :]]
    console.print(_table(header, rows))


def show_rows(console: Console, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    console.print(_table(header, rows))


def table_text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return drawn(lambda console: show_rows(console, header, rows))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for title in header:
        table.add_column(escape(title), overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table
