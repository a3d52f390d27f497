"""`mark`: many answers, a table, CSV, and a page for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.marking import MARK_SECONDS, mark
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines, mention
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.cli.screen.render import table_text
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.region_results import marks_record
from lstmsolve.kernel.base.errors import InputError, some
from lstmsolve.kernel.base.numbers import parse_number
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.marks import Mark, Marked, Points, mistakes
from lstmsolve.reports.pages.marks import (
    SHORT_HEADER,
    answer_page,
    class_page,
    marks_csv,
    marks_plot,
    mistake_rows,
    page_names,
    short_rows,
    tally_line,
)
from lstmsolve.workers import Stopwatch, crew_of


def run_mark(
    case: str,
    files: Sequence[Path],
    timeout: float,
    jobs: int | None,
    points: str | None,
    out: Path | None,
    json: bool,
    cluster: str | None = None,
) -> Ended:
    with under_clock(MARK_SECONDS) as watch, crew_of(jobs, cluster, watch) as crew:
        problem = load_case(case)
        mention(problem.notes)
        worth = None if points is None else _points(points)
        answers, hidden = _answers(files)
        if hidden:
            mention([f"no answers, as their names begin with a dot: {some(hidden, 5)}"])
        if not answers:
            raise InputError.single("FILES", "there are no answers in these folders: no files at all")
        with reporting(watch):
            marks = list(mark(problem, answers, seconds=timeout, jobs=jobs, watch=watch, crew=crew))
        return _marked(problem, marks, worth, watch, out, json)


def _marked(
    problem: Problem, marks: Sequence[Marked], points: Points | None, watch: Stopwatch, out: Path | None, json: bool
) -> Ended:
    """Keep the marks, and show them."""
    written: list[str] = []
    if out is not None:
        names = page_names(marks)
        pages = {name: answer_page(problem, marked) for name, marked in zip(names, marks, strict=True)}
        whole = {"class.md": class_page(problem, marks, names, points), "marks.svg": marks_plot(marks)}
        for name, text in {"marks.csv": marks_csv(marks, points), **whole, **pages}.items():
            write_text(out / name, text)
            written.append(str(out / name))
    if json:
        record = marks_record(problem.name, marks, tally_line(marks), watch.elapsed, points)
        text = dump_json(record | {"written": written})
    else:
        header = SHORT_HEADER if points is None else [*SHORT_HEADER, "points"]
        text = table_text(header, short_rows(marks, points))
        if any(len(found.answers) > 1 for found in mistakes(marks)):
            text += table_text(["answers", "mistake", "nearest", "which"], mistake_rows(marks))
        files = [] if out is None else [f"wrote {len(written)} files into {out}; {out / 'class.md'} shows all"]
        text += lines(tally_line(marks), *files)
    return Ended(_code(marks), text)


def _answers(files: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The files themselves, and all in and below folders; and those left out, as their names begin with a dot."""
    found: list[Path] = []
    hidden: list[str] = []
    for path in files:
        if not os.path.isdir(path):  # also where nobody may look
            found.append(path)
            continue
        closed: list[OSError] = []
        for folder, below, names in os.walk(path, onerror=closed.append):
            below[:] = sorted(name for name in below if not name.startswith("."))
            hidden += sorted(name for name in names if name.startswith("."))
            # A folder that ends like a file of weights may have been meant as one; it is no answer, and says so.
            odd = [name for name in below if Path(name).suffix in (".json", ".toml", ".txt")]
            below[:] = [name for name in below if name not in odd]
            found += [Path(folder, name) for name in sorted([*names, *odd]) if not name.startswith(".")]
        found += [Path(error.filename) for error in closed]  # a folder nobody may look into says so
    return found, hidden


def _points(text: str) -> Points:
    """`10`, or `10,5`: for right answers, and for those that a single change makes right."""
    parts = text.split(",")
    try:
        values = [parse_number(part) for part in parts]
    except ValueError as error:
        raise InputError.single("--points", str(error), text) from None
    if min(values) < 0 or values[-1] > values[0]:
        message = "points are from 0 on, and a wrong answer one change away has no more than a right one"
        raise InputError.single("--points", message, text)
    if len(values) > 2:
        raise InputError.single("--points", "write 10, or 10,5: for right answers, and for those one change away", text)
    return Points(*values)


def _code(marks: Sequence[Marked]) -> Exit:
    found = {marked.mark for marked in marks}
    if found & {Mark.WRONG, Mark.UNREADABLE}:
        return Exit.BAD
    return Exit.UNKNOWN if Mark.UNKNOWN in found else Exit.GOOD
