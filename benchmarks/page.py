"""The page of all tables, with plots: `python -m benchmarks --out reports`."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Final

from benchmarks.tables import Row, Table, shown
from lstmsolve.showing.plots import new_figure, svg_of

PAGE: Final = "benchmarks.md"

HEADING: Final = "\n## "

OPENING: Final = """# Benchmarks

Ours and what else one could use, side by side in one run: ratios of processor times, above 1 where ours is faster,
unless a column says otherwise. Measured on {machine}, which did other work as well; another run prints other digits.
– is what is not installed, takes no such numbers, or had no answer in its time. Made by
`python -m benchmarks --out reports`, with names of benchmarks for these tables alone;
`python -m benchmarks --list` names what else there is.
"""


def machine() -> str:
    """What kind of machine this is."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{cores} core{'' if cores == 1 else 's'} of {platform.machine()}, Python {platform.python_version()}"


def write_page(folder: Path, measured: Sequence[tuple[Table, list[Row]]], left_out: Sequence[str]) -> None:
    """The page and its plots, into a folder of reports; what else the page has is kept."""
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    page = folder / PAGE
    parts = _sections(page.read_text()) if page.exists() else {}
    for table, rows in measured:
        parts[table.title] = section(table, rows)
        if table.exponents(rows):
            (folder / "plots" / _plot_name(table)).write_text(plot(table, rows))
    opening = OPENING.format(machine=machine())
    opening += f"\nNot installed here: {', '.join(left_out)}.\n" if left_out else ""
    page.write_text(opening + "".join(parts.values()))


def _sections(page: str) -> dict[str, str]:
    """The sections of a page by their titles."""
    _, *parts = page.split(HEADING)
    return {part.partition("\n")[0]: f"{HEADING}{part}" for part in parts}


def section(table: Table, rows: Sequence[Row]) -> str:
    """A table in markdown, with the exponents that fit and the plot."""
    lines = [f"{HEADING}{table.title}\n", f"{table.says}\n"]
    lines.append(f"| {' | '.join(table.columns)} |")
    lines.append("|" + "---|" * len(table.columns))
    lines += [f"| {' | '.join(map(shown, row))} |" for row in rows]
    if fits := table.fits(rows):
        lines.append(f"\n{fits[0].upper()}{fits[1:]}.\n\n![{table.title}](plots/{_plot_name(table)})")
    return "\n".join([*lines, ""])


def plot(table: Table, rows: Sequence[Row]) -> str:
    """The drawn columns and the power laws that fit them, as SVG."""
    assert table.curve is not None
    over = table.curve.over
    fits = {name: (power, factor) for name, power, factor in table.exponents(rows)}
    with new_figure((5.5, 3.2)) as figure:
        axes = figure.subplots()
        for number, column in enumerate(table.curve.columns):
            points = [(row[over], row[column]) for row in rows]
            drawn = [(x, y) for x, y in points if not isinstance(x, str) and not isinstance(y, str) and not isnan(y)]
            name, colour = table.columns[column], f"C{number}"
            fitted = fits.get(name)
            told = name if fitted is None else f"{name}: exponent {fitted[0]:.2f}"
            axes.plot(*zip(*drawn, strict=True), color=colour, marker="o", linestyle="none", label=told)
            if fitted is not None:
                ends = [min(x for x, _ in drawn), max(x for x, _ in drawn)]
                axes.plot(ends, [fitted[1] * x ** fitted[0] for x in ends], color=colour, linewidth=0.8)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xlabel(table.columns[over])
        axes.legend(fontsize=7, framealpha=0.8)
        return svg_of(figure)


def _plot_name(table: Table) -> str:
    return f"benchmarks-{table.name}.svg"
