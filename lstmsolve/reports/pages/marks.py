"""Marks as a table, as CSV, and as a page for each answer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.marks import Mark, Marked
from lstmsolve.model.outcomes import Proved, Refuted
from lstmsolve.model.traces import Counterexample
from lstmsolve.showing.media import csv_cell, fenced, markdown
from lstmsolve.showing.summaries import map_table, trace_table, weights_line
from lstmsolve.showing.tables import markdown_table

HEADER = ["answer", "mark", "verdict", "why"]
_MOST_STEPS = 60


def mark_rows(marks: Sequence[Marked]) -> list[list[str]]:
    """One row an answer, with the shortest counterexample or the member that fails."""
    return [[marked.path, marked.mark.value, marked.verdict or "", evidence(marked)] for marked in marks]


def evidence(marked: Marked) -> str:
    """Why an answer has its mark, in one line."""
    match marked.finding:
        case Refuted(_, run):
            return f"fails on {_inputs(run)}: h is {_said(run.actual)}, the spec says {_said(run.expected)}"
        case FamilyJudged(failing=failing) if failing is not None:
            return f"the member {weights_line(failing.weights)} fails on {_inputs(failing.counterexample)}"
        case _:
            return " ".join(marked.reason.split())


def marks_csv(marks: Sequence[Marked]) -> str:
    """The table as CSV."""
    text = io.StringIO()
    # All in quotes, as some spreadsheets take other signs than commas for ends of cells.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    writer.writerows([csv_cell(cell) for cell in row] for row in mark_rows(marks))
    return text.getvalue()


def tally_line(marks: Sequence[Marked]) -> str:
    """How many answers have which mark."""
    counts = {mark: sum(marked.mark is mark for marked in marks) for mark in Mark}
    return ", ".join(f"{count} {mark.value}" for mark, count in counts.items() if count)


def page_names(marks: Sequence[Marked]) -> list[str]:
    """A file name for each answer's page: a number and what is harmless of the answer's own name."""
    width = max(3, len(str(len(marks))))
    return [
        f"{number:0{width}}-{re.sub(r'[^A-Za-z0-9._-]+', '-', Path(marked.path).stem)[:60]}.md"
        for number, marked in enumerate(marks, 1)
    ]


def answer_page(problem: Problem, marked: Marked) -> str:
    """One answer's page."""
    verdict = f" ({marked.verdict})" if marked.verdict else ""
    parts = [f"# {markdown(Path(marked.path).name)}", f"Case: {markdown(problem.name)}. {markdown(problem.title)}."]
    parts += [f"Mark: **{marked.mark.value}**{verdict}.", *_details(marked)]
    return "\n\n".join(parts) + "\n"


def _details(marked: Marked) -> Iterator[str]:
    match marked.finding:
        case Proved(weights, certificate):
            yield f"Weights: {markdown(weights_line(weights))}."
            yield "They meet the case at every length. The map that every step keeps:"
            yield markdown_table(*map_table(certificate))
        case Refuted(weights, run):
            yield f"Weights: {markdown(weights_line(weights))}."
            yield "The shortest run that fails:"
            yield _run_table(run)
        case FamilyJudged() as judged:
            yield f"{markdown(judged.reason[0].upper() + judged.reason[1:])}."
            if judged.failing is not None:
                yield f"A member that fails: {markdown(weights_line(judged.failing.weights))}."
                yield _run_table(judged.failing.counterexample)
            if judged.outside is not None:
                yield f"A solution that is no member: {markdown(weights_line(judged.outside))}."
        case _:
            yield fenced(marked.reason)


def _run_table(run: Counterexample) -> str:
    header, rows = trace_table(run)
    if len(rows) > _MOST_STEPS:
        rows = [*rows[: _MOST_STEPS // 2], ["…"] * len(header), *rows[-_MOST_STEPS // 2 :]]
    return markdown_table(header, rows)


def _inputs(run: Counterexample) -> str:
    steps = [":".join(map(show_number, x)) for x in run.trace.inputs]
    return ", ".join(steps if len(steps) <= 12 else [*steps[:6], f"… {len(steps) - 9} steps …", *steps[-3:]])


def _said(values: Sequence[Fraction | None]) -> str:
    return ", ".join("any" if value is None else show_number(value) for value in values)
