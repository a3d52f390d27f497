"""Numbers, vectors and matrices whose entries are formulas in indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from lstmsolve.derivation.language.formulas import Add, Formula, Sum, multiply
from lstmsolve.derivation.language.writing import write_index
from lstmsolve.kernel.base.affine import Affine

Taken: TypeAlias = frozenset[str]
"""Indices that are in use around a formula."""

Entry: TypeAlias = Callable[[tuple[Affine, ...], Taken], Formula]


class ShapeError(ValueError):
    """Shapes that do not fit; `transpose` says that the first or second operand does, transposed."""

    def __init__(self, message: str, transpose: int | None = None) -> None:
        super().__init__(message)
        self.transpose = transpose


@dataclass(frozen=True, slots=True)
class Tensor:
    """A number (no axes), a vector, a matrix, or more; indices count from 0."""

    axes: tuple[Affine, ...]
    """The length of each."""
    entry: Entry
    row: bool = False
    """A vector that lies down: a transposed one."""
    constant: bool = False
    """A number that may stand for a tensor of equal numbers."""

    @property
    def shape(self) -> str:
        if not self.axes:
            return "a number"
        lengths = " × ".join(map(write_index, self.axes))
        return f"1 × {lengths}" if self.row else lengths

    def transposed(self) -> Tensor:
        if len(self.axes) == 1:
            return replace(self, row=not self.row)
        if len(self.axes) == 2:
            return Tensor(self.axes[::-1], lambda at, taken: self.entry(at[::-1], taken))
        return self


class Indices:
    """Names for summation indices, by the length of what they run over."""

    def __init__(self, names: Mapping[Affine, Sequence[str]], forbidden: frozenset[str]) -> None:
        """`names` are preferred ones; `forbidden` stand for something else."""
        self._names = names
        self._forbidden = forbidden

    def free(self, length: Affine, taken: Taken) -> str:
        for name in self._names.get(length, ()):
            if name not in taken:
                return name
        number = 1
        while True:
            name = "k" if number == 1 else f"k{number}"
            if name not in taken and name not in self._forbidden:
                return name
            number += 1

    def summed(self, length: Affine, taken: Taken, body: Callable[[Affine, Taken], Formula]) -> Formula:
        """The sum of a body over 0 … length - 1."""
        name = self.free(length, taken)
        return Sum(name, Affine.lift(0), length - 1, body(Affine.variable(name), taken | {name}))


def elementwise(parts: Sequence[Tensor], combine: Callable[[list[Formula]], Formula], what: str) -> Tensor:
    """One entry after the other; numbers go with everything in a product, and constants in a sum.

    Raises:
        ShapeError: two of them differ in shape.
    """
    shaped = [part for part in parts if part.axes]
    for part in shaped[1:]:
        if part.axes != shaped[0].axes or (part.row != shaped[0].row and what == "+"):
            turned = shaped[0].axes == part.axes[::-1] and len(part.axes) == 2
            raise ShapeError(
                f"{shaped[0].shape} {what} {part.shape} does not fit", parts.index(part) if turned else None
            )
    if what == "+" and shaped:
        for part in parts:
            if not part.axes and not part.constant:
                message = f"a number {what} {shaped[0].shape} does not fit"
                raise ShapeError(message)

    def entry(at: tuple[Affine, ...], taken: Taken) -> Formula:
        return combine([part.entry(at if part.axes else (), taken) for part in parts])

    constant = all(part.constant for part in parts)
    return Tensor(shaped[0].axes if shaped else (), entry, bool(shaped and shaped[0].row), constant)


def product(left: Tensor, right: Tensor, indices: Indices) -> Tensor:
    """The matrix product; a vector stands upright unless it is transposed, or stands before a matrix.

    Raises:
        ShapeError: the shapes do not fit.
    """
    if not left.axes or not right.axes:
        return elementwise([left, right], lambda both: multiply(*both), "times")
    match len(left.axes), len(right.axes):
        case 1, 1 if not left.row and right.row:
            axes = left.axes + right.axes
            return Tensor(axes, lambda at, taken: multiply(left.entry(at[:1], taken), right.entry(at[1:], taken)))
        case 1, 1 if not left.row or right.row:
            said = f"{left.shape} times {right.shape}: write aᵀ b, a bᵀ or a ⊙ b"
            raise ShapeError(said)
        case ((1 | 2), (1 | 2)):
            pass
        case _:
            raise ShapeError(f"{left.shape} times {right.shape} is no matrix product")
    if left.axes[-1] != right.axes[0] or (len(left.axes) == 2 and right.row):
        turned = None
        if not right.row and len(left.axes) == 2 and left.axes[0] == right.axes[0]:
            turned = 0
        elif len(right.axes) == 2 and left.axes[-1] == right.axes[-1]:
            turned = 1
        raise ShapeError(f"{left.shape} times {right.shape} does not fit", turned)
    outer = len(left.axes) - 1

    def entry(at: tuple[Affine, ...], taken: Taken) -> Formula:
        def body(index: Affine, inside: Taken) -> Formula:
            return multiply(left.entry((*at[:outer], index), inside), right.entry((index, *at[outer:]), inside))

        return indices.summed(left.axes[-1], taken, body)

    return Tensor(left.axes[:-1] + right.axes[1:], entry, row=len(left.axes) == 1 and len(right.axes) == 2)


def added(parts: list[Formula]) -> Formula:
    return Add(tuple(parts))
