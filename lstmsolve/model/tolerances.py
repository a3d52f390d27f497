"""How far weights may move without any output changing, at any length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.kernel.lstm.cells import Cell, parameters

Interval: TypeAlias = tuple[Fraction | None, Fraction | None]
"""Least and greatest; None is no bound."""


@dataclass(frozen=True)
class Tolerance:
    """A box of weights around a design in which every weight set meets the spec."""

    radius: Fraction | None
    """Every weight that is not `exact` may be off by this much, all at once; None: by any amount."""
    exact: tuple[str, ...]
    """Weights that must be what they are: nearby values fail however the others are chosen."""
    together: Mapping[str, Interval]
    """By full name: intervals that all may be used up at once, as wide as they get in turn."""
    alone: Mapping[str, Interval]
    """The interval of each weight while the others stay where they are."""


def tolerance_rows(found: Tolerance, cell: Cell) -> tuple[list[str], list[list[str]]]:
    """The intervals as a table."""
    header = ["weight", "all at once", "alone"]
    return header, [
        [place.short_name(cell), spelled(found.together[place.name]), spelled(found.alone[place.name])]
        for place in parameters(cell)
    ]


def tolerance_line(found: Tolerance, cell: Cell) -> str:
    """The radius in one sentence."""
    names = {place.name: place.short_name(cell) for place in parameters(cell)}
    fixed = ", ".join(names[name] for name in found.exact)
    but = f" except {fixed}, which must be exact," if fixed else ""
    amount = "any amount" if found.radius is None else show_number(found.radius)
    return f"every weight{but} may be off by {amount}, all at once, and no output changes"


def spelled(interval: Interval) -> str:
    low, high = interval
    if low is not None and low == high:
        return show_number(low)
    return f"{'-∞' if low is None else show_number(low)} .. {'∞' if high is None else show_number(high)}"
