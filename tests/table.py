"""One table of behaviours, each written twice: as a shipped case, and here by hand in Python.

Every engine is tested against this table. The functions below know nothing of specs: they say
what h[0] must be after each prefix, straight from the words of the title.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

Step = tuple[int, ...]
Expected = Sequence[Fraction | None]


@dataclass(frozen=True)
class Behaviour:
    case: str
    alphabet: tuple[Step, ...]
    """Input columns to build strings from; for unbounded inputs a few of them."""
    wild: tuple[Step, ...]
    """More inputs, for long random runs."""
    expected: Callable[[Sequence[Step]], Expected]
    """h[0] after each step; None where nothing is owed any more."""

    def __str__(self) -> str:
        return self.case


def _tally(xs: Sequence[Step]) -> Expected:
    return [Fraction(sum(1 for (x,) in xs[: n + 1] if x >= 1) if xs[n][0] == 0 else 0) for n in range(len(xs))]


def _parity(xs: Sequence[Step]) -> Expected:
    return [Fraction(sum(x for (x,) in xs[: n + 1]) % 2) for n in range(len(xs))]


def _latch(xs: Sequence[Step]) -> Expected:
    q: Fraction | None = Fraction(0)
    said: list[Fraction | None] = []
    for is_set, is_reset in xs:
        if is_set and is_reset:
            q = None  # the promise is broken: nothing is owed from here on
        elif q is not None and (is_set or is_reset):
            q = Fraction(is_set)
        said.append(q)
    return said


def _saturating(xs: Sequence[Step]) -> Expected:
    return [Fraction(min(3, sum(x for (x,) in xs[: n + 1]))) for n in range(len(xs))]


def _ramp(xs: Sequence[Step]) -> Expected:
    said, since = [], 0
    for (x,) in xs:
        since = 0 if x else since + 1
        said.append(Fraction(since))
    return said


def _pocket(xs: Sequence[Step]) -> Expected:
    said, total = [], 0
    for (x,) in xs:
        said.append(Fraction(total if x == 0 else 0))
        total = 0 if x == 0 else total + x
    return said


BITS: tuple[Step, ...] = ((0,), (1,))
PAIRS: tuple[Step, ...] = ((0, 0), (0, 1), (1, 0), (1, 1))
NATURALS: tuple[Step, ...] = ((0,), (1,), (7,))

BEHAVIOURS = (
    Behaviour("nonzero-counter", NATURALS, ((0,), (1,), (2,), (1000,)), _tally),
    Behaviour("parity", BITS, BITS, _parity),
    Behaviour("set-reset-latch", PAIRS, PAIRS[:3], _latch),
    Behaviour("saturating-counter", BITS, BITS, _saturating),
    Behaviour("ramp", BITS, BITS, _ramp),
    Behaviour("pocket-calculator", NATURALS, ((0,), (1,), (13,), (999,)), _pocket),
)
