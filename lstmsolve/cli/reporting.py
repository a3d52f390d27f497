"""`report`."""

from __future__ import annotations

import time
from pathlib import Path

from lstmsolve.api.deriving import names_derivation, shipped_derivations
from lstmsolve.api.loading import load_case, shipped_cases
from lstmsolve.cli.boundary import Exit
from lstmsolve.cli.presenting import print_json, tell
from lstmsolve.cli.progress import reporting
from lstmsolve.formats.results import empty_record
from lstmsolve.reports.build import build_reports
from lstmsolve.reports.derivations import build_derivations


def run_report(cases: list[str] | None, out: Path, timeout: float, jobs: int | None, again: bool, json: bool) -> Exit:
    started = time.monotonic()
    wanted = cases or [*shipped_cases(), *shipped_derivations()]
    derivations = [case for case in wanted if names_derivation(case)]
    problems = [load_case(case) for case in wanted if case not in derivations]
    written: list[str] = []
    with reporting() as say:
        if problems:
            written += build_reports(problems, out, say, seconds=timeout, jobs=jobs, again=again)
        if derivations:
            written += build_derivations(derivations, out, say)[1]
    if json:
        record = empty_record("report", f"{len(wanted)} cases reported", time.monotonic() - started)
        print_json(record | {"written": written})
    else:
        tell(f"wrote {len(written)} files for {len(wanted)} cases into {out}")
    return Exit.GOOD
