"""Every total derivative of a system, step by step: chain rule, partial derivatives, result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from lstmsolve.derivation.chain_rule.calculus import Bound
from lstmsolve.derivation.chain_rule.elimination import within
from lstmsolve.derivation.chain_rule.rules import Path, adjoint, partial, paths
from lstmsolve.derivation.chain_rule.symbolic import factored
from lstmsolve.derivation.language.formulas import (
    ZERO,
    Call,
    Derivative,
    Formula,
    Multiply,
    Ref,
    Sum,
    add,
    walk,
)
from lstmsolve.derivation.language.latex import latex, latex_equation
from lstmsolve.derivation.language.writing import write, write_equation
from lstmsolve.derivation.proof.atoms import folded
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.derivation.trial.laboratory import Laboratory, Question
from lstmsolve.model.derivations import Derived, Step

CONFIRMED_ON: Final = (1, 4)
"""Instances on which every derived formula is tried before any claim is judged."""


def derivations(system: System) -> Iterator[Derived]:
    """How each δ recurrence and each parameter gradient comes about."""
    for name in (*system.signals, *system.parameters):
        yield _derived(system, system.generic(name))


def disagreement(system: System, laboratory: Laboratory) -> str | None:
    """The first derived formula that the unrolled net contradicts; None if it confirms them all."""
    for name in (*system.signals, *system.parameters):
        by = system.generic(name)
        left = Derivative(True, Ref(system.loss.name), by)
        right = adjoint(system, by, system.scope(system.indices_of(name)))
        question = Question(left, right, system.indices_of(name))
        if not all(trial.agrees for trial in laboratory.trials(question, CONFIRMED_ON)):
            return write_equation(left, right)
    return None


def _derived(system: System, by: Ref) -> Derived:
    scope = system.scope(system.indices_of(by.name))
    loss = Ref(system.loss.name)
    left = Derivative(True, loss, by)
    story = _Story(system)
    found = list(paths(system, by, scope))
    distinct = _distinct(found)
    direct = partial(system, loss, by, scope)
    if distinct is not None:
        own = ZERO if direct == ZERO else Derivative(False, loss, by)
        story.tell("chain rule", left, add(own, *(_chained(system, by, path) for path in distinct)))
    if direct != ZERO:
        story.tell("the loss itself", Derivative(False, loss, by), direct)
        direct = story.tell("more briefly", Derivative(False, loss, by), factored(direct))
    for path in distinct or ():
        assert path.through is not None
        inner = within(scope, path.contribution.bounds)
        slope = story.tell(
            f"through {path.through.name}",
            Derivative(False, path.through, by),
            partial(system, path.through, by, inner),
        )
        briefly = folded(slope, system, inner)
        story.tell("with the signals for their definitions", Derivative(False, path.through, by), briefly)
    through = adjoint(system, by, scope, explicit=direct)
    if not any(isinstance(node, Call) and _long(node) for node in walk(through)):
        story.tell("put in", left, through)
    story.tell("put in, with the signals for their definitions", left, folded(through, system, scope))
    named = system.with_names(left)
    return Derived(write(named), latex(named), tuple(story.steps))


class _Story:
    """The lines of one derivation; a line that says nothing new is left out."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._said: dict[Formula, Formula] = {}
        self.steps: list[Step] = []

    def tell(self, says: str, left: Formula, right: Formula) -> Formula:
        left, shown = self._system.with_names(left), self._system.with_names(right)
        if self._said.get(left) != shown:
            self._said[left] = shown
            self.steps.append(Step(says, write_equation(left, shown), latex_equation(left, shown)))
        return right


def _long(call: Call) -> bool:
    """A function of a sum: better shown as the signal that it defines."""
    return any(isinstance(node, Sum) for node in walk(call.argument))


def _chained(system: System, by: Ref, path: Path) -> Formula:
    assert path.through is not None
    product = Multiply((Derivative(True, Ref(system.loss.name), path.through), Derivative(False, path.through, by)))
    return replace(path.contribution, conditions=(), body=product).formula()


def _distinct(found: list[Path]) -> list[Path] | None:
    """One path for each element of a signal; None if two might lead through the same one."""
    seen: dict[tuple[tuple[Bound, ...], Ref], Path] = {}
    for path in found:
        assert path.through is not None
        seen.setdefault((path.contribution.bounds, path.through), path)
    for bounds, ref in seen:
        for other_bounds, other in seen:
            if other is ref or other.name != ref.name:
                continue
            apart = any((a - b).is_constant and a != b for a, b in zip(ref.indices, other.indices, strict=True))
            if bounds or other_bounds or not apart:
                return None
    return list(seen.values())
