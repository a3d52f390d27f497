"""Formulas in matrix notation to tensors: what stands at each entry, in indices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from lstmsolve.derivation.language.formulas import (
    ONE,
    ZERO,
    Add,
    Call,
    Choice,
    Condition,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Negative,
    Number,
    Position,
    Power,
    Ref,
    Relation,
    Sum,
    multiply,
    negate,
)
from lstmsolve.derivation.language.writing import write
from lstmsolve.derivation.matrices.reading import TRANSPOSE, Product
from lstmsolve.derivation.matrices.tensors import Indices, ShapeError, Taken, Tensor, added, elementwise, product
from lstmsolve.kernel.base.affine import Affine


@dataclass(frozen=True, slots=True)
class Turned:
    """A transpose that makes shapes fit: why, and what is to be written."""

    why: str
    says: str


class Entries:
    """The tensors of one case's formulas."""

    def __init__(self, shapes: Mapping[str, tuple[Affine, ...]], own: Mapping[str, int], indices: Indices) -> None:
        """`own` says how many indices a name is declared with, those of its shape aside."""
        self._shapes = shapes
        self._own = own
        self.indices = indices

    def tensor(self, formula: Formula, turned: list[Turned] | None = None) -> Tensor:
        """The formula's shape and entries; with `turned`, what fits only if it is transposed is, and is noted there.

        Raises:
            ShapeError: shapes do not fit.
        """

        def inner(part: Formula) -> Tensor:
            return self.tensor(part, turned)

        match formula:
            case Number() | Position():
                return Tensor((), lambda at, taken: formula, constant=isinstance(formula, Number))
            case Ref():
                return self._reference(formula)
            case Derivative():
                return self._derivative(formula)
            case Product((left, right)):
                return self._fitted(
                    [inner(left), inner(right)], formula, turned, lambda both: product(both[0], both[1], self.indices)
                )
            case Call("transpose", argument):
                return inner(argument).transposed()
            case Call("diag", argument):
                return _diagonal(inner(argument))
            case Call("softmax", argument):
                return self._softmax(inner(argument))
            case Call("total", argument):
                return self._total(inner(argument))
            case Call(_, argument):
                return _mapped(inner(argument), lambda part: replace(formula, argument=part))
            case Add(terms):
                return self._fitted(
                    [inner(term) for term in terms], formula, turned, lambda parts: elementwise(parts, added, "+")
                )
            case Multiply(factors):
                return self._fitted(
                    [inner(factor) for factor in factors],
                    formula,
                    turned,
                    lambda parts: elementwise(parts, lambda fs: multiply(*fs), "⊙"),
                )
            case Negative(operand):
                return _mapped(inner(operand), negate)
            case Divide(numerator, denominator):
                parts = [inner(numerator), inner(denominator)]
                return elementwise(parts, lambda fs: Divide(fs[0], fs[1]), "/")
            case Power(base, _):
                return _mapped(inner(base), lambda part: replace(formula, base=part))
            case Sum(index, _, _, body):
                summed = inner(body)
                return replace(
                    summed,
                    entry=lambda at, taken: replace(formula, body=summed.entry(at, taken | {index})),
                    constant=False,
                )
            case Choice(condition, then, otherwise):
                return elementwise([inner(then), inner(otherwise)], lambda fs: Choice(condition, fs[0], fs[1]), "or")
            case _:
                assert_never(formula)

    def _fitted(
        self,
        parts: list[Tensor],
        formula: Product | Add | Multiply,
        turned: list[Turned] | None,
        combine: Callable[[list[Tensor]], Tensor],
    ) -> Tensor:
        """The parts combined, one of them transposed where that is allowed and needed."""
        try:
            return combine(parts)
        except ShapeError as error:
            if turned is None or error.transpose is None:
                raise
            place = error.transpose
            written = formula.terms if isinstance(formula, Add) else formula.factors
            part = notation(written[place])
            turned.append(Turned(str(error), f"the transpose of {part} in place of {part}"))
            return combine([p.transposed() if k == place else p for k, p in enumerate(parts)])

    def _axes(self, ref: Ref) -> tuple[Affine, ...]:
        """The axes that its indices leave open."""
        shape = self._shapes.get(ref.name, ())
        given = len(ref.indices) - self._own.get(ref.name, len(ref.indices))
        return shape[given:] if 0 <= given <= len(shape) else ()

    def _reference(self, ref: Ref) -> Tensor:
        axes = self._axes(ref)
        return Tensor(axes, lambda at, taken: replace(ref, indices=ref.indices + at))

    def _derivative(self, derivative: Derivative) -> Tensor:
        of, by = self._axes(derivative.of), self._axes(derivative.by)

        def entry(at: tuple[Affine, ...], taken: Taken) -> Formula:
            first, second = at[: len(of)], at[len(of) :]
            return replace(
                derivative,
                of=replace(derivative.of, indices=derivative.of.indices + first),
                by=replace(derivative.by, indices=derivative.by.indices + second),
            )

        return Tensor(of + by, entry)

    def _softmax(self, vector: Tensor) -> Tensor:
        if len(vector.axes) != 1:
            raise ShapeError(f"softmax is of a vector, not of {vector.shape}")

        def entry(at: tuple[Affine, ...], taken: Taken) -> Formula:
            below = self.indices.summed(
                vector.axes[0], taken, lambda index, inside: Call("exp", vector.entry((index,), inside))
            )
            return Divide(Call("exp", vector.entry(at, taken)), below)

        return replace(vector, entry=entry, constant=False)

    def _total(self, tensor: Tensor) -> Tensor:
        def entry(at: tuple[Affine, ...], taken: Taken) -> Formula:
            def over(rest: tuple[Affine, ...], inside: Taken) -> Formula:
                if len(rest) == len(tensor.axes):
                    return tensor.entry(rest, inside)
                return self.indices.summed(tensor.axes[len(rest)], inside, lambda i, more: over((*rest, i), more))

            return over((), taken)

        return Tensor((), entry)


def _mapped(tensor: Tensor, change: Callable[[Formula], Formula]) -> Tensor:
    return replace(tensor, entry=lambda at, taken: change(tensor.entry(at, taken)))


def _diagonal(vector: Tensor) -> Tensor:
    if len(vector.axes) != 1:
        raise ShapeError(f"diag is of a vector, not of {vector.shape}")

    def entry(at: tuple[Affine, ...], taken: Taken) -> Formula:
        here = Condition(Position(at[0]), Relation.EQUAL, Position(at[1]))
        # 1 on the diagonal, else 0; as a factor it lets sums over it collapse.
        return multiply(vector.entry(at[:1], taken), Choice(here, ONE, ZERO))

    return Tensor(vector.axes * 2, entry)


def notation(formula: Formula) -> str:
    """A part of a formula in few words, for messages: `U`, `h[n-1]ᵀ`, or `a factor` where it is long."""
    match formula:
        case Ref() | Derivative():
            return write(formula)
        case Call(function, argument) if function == TRANSPOSE:
            return f"{notation(argument)}ᵀ"
        case Product((left, right)):
            return f"({notation(left)} {notation(right)})"
        case _:
            return "a part"
