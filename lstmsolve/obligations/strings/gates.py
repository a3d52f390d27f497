"""What signs of one gate's arguments, after some strings, say of its weights for the input.

The a[γ](p) of `kernel.proofs.signs` need no place here: of two steps after the same p, s > 0 in one and s <= 0 in the
other say w[γ] (x - x') > 0, and these rows say all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from operator import mul
from typing import Final, TypeAlias

from lstmsolve.kernel.base import affine as base
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.lstm.cells import Gate, Vector
from lstmsolve.linear.polyhedra import refute

Word: TypeAlias = tuple[int, ...]
"""A string by the numbers of its inputs."""

Key: TypeAlias = tuple[Gate, int, Word]

ROUNDS: Final = 40
"""Of the perceptron that looks for weights with the signs so far."""


Row: TypeAlias = tuple[int, int, bool]
"""Of which input w x is larger, and than of which, by their numbers; and whether it has to be, or may be as large."""


class GateWeights:
    """What is known of one gate's weights w, and whether there are some."""

    def __init__(self, letters: Sequence[Vector]) -> None:
        self._letters = letters
        scale = lcm(*(value.denominator for x in letters for value in x))
        whole = [[int(value * scale) for value in x] for x in letters]
        self._products = [[sum(map(mul, x, y)) for y in whole] for x in whole]
        self._sides: dict[Word, list[tuple[int, int, bool, Key]]] = defaultdict(list)
        """By what lies behind: the input, the sign that s is known to have there, whether strictly, and why."""
        self._rows: dict[Row, tuple[Key, Key]] = {}
        """Why each row holds."""
        self._added: list[Word] = []
        self._values = [0] * len(letters)
        """w x of each input, for the w that was tried last."""
        self._fits = True
        """Has that w all rows?"""

    def mark(self) -> tuple[int, int]:
        return len(self._added), len(self._rows)

    def reset(self, mark: tuple[int, int]) -> None:
        while len(self._added) > mark[0]:
            self._sides[self._added.pop()].pop()
        while len(self._rows) > mark[1]:
            self._rows.popitem()

    def assume(self, key: Key, above: bool) -> Mapping[Key, Fraction] | None:
        """Multipliers of the conditions that contradict each other, if some now do."""
        _, sign, word = key
        behind, x = word[:-1], word[-1]
        side = sign if above else -sign
        fits = self._fits
        for other, way, strict, why in self._sides[behind]:
            row = (x, other, above or strict) if side > 0 else (other, x, above or strict)
            if way == -side and row not in self._rows:
                self._rows[row] = (key, why)
                fits = fits and self._has(row)
        self._sides[behind].append((x, side, above, key))
        self._added.append(behind)
        self._fits = fits or self._found()
        if self._fits:
            return None
        found = refute([base.Row(self._form(high, low), strict) for high, low, strict in self._rows])
        if found is None:
            return None
        reasons = list(self._rows.values())
        factors: dict[Key, Fraction] = defaultdict(Fraction)
        for position, factor in found.items():
            for why in reasons[position]:
                factors[why] += factor
        return dict(factors)

    def _has(self, row: Row) -> bool:
        high, low, strict = row
        above = self._values[high] - self._values[low]
        return above > 0 or (above == 0 and not strict)

    def _found(self) -> bool:
        """Does the perceptron find weights?"""
        for _ in range(ROUNDS):
            missed = [row for row in self._rows if not self._has(row)]
            if not missed:
                return True
            for high, low, _ in missed:
                more, less = self._products[high], self._products[low]
                self._values = [value + a - b for value, a, b in zip(self._values, more, less, strict=True)]
        return False

    def _form(self, high: int, low: int) -> Affine:
        """w (x - x') of two inputs."""
        pairs = zip(self._letters[high], self._letters[low], strict=True)
        return Affine.of({f"w[{column}]": a - b for column, (a, b) in enumerate(pairs)})
