"""Is everything that a formula speaks of there, at all sizes?

Proofs read references beyond the last time formally: h[N] by its definition, as if there were a time N. A claim
that speaks of it says nothing there, unless a factor that is 0 makes it irrelevant. So whoever proves a claim asks
for this as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lstmsolve.derivation.language.conditions import branches, rows
from lstmsolve.derivation.language.formulas import (
    Choice,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Ref,
    Sum,
    parts,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.proof.pieces import support
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.kernel.base.affine import Affine

Facts: TypeAlias = tuple[Affine, ...]


def all_there(formula: Formula, system: System, scope: Scope, facts: Facts = ()) -> bool:
    """Is every name and derivative in the formula certain to have a value, or next to a factor that is 0?

    `facts` are forms that are >= 0 besides what the scope says.
    """
    match formula:
        case Ref():
            return _ref_there(formula, system, _Known(scope, facts))
        case Derivative():
            return _derivative_there(formula, system, _Known(scope, facts))
        case Sum(index, low, high, body):
            inside = tuple(form for form in facts if not form.coefficient(index))  # another variable has its name now
            return all_there(body, system, scope.within(index, Span(low, high)), inside)
        case Choice(condition, then, otherwise):
            met, unmet = branches(condition, scope)
            return (
                all(all_there(side, system, scope, facts) for side in (condition.left, condition.right))
                and all_there(then, system, met, (*facts, *(rows(condition) or ())))
                and all_there(otherwise, system, unmet, facts)
            )
        case Multiply(factors):
            return _factors_there(factors, system, scope, facts)
        case Divide(numerator, denominator):
            below = (*facts, *support(numerator, system, scope))
            return all_there(numerator, system, scope, facts) and all_there(denominator, system, scope, below)
        case _:
            return all(all_there(part, system, scope, facts) for part in parts(formula))


def _factors_there(factors: tuple[Formula, ...], system: System, scope: Scope, facts: Facts) -> bool:
    """One factor after the other: where one that is there is 0, those after it need not be there."""
    waiting = list(factors)
    while waiting:
        there = next((factor for factor in waiting if all_there(factor, system, scope, facts)), None)
        if there is None:
            return False
        waiting.remove(there)
        facts = (*facts, *support(there, system, scope))
    return True


@dataclass(frozen=True, slots=True)
class _Known:
    scope: Scope
    facts: Facts

    def never_negative(self, form: Affine) -> bool:
        return self.scope.never_negative(form) or any(self.scope.never_negative(form - fact) for fact in self.facts)


def _ref_there(ref: Ref, system: System, known: _Known) -> bool:
    """In range; or before time 0, where something says what the name is there."""
    past = system.timed(ref.name) and ref.name in system.before
    for place, (form, span) in enumerate(zip(ref.indices, system.spans_of(ref.name), strict=True)):
        early = place == 0 and past
        if not known.never_negative(span.high - form) or not (early or known.never_negative(form - span.low)):
            return False
    return True


def _derivative_there(derivative: Derivative, system: System, known: _Known) -> bool:
    """In range; or of a constant before time 0, or by a signal beyond the last time, which is 0."""
    for ref, far in ((derivative.of, False), (derivative.by, True)):
        for place, (form, span) in enumerate(zip(ref.indices, system.spans_of(ref.name), strict=True)):
            timed = place == 0 and system.timed(ref.name)
            low = known.never_negative(form - span.low) or (timed and not far)
            high = known.never_negative(span.high - form) or (timed and far)
            if not (low and high):
                return False
    return True
