"""Conditions on indices: as affine forms, and what a scope decides of them."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from lstmsolve.derivation.language.formulas import Condition, Relation, as_index
from lstmsolve.derivation.language.indices import Scope
from lstmsolve.kernel.base.affine import Affine


def rows(condition: Condition) -> tuple[Affine, ...] | None:
    """The forms that are all >= 0 exactly where the condition holds; None if it is not of this kind."""
    left, right = as_index(condition.left), as_index(condition.right)
    if left is None or right is None:
        return None
    form = left - right
    match condition.relation:
        case Relation.AT_LEAST:
            return (form,)
        case Relation.AT_MOST:
            return (-form,)
        case Relation.GREATER:
            return (form - 1,)
        case Relation.LESS:
            return (-form - 1,)
        case Relation.EQUAL:
            return form, -form
        case Relation.UNEQUAL:
            return None
        case _:
            assert_never(condition.relation)


def branches(condition: Condition, scope: Scope) -> tuple[Scope, Scope]:
    """The scope where the condition holds, and the one where it does not; not narrowed where that is hard."""
    if condition.relation is Relation.UNEQUAL:
        unmet, met = branches(replace(condition, relation=Relation.EQUAL), scope)
        return met, unmet
    forms = rows(condition) or ()
    met = scope
    for form in forms:
        met = met.where(form)
    # Of n == N-1, where n cannot be more, the contrary is n < N-1.
    contrary = [-form - 1 for form in forms if all(scope.never_negative(rest) for rest in forms if rest != form)]
    return met, scope.where(contrary[0]) if contrary else scope


def decided(condition: Condition, scope: Scope) -> bool | None:
    """Does the condition hold, or fail, everywhere in the scope?"""
    if condition.relation is Relation.UNEQUAL:
        equal = decided(replace(condition, relation=Relation.EQUAL), scope)
        return None if equal is None else not equal
    forms = rows(condition)
    if forms is None:
        return None
    if all(scope.never_negative(form) for form in forms):
        return True
    return False if any(scope.never_negative(-form - 1) for form in forms) else None
