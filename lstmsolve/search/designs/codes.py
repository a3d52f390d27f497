"""A finite spec as arrays, for searches over codes: what c and h are, as 0s and 1s, in each mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from lstmsolve.encoder import DesignQuery
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.obligations.tables.maps import meets
from lstmsolve.obligations.tables.transitions import START, SpecMode

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Bits: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.intp]

OPEN: Final = np.nan
"""Stands for a bit that is for the search to choose."""


@dataclass(frozen=True)
class Steps:
    """N modes and T steps between them, with D input columns."""

    names: tuple[str, ...]
    source: Numbers  # [T]
    target: Numbers  # [T]
    x: Floats  # [T, D]
    c: Floats
    """What the cells hold in each mode, [N, H], or OPEN."""
    shown: Floats
    """Whether the units show it, [N, H], or OPEN."""


@dataclass(frozen=True)
class Codes:
    """What each unit holds and shows in each mode, [N, H]."""

    c: Bits
    h: Bits


def steps_of(query: DesignQuery) -> Steps | None:
    """The arrays of a finite table; None if no code of 0s and 1s says what it owes or starts as it does."""
    names = tuple(query.table.modes)
    number = {name: n for n, name in enumerate(names)}
    transitions = query.table.transitions
    units = range(query.cell.hidden)
    rows: list[Sequence[tuple[float, float]]] = []
    for mode in query.table.modes.values():
        if mode.name == START:
            initial = query.initial
            codes = [_initial_code(c, h) for c, h in zip(initial.c, initial.h, strict=True)]
        else:
            codes = [_owed_code(mode, unit) for unit in units]
        known = [code for code in codes if code is not None]
        if len(known) < len(codes):
            return None
        rows.append(known)
    bits = np.array(rows, np.float32).reshape(len(names), len(units), 2)
    return Steps(
        names,
        np.array([number[step.source] for step in transitions], np.intp),
        np.array([number[step.target] for step in transitions], np.intp),
        np.array([[float(column.constant) for column in step.x] for step in transitions], np.float32),
        bits[:, :, 0],
        bits[:, :, 1],
    )


def _initial_code(c: Fraction, h: Fraction) -> tuple[float, float] | None:
    """c, and whether h is c, where both are bits."""
    is_code = c in (ZERO, ONE) and h in (ZERO, c)
    return (float(c), float(h)) if is_code else None


def _owed_code(mode: SpecMode, unit: int) -> tuple[float, float] | None:
    """What a unit has to hold and show."""
    wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
    quiet, loud = (meets(wanted, Affine((), value), mode) for value in (ZERO, ONE))
    if not quiet:
        return (1.0, 1.0) if loud else None
    return (OPEN, OPEN) if loud else (OPEN, 0.0)
