"""Closed forms, by induction over time: a derivative that is a sum over the whole past, or over all that is to come.

With D(n) = R(n) for all earlier times n (later ones, where the recurrence goes back from the end), one step of the
recurrence must give R(n) again. The first few times, which have no such step, are proved on their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lstmsolve.derivation.chain_rule.rules import total
from lstmsolve.derivation.language.formulas import (
    Derivative,
    Formula,
    Position,
    Sum,
    add,
    index_forms,
    negate,
    substitute,
    walk,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.proof.casework import MOST_ENDS, MOST_NODES, farthest, whole_times
from lstmsolve.derivation.proof.proving import proved_zero
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.model.watch import UNWATCHED, Watch


def proved_by_induction(
    left: Derivative, right: Formula, system: System, scope: Scope, watch: Watch = UNWATCHED
) -> str | None:
    """How `left = right` was shown by induction, or None; `scope` holds where the left side exists."""
    name = _time_of(left, system, scope)
    ends = max(1, farthest([right, *system.formulas]))
    if name is None or ends > MOST_ENDS or not _is_closed(right, name):
        return None
    forward = system.timed(left.of.name)
    span = scope.spans[name]
    difference = add(total(system, left.of, left.by, scope), negate(right))
    for number in range(ends):
        at = span.low + number if forward else span.high - number
        spans = {other: known for other, known in scope.spans.items() if other != name}
        place = replace(scope, spans=spans).where(at - span.low).where(span.high - at)
        if proved_zero(substitute(difference, {name: at}), system, place, watch, ends, MOST_NODES) is None:
            return None
    now = Affine.variable(name)
    step = scope.where(now - span.low - ends if forward else span.high - ends - now)
    before = Span(span.low, now - 1) if forward else Span(now + 1, span.high)

    def hypothesis(formula: Formula, system: System, inside: Scope) -> Formula | None:
        values = _instance(left, formula, system)
        if values is None or name not in values or not inside.inside(values[name], before):
            return None
        known = all(inside.inside(form, scope.spans[other].substitute(values)) for other, form in values.items())
        return substitute(right, values) if known else None

    found = proved_zero(difference, system, replace(step, middle=before), watch, ends, MOST_NODES, hypothesis)
    return None if found is None else "by induction over time"


def _time_of(left: Derivative, system: System, scope: Scope) -> str | None:
    """The index variable to do induction over: the time of what is moved along, or of what is moved."""
    ref = left.of if system.timed(left.of.name) else left.by
    if not left.total or not system.timed(ref.name):
        return None
    return next((name for name in whole_times(system, scope) if ref.indices[0] == Affine.variable(name)), None)


def _is_closed(right: Formula, name: str) -> bool:
    """Does it reach over a varying number of times, or count them?"""
    nodes = [node for node in walk(right) if isinstance(node, Sum | Position)]
    return any(form.coefficient(name) for node in nodes for form in index_forms(node))


def _instance(pattern: Derivative, formula: Formula, system: System) -> Mapping[str, Affine] | None:
    """The values of the pattern's index variables that make it this formula."""
    if not isinstance(formula, Derivative):
        return None
    if (pattern.total, pattern.of.name, pattern.by.name) != (formula.total, formula.of.name, formula.by.name):
        return None
    values: dict[str, Affine] = {}
    for form, wanted in zip(index_forms(pattern), index_forms(formula), strict=True):
        variable = "".join(form.variables)
        if variable in system.spans and form == Affine.variable(variable):
            if values.setdefault(variable, wanted) != wanted:
                return None
        elif form != wanted:
            return None
    return values
