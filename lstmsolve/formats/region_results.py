"""Regions and judgements of families as result records (`lstmsolve/result/1`), and regions as family files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import assert_never

from lstmsolve.formats.results import ALL_LENGTHS, counterexample_record, empty_record
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.marks import Change, Marked, Points, mistakes
from lstmsolve.model.outcomes import Proved, Refuted
from lstmsolve.model.regions import MapRegion, NoOthers, Others, OthersUnknown, Outsiders, Region, RegionFound
from lstmsolve.model.weight_sets import All
from lstmsolve.showing.regions import condition_texts
from lstmsolve.writing.weights import weights_record


def region_record(found: RegionFound, elapsed_s: float) -> dict[str, object]:
    """The result of `region`."""
    region = found.region
    listed = found.polyhedra
    record = empty_record("region", found.reason, elapsed_s) | {"case": region.problem.name, "scope": ALL_LENGTHS}
    return record | {
        "region": {
            "hidden": region.cell.hidden,
            "maps": [_map_record(kept, region) for kept in region.maps],
            "demands": condition_texts(region.demands, region.cell),
            "polyhedra": None if listed is None else [condition_texts(All(rows), region.cell) for rows in listed],
            "others": _others_record(region.others),
        }
    }


def _map_record(kept: MapRegion, region: Region) -> dict[str, object]:
    layer = [{"outputs": list(group), "where": condition_texts(w, region.cell)} for group, w in kept.outputs]
    return ({"layer": layer} if layer else {}) | {
        "map": [
            {
                "mode": line.mode,
                "where": list(map(str, line.where)),
                "c": list(map(str, line.c)),
                "h": list(map(str, line.h)),
            }
            for line in kept.map
        ],
        "units": [
            [{"any_c_in": list(a.free), "where": condition_texts(a.weights, region.cell)} for a in alternatives]
            for alternatives in kept.units
        ],
    }


def _others_record(others: Outsiders) -> dict[str, object]:
    empty: dict[str, object] = {"excluded": None, "strings": None, "solvers": None, "weights": None, "reason": None}
    match others:
        case NoOthers(strings, solvers):
            return empty | {"excluded": True, "strings": list(strings), "solvers": solvers}
        case Others(weights):
            return empty | {"excluded": False, "weights": weights_record(weights)}
        case OthersUnknown(reason):
            return empty | {"reason": reason}
        case _:
            assert_never(others)


def family_record(case: str, judged: FamilyJudged, elapsed_s: float) -> dict[str, object]:
    """The result of `family`."""
    failing, hole = judged.failing, judged.outside
    return empty_record("family", judged.reason, elapsed_s) | {
        "case": case,
        "verdict": judged.verdict,
        "scope": ALL_LENGTHS if judged.sound else None,
        "counterexample": None if failing is None else counterexample_record(failing.counterexample),
        "sound": judged.sound,
        "complete": judged.complete,
        "member_that_fails": None if failing is None else weights_record(failing.weights),
        "solution_outside": None if hole is None else weights_record(hole),
        "family": judged.family.name,
    }


def marks_record(
    case: str, marks: Sequence[Marked], reason: str, elapsed_s: float, points: Points | None = None
) -> dict[str, object]:
    """The result of `mark`: one entry an answer, in the order of the files, and equal mistakes together."""
    return empty_record("mark", reason, elapsed_s) | {
        "case": case,
        "answers": [_mark_record(marked, points) for marked in marks],
        "mistakes": [
            {
                "count": len(found.answers),
                "what": found.what,
                "nearest": change_record(found.nearest),
                "files": [marked.path for marked in found.answers],
            }
            for found in mistakes(marks)
        ],
    }


def change_record(change: Change | None) -> dict[str, object] | None:
    return None if change is None else {"weight": change.weight, "value": format_number(change.value)}


def _mark_record(marked: Marked, points: Points | None) -> dict[str, object]:
    run, weights = None, None
    match marked.finding:
        case Refuted(given, counterexample):
            run, weights = counterexample, given
        case Proved(given):
            weights = given
        case FamilyJudged(failing=failing) if failing is not None:
            run, weights = failing.counterexample, failing.weights
    record: dict[str, object] = {
        "file": marked.path,
        "mark": marked.mark.value,
        "verdict": marked.verdict,
        "reason": marked.reason,
        "counterexample": None if run is None else counterexample_record(run),
        "weights": None if weights is None else weights_record(weights),
        "nearest": change_record(marked.nearest),
        "repairs": list(marked.repairs),
    }
    if points is not None:
        worth = points.of(marked)
        record["points"] = None if worth is None else format_number(worth)
    return record


def region_family(region: Region) -> str:
    """The region as a family file."""
    where: Sequence[str] = condition_texts(region.weights, region.cell)
    title = f"All weights that keep the maps found for {region.problem.name}"
    lines = ['format = "lstmsolve/family/1"', f"title  = {json.dumps(title)}", "", "[weights]"]
    if region.problem.constraints.integer:
        lines.append("integer = true")
    return "\n".join([*lines, "where = [", *(f"    {json.dumps(condition)}," for condition in where), "]", ""])
