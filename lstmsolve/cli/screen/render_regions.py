"""Regions and judgements of families as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from lstmsolve.cli.screen.render import (
    show_counterexample,
    show_files,
    show_line,
    show_rows,
    show_verdict,
    show_weights,
)
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.regions import NoOthers, Others, RegionFound
from lstmsolve.showing.regions import map_rows, region_paragraphs
from lstmsolve.showing.summaries import weights_line

_COLOURS = {"exact": "green", "sound": "green", "unsound": "red", "unknown": "yellow"}


def show_region(console: Console, found: RegionFound, written: Sequence[str]) -> None:
    """Print a region: maps, conditions unit by unit, and whether there are others."""
    region = found.region
    show_verdict(console, "region", "green", f": {region.problem.name}")
    for number, kept in enumerate(region.maps, 1):
        show_line(console, "the map:" if len(region.maps) == 1 else f"map {number}:")
        show_rows(console, *map_rows(kept.map))
    for heading, lines in region_paragraphs(region):
        show_line(console, f"{heading}:")
        for line in lines or ["any"]:
            show_line(console, f"  {line}")
    match region.others:
        case NoOthers(strings, _):
            show_line(console, "strings on which no other weights do right, for all large K:")
            for string in strings:
                show_line(console, f"  {string}")
        case Others(weights):
            show_line(console, f"other weights that work: {weights_line(weights)}")
        case _:
            pass
    show_line(console, found.reason)
    show_files(console, written)


def show_family(console: Console, judged: FamilyJudged, case: str, written: Sequence[str]) -> None:
    """Print a judgement with its evidence."""
    verdict = judged.verdict
    show_verdict(console, verdict, _COLOURS[verdict], f": {judged.family.name} for {case}")
    if judged.failing is not None:
        show_line(console, "a member that fails:")
        show_weights(console, judged.failing.weights)
        show_counterexample(console, judged.failing.counterexample)
    if judged.outside is not None:
        show_line(console, "a solution that is no member:")
        show_weights(console, judged.outside)
    show_line(console, judged.reason)
    show_files(console, written)
