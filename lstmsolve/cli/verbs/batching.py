"""`batch`: many cases, an index, and a folder for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lstmsolve.api.batching import Row, batch, case_files
from lstmsolve.api.passes.searching.designing import Objective
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.cli.screen.render import table_text
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.results import empty_record
from lstmsolve.showing.media import csv_cell
from lstmsolve.workers import crew_of
from lstmsolve.workers.clock import LONGEST

FORMAT: Final = "lstmsolve/batch/1"
HEADER: Final = ("case", "verdict", "hidden", "why", "seconds")
MOST_SHOWN: Final = 200
"""Rows of the table on a terminal; the index has them all."""

TIMES_WRITTEN: Final = 100
"""How often the index is written on the way: it is as long as the batch."""


def run_batch(
    folder: Path,
    out: Path,
    timeout: float,
    seed: int,
    objective: Objective,
    jobs: int | None,
    cluster: str | None,
    again: bool,
    json: bool,
) -> Ended:
    with under_clock(LONGEST) as watch, crew_of(jobs, cluster, watch) as crew:
        total = len(case_files(folder))
        rows: dict[str, Row] = {}
        written = 0
        with reporting(watch):
            found = batch(
                folder, out, seconds=timeout, seed=seed, objective=objective, crew=crew, again=again, watch=watch
            )
            for row in found:
                rows[row.case] = row
                watch.say(f"{len(rows)} of {total}: {tally(list(rows.values()))}")
                if not row.kept and len(rows) - written >= total / TIMES_WRITTEN:
                    written = len(rows)
                    _write_index(out, rows, total)
        _write_index(out, rows, total)
        shown = [rows[case] for case in sorted(rows)]
        kept = sum(row.kept for row in shown)
        reason = f"{tally(shown)}; {kept} of {total} were done before"
        if len(shown) < total:
            reason += f", {total - len(shown)} are not done yet"
        code = _code(shown)
        if json:
            record = empty_record("batch", reason, watch.elapsed) | {"cases": [_record(row) for row in shown]}
            return Ended(
                code, dump_json(record | {"written": [str(out / name) for name in ("index.json", "index.csv")]})
            )
        table = table_text(list(HEADER), [_cells(row) for row in shown[:MOST_SHOWN]])
        more = [f"… and {len(shown) - MOST_SHOWN} more"] if len(shown) > MOST_SHOWN else []
        return Ended(code, table + lines(*more, reason, f"{out / 'index.json'} has all"))


def tally(rows: Sequence[Row]) -> str:
    """How many cases have which verdict."""
    names = ("solved", "impossible", "unknown", "unreadable")
    counts = {name: sum((row.verdict or "unreadable") == name for row in rows) for name in names}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing done"


def _write_index(out: Path, rows: Mapping[str, Row], total: int) -> None:
    """All that is done, as JSON and as CSV, in the order of the cases."""
    shown = [rows[case] for case in sorted(rows)]
    record = {"format": FORMAT, "total": total, "done": len(shown), "cases": [_record(row) for row in shown]}
    write_text(out / "index.json", dump_json(record))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    writer.writerows([csv_cell(cell) for cell in _cells(row)] for row in shown)
    write_text(out / "index.csv", text.getvalue())


def _record(row: Row) -> dict[str, object]:
    return {
        "case": row.case,
        "verdict": row.verdict,
        "hidden": row.hidden,
        "reason": row.reason,
        "elapsed_s": round(row.elapsed_s, 3),
        "kept": row.kept,
    }


def _cells(row: Row) -> list[str]:
    hidden = "" if row.hidden is None else str(row.hidden)
    return [row.case, row.verdict or "unreadable", hidden, " ".join(row.reason.split()), f"{row.elapsed_s:.2f}"]


def _code(rows: Sequence[Row]) -> Exit:
    found = {row.verdict for row in rows}
    if found & {"impossible", None}:
        return Exit.BAD
    return Exit.UNKNOWN if "unknown" in found else Exit.GOOD
