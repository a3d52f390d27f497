"""The index of a folder of pages: kept as `index.json`, so that a report of a few cases keeps the others' rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from lstmsolve.formats.files import MIB, parse_json, read_text
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Solved, SolveOutcome, Unknown
from lstmsolve.showing.media import markdown
from lstmsolve.showing.tables import ready_table

INDEX: Final = "index.json"
FORMAT: Final = "lstmsolve/index/1"
_DERIVATIONS: Final = (
    "Gradients and hand-written derivations have their own pages: [derivations](gradients/README.md) and",
    "[the homework, line by line](homework-6.md).",
)


@dataclass(frozen=True)
class Row:
    """What the index says of a case."""

    title: str
    verdict: str
    hidden: str
    nonzero: str
    """How many weights are not 0."""


def merged_index(out: Path, outcomes: Sequence[tuple[Problem, SolveOutcome]]) -> dict[str, Row]:
    """These outcomes, and what the folder's index says of other cases that still have their pages."""
    kept = {name: row for name, row in _read(out / INDEX).items() if (out / f"{name}.md").exists()}
    rows = kept | {problem.name: _row(problem, outcome) for problem, outcome in outcomes}
    return dict(sorted(rows.items()))


def index_record(index: Mapping[str, Row]) -> dict[str, object]:
    return {"format": FORMAT, "cases": {name: asdict(row) for name, row in index.items()}}


def index_page(index: Mapping[str, Row], *, derivations: bool) -> str:
    """A table of all cases; `derivations` says whether there are pages of those to link to."""
    rows = [
        [f"[{name}]({name}.md)", markdown(row.title), row.verdict, row.hidden, row.nonzero]
        for name, row in index.items()
    ]
    lines = [
        "# Reports",
        "",
        "One page a case: the behaviour, the weights found, what proves them right and how far, a run.",
        "Made by `lstmsolve report`; every certificate here is accepted by `lstmsolve check`.",
        *(_DERIVATIONS if derivations else ()),
        "",
        ready_table(["case", "what it does", "verdict", "units", "weights not 0"], rows),
    ]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> dict[str, Row]:
    """The rows of an index; none where there is no index that can be read."""
    try:
        found = records.fields(parse_json(read_text(path, MIB)), "", ["format", "cases"])
        records.expect_format(found["format"], FORMAT)
        return {name: _read_row(row, name) for name, row in records.table(found["cases"], "cases").items()}
    except InputError:
        return {}


def _read_row(value: object, at: str) -> Row:
    keys = ("title", "verdict", "hidden", "nonzero")
    found = records.fields(value, at, keys)
    return Row(*(records.text(found[key], f"{at}.{key}") for key in keys))


def _row(problem: Problem, outcome: SolveOutcome) -> Row:
    if isinstance(outcome, Unknown) and outcome.horizon is not None:
        found = outcome.horizon
        reached = f"right up to {Decimal(found.length):.3g} steps"
        hidden, nonzero = str(found.weights.cell.hidden), str(len(found.weights.nonzero()))
        return Row(problem.title, reached, hidden, nonzero)
    if not isinstance(outcome, Solved):
        return Row(problem.title, outcome.verdict, "", "")
    nonzero = str(len(outcome.weights.nonzero()))
    return Row(problem.title, outcome.verdict, str(outcome.weights.cell.hidden), nonzero)
