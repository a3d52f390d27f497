"""Outcomes as text for people: tables on standard output.

Texts reach rich as `Text`, in which no markup and no emoji code is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lstmsolve.kernel.base.characters import shown
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.statements import impossibility_statement
from lstmsolve.model.outcomes import (
    Accepted,
    Impossible,
    Outcome,
    Proof,
    Proved,
    Refuted,
    RefutedInFloats,
    Rejected,
    Solved,
    Unknown,
)
from lstmsolve.model.tolerances import Tolerance, tolerance_line, tolerance_rows
from lstmsolve.model.traces import Counterexample, EnclosedCounterexample
from lstmsolve.showing.floats import float_line
from lstmsolve.showing.media import terminal
from lstmsolve.showing.summaries import map_table, trace_table, weights_line

_COLOURS: Mapping[str, str] = {"unknown": "yellow", "refuted": "red", "impossible": "red", "rejected": "red"}


def drawn(draw: Callable[[Console], None]) -> str:
    """What is printed on a console as wide, and as colourful, as standard output."""
    console = Console(highlight=False)
    with console.capture() as captured:
        draw(console)
    return captured.get()


def show(console: Console, outcome: Outcome, case: str | None, written: Sequence[str]) -> None:
    """Print an outcome: verdict, evidence, and the files written."""
    scope = " for all lengths" if isinstance(outcome, Solved | Proved) else ""
    # What `check` has to say does not depend on the name that a certificate gives its case.
    named = f": {case}" if case and not isinstance(outcome, Accepted | Rejected) else ""
    show_verdict(console, outcome.verdict, _COLOURS.get(outcome.verdict, "green"), f"{scope}{named}")
    match outcome:
        case Solved(weights, certificate, reason) | Proved(weights, certificate, reason):
            show_weights(console, weights)
            show_map(console, certificate)
            if isinstance(outcome, Solved) and outcome.tolerance is not None:
                show_tolerance(console, outcome.tolerance, weights)
            show_line(console, reason, wrap=True)
        case Impossible(claim, reason):
            show_line(console, impossibility_statement(claim))
            show_line(console, reason, wrap=True)
        case Refuted(weights, counterexample, reason):
            show_weights(console, weights)
            show_counterexample(console, counterexample)
            show_line(console, reason, wrap=True)
        case RefutedInFloats(weights, _, _, reason):
            show_weights(console, weights)
            show_line(console, reason, wrap=True)
        case Unknown(reason, max_length):
            show_line(console, reason, wrap=True)
            if max_length is not None:
                show_line(console, f"every run of up to {max_length} steps is right")
        case Accepted(_, statement, floats):
            show_line(console, statement)
            for name, verdict in floats.items():
                show_line(console, f"{name}: {float_line(verdict)}")
            if floats:
                show_line(console, "(runs in floats: by the order-free criterion, outside of the trusted lines)")
            show_line(console, f"(the certificate calls its case {case!r}; names prove nothing)")
        case Rejected(reason):
            show_line(console, reason, wrap=True)
    if isinstance(outcome, Solved | Proved):
        for name, verdict in outcome.floats.items():
            show_line(console, f"{name}: {float_line(verdict)}", wrap=True)
    show_files(console, written)


def show_verdict(console: Console, verdict: str, colour: str, rest: str) -> None:
    console.print(Text.assemble((verdict, f"bold {colour}"), terminal(rest)))


def show_line(console: Console, text: str, *, wrap: bool = False) -> None:
    """The text in its own lines; with `wrap`, broken where the terminal ends."""
    console.print(Text(terminal(text)), soft_wrap=not wrap)


def show_files(console: Console, written: Sequence[str]) -> None:
    for path in written:
        show_line(console, f"wrote {path}")


def show_weights(console: Console, weights: Weights) -> None:
    show_line(console, f"weights: {weights_line(weights)}")


def show_map(console: Console, certificate: Proof, most: int = 24) -> None:
    """The refinement map: in each mode, c and h as functions of the registers."""
    header, rows = map_table(certificate)
    boxes = isinstance(certificate, EnclosureCertificate)
    show_line(console, "the boxes that every step keeps:" if boxes else "the map that every step keeps:")
    show_rows(console, header, rows[:most])
    if len(rows) > most:
        kind = "boxes" if boxes else "modes"
        show_line(console, f"… and {len(rows) - most} more {kind} (all are in the certificate)")


def show_tolerance(console: Console, found: Tolerance, weights: Weights) -> None:
    """How far the weights may move, together and each alone."""
    show_line(console, f"tolerance: {tolerance_line(found, weights.cell)}")
    show_rows(console, *tolerance_rows(found, weights.cell))


def show_counterexample(console: Console, run: Counterexample | EnclosedCounterexample, most: int = 24) -> None:
    header, rows = trace_table(run)
    repetition = run.repetition()
    if repetition is not None:
        show_line(console, f"the run: {repetition.describe(run.trace.inputs)}")
    if len(rows) > most:
        gap = [f"… {len(rows) - most} steps …", *[""] * (len(header) - 1)]
        rows = [*rows[: most // 2], gap, *rows[-most // 2 :]]
    show_rows(console, header, rows)


def show_rows(console: Console, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for title in header:
        table.add_column(Text(shown(title)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    console.print(table)


def table_text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return drawn(lambda console: show_rows(console, header, rows))
