"""Making the pages of several cases, and their index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lstmsolve.api.checking import CHECK_SECONDS
from lstmsolve.api.solving import SOLVE_SECONDS, solve
from lstmsolve.formats.documents import write_certificate
from lstmsolve.formats.files import write_text
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Solved, SolveOutcome, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.reports.pages.cases import case_page
from lstmsolve.reports.pages.kept import kept
from lstmsolve.reports.parts.examples import example_run
from lstmsolve.reports.parts.mutants import count_mutants
from lstmsolve.reports.parts.plots import run_plot
from lstmsolve.showing.media import markdown
from lstmsolve.showing.summaries import weights_line


def build_reports(
    problems: Sequence[Problem],
    out: Path,
    watch: Watch,
    *,
    seconds: float = SOLVE_SECONDS,
    jobs: int | None = None,
    again: bool = False,
) -> list[str]:
    """Solve each problem and write `<case>.md`, its plot and its certificate, and `README.md`; the paths.

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
        if isinstance(outcome, Solved):
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
    put("README.md", index_page(outcomes, _other_rows(out)))
    return written


def _other_rows(out: Path) -> dict[str, str]:
    """The index's rows of earlier reports, by case; those without a page are left out."""
    index = out / "README.md"
    lines = index.read_text(encoding="utf-8").splitlines() if index.exists() else []
    rows = {line.removeprefix("| [").partition("]")[0]: line for line in lines if line.startswith("| [")}
    return {case: row for case, row in rows.items() if (out / f"{case}.md").exists()}


def index_page(outcomes: Sequence[tuple[Problem, SolveOutcome]], others: Mapping[str, str]) -> str:
    """A table of all cases: these outcomes, and the rows of others by case."""
    rows = dict(others)
    for problem, outcome in outcomes:
        hidden, weights = "", ""
        if isinstance(outcome, Solved):
            hidden, weights = str(outcome.weights.cell.hidden), _shortened(weights_line(outcome.weights))
        link, title = f"[{problem.name}]({problem.name}.md)", markdown(problem.title)
        rows[problem.name] = f"| {link} | {title} | {outcome.verdict} | {hidden} | {markdown(weights)} |"
    lines = [
        "# Reports",
        "",
        "One page a case: the behaviour, the weights found, the map that proves them right for all lengths, a run.",
        "Made by `lstmsolve report`; every certificate here is accepted by `lstmsolve check`.",
        "Gradients and hand-written derivations have their own pages: [derivations](gradients/README.md) and",
        "[the homework, line by line](homework-6.md).",
        "",
        "| case | what it does | verdict | hidden | weights |",
        "|---|---|---|---|---|",
        *(rows[case] for case in sorted(rows)),
    ]
    return "\n".join(lines) + "\n"


def _shortened(text: str, width: int = 90) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
