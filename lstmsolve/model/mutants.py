"""Weights that differ from given ones in a single number."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lstmsolve.kernel.lstm.cells import Parameter, Weights


def mutants(weights: Weights) -> Iterator[tuple[Parameter, Weights]]:
    """Each weight moved by 1 and by 1/2 both ways, set to 0 and doubled; none is the original."""
    values = weights.values()
    for place, value in values.items():
        changed = {value + 1, value - 1, value + Fraction(1, 2), value - Fraction(1, 2), Fraction(0), 2 * value}
        for other in sorted(changed - {value}):
            yield place, Weights.of(weights.cell, {**values, place: other}, weights.initial)
