"""Random exact data: easy to type in again, and never 0 by accident."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Final, assert_never

from lstmsolve.derivation.language.indices import Span
from lstmsolve.derivation.recurrences.systems import Leaf
from lstmsolve.derivation.trial.evaluation import Indices, index_value
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, Listed, RealInterval, Symbols

GRAIN: Final = 8
"""Random reals are multiples of 1/8: exact, and easy to type in again."""

REACH: Final = 2
"""… between -2 and 2, where the domain allows it."""


def drawn_number(domain: Domain | Span, sizes: Indices, random: Random) -> Fraction:
    """A number of the domain; not 0, where others are to be had."""
    match domain:
        case Span(low, high):
            return Fraction(random.randint(index_value(low, sizes), index_value(high, sizes)))
        case RealInterval(low, high):
            bottom = low if low is not None else -REACH if high is None else high - 2 * REACH
            top = high if high is not None else bottom + 2 * REACH
            grain = Fraction(top - bottom, 2 * REACH * GRAIN)
            value = bottom + grain * random.randint(1, 2 * REACH * GRAIN - 1)
            return value or grain
        case IntegerRange(low, high):
            least = low if low is not None else -REACH if high is None else high - 2 * REACH
            return Fraction(random.randint(least, high if high is not None else least + 2 * REACH))
        case Listed(values):
            return random.choice(values)
        case Symbols():
            raise AssertionError("symbols are refused when a case is read")
        case _:
            assert_never(domain)


def drawn_row(
    leaf: Leaf, total: Fraction, count: int, number: Callable[[], Fraction], random: Random
) -> list[Fraction]:
    """So many numbers of an input's domain that add up to `total`.

    Raises:
        InputError: there are none, or none were found.
    """
    values: list[Fraction] | None = None
    match leaf.domain:
        case Listed(choices):
            values = _chosen(choices, total, count, random)
        case RealInterval(low, high):
            drawn = [number() for _ in range(count - 1)]
            values = [*drawn, total - sum(drawn)]
            if not all((low is None or low <= v) and (high is None or v <= high) for v in values):
                values = _shares(low, high, total, count, random)
        case _:
            pass
    if values is None:
        message = f"no {count} numbers of this input were found that add up to {total}"
        raise InputError.single(f"inputs.{leaf.name}", message)
    return values


def _chosen(choices: tuple[Fraction, ...], total: Fraction, count: int, random: Random) -> list[Fraction] | None:
    """One choice after the other, each leaving a rest that the others can still reach."""
    reachable = [{Fraction(0)}]
    for _ in range(count):
        reachable.append({value + choice for value in reachable[-1] for choice in choices})
    if total not in reachable[count]:
        return None
    found: list[Fraction] = []
    for left in range(count - 1, -1, -1):
        fitting = [choice for choice in choices if total - choice in reachable[left]]
        found.append(random.choice(fitting))
        total -= found[-1]
    random.shuffle(found)
    return found


def _shares(
    low: Fraction | None, high: Fraction | None, total: Fraction, count: int, random: Random
) -> list[Fraction] | None:
    """Parts of the total above the lower end, or below the upper one."""
    end = low if low is not None else high
    assert end is not None
    weights = [Fraction(random.randint(1, GRAIN)) for _ in range(count)]
    values = [end + (total - count * end) * weight / sum(weights) for weight in weights]
    inside = all((low is None or low <= v) and (high is None or v <= high) for v in values)
    return values if inside else None
