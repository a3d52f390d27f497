"""The forms that a refinement map may choose from, mode by mode."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from lstmsolve.kernel.base.affine import ONE, ZERO, Affine, Row
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.spec.specs import Relation
from lstmsolve.linear.polyhedra import prove
from lstmsolve.obligations.tables.transitions import SpecMode, Wanted


def candidate_forms(mode: SpecMode, levels: Iterable[Fraction]) -> tuple[Affine, ...]:
    """What c[j], and h[j] where it is free, may be in a mode: a level, a register, or what is owed."""
    forms = [Affine((), level) for level in levels]
    forms += [Affine.variable(name) for name in mode.variables]
    forms += [value for value in mode.registers.values() if isinstance(value, Affine)]
    forms += [demand.bound for demand in mode.owed if demand.relation is Relation.EQUAL]
    return tuple(dict.fromkeys(forms))


def meets(wanted: Wanted, form: Affine, mode: SpecMode) -> bool:
    """Is a form what is owed, on the whole mode?"""
    if wanted is None:
        return True
    if wanted.relation is Relation.EQUAL:
        return form == wanted.bound
    goal = wanted.goal({wanted.place: form})
    return prove(mode.where, goal, {name for name, whole in mode.variables.items() if whole}) is not None


def activated(activation: Activation, form: Affine, mode: SpecMode) -> Affine | None:
    """σ_o of a form on a mode's region, where that is one form; None where it bends inside."""
    if activation is Activation.IDENTITY:
        return form
    integers = {name for name, whole in mode.variables.items() if whole}
    for goal, value in ((-form, Affine((), ZERO)), (form - ONE, Affine((), ONE))):
        if prove(mode.where, Row(goal), integers) is not None:
            return value
    inside = all(prove(mode.where, Row(goal), integers) is not None for goal in (form, -form + ONE))
    return form if inside else None
