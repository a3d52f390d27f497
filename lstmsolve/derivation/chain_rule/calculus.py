"""The differential of a formula: what it depends on, and how strongly.

    d F = Σ over influences Σ over their bounds  factor · d ref

Each appearance of a signal, input or parameter is one influence. Sums hand their index on as a
bound, abbreviations are looked through, and sympy differentiates every layer of arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, assert_never

from lstmsolve.derivation.chain_rule.symbolic import slope_of_call, slopes
from lstmsolve.derivation.language.conditions import decided
from lstmsolve.derivation.language.formulas import (
    ONE,
    ZERO,
    Add,
    Call,
    Choice,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Negative,
    Number,
    Position,
    Power,
    Ref,
    Sum,
    fresh_name,
    multiply,
    substitute,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.recurrences.systems import Kind, System
from lstmsolve.kernel.base.affine import Affine

_ANYWHERE: Final = Scope({})


@dataclass(frozen=True, slots=True)
class Bound:
    """A summation index and its span, which may mention the bounds before it."""

    index: str
    span: Span

    def renamed(self, name: str) -> Bound:
        return replace(self, index=name)


@dataclass(frozen=True, slots=True)
class Influence:
    """One appearance of `ref`: the formula changes by Σ_bounds factor · d ref."""

    ref: Ref
    bounds: tuple[Bound, ...]
    factor: Formula


def differential(formula: Formula, system: System, taken: frozenset[str]) -> Iterator[Influence]:
    """Every appearance of a signal, input or parameter; bounds get names that are not `taken`.

    Raises:
        NotReal: the formula has a part without a value.
    """
    match formula:
        case Number() | Position():
            return
        case Derivative():
            raise AssertionError("derivatives do not stand in definitions")
        case Ref(name) if system.kinds[name] is Kind.ABBREVIATION:
            yield from differential(system.definition(formula), system, taken)
        case Ref():
            yield Influence(formula, (), ONE)
        case Call():
            slope = slope_of_call(formula)
            for inner in differential(formula.argument, system, taken):
                yield replace(inner, factor=multiply(slope, inner.factor))
        case Sum(index, low, high, body):
            name = fresh_name(index, taken)
            body = substitute(body, {index: Affine.variable(name)}) if name != index else body
            for inner in differential(body, system, taken | {name}):
                yield replace(inner, bounds=(Bound(name, Span(low, high)), *inner.bounds))
        case Choice(condition, then, otherwise) if (met := decided(condition, _ANYWHERE)) is not None:
            yield from differential(then if met else otherwise, system, taken)
        case Choice(condition, then, otherwise):
            for inner in differential(then, system, taken):
                yield replace(inner, factor=Choice(condition, inner.factor, ZERO))
            for inner in differential(otherwise, system, taken):
                yield replace(inner, factor=Choice(condition, ZERO, inner.factor))
        case Add() | Multiply() | Negative() | Divide() | Power():
            for leaf, slope in slopes(formula).items():
                for inner in differential(leaf, system, taken):
                    yield replace(inner, factor=multiply(slope, inner.factor))
        case _:
            assert_never(formula)
