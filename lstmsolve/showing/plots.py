"""Plots as SVG text, the same bytes on every run."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from math import cos, hypot, pi, sin
from textwrap import wrap
from typing import Any, Final, TypeAlias

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Gate, Weights
from lstmsolve.model.traces import Trace
from lstmsolve.showing.media import mathtext

_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
_MOST_UNITS: Final = 6

Span: TypeAlias = tuple[float, float]

_Panel: TypeAlias = tuple[str, list[tuple[str, Sequence[float | None]]]]
"""A title, and labelled series."""


def run_plot(
    inputs: Sequence[Mapping[str, Constant]],
    trace: Trace,
    owed: Sequence[Sequence[Fraction | None]],
    fails: int | None = None,
) -> str:
    """The inputs, c, and what is said with what is owed around it, over time; `fails` is a step to mark."""
    units = range(min(len(trace.h[0]), _MOST_UNITS))
    said, letter = (trace.h, "h") if trace.z is None else (trace.z, "z")
    spoken = range(min(len(said[0]), _MOST_UNITS))
    panels: list[_Panel] = [
        ("input", [(name, _heights([given[name] for given in inputs])) for name in inputs[0]]),
        ("c", [(f"c[{j}]", [float(c[j]) for c in trace.c]) for j in units]),
        (letter, [(f"{letter}[{j}]", [float(values[j]) for values in said]) for j in spoken]),
    ]
    demands = [[None if row[j] is None else float(row[j] or 0) for row in owed] for j in spoken if j < len(owed[0])]
    symbols = _symbols([given[name] for given in inputs for name in given]) if len(inputs[0]) == 1 else []
    return _drawn(panels, "step n", "steps-mid", demands, fails, symbols)


def weights_plot(weights: Weights) -> str:
    """The weights as a heat map: a row for each gate of each unit, a column for each input, each h, and b."""
    cell = weights.cell
    names = [f"{gate.value}[{unit}]" if cell.hidden > 1 else gate.value for gate in Gate for unit in range(cell.hidden)]
    rows = [
        [
            *map(float, weights.gates[gate].w[unit]),
            *map(float, weights.gates[gate].u[unit]),
            float(weights.gates[gate].b[unit]),
        ]
        for gate in Gate
        for unit in range(cell.hidden)
    ]
    columns = [*_numbered("x", cell.inputs), *_numbered("h", cell.hidden), "b"]
    largest = max((abs(value) for row in rows for value in row), default=0) or 1
    with new_figure((1.2 + 0.55 * len(columns), 0.6 + 0.28 * len(rows))) as figure:
        axes = figure.subplots()
        axes.pcolormesh(rows, cmap="RdBu", vmin=-largest, vmax=largest, edgecolors="white", linewidth=0.8)
        axes.set_xticks([place + 0.5 for place in range(len(columns))], columns, fontsize=8)
        axes.set_yticks([place + 0.5 for place in range(len(rows))], names, fontsize=8)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.invert_yaxis()
        for side in axes.spines.values():
            side.set_visible(False)
        for down in range(cell.hidden, len(rows), cell.hidden):
            axes.axhline(down, color="black", linewidth=0.8)
        for down, row in enumerate(rows):
            for right, value in enumerate(row):
                if value:
                    colour = "white" if abs(value) > 0.6 * largest else "black"
                    axes.text(
                        right + 0.5, down + 0.5, f"{value:.3g}", ha="center", va="center", fontsize=7, color=colour
                    )
        return svg_of(figure)


def boxes_plot(
    axes_names: tuple[str, str],
    limits: tuple[Span, Span],
    points: Sequence[tuple[float, float, int]],
    boxes: Sequence[tuple[Span, Span, int]],
    groups: Sequence[str],
) -> str:
    """Boxes, cut at the limits, over points; each of a group, which has a colour and a name."""
    with new_figure((6.0, 4.2)) as figure:
        axes = figure.subplots()
        for (left, right), (bottom, top), group in boxes:
            colour = _COLOURS[group % len(_COLOURS)]
            look: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 0.6}
            axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, alpha=0.25, **look))
        for group, name in enumerate(groups):
            own = [(x, y) for x, y, of in points if of == group]
            if own:
                colour = _COLOURS[group % len(_COLOURS)]
                label = mathtext(name) if group < len(_COLOURS) else None
                axes.plot(*zip(*own, strict=True), ".", markersize=3, color=colour, label=label)
        axes.set_xlabel(axes_names[0])
        axes.set_ylabel(axes_names[1])
        axes.set_xlim(*limits[0])
        axes.set_ylim(*limits[1])
        if points:
            axes.legend(fontsize=7)
        return svg_of(figure)


def states_plot(names: Sequence[str], start: int, arrows: Mapping[tuple[int, int], str]) -> str:
    """States on a circle, and what leads from one to another."""
    count = len(names)
    across = max(4.5, 1.5 * count**0.7 + 3)
    with new_figure((across, across * (0.4 if count <= 2 else 0.8))) as figure:
        axes = figure.subplots()
        first = pi if count == 2 else pi / 2
        places = [(cos(first - 2 * pi * k / count), sin(first - 2 * pi * k / count)) for k in range(count)]
        places = [(0.0, 0.0)] if count == 1 else places
        for (source, target), label in arrows.items():
            _arrow(axes, places[source], places[target], label, alone=(target, source) not in arrows)
        for number, (name, place) in enumerate(zip(names, places, strict=True)):
            look = {"boxstyle": "round,pad=0.4", "facecolor": "#eef3fa", "edgecolor": "#1f77b4"}
            edge: dict[str, Any] = {**look, "linewidth": 2.2 if number == start else 1.0}
            axes.text(*place, _broken(name, 18), ha="center", va="center", fontsize=8, bbox=edge, zorder=3)
        axes.set_xlim(-1.75, 1.75)
        axes.set_ylim(*((-0.9, 0.9) if count <= 2 else (-1.5, 1.5)))
        axes.axis("off")
        return svg_of(figure)


def _arrow(axes: Axes, source: tuple[float, float], target: tuple[float, float], label: str, *, alone: bool) -> None:
    look: dict[str, Any] = {
        "arrowstyle": "-|>",
        "mutation_scale": 10,
        "color": "#555555",
        "linewidth": 0.9,
        "zorder": 1,
    }
    (x0, y0), (x1, y1) = source, target
    if source == target:
        away = hypot(x0, y0) or 1.0
        ux, uy = (x0 / away, y0 / away) if (x0, y0) != (0.0, 0.0) else (0.0, 1.0)
        ends = [(x0 + 0.12 * ux - 0.16 * uy * s, y0 + 0.12 * uy + 0.16 * ux * s) for s in (1, -1)]
        axes.add_patch(FancyArrowPatch(*ends, connectionstyle="arc3,rad=-1.6", **look))
        place = (x0 + 0.45 * ux, y0 + 0.42 * uy)
    else:
        bend = 0.0 if alone else 0.18
        # Boxes are wider than high, and arrows end at their edges.
        room = 20 + 32 * abs(x1 - x0) / hypot(x1 - x0, y1 - y0)
        look |= {"shrinkA": room, "shrinkB": room}
        axes.add_patch(FancyArrowPatch(source, target, connectionstyle=f"arc3,rad={bend}", **look))
        # An arc bends to the right of its way, by half of what its control point is off the middle.
        near, far = 0.55, 0.45  # nearer to where it starts, away from the middle where ways cross
        place = (near * x0 + far * x1 + bend * (y1 - y0) / 2, near * y0 + far * y1 - bend * (x1 - x0) / 2)
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    axes.text(*place, _broken(label, 22), ha="center", va="center", fontsize=7, color="#333333", bbox=paper, zorder=2)


def _broken(text: str, width: int) -> str:
    """A label in at most three lines."""
    lines = wrap(text, width)
    return "\n".join(map(mathtext, lines if len(lines) <= 3 else [*lines[:2], f"{lines[2][: width - 2]} …"]))


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}[{place}]" for place in range(count)]


def time_plot(panels: Mapping[str, Sequence[tuple[str, Sequence[float]]]]) -> str:
    """Labelled series over time, a panel for each key."""
    drawn: list[_Panel] = [(title, list(series)) for title, series in panels.items()]
    return _drawn(drawn, "time n", "default")


def bars_plot(panels: Mapping[str, Sequence[tuple[str, int]]]) -> str:
    """Labelled counts as horizontal bars, a panel for each key."""
    heights = [max(1, len(bars)) for bars in panels.values()]
    with new_figure((7.5, 0.32 * sum(heights) + 0.7 * len(panels))) as figure:
        rows = figure.subplots(len(panels), 1, squeeze=False, gridspec_kw={"height_ratios": heights})
        for (axes,), (title, bars), colour in zip(rows, panels.items(), _COLOURS, strict=False):
            places = range(len(bars))
            drawn = axes.barh(places, [count for _, count in bars], color=colour, height=0.7)
            axes.bar_label(drawn, padding=3, fontsize=8)
            labels = [label if len(label) <= 60 else f"{label[:59]}…" for label, _ in bars]
            axes.set_yticks(places, [mathtext(label) for label in labels], fontsize=8)
            axes.invert_yaxis()
            axes.set_title(mathtext(title), loc="left", fontsize=9)
            axes.xaxis.get_major_locator().set_params(integer=True)
        return svg_of(figure)


def _drawn(
    panels: Sequence[_Panel],
    below: str,
    style: str,
    owed: Sequence[Sequence[float | None]] = (),
    fails: int | None = None,
    symbols: Sequence[str] = (),
) -> str:
    """The panels one below the other; what is owed goes into the last one, as rings around what is said.

    `symbols` name the heights of the first one.
    """
    with new_figure((7.5, 1.5 * len(panels))) as figure:
        rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)
        for (axes,), (title, series) in zip(rows, panels, strict=True):
            for colour, (label, values) in zip(_COLOURS, series, strict=False):
                steps = [n for n, value in enumerate(values) if value is not None]
                heights = [value for value in values if value is not None]
                look = {"drawstyle": style, "marker": "o", "markersize": 3, "color": colour}
                axes.plot(steps, heights, **look, label=mathtext(label))
            axes.set_ylabel(mathtext(title))
            axes.grid(True, linewidth=0.4, alpha=0.5)
            if fails is not None:
                axes.axvspan(fails - 0.5, fails + 0.5, color="#d62728", alpha=0.12)
            if len(series) > 1:
                axes.legend(loc="upper left", fontsize=7, framealpha=0.8)
        for colour, demands in zip(_COLOURS, owed, strict=False):
            steps = [n for n, value in enumerate(demands) if value is not None]
            heights = [value for value in demands if value is not None]
            ring = {"linestyle": "none", "marker": "o", "markersize": 9, "fillstyle": "none", "color": colour}
            rows[-1][0].plot(steps, heights, **ring, label="owed")
        if symbols:
            rows[0][0].set_yticks(range(len(symbols)), list(map(mathtext, symbols)))
        if owed:
            rows[-1][0].legend(loc="upper left", fontsize=7, framealpha=0.8)
        rows[-1][0].set_xlabel(below)
        rows[-1][0].xaxis.get_major_locator().set_params(integer=True)
        return svg_of(figure)


@contextmanager
def new_figure(size: tuple[float, float]) -> Iterator[Figure]:
    """An empty figure, in inches, for which `svg_of` gives the same bytes every time."""
    with matplotlib.rc_context({"svg.hashsalt": "lstmsolve", "svg.fonttype": "none", "font.size": 9}):
        yield Figure(figsize=size, layout="constrained")


def svg_of(figure: Figure) -> str:
    """The figure as SVG text; called while `new_figure` is open."""
    text = io.StringIO()
    with warnings.catch_warnings():
        # Text stays text in the SVG, so what the font here lacks is drawn by whoever shows it.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _heights(values: Sequence[Constant]) -> list[float | None]:
    """Numbers as they are; symbols by their places among those that occur."""
    symbols = _symbols(values)
    return [float(symbols.index(value) if isinstance(value, str) else value) for value in values]


def _symbols(values: Sequence[Constant]) -> list[str]:
    return sorted({value for value in values if isinstance(value, str)})
