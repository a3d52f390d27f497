"""When a sum in floats is exact, or saturates its gate, whatever the order of evaluation.

Let q be a power of two that divides every term of a sum, and p the format's bits.

    exact       Σ|terms| <= 2^p q: every partial sum is a multiple of q below 2^p q, so it is a number of the format.
                Products are exact for the same reason, and a fused or wider sum is the same.
    saturated   otherwise a sum of n terms errs by at most γ Σ|terms| + η, γ = m u / (1 - m u), with m roundings of a
                term at most and u = 2^-p (Higham 2002, §3.1); η is for numbers below the least. So where the exact
                argument is >= 1 + γ Σ|terms| + η the gate is 1, and where it is <= -γ Σ|terms| - η it is 0.

Where terms are forms, each point of a region may take its own way out. What is asked is how large the counts
must be before some point has none: a linear program for each pattern of the terms' signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from itertools import product
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ZERO, Affine, Row, linear_sum
from lstmsolve.linear.polyhedra import minimum, prove, refute
from lstmsolve.model.floats import FloatFormat, dyadic_quantum

COUNTS: Final = "size of the counts"
"""The variable that bounds all counts; no name of a certificate has blanks."""

MAX_MIXED: Final = 6
"""Terms of one sum whose sign changes within a region; each doubles the patterns."""

Limit: TypeAlias = Fraction | None
"""What counts must stay below; None is no limit, 0 is never."""

NEVER: Final = ZERO


def least(*limits: Limit) -> Limit:
    """The strictest of some limits."""
    return min((limit for limit in limits if limit is not None), default=None)


@dataclass(frozen=True)
class Sums:
    """Sums over one region, in one format. The rows bound every count by `COUNTS`."""

    kind: FloatFormat
    rows: tuple[Row, ...]
    integers: frozenset[str]

    def exact(self, terms: Sequence[Affine]) -> Limit:
        """Up to where the sum of these terms is exact."""
        if certain(self.kind, terms, exact=True, saturates=False):
            return None
        return least(self._violated(tuple(terms), True, False), self.finite(terms))

    def saturated(self, terms: Sequence[Affine], exact: bool) -> Limit:
        """Up to where a CReLU of the sum has its exact value; `exact`: the terms themselves are exact in floats."""
        if certain(self.kind, terms, exact=exact, saturates=True):
            return None
        return least(self._violated(tuple(terms), exact, True), self.finite(terms))

    def finite(self, terms: Sequence[Affine]) -> Limit:
        """Up to where no partial sum overflows."""
        if all(term.is_constant for term in terms) and _fits(self.kind, tuple(term.constant for term in terms)):
            return None
        found: list[Limit] = []
        patterns = self._signed(tuple(terms))
        if patterns is None:
            return NEVER
        for rows, size in patterns:
            greatest = self.kind.greatest / (1 + _gamma(self.kind, len(terms)))
            found.append(
                self._least_counts([*rows, Row(size - greatest)], size.is_constant and size.constant < greatest)
            )
        return least(*found)

    def _violated(self, terms: tuple[Affine, ...], exact: bool, saturates: bool) -> Limit:
        """The least size of counts for which neither clause holds."""
        patterns = self._signed(terms)
        if patterns is None:
            return NEVER
        argument = linear_sum((term, 1) for term in terms)
        quantum = form_quantum(terms, self.integers) if exact else None
        usable = quantum is not None and quantum >= self.kind.least
        if exact and not terms:
            return None
        gamma, eta = _gamma(self.kind, len(terms)), (len(terms) + 2) * self.kind.least
        found: list[Limit] = []
        for rows, size in patterns:
            against = list(rows)
            if usable:
                assert quantum is not None
                against.append(Row(size - (2**self.kind.precision + 1) * quantum))
            if saturates:
                error = size * gamma + eta
                against += [Row(-argument + 1 + error, True), Row(argument + error, True)]
            found.append(self._least_counts(against, any(r.is_constant and not r.holds_trivially for r in against)))
        return least(*found)

    def _signed(self, terms: tuple[Affine, ...]) -> list[tuple[tuple[Row, ...], Affine]] | None:
        """Each pattern of signs of the terms that there is: its rows, and Σ|terms|; None if there are too many."""
        return _signed(self.rows, self.integers, terms)

    def _least_counts(self, against: Sequence[Row], contradictory: bool) -> Limit:
        """The least size of counts at which these rows have a point; None if they never have."""
        if contradictory:
            return None
        rows = (*self.rows, *against)
        if refute(rows) is not None:
            return None
        found = minimum(rows, Affine.variable(COUNTS))
        assert found is not None, "the size of counts is at least 0"
        return found[0]


def certain(kind: FloatFormat, terms: Sequence[Affine], *, exact: bool, saturates: bool) -> bool:
    """Is this a sum of numbers that is right on any region? Most sums of a finite design are, and few are different.

    `exact`: the terms themselves are exact in floats; `saturates`: a CReLU of the sum is asked for, not the sum."""
    return all(term.is_constant for term in terms) and _right(
        kind, tuple(term.constant for term in terms), exact, saturates
    )


@lru_cache(maxsize=2**16)
def _right(kind: FloatFormat, numbers: tuple[Fraction, ...], exact: bool, saturates: bool) -> bool:
    """Has a sum of numbers its exact value, or its CReLU, in every order? What `Sums` asks, without a region."""
    if not _fits(kind, numbers):
        return False
    size, argument = sum(map(abs, numbers), ZERO), sum(numbers, ZERO)
    quantum = dyadic_quantum(numbers) if exact else None
    if exact and (
        not numbers or (quantum is not None and kind.least <= quantum and size < (2**kind.precision + 1) * quantum)
    ):
        return True
    error = size * _gamma(kind, len(numbers)) + (len(numbers) + 2) * kind.least
    return saturates and (argument >= 1 + error or argument <= -error)


@lru_cache(maxsize=2**16)
def _fits(kind: FloatFormat, numbers: tuple[Fraction, ...]) -> bool:
    """Does no partial sum overflow?"""
    return sum(map(abs, numbers), ZERO) < kind.greatest / (1 + _gamma(kind, len(numbers)))


def form_quantum(terms: Sequence[Affine], integers: frozenset[str]) -> Fraction | None:
    """A power of two that divides every term wherever the integer variables are integers; None if there is none."""
    if not all(name in integers for term in terms for name in term.variables):
        return None
    return dyadic_quantum([value for term in terms for value in (term.constant, *(factor for _, factor in term.terms))])


@cache
def _gamma(kind: FloatFormat, terms: int) -> Fraction:
    # A weight is rounded, then its product, then at most one sum for each other term; and once more for storing.
    roundings = (terms + 2) * kind.unit
    return roundings / (1 - roundings) if roundings < 1 else Fraction(2) ** kind.greatest_exponent


@lru_cache(maxsize=4096)
def _signed(
    rows: tuple[Row, ...], integers: frozenset[str], terms: tuple[Affine, ...]
) -> list[tuple[tuple[Row, ...], Affine]] | None:
    fixed: list[Affine] = []
    mixed: list[Affine] = []
    for term in terms:
        if term.is_constant:
            fixed.append(Affine((), abs(term.constant)))
        elif prove(rows, Row(term), integers) is not None:
            fixed.append(term)
        elif prove(rows, Row(-term), integers) is not None:
            fixed.append(-term)
        else:
            mixed.append(term)
    if len(mixed) > MAX_MIXED:
        return None
    size = linear_sum((term, 1) for term in fixed)
    patterns = []
    for signs in product((1, -1), repeat=len(mixed)):
        parts = [term * sign for term, sign in zip(mixed, signs, strict=True)]
        patterns.append((tuple(Row(part) for part in parts), linear_sum(((part, 1) for part in parts), 0) + size))
    return patterns
