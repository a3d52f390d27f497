"""How large the numbers of a proved design get: inputs, c, h, the argument of every gate and z, and how wide sums are.

A state that is reached lies in a mode of the certificate, and a step that is taken at one of its leaves. So c, h and z
lie between their least and largest values over the modes, inputs and arguments over the leaves: linear programs in
fractions. A sum is no wider than what its terms add up to, whatever the order in which they are added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import lcm

from lstmsolve.arithmetic.growth import Growth, counts_of, free_inputs, growth
from lstmsolve.arithmetic.places import Place, places
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row
from lstmsolve.kernel.lstm.cells import Gate, Weights, nonzero
from lstmsolve.kernel.lstm.symbolic import Entry, read_out, settled
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.linear.polyhedra import minimum, refute
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.systems import Inputs


@dataclass(frozen=True, slots=True)
class Range:
    """All values of one number lie between these; None where nothing bounds them. All are multiples of `unit`."""

    low: Fraction | None
    high: Fraction | None
    unit: Fraction | None
    """None where they are multiples of nothing."""

    @property
    def size(self) -> Fraction | None:
        """The largest absolute value."""
        return None if self.low is None or self.high is None else max(-self.low, self.high, ZERO)

    def joined(self, other: Range) -> Range:
        """The least range with all values of both."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Range(low, high, _common(self.unit, other.unit))


@dataclass(frozen=True, slots=True)
class Ranged:
    """A number of the step, and what its accumulator must hold: sizes of up to `constant + slope N`.

    N is the size of the largest input or count that has no bound.
    """

    name: str
    range: Range
    constant: Fraction
    slope: Fraction

    @property
    def bits(self) -> int | None:
        """The bits of a signed accumulator that counts in units; None where none is wide enough for all runs."""
        if self.range.unit is None or self.slope:
            return None
        return int(self.constant / self.range.unit).bit_length() + 1

    def largest(self, bits: int) -> int | None:
        """An accumulator of so many bits does while inputs and counts are at most so large; None: it never does."""
        if self.range.unit is None or not self.slope:
            return None
        found = int(((2 ** (bits - 1) - 1) * self.range.unit - self.constant) / self.slope)
        return found if found > 0 else None

    def joined(self, other: Ranged, name: str) -> Ranged:
        """One accumulator that does for both."""
        constant, slope = max(self.constant, other.constant), max(self.slope, other.slope)
        return Ranged(name, self.range.joined(other.range), constant, slope)


@dataclass(frozen=True, slots=True)
class Ranges:
    """Of a design: each vector by its components, in the order of the step, and how counts grow."""

    vectors: tuple[tuple[Ranged, ...], ...]
    counts: bool
    """Does anything in the state grow without a bound?"""
    growth: Growth | None
    """None if there are no counts, or if they grow by no constant rate."""
    inputs: Fraction | None
    """The growth holds for inputs of at most this size; None: for all."""


def ranges(certificate: Certificate, watch: Watch = UNWATCHED) -> Ranges:
    """The ranges that an accepted certificate proves.

    Raises:
        LimitReached: the watch ran out.
    """
    weights, hidden = certificate.weights, certificate.weights.cell.hidden
    known = Inputs(certificate.problem.spec)
    c, h = [_start(value) for value in weights.initial.c], [_start(value) for value in weights.initial.h]
    z: list[Range | None] = [None] * (0 if weights.layer is None else len(weights.layer.d))
    for mode in certificate.modes.values():
        region = known.region(mode.where, mode.variables)
        if refute(region.rows) is None:
            whole = all(mode.variables.values())
            _widen(c, mode.c, region.rows, whole)
            _widen(h, mode.h, region.rows, whole)
            _widen(z, read_out(weights.layer, tuple(map(settled, mode.h))) if z else (), region.rows, whole)
    x: list[Range | None] = [None] * weights.cell.inputs
    arguments: dict[Gate, list[Range | None]] = {gate: [None] * hidden for gate in Gate}
    steps = tuple(place for place in places(certificate) if refute(place.region.rows) is None)
    for place in steps:
        watch.check()
        whole = place.region.variables <= place.region.integers
        _widen(x, place.x, place.region.rows, whole)
        for gate, found in arguments.items():
            _widen(found, _arguments(weights, gate, place), place.region.rows, whole)
    counts = counts_of(certificate)
    inputs = ONE if any(free_inputs(place) for place in steps) else None
    rate = None
    if any(counts.values()):
        without = growth(certificate, steps, counts, None, ZERO) if inputs is not None else None
        inputs = None if without is not None else inputs
        rate = without or growth(certificate, steps, counts, inputs, ZERO)
    columns, state = [_known(value) for value in x], [_known(value) for value in h]
    vectors = [_stored("x", columns), _stored("c", map(_known, c)), _stored("h", state)]
    for gate, found in arguments.items():
        part, name = weights.gates[gate], "g" if gate is Gate.CANDIDATE else gate.value
        vectors.append(_summed(f"argument of {name}", found, (part.w, part.u), (columns, state), part.b))
    if weights.layer is not None:
        vectors.append(_summed("z", z, (weights.layer.V,), (state,), weights.layer.d))
    return Ranges(tuple(vectors), any(counts.values()), rate, inputs)


