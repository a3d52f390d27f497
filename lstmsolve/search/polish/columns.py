"""The columns and rows of the programs that the polish solves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of the program: weights, their sizes, whether each is used, conditions, ways, the margin."""

    weights: int
    conditions: int
    ways: int

    @property
    def size(self) -> int:
        return self.margin + 1

    def size_of(self, i: int) -> int:
        return self.weights + i

    def used(self, i: int) -> int:
        return 2 * self.weights + i

    def condition(self, number: int) -> int:
        return 3 * self.weights + number

    def way(self, number: int) -> int:
        return 3 * self.weights + self.conditions + number

    @property
    def margin(self) -> int:
        return 3 * self.weights + self.conditions + self.ways

    def bounds(self, box: int) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.zeros(self.size), np.ones(self.size)
        low[: self.weights], high[: 2 * self.weights] = -box, box
        return low, high

    def integrality(self, integer: bool, free: np.ndarray) -> np.ndarray:
        kinds = np.ones(self.size)
        kinds[: self.weights] = np.where(free, float(integer), 0.0)
        kinds[self.weights : 2 * self.weights] = 0.0
        kinds[self.margin] = 0.0
        return kinds


class SparseRows:
    """Sparse rows `Σ factor · column >= bound`."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._entries: list[tuple[int, int, float]] = []
        self._least: list[float] = []

    def at_least(self, terms: Mapping[int, float], bound: float) -> None:
        row = len(self._least)
        self._entries += [(row, column, factor) for column, factor in terms.items()]
        self._least.append(bound)

    def matrix(self) -> tuple[csr_array, np.ndarray]:
        rows, columns, factors = zip(*self._entries, strict=True)
        shape = (len(self._least), self._columns)
        return csr_array((factors, (rows, columns)), shape=shape), np.array(self._least)
