"""A section on a case's stated families: the exact region, each family's verdict, and slices of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from lstmsolve.api.passes.judging import Known, judged
from lstmsolve.api.regions import region
from lstmsolve.api.solving import solve
from lstmsolve.kernel.lstm.cells import parameters
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import Family, FamilyJudged
from lstmsolve.model.outcomes import Solved
from lstmsolve.model.regions import NoOthers, Others, Region, RegionFound
from lstmsolve.model.tolerances import tolerance_line, tolerance_rows
from lstmsolve.model.weight_sets import WeightSet, intersection, point_from
from lstmsolve.obligations.weights.points import point_of
from lstmsolve.obligations.weights.regions import weights_allowed
from lstmsolve.reports.parts.slices import Slice, slices_plot
from lstmsolve.showing.media import code, fenced, markdown
from lstmsolve.showing.regions import condition_texts, map_rows, region_paragraphs
from lstmsolve.showing.summaries import trace_table, weights_line
from lstmsolve.showing.tables import markdown_table, ready_table
from lstmsolve.workers import Stopwatch

FAMILY_SECONDS: Final = 60.0
DRAWN: Final = (("w_i", "b_i"), ("w_o", "b_o"), ("u_f", "b_f"))
"""Pairs of weights of the first unit that are drawn against each other."""

_ORDER: Final = ("unsound", "unknown", "sound", "exact")


@dataclass(frozen=True)
class FamiliesSection:
    """Markdown, and the picture that it links to."""

    text: str
    plot: str


def families_section(
    problem: Problem, families: Sequence[Family], plot: str, jobs: int | None = None
) -> FamiliesSection:
    """Region, verdicts and slices for the families stated about a case; `plot` is the path of the picture.

    Raises:
        InputError: a family does not fit the case, or has no members.
    """
    found = region(problem, jobs=jobs)
    if not isinstance(found, RegionFound):
        return FamiliesSection(f"No region was found: {markdown(found.reason)}.", "")
    known = Known(found.region.problem, found.region.weights, found.region.others)
    results = [judged(family, known, Stopwatch(FAMILY_SECONDS), jobs=jobs or 1) for family in families]
    results.sort(key=lambda result: _ORDER.index(result.verdict))
    design = solve(found.region.problem, objective="tolerant", jobs=jobs)
    parts = [*_region_parts(found)]
    parts += [
        "### The published answer as a family, and the exact one",
        _verdicts(results),
        *(_details(result, found.region) for result in results),
    ]
    parts += [f"![slices of the region and of each family]({plot})", _CAPTION]
    if isinstance(design, Solved) and design.tolerance is not None:
        parts += ["### The most tolerant weights", f"{weights_line(design.weights)}."]
        line = tolerance_line(design.tolerance, design.weights.cell)
        parts += [
            f"{line[0].upper()}{line[1:]}.",
            markdown_table(*tolerance_rows(design.tolerance, design.weights.cell)),
        ]
    return FamiliesSection("\n\n".join(parts), _plot(found.region, [r.family for r in results], problem))


_CAPTION = (
    "Each row is one family, each column a pair of weights; the other weights are those of a member near the simplest "
    "design. Green: the region, where every weight set meets the spec at every length. Red, hatched: the family; a "
    "line or a point where it leaves no more room. What is red and not green are members that fail; what is green and "
    "not red are solutions that the family leaves out."
)


def _region_parts(found: RegionFound) -> list[str]:
    parts = ["### All weights that work"]
    for number, kept in enumerate(found.region.maps, 1):
        parts += [
            f"The map{f' {number}' if len(found.region.maps) > 1 else ''} that is kept:",
            markdown_table(*map_rows(kept.map)),
        ]
    for heading, lines in region_paragraphs(found.region):
        parts += [f"{markdown(heading[0].upper() + heading[1:])}:", fenced("\n".join(lines or ["any"]))]
    match found.region.others:
        case NoOthers(strings, solvers):
            listed = "; ".join(map(code, strings))
            parts.append(
                f"These are all weights that work. Whatever its map, a weight set that does right on {listed} (K: any "
                f"large number; ^K: that many times) lies in this region: {solvers}."
            )
        case Others(weights):
            parts.append(f"Other weights work too, such as {markdown(weights_line(weights))}.")
        case _:
            parts.append(f"{markdown(found.reason[0].upper() + found.reason[1:])}.")
    return parts


def _verdicts(results: Sequence[FamilyJudged]) -> str:
    rows = [
        [
            code(result.family.name),
            markdown(result.family.title),
            result.verdict,
            _answer(result.sound),
            _answer(result.complete),
        ]
        for result in results
    ]
    return ready_table(["family", "", "verdict", "sound", "complete"], rows)


def _answer(value: bool | None) -> str:
    return "open" if value is None else "yes" if value else "no"


def _details(result: FamilyJudged, found: Region) -> str:
    stated = weights_allowed(result.family.constraints, found.cell)
    conditions = "\n".join(condition_texts(stated, found.cell))
    parts = [f"**{markdown(result.family.name)}**: {result.verdict}.", fenced(conditions)]
    if result.failing is not None:
        parts.append(f"The member {markdown(weights_line(result.failing.weights))} fails:")
        parts.append(markdown_table(*trace_table(result.failing.counterexample)))
    if result.outside is not None:
        parts.append(f"A solution that is no member: {markdown(weights_line(result.outside))}.")
    return "\n\n".join(parts)


def _plot(found: Region, families: Sequence[Family], problem: Problem) -> str:
    names = {place.name: place for place in parameters(found.cell)}
    design = solve(found.problem)
    centre = point_from(design.weights) if isinstance(design, Solved) else {}
    pairs = [(f"{a}[0,0]" if a[0] != "b" else f"{a}[0]", f"{b}[0,0]" if b[0] != "b" else f"{b}[0]") for a, b in DRAWN]
    rows: list[tuple[str, WeightSet, list[Slice]]] = []
    for family in families:
        stated = intersection([weights_allowed(family.constraints, found.cell), found.demands])
        member = point_of(stated, (), centre=centre) or {}
        base = {name: member.get(name, Fraction(0)) for name in names}
        slices = [
            Slice(a, b, (names[a].short_name(found.cell), names[b].short_name(found.cell)), base) for a, b in pairs
        ]
        rows.append((f"{family.name} of {problem.name}" if not family.title else family.title, stated, slices))
    return slices_plot(found.weights, rows)
