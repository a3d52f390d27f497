"""The benchmarks of the project: ours beside what else one could use.

    python -m benchmarks --list
    python -m benchmarks [--out FOLDER] [NAME …]

Without names all tables are measured, printed as they come, and with --out written to FOLDER/benchmarks.md with
plots. The programs of the list are run when they are named, with their defaults; `python -m benchmarks.NAME --help`
has their options.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from runpy import run_module
from typing import Final

from benchmarks.page import PAGE, write_page
from benchmarks.tables import Row, Table, printed


@dataclass(frozen=True)
class Benchmark:
    """A benchmark: what it compares, and the packages that it leaves out where they are not installed."""

    says: str
    tables: str = ""
    """`module:function`, which gives its tables; empty for a program of its own."""
    wants: tuple[str, ...] = ()


BENCHMARKS: Final = {
    "simulator": Benchmark(
        "runs of a cell: ours, numpy, a plain numba loop, onnxruntime, torch, BLAS",
        "benchmarks.simulator:tables",
        ("numba", "onnxruntime", "torch"),
    ),
    "gradients": Benchmark(
        "back-propagation through time: ours, torch, autograd", "benchmarks.gradients:tables", ("torch", "autograd")
    ),
    "exact": Benchmark("exact runs: integers with a common denominator, fractions", "benchmarks.exact:tables"),
    "horizon": Benchmark("weights judged: verify, unrolling with z3, Spacer", "benchmarks.verify:tables"),
    "search": Benchmark(
        "threshold units for automata: compiled, annealing mended by z3, z3 alone",
        "benchmarks.automata:compared",
        ("numba",),
    ),
    "growth": Benchmark(
        "costs by states, symbols, units and processes, with the exponents that fit",
        "benchmarks.growth:tables",
        ("numba",),
    ),
    "commands": Benchmark("commands from start to end, beside a Python that imports z3"),
    "automata": Benchmark(
        "hidden sizes found for automata of 16 to 96 states, beside the counting bound", wants=("numba",)
    ),
    "mealy": Benchmark("random Mealy machines with an output layer: hidden sizes that solve finds", wants=("numba",)),
    "design": Benchmark(
        "solve, construct, unrolling with z3, training with torch, over 30 behaviours", wants=("torch",)
    ),
    "code": Benchmark("exported C proved by ESBMC, and changed C refuted"),
    "smooth": Benchmark("trained sigmoid nets: verify, and torch's accuracy at length 200", wants=("torch",)),
    "enclosures": Benchmark("the checker's exp, σ and tanh beside Arb and mpmath"),
    "service": Benchmark("100 clients of the service, beside the command line", wants=("fastapi", "uvicorn")),
}
"""By their names. `python -m benchmarks.foreign FOLDER` solves a folder of anybody's cases."""


def needed(names: Sequence[str]) -> list[str]:
    """Packages that these benchmarks want and that are not installed."""
    wanted = dict.fromkeys(package for name in names for package in BENCHMARKS[name].wants)
    return [package for package in wanted if find_spec(package) is None]


def listed() -> Iterator[str]:
    for name, one in BENCHMARKS.items():
        kind = "table" if one.tables else "program"
        missing = f" (not installed: {', '.join(needed([name]))})" if needed([name]) else ""
        yield f"{name:11} {kind:8} {one.says}{missing}"


def measured(names: Sequence[str]) -> Iterator[tuple[Table, list[Row]]]:
    """The tables of these benchmarks, printed; programs print what they print."""
    for name in names:
        module, _, function = BENCHMARKS[name].tables.partition(":")
        if not function:
            sys.argv = [f"benchmarks.{name}"]
            run_module(f"benchmarks.{name}", run_name="__main__")
            continue
        for table in getattr(import_module(module), function)():
            yield table, printed(table)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all tables if left out")
    parser.add_argument("--list", action="store_true", help="name them, and end")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help=f"write the tables to FOLDER/{PAGE}")
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(listed()))
        return 0
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark called {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    names = given.names or [name for name, one in BENCHMARKS.items() if one.tables]
    missing = needed(names)
    for package in missing:
        print(f"{package} is not installed; what needs it is left out", file=sys.stderr)
    everything = needed([name for name, one in BENCHMARKS.items() if one.tables])
    for found in measured(names):
        if given.out is not None:
            write_page(given.out, [found], everything)
    return 0


if __name__ == "__main__":
    sys.exit(main())
