"""How large a formula is, and how large it may be.

Every later stage walks formulas by recursion, sympy some ten calls deep at each node, and sympy takes
exponentially long for functions of functions and works out whatever power it is given. So that is looked
at when a formula is read, and once more with its abbreviations put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from lstmsolve.derivation.language.formulas import (
    Add,
    Call,
    Formula,
    Number,
    Position,
    Power,
    Ref,
    parts,
    walk,
)

MOST_DEEP: Final = 50
MOST_NESTED: Final = 8
MOST_PARTS: Final = 5_000
MOST_BITS: Final = 10_000
_EXPONENT_BITS: Final = 20


@dataclass(frozen=True, slots=True)
class Size:
    depth: int
    """Nodes from the root to the farthest leaf."""
    nested: int
    """Functions around one another."""
    parts: int
    """Nodes in all."""
    bits: int
    """Of the numbers that come out where powers and products are worked out."""

    @property
    def excess(self) -> str | None:
        """Why a formula of this size is not taken; None if it is."""
        for size, most, what in (
            (self.nested, MOST_NESTED, "functions within one another"),
            (self.depth, MOST_DEEP, "levels of nesting"),
            (self.parts, MOST_PARTS, "parts"),
            (self.bits, MOST_BITS, "binary digits in its numbers, once they are worked out,"),
        ):
            if size > most:
                return f"a formula with more than {most} {what} is not taken; give parts of it names as signals"
        return None


_NOTHING: Final = Size(1, 0, 1, 0)


def size_of(formula: Formula, abbreviations: Mapping[str, Size]) -> Size:
    """The size of a formula into which abbreviations of these sizes are put."""
    if isinstance(formula, Ref) and formula.name in abbreviations:
        return abbreviations[formula.name]
    inner = [size_of(part, abbreviations) for part in parts(formula)]
    return Size(
        1 + max((size.depth for size in inner), default=0),
        isinstance(formula, Call) + max((size.nested for size in inner), default=0),
        1 + sum(size.parts for size in inner),
        _bits(formula, [size.bits for size in inner]),
    )


def abbreviation_sizes(definitions: Mapping[str, Formula]) -> dict[str, Size]:
    """The size of each abbreviation with all others put in; those that go round in circles are judged elsewhere."""
    found: dict[str, Size] = {}

    def visit(name: str) -> None:
        if name not in found:
            found[name] = _NOTHING
            for node in walk(definitions[name]):
                if isinstance(node, Ref) and node.name in definitions:
                    visit(node.name)
            found[name] = size_of(definitions[name], found)

    for name in definitions:
        visit(name)
    return found


def _bits(formula: Formula, inner: list[int]) -> int:
    match formula:
        case Number(value):
            return _digits(value)
        case Position(form):
            return max(map(_digits, (form.constant, *(factor for _, factor in form.terms))))
        case Power(_, exponent):
            if inner[1] > _EXPONENT_BITS:
                return MOST_BITS + 1
            if any(isinstance(node, Position) for node in walk(exponent)):
                return sum(inner)  # nobody works this out for all sizes
            times = abs(exponent.value) if isinstance(exponent, Number) else 2 ** inner[1]
            return ceil(inner[0] * times)
        case Add(terms):
            return max(inner) + len(terms).bit_length()
        case _:
            return sum(inner)


def _digits(value: Fraction) -> int:
    # Powers of 0 and 1 do not grow.
    return 0 if value in (-1, 0, 1) else max(value.numerator.bit_length(), value.denominator.bit_length())
