"""Exact runs of shipped designs: on integers with a common denominator, as `simulate` has them, beside fractions.

python -m benchmarks.exact [--steps T]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.tables import Row, Table, best, printed
from lstmsolve.api.checking import load_certificate
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.simulator import exact

CERTIFICATES: Final = Path(__file__).parents[1] / "reports" / "certificates"

DESIGNS: Final = ("parity", "mod-16", "delay-3", "dyck-1", "shuffle-dyck-1", "nonzero-counter", "leaky-average")


def tables(steps: int = 2_000) -> Iterator[Table]:
    yield Table(
        "exact",
        "Exact runs",
        f"Shipped designs on {steps} random inputs of 0 and 1, on integers with a common denominator; beside it the "
        "same cell on fractions, as a multiple. Traces are compared first. Finite designs come back to states, whose "
        "steps are known.",
        ("design", "H", "fractions"),
        _rows(steps),
    )


def _rows(steps: int) -> Iterator[Row]:
    for name in DESIGNS:
        proof = load_certificate(CERTIFICATES / f"{name}.json")
        assert isinstance(proof, Certificate)
        weights = proof.weights
        random = Random(1)
        inputs = [tuple(Fraction(random.randint(0, 1)) for _ in range(weights.cell.inputs)) for _ in range(steps)]
        trace = exact.run(weights, inputs)
        assert list(zip(trace.c, trace.h, strict=True)) == in_fractions(weights, inputs)
        ours = best(partial(exact.run, weights, inputs), 3)
        yield name, weights.cell.hidden, best(partial(in_fractions, weights, inputs), 2) / ours


def in_fractions(weights: Weights, inputs: list[Vector]) -> list[tuple[Vector, Vector]]:
    """c and h after every step."""
    step = exact.on_fractions(weights, weights.initial)
    return [step(x) for x in inputs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=2_000)
    for table in tables(parser.parse_args().steps):
        printed(table)


if __name__ == "__main__":
    main()
