"""`mark`: many answers, a table, CSV, and a page for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lstmsolve.api.loading import load_case
from lstmsolve.api.marking import MARK_SECONDS, mark
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines, mention
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.cli.screen.render import table_text
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.region_results import marks_record
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.marks import Mark, Marked
from lstmsolve.reports.pages.marks import HEADER, answer_page, mark_rows, marks_csv, page_names, tally_line
from lstmsolve.workers.clock import Stopwatch


def run_mark(case: str, files: Sequence[Path], timeout: float, jobs: int | None, out: Path | None, json: bool) -> Ended:
    with under_clock(MARK_SECONDS) as watch:
        problem = load_case(case)
        mention(problem.notes)
        answers = list(_answers(files))
        if not answers:
            message = "there are no answers in these folders: weights (.json) or families (.toml)"
            raise InputError.single("FILES", message)
        with reporting(watch):
            marks = list(mark(problem, answers, seconds=timeout, jobs=jobs, watch=watch))
        return _marked(problem, marks, watch, out, json)


def _marked(problem: Problem, marks: Sequence[Marked], watch: Stopwatch, out: Path | None, json: bool) -> Ended:
    """Keep the marks, and show them."""
    written: list[str] = []
    if out is not None:
        pages = {name: answer_page(problem, marked) for name, marked in zip(page_names(marks), marks, strict=True)}
        for name, text in {"marks.csv": marks_csv(marks), **pages}.items():
            write_text(out / name, text)
            written.append(str(out / name))
    if json:
        text = dump_json(marks_record(problem.name, marks, tally_line(marks), watch.elapsed) | {"written": written})
    else:
        files = [] if out is None else [f"wrote {len(written)} files into {out}"]
        text = table_text(HEADER, mark_rows(marks)) + lines(tally_line(marks), *files)
    return Ended(Exit.INTERRUPTED if watch.interrupted else _code(marks), text)


def _answers(files: Sequence[Path]) -> Iterator[Path]:
    """The files themselves; of a folder, the weights and families in it."""
    for path in files:
        if path.is_dir():
            yield from sorted(entry for entry in path.iterdir() if entry.suffix.lower() in (".json", ".toml"))
        else:
            yield path


def _code(marks: Sequence[Marked]) -> Exit:
    found = {marked.mark for marked in marks}
    if found & {Mark.WRONG, Mark.UNREADABLE}:
        return Exit.BAD
    return Exit.UNKNOWN if Mark.UNKNOWN in found else Exit.GOOD
