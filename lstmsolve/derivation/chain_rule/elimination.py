"""Sums over Kronecker deltas: Σ_bounds [e = j] body, with every delta solved away.

Each equation fixes one bound (the outermost that occurs in it with coefficient ±1). What is left of
the span of that bound becomes tighter ends of other sums, or conditions on the free indices; what is
provably true is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lstmsolve.derivation.chain_rule.calculus import Bound
from lstmsolve.derivation.language.formulas import (
    ZERO,
    Choice,
    Condition,
    Formula,
    Position,
    Relation,
    Sum,
    fresh_name,
    substitute,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.kernel.base.affine import ZERO as NOUGHT
from lstmsolve.kernel.base.affine import Affine


@dataclass(frozen=True, slots=True)
class Contribution:
    """Σ over bounds of body, where all conditions hold (elsewhere nothing)."""

    bounds: tuple[Bound, ...]
    conditions: tuple[Condition, ...]
    body: Formula

    def formula(self) -> Formula:
        result = self.body
        for condition in reversed(self.conditions):
            result = Choice(condition, result, ZERO)
        for bound in reversed(self.bounds):
            result = Sum(bound.index, bound.span.low, bound.span.high, result)
        return result


def eliminate(
    bounds: Sequence[Bound],
    equations: Sequence[tuple[Affine, Affine]],
    body: Formula,
    scope: Scope,
    surely_low: Sequence[Affine] = (),
) -> Contribution | None:
    """The sum with its deltas solved, or None if it is certainly empty.

    `scope` holds the free indices. `surely_low` are forms that may be taken to be >= 0 because the
    body is 0 where they are not (a total derivative beyond the last time).
    """
    left = list(bounds)
    forms = [e - j for e, j in equations]
    at_least_zero: list[Affine] = []
    known = list(surely_low)
    while forms:
        form = forms.pop(0)
        bound = next((b for b in left if abs(form.coefficient(b.index)) == 1), None)
        if bound is None:
            if form.is_zero:
                continue
            inner = within(scope, left)
            if form.is_constant or inner.never_negative(form - 1) or inner.never_negative(-form - 1):
                return None
            at_least_zero += [form, -form]
            continue
        factor = form.coefficient(bound.index)
        solved = (form - Affine.of({bound.index: factor})) * (-1 / factor)
        place = left.index(bound)
        change = {bound.index: solved}
        at_least_zero += [solved - bound.span.low, bound.span.high - solved]
        left = left[:place] + [replace(b, span=b.span.substitute(change)) for b in left[place + 1 :]]
        forms = [other.substitute(change) for other in forms]
        at_least_zero = [other.substitute(change) for other in at_least_zero]
        known = [other.substitute(change) for other in known]
        body = substitute(body, change)
    return _bounded(left, at_least_zero, known, body, scope)


def _bounded(
    bounds: list[Bound], at_least_zero: Sequence[Affine], known: Sequence[Affine], body: Formula, scope: Scope
) -> Contribution | None:
    """Rows on bounds become ends of sums; rows on free indices become conditions."""
    conditions: list[Condition] = []
    rows = [form for form in dict.fromkeys(at_least_zero) if form not in known]
    for form in rows:
        inner = within(scope, bounds)
        if inner.never_negative(form):
            continue
        if inner.never_negative(-form - 1):
            return None
        tighter = tightened(bounds, form, scope)
        if tighter is not None:
            bounds = tighter
        elif -form in rows:
            equality = _compared(form, Relation.EQUAL)
            conditions += [] if equality in conditions or _compared(-form, Relation.EQUAL) in conditions else [equality]
        else:
            conditions.append(_compared(form, Relation.AT_LEAST))
    return Contribution(tuple(bounds), tuple(conditions), body)


def tightened(bounds: list[Bound], form: Affine, scope: Scope) -> list[Bound] | None:
    """The bounds with `form >= 0` built into one of them; None if no end is provably the tighter one."""
    for place, bound in enumerate(bounds):
        factor = form.coefficient(bound.index)
        if abs(factor) != 1 or any(b.index in form.coefficients for b in bounds[place + 1 :]):
            continue
        end = (form - Affine.of({bound.index: factor})) * (-factor)
        outer = within(scope, bounds[:place])
        span = bound.span
        if factor > 0 and outer.never_negative(end - span.low):
            changed = replace(bound, span=replace(span, low=end))
        elif factor < 0 and outer.never_negative(span.high - end):
            changed = replace(bound, span=replace(span, high=end))
        else:
            continue
        return [*bounds[:place], changed, *bounds[place + 1 :]]
    return None


def _compared(form: Affine, relation: Relation) -> Condition:
    """`form relation 0`, with what is taken away on the right side."""
    positive = {name: factor for name, factor in form.terms if factor > 0}
    negative = {name: -factor for name, factor in form.terms if factor < 0}
    left = Affine.of(positive, max(form.constant, NOUGHT))
    right = Affine.of(negative, max(-form.constant, NOUGHT))
    return Condition(Position(left), relation, Position(right))


def within(scope: Scope, bounds: Sequence[Bound]) -> Scope:
    """The scope inside sums over these bounds."""
    for bound in bounds:
        scope = scope.within(bound.index, bound.span)
    return scope


def renamed_apart(
    bounds: Sequence[Bound], taken: frozenset[str], declared: Mapping[str, Span] | None = None
) -> tuple[tuple[Bound, ...], Mapping[str, Affine]]:
    """Bounds with names that are not taken, and the substitution that goes with it.

    A declared index with the same span is a better new name than a numbered one.
    """
    change: dict[str, Affine] = {}
    used = set(taken)
    found = []
    for bound in bounds:
        alike = [name for name, span in (declared or {}).items() if span == bound.span and name not in used]
        name = fresh_name(bound.index, used)
        name = name if name == bound.index or not alike else alike[0]
        used.add(name)
        found.append(Bound(name, bound.span.substitute(change)))
        if name != bound.index:
            change[bound.index] = Affine.variable(name)
    return tuple(found), change
