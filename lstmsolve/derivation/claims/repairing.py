"""What a wrong claim should have said: the smallest change that makes it true, or else the derived formula.

A change counts only if the result is proved for all sizes. Candidates are screened in floats first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Final

from lstmsolve.derivation.chain_rule.rules import forward, partial, total
from lstmsolve.derivation.chain_rule.symbolic import NotReal
from lstmsolve.derivation.claims.edits import Edit, Slip, edits, extra_factors, extra_terms, renamed, summed
from lstmsolve.derivation.claims.statements import Claim, flaws_of, free_indices, where_defined
from lstmsolve.derivation.language.formulas import (
    Derivative,
    Formula,
    Multiply,
    add,
    negate,
    substitute,
    terms_of,
    walk,
)
from lstmsolve.derivation.proof.atoms import folded
from lstmsolve.derivation.proof.casework import proved_in_cases, there_in_cases
from lstmsolve.derivation.proof.induction import proved_by_induction
from lstmsolve.derivation.proof.presence import all_there
from lstmsolve.derivation.proof.proving import proved_zero
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.derivation.trial.laboratory import INSTANCES, Laboratory, Question
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.model.watch import UNWATCHED, Watch

SCREENS: Final = (5, 7)
"""Instances at which candidates are tried in floats before anything slow is done."""

MOST_PAIRS: Final = 4_000
"""Pairs of changes that are tried where no single one helps."""

_PAIRED: Final = (Slip.SIGN, Slip.INDEX, Slip.TRANSPOSED, Slip.SLOPE)


@dataclass(frozen=True, slots=True)
class Change:
    """One slip, and what is to be written instead."""

    slip: Slip
    says: str


@dataclass(frozen=True, slots=True)
class Mended:
    """A right side that holds."""

    right: Formula
    changes: tuple[Change, ...]
    """Empty where nothing small helped and `right` is the derived formula."""


class Repairer:
    """Mends the claims of one system."""

    def __init__(self, system: System, laboratory: Laboratory, watch: Watch = UNWATCHED) -> None:
        self._system = system
        self._laboratory = laboratory
        self._watch = watch

    def mend(self, claim: Claim) -> Mended:
        """The claim's right side, corrected.

        Raises:
            LimitReached: the time does not suffice to look for a correction.
        """
        derived = self.derived(claim)
        if any(flaw.says == "" for flaw in claim.flaws):
            return Mended(derived, ())  # shapes do not fit, so there is no right side to mend
        for right, changes in self._candidates(claim, derived):
            if self._holds(claim.left, right):
                return Mended(right, changes)
        return Mended(derived, ())

    def derived(self, claim: Claim) -> Formula:
        """The right side as the program derives it."""
        scope = where_defined(claim.left, self._system)
        formula = folded(derivative_formula(claim.left, self._system), self._system, scope)
        return self._system.with_names(formula)

    def sensible(self, claim: Claim) -> Iterator[tuple[Formula, tuple[Change, ...]]]:
        """The right side with its flaws removed in every way that is possible; as it is, if it has none."""
        options: list[list[tuple[str, str, str]]] = []
        for flaw in claim.flaws:
            if flaw.free is not None:
                options.append([("sum", flaw.free, "")])
            elif flaw.unknown is not None:
                names = [("name", flaw.unknown, name) for name in self._system.kinds]
                indices = [("index", flaw.unknown, name) for name in free_indices(claim.left, self._system)]
                options.append(names + indices)
        for choice in product(*options):
            right = claim.right
            changes = [Change(Slip.TRANSPOSED, flaw.says) for flaw in claim.flaws if flaw.says is not None]
            for what, old, new in choice:
                if what == "sum":
                    span = self._system.spans[old]
                    edit = summed(right, old, span.low, span.high)
                    right, change = edit.result, Change(edit.slip, edit.says)
                elif what == "name":
                    right = renamed(right, old, new)
                    change = Change(Slip.UNKNOWN, f"{new} in place of {old}")
                else:
                    right = substitute(right, {old: Affine.variable(new)})
                    change = Change(Slip.UNKNOWN, f"the index {new} in place of {old}")
                changes.append(change)
            yield right, tuple(changes)

    def _candidates(self, claim: Claim, derived: Formula) -> Iterator[tuple[Formula, tuple[Change, ...]]]:
        bases = list(self.sensible(claim))
        yield from bases
        for right, changes in bases:
            for edit in self._edits(claim.left, right, derived):
                yield edit.result, (*changes, Change(edit.slip, edit.says))
        pairs = (
            (second.result, (*changes, Change(first.slip, first.says), Change(second.slip, second.says)))
            for right, changes in bases
            for first in edits(right, self._system)
            if first.slip in _PAIRED
            for second in edits(first.result, self._system)
            if second.slip in _PAIRED
        )
        yield from islice(pairs, MOST_PAIRS)

    def _edits(self, left: Derivative, right: Formula, derived: Formula) -> Iterator[Edit]:
        yield from edits(right, self._system)
        for one, other in combinations(free_indices(left, self._system), 2):
            if self._system.spans[one] == self._system.spans[other]:
                turned = substitute(right, {one: Affine.variable(other), other: Affine.variable(one)})
                yield Edit(Slip.TRANSPOSED, turned, f"{one} and {other} in each other's place")
        yield from extra_terms(right, terms_of(derived), self._system)
        factors = [node.factors for node in walk(derived) if isinstance(node, Multiply)]
        yield from extra_factors(right, dict.fromkeys(factor for group in factors for factor in group))

    def _holds(self, left: Derivative, right: Formula) -> bool:
        question = question_about(left, right, self._system)
        return (
            question is not None
            and self._agrees(question, SCREENS, None)
            and all(trial.agrees for trial in self._laboratory.trials(question, range(INSTANCES)))
            and proof(left, question.right, self._system, self._watch) is not None
        )

    def _agrees(self, question: Question, numbers: Iterable[int], digits: int | None) -> bool:
        return all(trial.agrees for trial in self._laboratory.trials(question, numbers, digits))


def derivative_formula(left: Derivative, system: System) -> Formula:
    """The derivative by one step of the chain rule."""
    rule = total if left.total else partial
    return rule(system, left.of, left.by, where_defined(left, system))


def proof(left: Derivative, right: Formula, system: System, watch: Watch = UNWATCHED) -> str | None:
    """How `left = right` was proved for all sizes, or None; `right` has its names spelled out.

    Two rules give a total derivative of the loss, back from the end and forward from the start; a
    claim follows either.
    """
    try:
        return _proof(left, right, system, watch)
    except NotReal:
        return None  # at some of the times that were looked at on their own


def _proof(left: Derivative, right: Formula, system: System, watch: Watch) -> str | None:
    scope = where_defined(left, system)
    if not (all_there(right, system, scope) or there_in_cases(right, system, scope, watch)):
        return None
    difference = add(derivative_formula(left, system), negate(right))
    found = proved_zero(difference, system, scope, watch)
    if found is None and left.total and left.of.name == system.loss.name:
        ahead = add(forward(system, left.of, left.by, scope), negate(right))
        found = proved_zero(ahead, system, scope, watch)
        if found is not None:
            return f"{found}, forward in time"
    found = found or proved_in_cases(difference, system, scope, watch)
    return found or proved_by_induction(left, right, system, scope, watch)


def question_about(left: Derivative, right: Formula, system: System) -> Question | None:
    """`left = right` as something to try, or None where the right side makes no sense."""
    if flaws_of(left, right, system):
        return None
    return Question(left, system.spelled_out(right), free_indices(left, system))
