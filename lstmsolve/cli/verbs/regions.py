"""`region` and `family`: call the api under a clock, keep what was found, say how it ended."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.families import family
from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.families import load_family
from lstmsolve.api.passes.exploring import RegionOutcome
from lstmsolve.api.regions import region
from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import mention, presented
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.formats.documents import write_weights
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.region_results import family_record, region_family, region_record
from lstmsolve.formats.results import result_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.regions import RegionFound
from lstmsolve.workers.clock import Stopwatch


def run_region(
    case: str,
    hidden: int | None,
    timeout: float,
    seed: int,
    jobs: int | None,
    others: bool,
    out: Path | None,
    json: bool,
) -> Ended:
    with under_clock(timeout) as watch:
        problem = load_case(case)
        mention(problem.notes)
        with reporting(watch):
            outcome = region(problem, hidden=hidden, seed=seed, jobs=jobs, others=others, watch=watch)
        return _region_ended(problem, outcome, watch, out, json)


def _region_ended(problem: Problem, outcome: RegionOutcome, watch: Stopwatch, out: Path | None, json: bool) -> Ended:
    written: list[str] = []
    if not isinstance(outcome, RegionFound):
        record = result_record("region", problem.name, outcome, None, watch.elapsed)
        written += _keep(out, record)
        code = EXIT_CODES[outcome.verdict]
        return Ended(code, presented(outcome, record, written, json))
    record = region_record(outcome, watch.elapsed)
    if out is not None:
        write_text(out / "region.toml", region_family(outcome.region))
        written.append(str(out / "region.toml"))
    written += _keep(out, record)
    code = Exit.GOOD
    if json:
        return Ended(code, dump_json(record))
    from lstmsolve.cli.screen.render import drawn
    from lstmsolve.cli.screen.render_regions import show_region

    return Ended(code, drawn(lambda console: show_region(console, outcome, written)))


def run_family(
    case: str,
    stated: str,
    hidden: int | None,
    timeout: float,
    seed: int,
    jobs: int | None,
    out: Path | None,
    json: bool,
) -> Ended:
    with under_clock(timeout) as watch:
        problem, given = load_case(case), load_family(stated)
        mention(problem.notes)
        with reporting(watch):
            judged = family(problem, given, hidden=hidden, seed=seed, jobs=jobs, watch=watch)
        record = family_record(problem.name, judged, watch.elapsed)
        written = [*_keep_evidence(out, judged), *_keep(out, record)]
        code = EXIT_CODES[judged.verdict]
        if json:
            return Ended(code, dump_json(record))
        from lstmsolve.cli.screen.render import drawn
        from lstmsolve.cli.screen.render_regions import show_family

        return Ended(code, drawn(lambda console: show_family(console, judged, problem.name, written)))


def _keep(out: Path | None, record: dict[str, object]) -> list[str]:
    if out is None:
        return []
    write_text(out / "result.json", dump_json(record))
    return [str(out / "result.json")]


def _keep_evidence(out: Path | None, judged: FamilyJudged) -> list[str]:
    """The member that fails and the solution outside, as weights files."""
    if out is None:
        return []
    failing = None if judged.failing is None else judged.failing.weights
    found = {"member_that_fails": failing, "solution_outside": judged.outside}
    written = []
    for name, weights in found.items():
        if weights is not None:
            write_weights(out / f"{name}.json", weights)
            written.append(str(out / f"{name}.json"))
    return written
