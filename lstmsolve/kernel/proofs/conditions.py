"""What the conditions of [property] ask of h and z after one step: inequalities that must all hold.

Registers and inputs are known when a condition is evaluated, so a guard such as `x != 'b' or …` is
decided; what is left is asked of h and z. Every answer to these questions is tried. If just one set
of answers makes the condition true, it is what is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.language.evaluation import Oracle, Value, truth
from lstmsolve.kernel.language.expressions import names_in
from lstmsolve.kernel.spec.specs import NO_ORACLE, PLACE, Formula, Spec

MOST_ANSWERS: Final = 256


@dataclass(frozen=True, slots=True)
class Condition:
    """`form >= 0`, or `> 0`; the form is over h[j] and z[k]."""

    form: Affine
    strict: bool
    formula: Formula
    """Where it comes from."""


class _Answers:
    """Answers questions about h and z as it is told, then with yes; passes others on."""

    def __init__(self, told: tuple[bool, ...], oracle: Oracle) -> None:
        self._oracle = oracle
        self._told = told
        self.asked: list[Affine] = []
        self.given: list[bool] = []

    def is_integer(self, variable: str) -> bool:
        return not PLACE.fullmatch(variable) and self._oracle.is_integer(variable)

    def at_least_zero(self, form: Affine) -> bool:
        places = [match["part"] for name in form.variables if (match := PLACE.fullmatch(name))]
        if not places:
            return self._oracle.at_least_zero(form)
        if len(places) < len(form.variables) or "c" in places:
            raise OutsideFragment(f"conditions of [property] on sigmoid and tanh cells are about h and z, not {form}")
        answer = self._told[len(self.given)] if len(self.given) < len(self._told) else True
        self.asked.append(form)
        self.given.append(answer)
        return answer


def conditions(
    spec: Spec, registers: Mapping[str, Value], inputs: Mapping[str, Value], oracle: Oracle = NO_ORACLE
) -> tuple[Condition, ...]:
    """What must hold of h and z after a step that leads to these registers.

    Raises:
        OutsideFragment: a condition leaves a choice, or is about c.
    """
    found: list[Condition] = []
    for formula in spec.always:
        cells = {name: Affine.variable(name) for name in names_in(formula.tree) if PLACE.fullmatch(name)}
        found += _asked(formula, {**registers, **inputs, **cells}, oracle)
    return tuple(found)


def _asked(formula: Formula, names: Mapping[str, Value], oracle: Oracle) -> list[Condition]:
    todo: list[tuple[bool, ...]] = [()]
    ways: list[list[Condition]] = []
    tried = 0
    while todo:
        tried += 1
        if tried > MOST_ANSWERS:
            raise OutsideFragment(f"the condition {formula.text} asks too much")
        told = todo.pop()
        answers = _Answers(told, oracle)
        if truth(formula.tree, names, answers):
            pairs = zip(answers.asked, answers.given, strict=True)
            ways.append([Condition(form if yes else -form, not yes, formula) for form, yes in pairs])
        todo += [(*answers.given[:place], False) for place in range(len(told), len(answers.given))]
    if not ways:
        return [Condition(Affine.of({}, -1), False, formula)]
    if len(ways) > 1:
        raise OutsideFragment(f"the condition {formula.text} leaves h a choice: say which by registers and inputs")
    return ways[0]
