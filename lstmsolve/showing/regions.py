"""Regions as lines of text, gate by gate, for the command line and the reports alike."""

from __future__ import annotations

from collections.abc import Sequence

from lstmsolve.kernel.base.affine import Affine, Row, show
from lstmsolve.kernel.lstm.cells import Cell, Gate
from lstmsolve.model.regions import MapLine, MapRegion, Region
from lstmsolve.model.weight_sets import All, WeightSet, conditions, names_of, short_names, text

_ORDER = tuple(gate.value for gate in Gate)


def weights_lines(weights: WeightSet, cell: Cell) -> list[str]:
    """One line for each gate with what its weights must satisfy, then one for each choice."""
    rename = short_names(cell)
    parts = weights.parts if isinstance(weights, All) else (weights,)
    by_gates: dict[tuple[str, ...], list[Row]] = {}
    for part in parts:
        if isinstance(part, Row):
            by_gates.setdefault(_gates(part), []).append(part)
    lines = [", ".join(_sorted(conditions(by_gates[gates], rename))) for gates in sorted(by_gates, key=_rank)]
    choices = [part for part in parts if not isinstance(part, Row)]
    return [*lines, *(text(part, rename) for part in sorted(choices, key=lambda part: _rank(_gates(part))))]


def condition_texts(weights: WeightSet, cell: Cell) -> list[str]:
    """The conditions of a set, each one line of the case language."""
    rename = short_names(cell)
    parts = weights.parts if isinstance(weights, All) else (weights,)
    rows = [part for part in parts if isinstance(part, Row)]
    rows.sort(key=lambda row: _rank(_gates(row)))
    return [*conditions(rows, rename), *(text(part, rename) for part in parts if not isinstance(part, Row))]


def map_rows(lines: Sequence[MapLine]) -> tuple[list[str], list[list[str]]]:
    """The map as a table: in each mode c and h."""
    header = ["mode", "registers", "c", "h"]
    return header, [
        [line.mode, ", ".join(map(show, line.where)), ", ".join(map(_entry, line.c)), ", ".join(map(show, line.h))]
        for line in lines
    ]


def _entry(form: Affine | None) -> str:
    return "any" if form is None else show(form)


def unit_headings(found: MapRegion) -> list[tuple[str, WeightSet]]:
    """Every alternative of every unit, with the words that lead up to it."""
    listed: list[tuple[str, WeightSet]] = []
    for number, alternatives in enumerate(found.units):
        who = f"unit {number}" if len(found.units) > 1 or found.outputs else "the weights"
        for place, alternative in enumerate(alternatives):
            either = "" if len(alternatives) == 1 else "either " if place == 0 else "or "
            free = f", with any c where {' and where '.join(alternative.free)}" if alternative.free else ""
            listed.append((f"{either}{who}{free}", alternative.weights))
    for outputs, weights in found.outputs:
        listed.append((f"the layer's row{'s' if len(outputs) > 1 else ''} {', '.join(map(str, outputs))}", weights))
    return listed


def region_paragraphs(region: Region) -> list[tuple[str, list[str]]]:
    """Headings and lines: map by map and unit by unit, then what the case asks for besides."""
    found: list[tuple[str, list[str]]] = []
    for number, keeping in enumerate(region.maps, 1):
        prefix = f"map {number}: " if len(region.maps) > 1 else ""
        found += [(prefix + heading, weights_lines(part, region.cell)) for heading, part in unit_headings(keeping)]
    asked = weights_lines(region.demands, region.cell)
    return [*found, ("and, as the case asks for besides", asked)] if asked else found


def _gates(weights: WeightSet) -> tuple[str, ...]:
    letters = {name[2] for name in names_of(weights)}
    return tuple(letter for letter in _ORDER if letter in letters)


def _rank(gates: tuple[str, ...]) -> tuple[int, list[int]]:
    return len(gates), [_ORDER.index(letter) for letter in gates]


def _sorted(texts: list[str]) -> list[str]:
    """Conditions on one weight before those on several."""
    return sorted(texts, key=lambda written: (written.count("_"), written))
