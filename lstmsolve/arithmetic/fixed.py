"""Weights of few bits: q 2^-k with one k for each tensor and q an integer of 8 or 16 bits, the nearest to those given.

One scale for the whole design would leave little of small weights beside large ones; one for each row would need a
scale for each unit where the code runs. Where a tensor fits, its scale is the coarsest that holds it, and at most 1
where that does. Where it does not, its scale is the finest at which no entry is clipped: there every entry is as near
as at any coarser scale.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from lstmsolve.kernel.base.affine import ONE
from lstmsolve.kernel.lstm.cells import Parameter, Weights
from lstmsolve.model.floats import INT_BITS, IntName, Rounding, dyadic_quantum, power_of_two


def nearest_fit(weights: Weights, arithmetic: IntName) -> tuple[Weights, Rounding]:
    """The nearest weights that fit (ties to even), and how they came about. The start is state, and stays."""
    bits = INT_BITS[arithmetic]
    tensors: dict[str, dict[Parameter, Fraction]] = {}
    for place, value in weights.nonzero().items():
        tensors.setdefault(place.name.partition("[")[0], {})[place] = value
    scales = {tensor: _scale(tuple(entries.values()), bits) for tensor, entries in tensors.items()}
    rounded = {
        place: round(value / scales[tensor]) * scales[tensor]
        for tensor, entries in tensors.items()
        for place, value in entries.items()
    }
    changed = {
        place.name: (value, rounded[place])
        for entries in tensors.values()
        for place, value in entries.items()
        if rounded[place] != value
    }
    found = Weights.of(weights.cell, rounded, weights.initial)
    return replace(found, notes=weights.notes), Rounding(arithmetic, scales, changed, len(rounded))


def _scale(entries: tuple[Fraction, ...], bits: int) -> Fraction:
    """The scale of one tensor, none of whose entries here is zero."""
    quantum = dyadic_quantum(entries)
    for scale in () if quantum is None else (min(quantum, ONE), quantum):
        if _in_range(entries, scale, bits):
            return scale
    size = max(map(abs, entries))
    # 2^exponent is at least the size, so the largest q is at least half the range at the first scale that is tried.
    exponent = size.numerator.bit_length() - size.denominator.bit_length() + 1
    scale = power_of_two(exponent - bits - 1)
    while not _in_range(entries, scale, bits):
        scale *= 2
    return scale


def _in_range(entries: tuple[Fraction, ...], scale: Fraction, bits: int) -> bool:
    limit = 2 ** (bits - 1)
    return all(-limit <= round(value / scale) < limit for value in entries)
