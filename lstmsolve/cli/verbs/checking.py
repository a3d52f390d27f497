"""`check`."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.checking import check, load_certificate
from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import presented
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.formats.results import result_record


def run_check(certificate: Path, case: str | None, timeout: float, json: bool) -> Ended:
    with under_clock(timeout) as watch:
        given = load_certificate(certificate)
        with reporting(watch):
            outcome = check(given, case=case, watch=watch)
        record = result_record("check", given.problem.name, outcome, str(certificate), watch.elapsed)
        code = Exit.INTERRUPTED if watch.interrupted else EXIT_CODES[outcome.verdict]
        return Ended(code, presented(outcome, record, [], json))
