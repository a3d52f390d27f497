"""Affine hulls of points, kept in reduced row-echelon form.

The pivots of the form are coordinates that vary freely; every other coordinate is an affine
function of them. With registers put first among the coordinates, c and h come out as functions
of the registers wherever they are: that is how a refinement map is read off traces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.affine import Affine, linear_sum, short

Point: TypeAlias = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Hull:
    """`origin + Σ t_i directions[i]`; direction i has 1 at `pivots[i]` and 0 at the other pivots."""

    origin: Point
    directions: tuple[Point, ...] = ()
    pivots: tuple[int, ...] = ()

    def with_direction(self, direction: Sequence[Fraction]) -> Hull:
        """The hull of everything here, moved along `direction` too."""
        rest = list(direction)
        for basis, place in zip(self.directions, self.pivots, strict=True):
            factor = rest[place]
            if factor:
                rest = [value - factor * b for value, b in zip(rest, basis, strict=True)]
        pivot = next((place for place, value in enumerate(rest) if value), None)
        if pivot is None:
            return self
        new = tuple(short(value / rest[pivot]) for value in rest)
        cleared = [
            tuple(value - basis[pivot] * n for value, n in zip(basis, new, strict=True)) for basis in self.directions
        ]
        rows = sorted(zip([*self.pivots, pivot], [*cleared, new], strict=True))
        return Hull(self.origin, tuple(row for _, row in rows), tuple(place for place, _ in rows))

    def with_point(self, point: Sequence[Fraction]) -> Hull:
        """The hull of everything here and a point."""
        return self.with_direction([p - o for p, o in zip(point, self.origin, strict=True)])

    def with_forms(self, forms: Sequence[Affine]) -> Hull:
        """The hull of everything here and the image of independent variables under `forms`."""
        hull = self.with_point([form.constant for form in forms])
        for name in sorted({name for form in forms for name in form.variables}):
            hull = hull.with_direction([form.coefficient(name) for form in forms])
        return hull

    def holds(self, forms: Sequence[Affine]) -> bool:
        """Does the image of `forms` lie in the hull?"""
        return self.with_forms(forms) == self

    def map(self, names: Sequence[str]) -> tuple[Affine, ...]:
        """Every coordinate as a form over the names of the pivots."""
        shifts = [
            (Affine.variable(names[pivot]) - self.origin[pivot], direction)
            for pivot, direction in zip(self.pivots, self.directions, strict=True)
        ]
        return tuple(
            linear_sum([(shift, direction[place]) for shift, direction in shifts], origin)
            for place, origin in enumerate(self.origin)
        )


def hull_of_forms(forms: Sequence[Affine]) -> Hull:
    """The hull of the image of independent variables under `forms`."""
    return Hull(tuple(form.constant for form in forms)).with_forms(forms)
