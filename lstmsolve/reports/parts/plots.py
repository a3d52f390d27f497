"""Plots as SVG text, the same bytes on every run."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.spec.specs import Output
from lstmsolve.reports.parts.examples import Example
from lstmsolve.showing.media import mathtext

_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
_MOST_UNITS = 6


def run_plot(example: Example) -> str:
    """x, c, h and what the spec says, over time."""
    names = list(example.inputs[0])
    trace = example.trace
    units = range(min(len(trace.h[0]), _MOST_UNITS))
    panels: list[tuple[str, list[tuple[str, Sequence[float | None]]]]] = [
        ("input", [(name, [_height(given[name], example, name) for given in example.inputs]) for name in names]),
        ("c", [(f"c[{j}]", [float(c[j]) for c in trace.c]) for j in units]),
        ("h", [(f"h[{j}]", [float(h[j]) for h in trace.h]) for j in units]),
        ("spec", [(f"h[{j}]", [_owed(owed[j]) for owed in example.owed]) for j in range(len(example.owed[0]))]),
    ]
    return _drawn(panels, "step n", "steps-mid")


def time_plot(panels: Mapping[str, Sequence[tuple[str, Sequence[float]]]]) -> str:
    """Labelled series over time, a panel for each key."""
    return _drawn(list(panels.items()), "time n", "default")


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


def _drawn(panels: Sequence[tuple[str, Sequence[tuple[str, Sequence[float | None]]]]], below: str, style: str) -> str:
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
            if len(series) > 1:
                axes.legend(loc="upper left", fontsize=7, framealpha=0.8)
        axes.set_xlabel(below)
        axes.xaxis.get_major_locator().set_params(integer=True)
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


def _height(value: Constant, example: Example, name: str) -> float:
    """A number as it is; a symbol by its place among those that occur."""
    if isinstance(value, str):
        return float(sorted({str(given[name]) for given in example.inputs}).index(value))
    return float(value)


def _owed(value: Output) -> float | None:
    return float(value.constant) if isinstance(value, Affine) else None
