"""What a unit holds and shows in a mode, as Booleans, for designs whose gates are all saturated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

import z3

from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.obligations.tables.maps import activated, candidate_forms, meets
from lstmsolve.obligations.tables.sinks import Level
from lstmsolve.obligations.tables.transitions import START, SpecMode

NO, YES = z3.BoolVal(False), z3.BoolVal(True)
ZERO_FORM: Final = Affine((), ZERO)
ONE_FORM: Final = Affine((), ONE)
NOTHING: Final = Level(ZERO, exact=True)
EXACTLY_ONE: Final = Level(ONE, exact=True)
ANYTHING: Final = Level(ZERO, exact=False)
SOMETHING: Final = Level(ONE, exact=False)


@dataclass(frozen=True, slots=True)
class Code:
    """One unit in one mode: what its cell holds, and whether it shows it."""

    held: Mapping[Affine, z3.BoolRef]
    """For each form, the Boolean that says c is that form."""
    seen: Mapping[Affine, Affine]
    """σ_o of each."""
    shown: z3.BoolRef

    @property
    def something(self) -> z3.BoolRef:
        """c is not 0."""
        return z3.Or([chosen for form, chosen in self.held.items() if not form.is_zero])


@dataclass(frozen=True, slots=True)
class SinkCode:
    """One unit in one sink."""

    held: Mapping[Level, z3.BoolRef]
    shown: z3.BoolRef

    def holds(self, *levels: Level) -> z3.BoolRef:
        return z3.Or([self.held[level] for level in levels])


GivenCode: TypeAlias = tuple[Affine, bool]
"""What a cell holds in a mode, and whether its unit shows it."""

Coded: TypeAlias = tuple[Code, list[z3.BoolRef]]
"""A code, and what must hold of it."""


def start_code(c: Fraction) -> Code:
    return Code({Affine((), c): YES}, {}, NO)


def free_start(label: str, levels: Sequence[Fraction]) -> Coded:
    """One of the levels before any input."""
    held, conditions = _one_of([Affine((), level) for level in levels], label)
    return Code(held, {}, NO), conditions


def code(
    mode: SpecMode, unit: int, levels: Sequence[Fraction], activation: Activation, given: GivenCode | None = None
) -> Coded:
    """A level, a register or what is owed, shown or not, so that h is what is owed; or a code that is given."""
    assert mode.name != START
    forms = candidate_forms(mode, levels)
    seen = {form: value for form in forms if (value := activated(activation, form, mode)) is not None}
    conditions: list[z3.BoolRef]
    if given is None:
        held, conditions = _one_of(list(seen), f"c[{unit}] in {mode.name}")
        found = Code(held, seen, z3.Bool(f"h[{unit}] in {mode.name}"))
    else:
        held, conditions = {given[0]: YES}, []
        found = Code(held, seen, z3.BoolVal(given[1]))
    conditions.append(z3.Implies(found.shown, found.something))
    wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
    if not meets(wanted, ZERO_FORM, mode):
        conditions.append(found.shown)
    for form, chosen in held.items():
        if not meets(wanted, seen[form], mode):
            conditions.append(z3.Not(z3.And(found.shown, chosen)))
    return found, conditions


def sink_code(mode: SpecMode, unit: int) -> tuple[SinkCode, list[z3.BoolRef]]:
    """0, 1, or any number from 0 or from 1 up, shown or not, so that h is the constant that is owed."""
    label = f"c[{unit}] in {mode.name}"
    held = {level: z3.Bool(f"{label} is {level}") for level in (NOTHING, EXACTLY_ONE, ANYTHING, SOMETHING)}
    found = SinkCode(held, z3.Bool(f"h[{unit}] in {mode.name}"))
    conditions = [z3.Or(list(held.values())), z3.AtMost(*held.values(), 1), z3.Not(z3.And(found.shown, held[NOTHING]))]
    wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
    if not meets(wanted, ZERO_FORM, mode):
        conditions.append(found.shown)
    if wanted is not None:
        conditions.append(z3.Implies(found.shown, held[EXACTLY_ONE] if meets(wanted, ONE_FORM, mode) else NO))
    return found, conditions


def _one_of(forms: Sequence[Affine], label: str) -> tuple[dict[Affine, z3.BoolRef], list[z3.BoolRef]]:
    if len(forms) == 2:
        second = z3.Bool(f"{label} is {forms[1]}")
        return {forms[0]: z3.Not(second), forms[1]: second}, []
    held = {form: z3.Bool(f"{label} is {form}") for form in forms}
    return held, [z3.Or(list(held.values())), z3.AtMost(*held.values(), 1)]
