"""`check`."""

from __future__ import annotations

import time
from pathlib import Path

from lstmsolve.api.checking import check, load_certificate
from lstmsolve.cli.boundary import EXIT_CODES, Exit
from lstmsolve.cli.presenting import present
from lstmsolve.formats.results import result_record


def run_check(certificate: Path, case: str | None, json: bool) -> Exit:
    started = time.monotonic()
    given = load_certificate(certificate)
    outcome = check(given, case=case)
    name = given.problem.name
    present(outcome, result_record("check", name, outcome, str(certificate), time.monotonic() - started), [], json)
    return EXIT_CODES[outcome.verdict]
