"""Regions and judgements of families as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from lstmsolve.cli.render import show_counterexample, show_rows, show_weights
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.region_text import map_rows, region_paragraphs
from lstmsolve.model.regions import NoOthers, Others, RegionFound
from lstmsolve.model.summaries import weights_line

_COLOURS = {"exact": "green", "sound": "green", "unsound": "red", "unknown": "yellow"}


def show_region(console: Console, found: RegionFound, written: Sequence[str]) -> None:
    """Print a region: maps, conditions unit by unit, and whether there are others."""
    region = found.region
    console.print(f"[bold green]region[/]: {escape(region.problem.name)}")
    for number, kept in enumerate(region.maps, 1):
        console.print("the map:" if len(region.maps) == 1 else f"map {number}:")
        show_rows(console, *map_rows(kept.map))
    for heading, lines in region_paragraphs(region):
        console.print(f"{escape(heading)}:")
        for line in lines or ["any"]:
            console.print(f"  {escape(line)}", soft_wrap=True)
    match region.others:
        case NoOthers(strings, _):
            console.print("strings on which no other weights do right, for all large K:")
            for string in strings:
                console.print(f"  {escape(string)}")
        case Others(weights):
            console.print(f"other weights that work: {escape(weights_line(weights))}", soft_wrap=True)
        case _:
            pass
    console.print(escape(found.reason), soft_wrap=True)
    _mention_files(console, written)


def show_family(console: Console, judged: FamilyJudged, case: str, written: Sequence[str]) -> None:
    """Print a judgement with its evidence."""
    verdict = judged.verdict
    console.print(f"[bold {_COLOURS[verdict]}]{verdict}[/]: {escape(judged.family.name)} for {escape(case)}")
    if judged.failing is not None:
        console.print("a member that fails:")
        show_weights(console, judged.failing.weights)
        show_counterexample(console, judged.failing.counterexample)
    if judged.outside is not None:
        console.print("a solution that is no member:")
        show_weights(console, judged.outside)
    console.print(escape(judged.reason), soft_wrap=True)
    _mention_files(console, written)


def _mention_files(console: Console, written: Sequence[str]) -> None:
    for path in written:
        console.print(f"wrote {escape(path)}")
