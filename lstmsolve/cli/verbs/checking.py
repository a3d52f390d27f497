"""`check`."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.checking import check, load_certificate
from lstmsolve.api.passes.trusting import trusted
from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import lines, presented
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record, result_record


def run_check(certificate: Path, case: str | None, timeout: float, json: bool) -> Ended:
    with under_clock(timeout) as watch:
        given = load_certificate(certificate)
        with reporting(watch):
            outcome = check(given, case=case, floats=True, watch=watch)
        record = result_record("check", given.problem.name, outcome, str(certificate), watch.elapsed)
        code = EXIT_CODES[outcome.verdict]
        return Ended(code, presented(outcome, record, [], json))


def run_trusted(json: bool) -> Ended:
    counted = trusted()
    reason = f"{counted.lines} lines must be trusted, besides Python and its standard library"
    if json:
        record = empty_record("check", reason, 0.0)
        claims = {claim: counted.lines_for(claim) for claim in counted.claims}
        told = {"lines": counted.lines, "claims": claims, "modules": counted.modules}
        return Ended(Exit.GOOD, dump_json({**record, "trusted": told}))
    rows = [f"{count:5} {module}" for module, count in counted.modules.items()]
    rows += ["", "of these, for a certificate or claim of one kind:"]
    rows += [f"{counted.lines_for(claim):5} {claim}" for claim in counted.claims]
    return Ended(Exit.GOOD, lines(*rows, "", reason))
