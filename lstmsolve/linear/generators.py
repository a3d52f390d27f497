"""Vertices, rays and lines of a polyhedron: the double description method (Motzkin et al. 1953).

A condition "this form is >= 0 on the whole region" holds iff it holds at every vertex and its
linear part does not fall along any ray: finitely many conditions, linear in the form's
coefficients, even where those are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import TypeAlias

from lstmsolve.kernel.base.affine import Row, dot
from lstmsolve.kernel.base.errors import LimitReached

MAX_GENERATORS = 2_000

Direction: TypeAlias = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Generators:
    """The closed region is conv(points) + cone(rays) + span(lines); entries follow `names`."""

    names: tuple[str, ...]
    points: tuple[Direction, ...]
    rays: tuple[Direction, ...]
    lines: tuple[Direction, ...]


def generators(rows: Sequence[Row], names: Sequence[str]) -> Generators:
    """The generators of the closed region over these variables.

    Raises:
        LimitReached: more than `MAX_GENERATORS`.
    """
    if any(row.is_constant and not Row(row.form).holds_trivially for row in rows):
        return Generators(tuple(names), (), (), ())
    size = len(names) + 1
    cone = _Cone(size)
    # Homogenise: a·z + b >= 0 becomes a·z + b·t >= 0 with t >= 0.
    cone.cut([*([Fraction(0)] * len(names)), Fraction(1)])
    for row in rows:
        if not row.is_constant:
            cone.cut([*(row.form.coefficient(name) for name in names), row.form.constant])
    points = tuple(tuple(v / ray[-1] for v in ray[:-1]) for ray in cone.rays if ray[-1])
    rays = tuple(tuple(ray[:-1]) for ray in cone.rays if not ray[-1])
    return Generators(tuple(names), points, rays, tuple(tuple(line[:-1]) for line in cone.lines))


class _Cone:
    """A cone by its extreme rays and a basis of its lines, cut by one halfspace after another."""

    def __init__(self, size: int) -> None:
        self.lines = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
        self.rays: list[list[Fraction]] = []
        self._tight: list[set[int]] = []
        """For each ray, the cuts that it lies on the edge of."""
        self._cuts = 0

    def cut(self, normal: Sequence[Fraction]) -> None:
        """Keep the part where `normal · v >= 0`."""
        through = next((line for line in self.lines if _dot(normal, line)), None)
        if through is not None:
            self._open_line(normal, through)
        else:
            self._cut_rays(normal)
        self._cuts += 1
        if len(self.rays) > MAX_GENERATORS:
            raise LimitReached(f"a region has more than {MAX_GENERATORS} vertices and rays")

    def _open_line(self, normal: Sequence[Fraction], through: list[Fraction]) -> None:
        """A line that crosses the edge becomes a ray; everything else is moved onto the edge along it."""
        slope = _dot(normal, through)
        ray = [value / slope for value in through]

        def onto_edge(vector: list[Fraction]) -> list[Fraction]:
            height = _dot(normal, vector)
            return [value - height * r for value, r in zip(vector, ray, strict=True)]

        self.lines = [onto_edge(line) for line in self.lines if line is not through]
        self.rays = [onto_edge(other) for other in self.rays]
        for tight in self._tight:
            tight.add(self._cuts)
        self.rays.append(ray)
        self._tight.append(set(range(self._cuts)))

    def _cut_rays(self, normal: Sequence[Fraction]) -> None:
        heights = [_dot(normal, ray) for ray in self.rays]
        kept = [i for i, height in enumerate(heights) if height >= 0]
        rays = [self.rays[i] for i in kept]
        tight = [self._tight[i] | ({self._cuts} if heights[i] == 0 else set()) for i in kept]
        for above in (i for i, height in enumerate(heights) if height > 0):
            for below in (i for i, height in enumerate(heights) if height < 0):
                shared = self._tight[above] & self._tight[below]
                if any(i not in (above, below) and shared <= other for i, other in enumerate(self._tight)):
                    continue
                pair = zip(self.rays[above], self.rays[below], strict=True)
                rays.append(_shortened([heights[above] * b - heights[below] * a for a, b in pair]))
                tight.append(shared | {self._cuts})
        self.rays, self._tight = rays, tight


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return dot((x, y) for x, y in zip(a, b, strict=True) if x and y)


def _shortened(vector: list[Fraction]) -> list[Fraction]:
    """The same direction with a smaller common factor, to keep numbers short."""
    common = Fraction(gcd(*(value.numerator for value in vector))) or Fraction(1)
    return [value / common for value in vector]
