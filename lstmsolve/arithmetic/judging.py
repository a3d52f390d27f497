"""A checked certificate in, what holds of its design in each float format out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Final

from lstmsolve.arithmetic.growth import Counts, Growth, bounded, counts_of, free_inputs, growth
from lstmsolve.arithmetic.orderfree import Judged, OrderFree
from lstmsolve.arithmetic.places import Place, places
from lstmsolve.arithmetic.sums import NEVER, Sums
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.model.floats import FloatFormat
from lstmsolve.model.watch import UNWATCHED, Watch

SETTLED_COUNT: Final = Fraction(2**20)
"""From counts of this size on, what a mode starts a count with does not matter for how fast counts grow."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Runs of up to `length` steps whose inputs are at most `inputs` in size are exact in every order; None: any."""

    length: int | None
    inputs: Fraction | None


@dataclass(frozen=True, slots=True)
class NotExact:
    """The criterion does not hold at this sum, however short the run."""

    where: str


@dataclass(frozen=True)
class Judge:
    """One certificate, its steps and counts."""

    certificate: Certificate
    steps: tuple[Place, ...]
    counts: Counts
    watch: Watch = UNWATCHED
    grown: dict[tuple[Fraction | None, Fraction], Growth | None] = field(default_factory=dict, compare=False)
    """How counts grow, by bounds on inputs and on counts; formats of one range share them."""

    @staticmethod
    def of(certificate: Certificate, watch: Watch = UNWATCHED) -> Judge:
        return Judge(certificate, tuple(places(certificate)), counts_of(certificate), watch)

    def horizons(self, kind: FloatFormat) -> tuple[Proven, ...] | NotExact:
        """What is proved for one format: one pair of length and size of inputs, or several where one costs the other.

        Raises:
            LimitReached: the watch ran out.
        """
        initial = self.certificate.weights.initial
        if not all(map(kind.holds, (*initial.c, *initial.h))):
            return NotExact(f"the initial state, which no {kind.name} can hold")
        found: list[Proven] = []
        where = ""
        sizes = list(self._sizes(kind))
        # Smaller bounds leave fewer runs, so lengths only grow: where the ends agree, nothing in between differs.
        ends = {inputs: self._length(kind, inputs) for inputs in dict.fromkeys((sizes[0], sizes[-1]))}
        if ends[sizes[0]][1] == ends[sizes[-1]][1]:
            sizes = sizes[:1]
        for inputs in sizes:
            judged, length = ends[inputs] if inputs in ends else self._length(kind, inputs)
            where = where or judged.where
            if length is None:
                return (*found, Proven(None, inputs))
            # A smaller bound on inputs is worth telling only where it makes runs longer.
            if length > 0 and (not found or length > (found[-1].length or 0)):
                found.append(Proven(length, inputs))
        return tuple(found) if found else NotExact(where)

    def _sizes(self, kind: FloatFormat) -> Iterator[Fraction | None]:
        """Bounds on inputs that have none: the largest power of two, then smaller ones."""
        if not any(free_inputs(place) for place in self.steps):
            yield None
            return
        yield Fraction(2) ** kind.greatest_exponent
        exponent = kind.precision
        while exponent > 0:
            yield Fraction(2) ** exponent
            exponent = exponent // 2
        yield ONE

    def _length(self, kind: FloatFormat, inputs: Fraction | None) -> tuple[Judged, int | None]:
        """The steps that a run may have; None is any number."""
        judge = OrderFree(self.certificate.weights, kind)
        worst = Judged(None, "")
        for place in self.steps:
            self.watch.check()
            rows = bounded(place, self.counts[place.mode.name], inputs, ZERO)
            judged = judge.judge(place, Sums(kind, rows, place.region.integers))
            if judged.limit is not None and (worst.limit is None or judged.limit < worst.limit):
                worst = Judged(judged.limit, f"{judged.where} in {place.name}")
            if worst.limit == NEVER:
                return worst, 0
        if worst.limit is None:
            return worst, None
        lengths = [self._steps_below(worst.limit, inputs, count) for count in (ZERO, SETTLED_COUNT)]
        return worst, None if None in lengths else max(length for length in lengths if length is not None)

    def _steps_below(self, limit: Fraction, inputs: Fraction | None, least_count: Fraction) -> int | None:
        if (inputs, least_count) not in self.grown:
            self.grown[inputs, least_count] = growth(self.certificate, self.steps, self.counts, inputs, least_count)
        found = self.grown[inputs, least_count]
        if found is None or found.start >= limit:
            return 0
        # The step after n steps is exact if start + n * rate < limit.
        return None if not found.rate else ceil((limit - found.start) / found.rate)
