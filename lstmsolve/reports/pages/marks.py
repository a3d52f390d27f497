"""Marks as a table, as CSV, and as a page for each answer."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from lstmsolve.kernel.base.errors import some
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.marks import Mark, Marked, Points, evidence, mistakes
from lstmsolve.model.outcomes import Proved, Refuted
from lstmsolve.model.traces import Counterexample, EnclosedCounterexample
from lstmsolve.showing.media import csv_cell, fenced, markdown
from lstmsolve.showing.plots import bars_plot
from lstmsolve.showing.summaries import map_table, trace_table, weights_line
from lstmsolve.showing.tables import markdown_table, ready_table

HEADER = ["answer", "mark", "verdict", "why"]
SHORT_HEADER = ["answer", "mark", "why"]
"""As a terminal shows them."""

_MOST_STEPS = 60
_MOST_NAMES = 12


def mark_rows(marks: Sequence[Marked], points: Points | None = None) -> list[list[str]]:
    """One row an answer under `HEADER`: the shortest counterexample or the member that fails; then the points."""
    rows = [[marked.path, marked.mark.value, marked.verdict or "", _why(marked)] for marked in marks]
    return rows if points is None else [[*row, _worth(marked, points)] for row, marked in zip(rows, marks, strict=True)]


def short_rows(marks: Sequence[Marked], points: Points | None = None) -> list[list[str]]:
    """The same under `SHORT_HEADER`: answers without the folder that they share."""
    rows = [
        [name, marked.mark.value, "proved" if isinstance(marked.finding, Proved) else _why(marked)]
        for name, marked in zip(names(marks), marks, strict=True)
    ]
    return rows if points is None else [[*row, _worth(marked, points)] for row, marked in zip(rows, marks, strict=True)]


def mistake_rows(marks: Sequence[Marked]) -> list[list[str]]:
    """Equal mistakes together: how many answers, what is wrong, what would be right, which answers."""
    called = dict(zip(map(id, marks), names(marks), strict=True))
    return [
        [
            str(len(found.answers)),
            found.what,
            "" if found.nearest is None else str(found.nearest),
            some((called[id(marked)] for marked in found.answers), _MOST_NAMES),
        ]
        for found in mistakes(marks)
    ]


def names(marks: Sequence[Marked]) -> list[str]:
    """The answers' paths without the folder that all of them share."""
    paths = [Path(marked.path) for marked in marks]
    parents = {path.parent for path in paths}
    if len(parents) == 1:
        return [path.name for path in paths]
    shared = Path(os.path.commonpath(paths))
    return [str(path.relative_to(shared)) for path in paths]


def _why(marked: Marked) -> str:
    return evidence(marked) if marked.nearest is None else f"{evidence(marked)}; {marked.nearest}"


def _worth(marked: Marked, points: Points) -> str:
    worth = points.of(marked)
    return "?" if worth is None else show_number(worth)


def marks_csv(marks: Sequence[Marked], points: Points | None = None) -> str:
    """The table as CSV."""
    text = io.StringIO()
    # All in quotes, as some spreadsheets take other signs than commas for ends of cells.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER if points is None else [*HEADER, "points"])
    writer.writerows([csv_cell(cell) for cell in row] for row in mark_rows(marks, points))
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
    if marked.nearest is not None:
        parts.append(
            f"The smallest change of one weight that would do: {markdown(str(marked.nearest))}. That is proved."
        )
    parts += [f"On reading: {markdown(repair)}." for repair in marked.repairs]
    return "\n\n".join(parts) + "\n"


def class_page(problem: Problem, marks: Sequence[Marked], pages: Sequence[str], points: Points | None) -> str:
    """All answers on one page: how many are right, what is wrong how often, and each with its own page."""
    parts = [f"# Answers to {markdown(problem.name)}", f"{markdown(problem.title)}.", f"{tally_line(marks)}."]
    if points is not None:
        worth = [found for marked in marks if (found := points.of(marked)) is not None]
        if worth:
            mean = f"{float(sum(worth, Fraction(0))) / len(worth):.4g}"
            parts.append(f"Points: {mean} on average over {len(worth)} answers, of {show_number(points.right)}.")
    parts += [f"![{tally_line(marks)}](marks.svg)", "## Mistakes"]
    wrong = mistake_rows(marks)
    parts.append(markdown_table(["answers", "what", "nearest", "which"], wrong) if wrong else "None.")
    header = ["answer", "mark", "why"] + ([] if points is None else ["points"])
    rows = [
        [f"[{markdown(name)}]({page})", *map(markdown, rest)]
        for page, (name, *rest) in zip(pages, short_rows(marks, points), strict=True)
    ]
    return "\n\n".join([*parts, "## Answers", ready_table(header, rows)]) + "\n"


def marks_plot(marks: Sequence[Marked]) -> str:
    """How many answers have which mark, and which mistakes are how frequent, as SVG."""
    tally = [(mark.value, sum(marked.mark is mark for marked in marks)) for mark in Mark]
    found = [(str(mistake.nearest or mistake.what), len(mistake.answers)) for mistake in mistakes(marks)[:8]]
    return bars_plot({"marks": tally, "mistakes": found} if found else {"marks": tally})


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


def _run_table(run: Counterexample | EnclosedCounterexample) -> str:
    header, rows = trace_table(run)
    if len(rows) > _MOST_STEPS:
        rows = [*rows[: _MOST_STEPS // 2], ["…"] * len(header), *rows[-_MOST_STEPS // 2 :]]
    return markdown_table(header, rows)
