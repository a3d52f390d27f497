"""Two-dimensional slices of sets of weights, drawn as SVG: two weights vary, the others stay where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias

from matplotlib.axes import Axes

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.model.weight_sets import All, Polyhedron, Some, WeightSet
from lstmsolve.obligations.weights.simplify import pieces
from lstmsolve.showing.media import mathtext
from lstmsolve.showing.plots import new_figure, svg_of

EDGE: Final = Fraction(4)
"""Slices are drawn from -4 to 4."""

MOST_PIECES: Final = 200

_REGION: Mapping[str, Any] = {"facecolor": "#2ca02c", "alpha": 0.25, "edgecolor": "#2ca02c", "linewidth": 1.0}
_FAMILY: Mapping[str, Any] = {"facecolor": "none", "edgecolor": "#d62728", "linewidth": 1.4, "hatch": "//"}

Corner: TypeAlias = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Slice:
    """Which weights vary, and where the others stay; names are full ones."""

    across: str
    upward: str
    labels: tuple[str, str]
    base: Mapping[str, Fraction]


def slices_plot(region: WeightSet, rows: Sequence[tuple[str, WeightSet, Sequence[Slice]]]) -> str:
    """One row of slices for each family: the region in green, the family hatched in red."""
    columns = max(len(slices) for _, _, slices in rows)
    with new_figure((3.0 * columns, 2.9 * len(rows))) as figure:
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for line, (title, family, slices) in zip(grid, rows, strict=True):
            for axes, cut in zip(line, slices, strict=False):
                _draw(axes, cut, region, family)
            line[0].set_title(mathtext(title), loc="left", fontsize=9)
        return svg_of(figure)


def _draw(axes: Axes, cut: Slice, region: WeightSet, family: WeightSet) -> None:
    for weights, style in ((region, _REGION), (family, _FAMILY)):
        for rows in pieces(restricted(weights, cut), MOST_PIECES):
            _draw_piece(axes, corners(rows, cut), style)
    edge = float(EDGE)
    axes.set_xlim(-edge, edge)
    axes.set_ylim(-edge, edge)
    axes.set_xlabel(cut.labels[0])
    axes.set_ylabel(cut.labels[1])
    axes.grid(True, linewidth=0.4, alpha=0.5)
    axes.set_aspect("equal")


def _draw_piece(axes: Axes, found: Sequence[Corner], style: Mapping[str, Any]) -> None:
    """An area, a line or a point."""
    xs, ys = [float(x) for x, _ in found], [float(y) for _, y in found]
    if len(found) > 2:
        axes.fill(xs, ys, **style)
    elif found:
        marker = {"marker": "o", "markersize": 5} if len(found) == 1 else {"linewidth": 2.4}
        axes.plot(xs, ys, color=style["edgecolor"], **marker)


def restricted(weights: WeightSet, cut: Slice) -> WeightSet:
    """The set on the slice: only two weights are left in it."""
    fixed = {name: Affine((), value) for name, value in cut.base.items() if name not in (cut.across, cut.upward)}
    match weights:
        case Row(form, strict):
            return Row(form.substitute(fixed), strict)
        case All(parts):
            return All(tuple(restricted(part, cut) for part in parts))
        case Some(parts):
            return Some(tuple(restricted(part, cut) for part in parts))


def corners(rows: Polyhedron, cut: Slice) -> list[Corner]:
    """The corners of a piece within the drawn square, in order; of a line two, of a point one."""
    found: list[Corner] = [(-EDGE, -EDGE), (EDGE, -EDGE), (EDGE, EDGE), (-EDGE, EDGE)]
    for row in rows:
        found = _clipped(found, row, cut)
    distinct = list(dict.fromkeys(found))
    if len(distinct) > 2 and not _area(distinct):
        return [min(distinct), max(distinct)]
    return distinct


def _clipped(found: Sequence[Corner], row: Row, cut: Slice) -> list[Corner]:
    """The part of a polygon in a closed half-plane (Sutherland & Hodgman 1974)."""
    heights = [row.form.at({cut.across: x, cut.upward: y}) for x, y in found]
    kept: list[Corner] = []
    for place, ((x, y), height) in enumerate(zip(found, heights, strict=True)):
        (before_x, before_y), before = found[place - 1], heights[place - 1]
        if (height < 0 < before) or (before < 0 < height):
            part = before / (before - height)
            kept.append((before_x + (x - before_x) * part, before_y + (y - before_y) * part))
        if height >= 0:
            kept.append((x, y))
    return kept


def _area(found: Sequence[Corner]) -> Fraction:
    pairs = zip(found, [*found[1:], found[0]], strict=True)
    return sum((x * v - u * y for (x, y), (u, v) in pairs), Fraction(0))
