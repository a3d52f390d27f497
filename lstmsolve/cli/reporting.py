"""`report`."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from lstmsolve.api.loading import load_case, shipped_cases
from lstmsolve.cli.boundary import Exit
from lstmsolve.cli.presenting import print_json
from lstmsolve.cli.progress import reporting
from lstmsolve.formats.results import empty_record
from lstmsolve.reports.build import build_reports


def run_report(cases: list[str] | None, out: Path, timeout: float, jobs: int | None, again: bool, json: bool) -> Exit:
    started = time.monotonic()
    problems = [load_case(case) for case in cases or shipped_cases()]
    with reporting() as say:
        written = build_reports(problems, out, say, seconds=timeout, jobs=jobs, again=again)
    if json:
        record = empty_record("report", f"{len(problems)} cases reported", time.monotonic() - started)
        print_json(record | {"written": written})
    else:
        typer.echo(f"wrote {len(written)} files for {len(problems)} cases into {out}")
    return Exit.GOOD
