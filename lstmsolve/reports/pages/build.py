"""Making the pages of several cases, and their index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from lstmsolve.api.checking import CHECK_SECONDS
from lstmsolve.api.solving import SOLVE_SECONDS, solve
from lstmsolve.arithmetic.ranges import Ranges, ranges
from lstmsolve.checker.enclosures import check_enclosures
from lstmsolve.checker.walking import Weakest
from lstmsolve.formats.documents import write_certificate
from lstmsolve.formats.files import dump_json, write_text
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Solved, SolveOutcome, Unknown
from lstmsolve.model.watch import Part, Watch
from lstmsolve.reports.pages.cases import Linked, case_page, modes_plot
from lstmsolve.reports.pages.index import INDEX, index_page, index_record, merged_index
from lstmsolve.reports.pages.kept import kept
from lstmsolve.reports.parts.examples import Example, example_run
from lstmsolve.reports.parts.mutants import count_mutants
from lstmsolve.showing.plots import run_plot, weights_plot

MOST_UNITS_DRAWN: Final = 12
MOST_SUMS: Final = 10_000
"""Steps of a certificate times units, up to which a page says how large numbers get."""

_ENDINGS: Final = {"run": "", "weights": "-weights", "modes": "-modes"}


def build_reports(
    problems: Sequence[Problem],
    out: Path,
    watch: Watch,
    *,
    seconds: float = SOLVE_SECONDS,
    jobs: int | None = None,
    again: bool = False,
    called: Mapping[str, str] | None = None,
) -> list[str]:
    """Solve each problem and write `<case>.md`, its plot and its certificate, `README.md` and `index.json`; the paths.

    A case whose certificate is in `out` already and still accepted is not searched for, unless `again`.
    `called` says how commands name a case, where that is not its name.
    When the watch runs out, the cases that are done are in the index, and the one in the works is left out.
    """
    written: list[str] = []
    outcomes: list[tuple[Problem, SolveOutcome]] = []

    def put(name: str, text: str) -> None:
        write_text(out / name, text)
        written.append(str(out / name))

    for number, problem in enumerate(problems, 1):
        watch.say(f"{number} of {len(problems)}: {problem.name}")
        certificate = f"certificates/{problem.name}.json"
        found = None if again else kept(problem, out / certificate, Part(watch, CHECK_SECONDS))
        outcome = found or solve(problem, jobs=jobs, watch=Part(watch, seconds))
        example = counted = sizes = weakest = None
        if isinstance(outcome, Solved) and isinstance(outcome.certificate, Certificate):
            example = example_run(problem, outcome.weights)
            counted = count_mutants(problem, outcome.weights, watch)
            sizes = _sizes(outcome.certificate, watch)
        if isinstance(outcome, Solved) and isinstance(outcome.certificate, EnclosureCertificate):
            weakest = _weakest(outcome.certificate, watch)
        if watch.remaining <= 0:
            break
        outcomes.append((problem, outcome))
        linked = Linked((called or {}).get(problem.name, problem.name), certificate)
        if not isinstance(outcome, Unknown):
            write_certificate(out / certificate, outcome.certificate if isinstance(outcome, Solved) else outcome.claim)
            written.append(str(out / certificate))
        if isinstance(outcome, Solved):
            for place, picture in _pictures(outcome, example).items():
                path = f"plots/{problem.name}{_ENDINGS[place]}.svg"
                put(path, picture)
                linked = replace(linked, **{place: path})
        put(f"{problem.name}.md", case_page(problem, outcome, example, counted, sizes, linked, weakest))
    index = merged_index(out, outcomes)
    put(INDEX, dump_json(index_record(index)))
    put("README.md", index_page(index, derivations=(out / "gradients" / "README.md").exists()))
    return written


def _weakest(certificate: EnclosureCertificate, watch: Watch) -> Weakest | None:
    """None where the time is over, and the page is not written."""
    try:
        return check_enclosures(certificate, watch.check)
    except LimitReached:
        return None


def _sizes(certificate: Certificate, watch: Watch) -> Ranges | None:
    """None for a design with so many steps that a page need not wait for them."""
    steps = sum(len(cases) for cases in certificate.cases.values())
    return ranges(certificate, watch) if steps * certificate.weights.cell.hidden <= MOST_SUMS else None


def _pictures(outcome: Solved, example: Example | None) -> dict[str, str]:
    """What a page shows besides text, by its place in `Linked`."""
    found: dict[str, str] = {}
    if example is not None:
        found["run"] = run_plot(example.inputs, example.trace, example.demands)
    if outcome.weights.cell.hidden <= MOST_UNITS_DRAWN:
        found["weights"] = weights_plot(outcome.weights)
    modes = modes_plot(outcome.certificate)
    return found if modes is None else found | {"modes": modes}
