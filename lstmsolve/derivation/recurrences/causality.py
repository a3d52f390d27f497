"""How far ahead of its own time does a formula read a name?"""

from __future__ import annotations

from lstmsolve.derivation.language.conditions import branches
from lstmsolve.derivation.language.formulas import Choice, Formula, Ref, Sum, parts
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.kernel.base.affine import Affine


def reads_ahead(formula: Formula, name: str, time: str, scope: Scope, lead: int = 0) -> bool:
    """Is there a reference to `name`, whose first index is the time, that may lie beyond `time + lead`?"""
    match formula:
        case Ref(found, indices) if found == name:
            return not scope.never_negative(Affine.variable(time) + lead - indices[0])
        case Choice(condition, then, otherwise):
            met, unmet = branches(condition, scope)
            sides = (condition.left, condition.right)
            return (
                any(reads_ahead(side, name, time, scope, lead) for side in sides)
                or reads_ahead(then, name, time, met, lead)
                or reads_ahead(otherwise, name, time, unmet, lead)
            )
        case Sum(index, low, high, body):
            return reads_ahead(body, name, time, scope.within(index, Span(low, high)), lead)
        case _:
            return any(reads_ahead(part, name, time, scope, lead) for part in parts(formula))
