"""`report`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.api.deriving import names_derivation, shipped_derivations
from lstmsolve.api.loading.cases import load_case, shipped_cases
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record
from lstmsolve.reports.pages.build import build_reports
from lstmsolve.reports.pages.derivations import build_derivations

REPORT_SECONDS: Final = 86_400.0
"""For all cases together; each has its own limit."""


def run_runtimes(cases: list[str] | None, out: Path, json: bool) -> Ended:
    """`report --runtimes`."""
    from lstmsolve.reports.pages.runtimes import build_runtimes

    with under_clock(REPORT_SECONDS) as watch, reporting(watch):
        path = build_runtimes(cases or list(shipped_cases()), out, watch)
        record = empty_record("report", "exported designs run in every runtime", watch.elapsed) | {"written": [path]}
        return Ended(Exit.GOOD, dump_json(record) if json else lines(f"wrote {path}"))


def run_report(cases: list[str] | None, out: Path, timeout: float, jobs: int | None, again: bool, json: bool) -> Ended:
    with under_clock(REPORT_SECONDS) as watch:
        wanted = cases or [*shipped_cases(), *shipped_derivations()]
        derivations = [case for case in wanted if names_derivation(case)]
        loaded = {case: load_case(case) for case in wanted if case not in derivations}
        problems = list(loaded.values())
        called = {problem.name: case for case, problem in loaded.items()}
        written: list[str] = []
        with reporting(watch):
            if problems:
                written += build_reports(problems, out, watch, seconds=timeout, jobs=jobs, again=again, called=called)
            if derivations and not watch.interrupted:
                written += build_derivations(derivations, out, watch)[1]
        record = empty_record("report", f"{len(wanted)} cases reported", watch.elapsed) | {"written": written}
        said = f"wrote {len(written)} files for {len(wanted)} cases into {out}"
        text = dump_json(record) if json else lines(said)
        return Ended(Exit.GOOD, text)
