"""Linear programming in exact arithmetic: a fraction-free simplex method with Bland's rule.

The problems here are small (a handful of variables, a few dozen rows) and their answers become
proofs, so exactness matters most. The tableau holds integers over one common denominator, which
every pivot divides out exactly (Edmonds 1967, Bareiss 1968); Bland (1977) guarantees termination.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.affine import MAX_BITS, ONE, ZERO, common_denominator, dot
from lstmsolve.kernel.base.errors import LimitReached

Column: TypeAlias = Sequence[Fraction]


@dataclass(frozen=True, slots=True)
class Optimal:
    value: Fraction
    solution: tuple[Fraction, ...]
    """x, one entry a column."""
    prices: tuple[Fraction, ...]
    """The dual solution y: `y·A_j <= cost_j` for every column j, and `y·b = value`."""


@dataclass(frozen=True, slots=True)
class Unbounded:
    ray: tuple[Fraction, ...]
    """x >= 0 with `A x = 0` and negative cost."""


@dataclass(frozen=True, slots=True)
class Infeasible:
    pass


LinearProgramResult: TypeAlias = Optimal | Unbounded | Infeasible


def minimise(columns: Sequence[Column], right: Sequence[Fraction], cost: Sequence[Fraction]) -> LinearProgramResult:
    """min cost·x subject to `Σ x_j columns[j] = right`, x >= 0. Each column has len(right) entries.

    Raises:
        LimitReached: the numbers are too long to go on with.
    """
    tableau = _Tableau(columns, right)
    if not tableau.make_feasible():
        return Infeasible()
    entering = tableau.optimise(cost)
    if entering is not None:
        return Unbounded(tableau.ray(entering))
    solution = tableau.solution()
    value = dot((c, x) for c, x in zip(cost, solution, strict=True) if x)
    return Optimal(value, solution, tableau.prices(cost))


class _Tableau:
    """Rows `[columns | artificials | right]` of integers; the true entries are these over `denominator`."""

    def __init__(self, columns: Sequence[Column], right: Sequence[Fraction]) -> None:
        self.rows = len(right)
        self.count = len(columns)
        self.denominator = 1
        # Each equation is scaled to integers, with a right side that is not negative.
        self.scales: list[int] = []
        self.table: list[list[int]] = []
        for i in range(self.rows):
            entries = [column[i] for column in columns]
            scale = common_denominator([right[i], *entries])
            scale = -scale if right[i] < 0 else scale
            self.scales.append(scale)
            artificial = [int(i == k) for k in range(self.rows)]
            self.table.append([*(_scaled(entry, scale) for entry in entries), *artificial, _scaled(right[i], scale)])
        self.basis = [self.count + i for i in range(self.rows)]

    def make_feasible(self) -> bool:
        """Phase 1: drive the artificial columns to zero, and out of the basis where possible."""
        self._descend([0] * self.count + [1] * self.rows, self.count + self.rows)
        if any(self.table[i][-1] for i in range(self.rows) if self.basis[i] >= self.count):
            return False
        for i, member in enumerate(self.basis):
            if member >= self.count:
                column = next((j for j in range(self.count) if self.table[i][j]), None)
                # A row of zeros is a redundant equation: it never takes part in a pivot again.
                if column is not None:
                    if self.table[i][column] < 0:
                        self.table[i] = [-value for value in self.table[i]]
                    self._pivot(i, column, [])
        return True

    def optimise(self, cost: Sequence[Fraction]) -> int | None:
        """Phase 2: None at an optimum, else a column along which the cost falls forever."""
        scale = common_denominator(cost)
        return self._descend([_scaled(c, scale) for c in cost] + [0] * self.rows, self.count)

    def solution(self) -> tuple[Fraction, ...]:
        values = [ZERO] * self.count
        for i, member in enumerate(self.basis):
            if member < self.count:
                values[member] = Fraction(self.table[i][-1], self.denominator)
        return tuple(values)

    def prices(self, cost: Sequence[Fraction]) -> tuple[Fraction, ...]:
        # The artificial columns hold the inverse of the basis.
        priced = [(cost[member], self.table[i]) for i, member in enumerate(self.basis) if member < self.count]
        return tuple(
            scale * dot((c, Fraction(row[self.count + k])) for c, row in priced if c) / self.denominator
            for k, scale in enumerate(self.scales)
        )

    def ray(self, entering: int) -> tuple[Fraction, ...]:
        values = [ZERO] * self.count
        values[entering] = ONE
        for i, member in enumerate(self.basis):
            if member < self.count:
                values[member] = Fraction(-self.table[i][entering], self.denominator)
        return tuple(values)

    def _descend(self, cost: list[int], allowed: int) -> int | None:
        """Pivot on columns below `allowed` while the cost falls."""
        reduced = [self.denominator * c for c in [*cost, 0]]
        for member, row in zip(self.basis, self.table, strict=True):
            factor = cost[member]
            if factor:
                reduced = [r - factor * value for r, value in zip(reduced, row, strict=True)]
        while True:
            entering = next((j for j in range(allowed) if reduced[j] < 0), None)
            if entering is None:
                return None
            leaving = self._leaving(entering)
            if leaving is None:
                return entering
            self._pivot(leaving, entering, reduced)

    def _leaving(self, entering: int) -> int | None:
        best: int | None = None
        for i, row in enumerate(self.table):
            if row[entering] <= 0:
                continue
            if best is not None:
                # Compare the ratios right/entry without dividing; ties go to the smaller basis member.
                ahead = row[-1] * self.table[best][entering] - self.table[best][-1] * row[entering]
                if ahead > 0 or (ahead == 0 and self.basis[i] > self.basis[best]):
                    continue
            best = i
        return best

    def _pivot(self, row: int, column: int, reduced: list[int]) -> None:
        pivot = self.table[row]
        scale, old = pivot[column], self.denominator
        if scale.bit_length() > MAX_BITS:
            raise LimitReached(f"the numbers of a linear program became longer than {MAX_BITS} bits")
        for line in [*(line for line in self.table if line is not pivot), reduced]:
            if not line:
                continue
            factor = line[column]
            if factor:
                line[:] = [(value * scale - factor * p) // old for value, p in zip(line, pivot, strict=True)]
            elif scale != old:
                line[:] = [value * scale // old for value in line]
        self.denominator = scale
        self.basis[row] = column


def _scaled(value: Fraction, scale: int) -> int:
    """value * scale, where that is whole."""
    return value.numerator * (scale // value.denominator)
