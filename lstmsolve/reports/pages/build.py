"""Making the pages of several cases, and their index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstmsolve.api.checking import CHECK_SECONDS
from lstmsolve.api.solving import SOLVE_SECONDS, solve
from lstmsolve.formats.documents import write_certificate
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Solved, SolveOutcome, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.reports.pages.cases import case_page
from lstmsolve.reports.pages.index import INDEX, index_page, index_record, merged_index
from lstmsolve.reports.pages.kept import kept
from lstmsolve.reports.parts.examples import example_run
from lstmsolve.reports.parts.mutants import count_mutants
from lstmsolve.reports.parts.plots import run_plot


def build_reports(
    problems: Sequence[Problem],
    out: Path,
    watch: Watch,
    *,
    seconds: float = SOLVE_SECONDS,
    jobs: int | None = None,
    again: bool = False,
) -> list[str]:
    """Solve each problem and write `<case>.md`, its plot and its certificate, `README.md` and `index.json`; the paths.

    A case whose certificate is in `out` already and still accepted is not searched for, unless `again`.
    When the watch runs out, the cases that are done are in the index, and the one in the works is left out.
    """
    written: list[str] = []
    outcomes: list[tuple[Problem, SolveOutcome]] = []

    def put(name: str, text: str) -> None:
        write_text(out / name, text)
        written.append(str(out / name))

    for number, problem in enumerate(problems, 1):
        watch.say(f"{number} of {len(problems)}: {problem.name}")
        plot, certificate = f"plots/{problem.name}.svg", f"certificates/{problem.name}.json"
        found = None if again else kept(problem, out / certificate, Part(watch, CHECK_SECONDS))
        outcome = found or solve(problem, jobs=jobs, watch=Part(watch, seconds))
        example = counted = None
        if isinstance(outcome, Solved) and problem.cell().exact:
            example = example_run(problem, outcome.weights)
            counted = count_mutants(problem, outcome.weights, watch)
        if watch.remaining <= 0:
            break
        outcomes.append((problem, outcome))
        if example is not None:
            put(plot, run_plot(example))
        if not isinstance(outcome, Unknown):
            write_certificate(out / certificate, outcome.certificate if isinstance(outcome, Solved) else outcome.claim)
            written.append(str(out / certificate))
        put(f"{problem.name}.md", case_page(problem, outcome, example, counted, plot, certificate))
    index = merged_index(out, outcomes)
    put(INDEX, dump_json(index_record(index)))
    put("README.md", index_page(index))
    return written
