"""Pages of derivation cases: recurrences, graph, formulas step by step, δ's over time, claims."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstmsolve.api.deriving import DERIVE_SECONDS, derive
from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.families import families_of
from lstmsolve.derivation.pictures import Box, Picture, picture
from lstmsolve.formats.files import write_text
from lstmsolve.model.derivations import Derivation, DerivationCase
from lstmsolve.model.watch import Part, Watch
from lstmsolve.reports.pages.families import families_section
from lstmsolve.reports.pages.homework import HOMEWORK, homework_page
from lstmsolve.reports.parts.printed_weights import CASE, printed_weights
from lstmsolve.showing.derivations import block, claims_markdown, claims_table, formulas_markdown, heading
from lstmsolve.showing.media import code, fenced, markdown, mermaid
from lstmsolve.showing.plots import time_plot
from lstmsolve.showing.tables import ready_table

FOLDER = "gradients"
"""Pages, plots and index go here, below the folder of the reports."""

_SHAPES = {"input": ("([", "])"), "abbreviation": ("{{", "}}"), "signal": ("[", "]"), "loss": ("((", "))")}


def build_derivations(
    cases: Sequence[str | Path | DerivationCase], out: Path, watch: Watch
) -> tuple[list[Derivation], list[str]]:
    """Derive each case and write its page, its plot, an index, and the homework's page; the paths."""
    outcomes: list[Derivation] = []
    written: list[str] = []

    def put(name: str, text: str) -> None:
        write_text(out / name, text)
        written.append(str(out / name))

    for number, case in enumerate(cases, 1):
        watch.say(f"derivation {number} of {len(cases)}: {case if isinstance(case, str | Path) else case.name}")
        outcome = derive(case, watch=Part(watch, DERIVE_SECONDS))
        if watch.remaining <= 0:
            break
        name = outcome.case.name
        outcomes.append(outcome)
        shown = picture(outcome.case)
        plot = f"plots/{name}.svg" if shown.deltas else None
        if plot is not None:
            put(f"{FOLDER}/{plot}", time_plot(shown.deltas))
        put(f"{FOLDER}/{name}.md", derivation_page(outcome, shown, plot))
    put(f"{FOLDER}/README.md", derivations_index(outcomes))
    by_name = {outcome.case.name: outcome for outcome in outcomes}
    if all(name in by_name for name in HOMEWORK):
        watch.say("the printed weights of Problem 6.4")
        plot = f"plots/{CASE}-families.svg"
        families = families_section(load_case(CASE), families_of(CASE), plot)
        put(plot, families.plot)
        put("homework-6.md", homework_page([by_name[name] for name in HOMEWORK], [printed_weights(), families.text]))
    return outcomes, written


def derivations_index(outcomes: Sequence[Derivation]) -> str:
    """A table of all derivation cases."""
    lines = [
        "# Derivations",
        "",
        "One page a case: recurrences, computation graph, back-propagation formulas step by step, and every claim",
        "with its verdict. Made by `lstmsolve report`.",
        "",
        "| case | what it is | source | verdict |",
        "|---|---|---|---|",
    ]
    for outcome in outcomes:
        case = outcome.case
        texts = " | ".join(map(markdown, (case.title, case.source, outcome.reason)))
        lines.append(f"| [{case.name}]({case.name}.md) | {texts} |")
    return "\n".join(lines) + "\n"


def derivation_page(outcome: Derivation, shown: Picture, plot: str | None) -> str:
    """The page of one case; `plot` is the path it shows."""
    case = outcome.case
    parts = [*heading(case), f"Verdict: **{outcome.verdict}**; {markdown(outcome.reason)}."]
    parts += [claims_table(outcome.claims), "## The system"]
    if case.shapes:
        written = {**case.let, **case.signals, **case.loss, **case.given, **case.names}
        parts += [fenced("\n".join(f"{name} = {formula}" for name, formula in written.items())), "In indices:"]
    parts += [block(definition) for definition in shown.definitions]
    parts.append(ready_table(["name", ""], [[code(name), markdown(said)] for name, said in shown.ranges]))
    parts += ["## Computation graph", _graph(shown), "## Formulas, step by step"]
    parts.append(
        "$d$ is a total derivative, $\\partial$ a partial one (explicit appearances only). Total derivatives by "
        "signals beyond the last time are 0. The same formulas as plain text: "
        f"`lstmsolve derive {case.name} --verbose`."
    )
    parts += formulas_markdown(outcome.derived)
    if plot is not None:
        sizes = ", ".join(f"{name} = {value}" for name, value in shown.sizes.items())
        parts += ["## The derivatives over time", f"On random data, {sizes}, by the formulas above:"]
        parts.append(f"![total derivatives over time]({plot})")
    if outcome.claims:
        parts += ["## Claims", *claims_markdown(outcome)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _graph(shown: Picture) -> str:
    """The computation graph (mermaid); dashed arrows reach back in time."""
    ids = {box.name: f"n{number}" for number, box in enumerate(shown.boxes)}
    lines = ["```mermaid", "flowchart LR"]
    lines += [f"    {ids[box.name]}{_boxed(box)}" for box in shown.boxes]
    for arrow in shown.arrows:
        line = f'-. "{mermaid(arrow.lag)}" .->' if arrow.lag else "-->"
        lines.append(f"    {ids[arrow.source]} {line} {ids[arrow.target]}")
    return "\n".join([*lines, "```"])


def _boxed(box: Box) -> str:
    opened, closed = _SHAPES[box.kind]
    label = "<br/>".join(map(mermaid, [box.shown, ", ".join(box.parameters)] if box.parameters else [box.shown]))
    return f'{opened}"{label}"{closed}'
