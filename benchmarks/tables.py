"""Tables as values: rows come as they are measured, are printed at once, and can be kept for a page.

Numbers of a row are ratios of processor times, both measured in the same run; NaN is what could not be measured.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, exp, isnan, log
from multiprocessing.connection import Connection
from statistics import fmean
from typing import Final, TypeAlias, TypeVar

Value: TypeAlias = "str | int | float"
Row: TypeAlias = tuple[Value, ...]
T = TypeVar("T")

NOTHING: Final = float("nan")
"""In place of a ratio: one of the two is missing."""


@dataclass(frozen=True)
class Curve:
    """Columns to be drawn over another one, on logarithmic axes, with the exponents that fit them."""

    over: int
    columns: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """What is measured, and what stands beside it."""

    name: str
    """Of its plot's file, and of the benchmark."""
    title: str
    says: str
    columns: tuple[str, ...]
    rows: Iterable[Row]
    curve: Curve | None = None

    def exponents(self, rows: Sequence[Row]) -> list[tuple[str, float, float]]:
        """For each drawn column its name, exponent and factor: it grows as factor · x^exponent."""
        if self.curve is None:
            return []
        found = []
        for column in self.curve.columns:
            fitted = power_law([(row[self.curve.over], row[column]) for row in rows])
            if fitted is not None:
                found.append((self.columns[column], *fitted))
        return found

    def fits(self, rows: Sequence[Row]) -> str:
        """The exponents in words; empty where there are none."""
        if self.curve is None:
            return ""
        over = self.columns[self.curve.over]
        return "; ".join(f"{name} grows as {over}^{power:.2f}" for name, power, _ in self.exponents(rows))


def power_law(points: Iterable[tuple[Value, Value]]) -> tuple[float, float] | None:
    """Exponent and factor of the power law that fits best in logarithms; None for fewer than three points."""
    usable = [
        (log(x), log(y))
        for x, y in points
        if not isinstance(x, str) and not isinstance(y, str) and x > 0 and y > 0 and not isnan(y)
    ]
    if len({x for x, _ in usable}) < 3:
        return None
    middle_x, middle_y = fmean(x for x, _ in usable), fmean(y for _, y in usable)
    spread = sum((x - middle_x) ** 2 for x, _ in usable)
    power = sum((x - middle_x) * (y - middle_y) for x, y in usable) / spread
    return power, exp(middle_y - power * middle_x)


def shown(value: Value) -> str:
    """A cell of a table: three digits of a ratio."""
    if not isinstance(value, float):
        return str(value)
    return "–" if isnan(value) else f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def printed(table: Table) -> list[Row]:
    """Print a table row by row as it is measured; its rows."""
    print(f"\n{table.title}\n{table.says}\n")
    widths = [max(9, len(name)) for name in table.columns]
    print("  ".join(name.rjust(width) for name, width in zip(table.columns, widths, strict=True)), flush=True)
    rows = []
    for row in table.rows:
        rows.append(row)
        print("  ".join(shown(value).rjust(width) for value, width in zip(row, widths, strict=True)), flush=True)
    if fits := table.fits(rows):
        print(fits)
    return rows


def ratio(other: float | None, ours: float | None) -> float:
    """How many times ours the other is; NaN where either is missing."""
    return NOTHING if other is None or not ours else other / ours


def processor() -> float:
    """Processor seconds of this process and of those of its children that have ended."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def spent(work: Callable[[], T]) -> tuple[T, float]:
    """What a call returns, and its processor seconds, those of its processes included."""
    began = processor()
    found = work()
    return found, processor() - began


def best(work: Callable[[], object], times: int = 5, least: float = 0.0) -> float:
    """Processor seconds of this process for one call: the best of at least so many, for so long at least."""
    found: list[float] = []
    while len(found) < times or sum(found) < least:
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


PATIENCE: Final = 20
"""Seconds of wall time for each processor second, before a process that waits for something is given up."""


def in_a_process(work: Callable[[], str], limit: float) -> tuple[str, float | None]:
    """The answer and the processor seconds it took, in a copy of this process.

    No seconds if there was no answer within so many processor seconds, rounded up.
    """
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_timed, args=(work, there, ceil(limit)))
    process.start()
    there.close()
    try:
        answer, seconds = here.recv() if here.poll(PATIENCE * limit) else ("no answer", None)
    except EOFError:
        answer, seconds = "no answer", None
    process.kill()
    process.join()
    return answer, seconds


def _timed(work: Callable[[], str], pipe: Connection, limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))  # beyond it the system ends the process
    began = processor()
    answer = work()
    pipe.send((answer, processor() - began))
