"""How costs grow: with states, symbols, units and cores.

python -m benchmarks.growth
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from math import inf
from pathlib import Path
from typing import Final

import lstmsolve
from benchmarks.automata import automaton_case, seconds_of, warm
from benchmarks.tables import NOTHING, Curve, Row, Table, printed, processor, ratio, spent
from lstmsolve.api.batching import batch
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.model.outcomes import Accepted, Proved, Solved
from lstmsolve.workers import Stopwatch
from lstmsolve.workers.crews import local

STATES: Final = (25, 100, 400, 1_000, 4_000, 10_000)
SYMBOLS: Final = (2, 4, 8, 16)
UNITS: Final = (6, 7, 8, 10, 12)

MOST_VERIFIED: Final = 100
"""States up to which the proof is also found anew from the weights alone."""

SHIPPED: Final = ("parity", "debounce", "mod-5", "one-shot", "tomita-3", "tomita-6", "tomita-7")


def tables() -> Iterator[Table]:
    yield Table(
        "states",
        "Nets that are built, by states",
        "Random minimal automata over two symbols: weights built and proved (`solve --engine construct`) and the "
        "certificate checked, each over its first row; beside the check, `verify`, which has the weights alone and "
        "finds the proof again.",
        ("states", "units", "solve", "check", "verify / check"),
        _built([(states, 2) for states in STATES], 0),
        Curve(0, (2, 3)),
    )
    yield Table(
        "symbols",
        "Nets that are built, by symbols",
        "The same for automata of 50 states with an output layer, without which not all of them are built.",
        ("symbols", "units", "solve", "check", "verify / check"),
        _built([(50, symbols) for symbols in SYMBOLS], 1),
        Curve(0, (2, 3)),
    )
    yield Table(
        "units",
        "The compiled search, by units",
        "Random minimal automata of 24 states, seeds 1 to 4: the median time of the search over that with most "
        "units, and the worst over the median. The fewer units, the harder.",
        ("units", "median", "worst / median"),
        _by_units(24, UNITS, 4, 60.0),
        Curve(0, (1,)),
    )
    yield Table(
        "cores",
        "A batch, by processes",
        f"`batch` over {len(SHIPPED)} shipped cases: wall time with one process over that with so many, and processor "
        "time over that with one.",
        ("processes", "wall time saved", "processor time"),
        _by_processes(),
    )


def _built(sizes: Sequence[tuple[int, int]], over: int) -> Iterator[Row]:
    first: tuple[float, float] | None = None
    for size in sizes:
        layer = "[readout]\nlayer = true\n" if over else ""
        problem = parse_case(automaton_case(*size, seed=1) + layer)
        solved, solving = spent(partial(lstmsolve.solve, problem, engine="construct", seconds=600.0))
        assert isinstance(solved, Solved)
        assert isinstance(solved.certificate, Certificate)
        checked, checking = spent(partial(lstmsolve.check, solved.certificate))
        assert isinstance(checked, Accepted)
        again = NOTHING
        if size[0] <= MOST_VERIFIED and size[1] == 2:
            judged, again = spent(partial(lstmsolve.verify, problem, solved.weights, seconds=600.0))
            assert isinstance(judged, Proved)
        first = first or (solving, checking)
        yield size[over], solved.weights.cell.hidden, solving / first[0], checking / first[1], ratio(again, checking)


def _by_units(states: int, units: Sequence[int], seeds: int, limit: float) -> Iterator[Row]:
    """From the most units down, as all is told beside the most."""
    warm()
    easiest: float | None = None
    for hidden in sorted(units, reverse=True):
        times = sorted(seconds_of(states, 2, seed, hidden, limit) for seed in range(1, seeds + 1))
        middle = statistics.median(times)
        easiest = middle if easiest is None else easiest
        worst = times[-1] / middle if times[-1] < inf else NOTHING
        yield hidden, middle / easiest if middle < inf else NOTHING, worst


def _by_processes() -> Iterator[Row]:
    first: tuple[float, float] | None = None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for count in sorted({1, 2, cores}):
        with tempfile.TemporaryDirectory() as folder:
            cases = Path(folder) / "cases"
            cases.mkdir()
            for name in SHIPPED:
                shutil.copy(Path(__file__).parents[1] / "cases" / f"{name}.toml", cases)
            began, before = time.perf_counter(), processor()
            rows = list(batch(cases, Path(folder) / "out", seconds=60.0, crew=local(count), watch=Stopwatch(600.0)))
            wall, work = time.perf_counter() - began, processor() - before
        assert all(row.verdict == "solved" for row in rows), rows
        first = first or (wall, work)
        yield count, first[0] / wall, work / first[1]


def main() -> None:
    for table in tables():
        printed(table)


if __name__ == "__main__":
    main()