def together(vector: Sequence[Ranged], name: str) -> Ranged:
    """All components of a vector as one."""
    return reduce(lambda one, other: one.joined(other, name), vector, replace(vector[0], name=name))


def _start(value: Fraction) -> Range | None:
    return Range(value, value, _unit([value]))


def _widen(found: list[Range | None], entries: Sequence[Entry], rows: Sequence[Row], whole: bool) -> None:
    for place, entry in enumerate(entries):
        value = _over(settled(entry), rows, whole)
        known = found[place]
        found[place] = value if known is None else known.joined(value)


def _over(entry: Entry, rows: Sequence[Row], whole: bool) -> Range:
    """The values of a form on a region that has a point; `whole` says that its variables are integers."""
    if not isinstance(entry, Affine):
        return Range(entry, entry, _unit([entry]))
    low, high = minimum(rows, entry), minimum(rows, -entry)
    unit = _unit([entry.constant, *(factor for _, factor in entry.terms)]) if whole else None
    return Range(None if low is None else low[0], None if high is None else -high[0], unit)


def _arguments(weights: Weights, gate: Gate, place: Place) -> list[Entry]:
    part = weights.gates[gate]
    found: list[Entry] = []
    for w, u, b in zip(part.w, part.u, part.b, strict=True):
        total: Entry = b
        for row, vector in ((w, place.x), (u, place.h)):
            for column, weight in nonzero(row):
                total = settled(vector[column] * weight + total)
        found.append(total)
    return found


def _stored(name: str, vector: Iterable[Range]) -> tuple[Ranged, ...]:
    values = list(vector)
    sizes = ((f"{name}[{place}]", value, value.size) for place, value in enumerate(values))
    return tuple(Ranged(label, value, size or ZERO, ONE if size is None else ZERO) for label, value, size in sizes)


def _summed(
    name: str,
    totals: Sequence[Range | None],
    matrices: Sequence[Sequence[Sequence[Fraction]]],
    vectors: Sequence[Sequence[Range]],
    bias: Sequence[Fraction],
) -> tuple[Ranged, ...]:
    """Sums of weights times what they read, and a bias."""
    found = []
    for place, (total, b) in enumerate(zip(totals, bias, strict=True)):
        constant, slope = abs(b), ZERO
        unit: Fraction | None = _unit([b])
        for weight, value in _terms([matrix[place] for matrix in matrices], vectors):
            size = value.size
            constant += ZERO if size is None else abs(weight) * size
            slope += abs(weight) if size is None else ZERO
            unit = _common(unit, None if value.unit is None else abs(weight) * value.unit)
        found.append(Ranged(f"{name}[{place}]", replace(_known(total), unit=unit), constant, slope))
    return tuple(found)


def _terms(rows: Sequence[Sequence[Fraction]], vectors: Sequence[Sequence[Range]]) -> Iterator[tuple[Fraction, Range]]:
    for row, vector in zip(rows, vectors, strict=True):
        for column, weight in nonzero(row):
            yield weight, vector[column]


def _known(value: Range | None) -> Range:
    """Where the proof has no step that is taken, the number is never computed."""
    return Range(ZERO, ZERO, ONE) if value is None else value


def _unit(values: Iterable[Fraction]) -> Fraction:
    """The number that integers stand for: all of these are multiples of it."""
    return Fraction(1, lcm(*(value.denominator for value in values)))


def _common(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else _unit([one, other])
