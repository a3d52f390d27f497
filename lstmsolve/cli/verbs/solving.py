"""`solve` and `verify`: call the api under a clock, keep what was found, say how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lstmsolve.api.loading import load_case, load_weights
from lstmsolve.api.passes.confirming import smtlib
from lstmsolve.api.passes.designing import Objective
from lstmsolve.api.solving import Engine, solve
from lstmsolve.api.verifying import verify
from lstmsolve.cli.ending.boundary import EXIT_CODES, Ended, Exit
from lstmsolve.cli.ending.clock import under_clock
from lstmsolve.cli.screen.presenting import mention, presented
from lstmsolve.cli.screen.progress import reporting
from lstmsolve.formats.documents import write_certificate, write_weights
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.formats.results import result_record
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.model.outcomes import Impossible, Outcome, Proved, Refuted, Solved, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.workers.clock import Stopwatch

SMTLIB_SECONDS: Final = 30.0


def run_solve(
    case: str,
    hidden: int | None,
    timeout: float,
    seed: int,
    jobs: int | None,
    objective: Objective,
    engine: Engine,
    out: Path | None,
    json: bool,
    verbose: bool = False,
) -> Ended:
    with under_clock(timeout) as watch:
        problem = load_case(case)
        mention(problem.notes)
        with reporting(watch):
            outcome = solve(
                problem, hidden=hidden, seed=seed, jobs=jobs, objective=objective, engine=engine, watch=watch
            )
        if verbose and isinstance(outcome, Solved | Unknown):
            mention(outcome.log)
        return _ended("solve", problem.name, outcome, watch, out, json)


def run_verify(case: str, weights: str, timeout: float, max_length: int | None, out: Path | None, json: bool) -> Ended:
    with under_clock(timeout) as watch:
        problem = load_case(case)
        mention(problem.notes)
        given = load_weights(weights, problem)
        with reporting(watch):
            outcome = verify(problem, given, max_length=max_length, watch=watch)
        return _ended("verify", problem.name, outcome, watch, out, json)


def _ended(verb: str, case: str, outcome: Outcome, watch: Stopwatch, out: Path | None, json: bool) -> Ended:
    """Keep what a verb found, and say how it ended."""
    written, certificate = [], None
    if out is not None:
        written = _keep(out, outcome, watch)
        certificate = next((path for path in written if path.endswith("certificate.json")), None)
    record = result_record(verb, case, outcome, certificate, watch.elapsed)
    if out is not None:
        write_text(out / "result.json", dump_json(record))
        written.append(str(out / "result.json"))
    code = Exit.INTERRUPTED if watch.interrupted else EXIT_CODES[outcome.verdict]
    return Ended(code, presented(outcome, record, written, json))


def _keep(out: Path, outcome: Outcome, watch: Watch) -> list[str]:
    """Write weights and certificate, where there are any; the paths written."""
    written: list[str] = []
    match outcome:
        case Solved(weights) | Proved(weights) | Refuted(weights) | Unknown(weights=weights) if weights is not None:
            write_weights(out / "weights.json", weights)
            written.append(str(out / "weights.json"))
        case _:
            pass
    proof: Certificate | Impossibility | None = outcome.certificate if isinstance(outcome, Solved | Proved) else None
    if isinstance(outcome, Impossible):
        proof = outcome.claim
        text = None if outcome.claim.by_bounds else smtlib(outcome.claim, Part(watch, SMTLIB_SECONDS))
        if text is not None:
            write_text(out / "query.smt2", text)
            written.append(str(out / "query.smt2"))
    if proof is not None:
        write_certificate(out / "certificate.json", proof)
        written.append(str(out / "certificate.json"))
    return written
