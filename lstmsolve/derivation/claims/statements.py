"""Claims: equations that somebody wrote by hand, read and checked for sense.

A claim that does not parse, or whose left side names nothing, is bad input. A claim whose right side
speaks of undefined names, or of an index that its left side does not have, is a claim, and it fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lstmsolve.derivation.language.formulas import (
    Derivative,
    Formula,
    Ref,
    Sum,
    free_variables,
    index_forms,
    parts,
    substitute,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.language.reading import read_equation
from lstmsolve.derivation.language.selecting import selector, selectors, spelled_out, where_chosen
from lstmsolve.derivation.language.sizes import abbreviation_sizes, size_of
from lstmsolve.derivation.language.writing import write, write_index, write_ref
from lstmsolve.derivation.matrices.unfolding import in_indices
from lstmsolve.derivation.recurrences.judging import misused, misused_derivative
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.language.expressions import ExpressionError
from lstmsolve.kernel.language.syntax import caret
from lstmsolve.model.derivations import ClaimText, DerivationCase


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a right side makes no sense."""

    message: str
    unknown: str | None = None
    """The name that nobody defines."""
    free: str | None = None
    """The declared index that is free on the right side only."""
    says: str | None = None
    """What is to be written, where the claim is read as if it were: a transpose that makes shapes fit."""


@dataclass(frozen=True)
class Claim:
    """One equation; `left` is the derivative it is about."""

    id: str
    place: str
    left: Derivative
    shown_left: Formula
    """The left side as it was written: δ_h[n] rather than dL/dh[n]."""
    right: Formula
    """As it was written."""
    flaws: tuple[Flaw, ...]
    after: str | None
    """The claim of the line before, where this one continues its chain."""
    said: str | None = None
    """How it is shown, where that is not how it is read: with inputs among its indices, or in matrix notation."""


def read_claims(case: DerivationCase, system: System) -> tuple[Claim, ...]:
    """The claims of a case.

    Raises:
        InputError: with every complaint about them.
    """
    case = in_indices(case)
    complaints = Complaints()
    found: list[Claim] = []
    sizes = abbreviation_sizes({name: known.formula for name, known in system.abbreviations.items()})
    left: Formula | None = None
    before: str | None = None
    for text in case.claims:
        key = f"claims.{text.id}"
        try:
            own, right = read_equation(text.text, system.vocabulary)
            own, right, said = _without_selectors(own, left, right, text, system)
        except ExpressionError as error:
            complaints.add(key, str(error), text.text, caret(text.text, error.at))
            continue
        chained = own is None or text.chained
        left = left if own is None else own
        if left is None:
            complaints.add(key, "starts with =, but there is no claim before it", text.text)
            continue
        excess = size_of(right, sizes).excess
        if excess is not None:
            complaints.add(key, f"with its abbreviations put in: {excess}", text.text)
            continue
        derivative = _left_side(left, system, text, complaints)
        if derivative is not None:
            _refuse_impossible(right, _scope(derivative, system), system, text, complaints)
            turned = tuple(Flaw(why, says=says) for why, says in text.turned)
            flaws = (*turned, *flaws_of(derivative, right, system))
            found.append(Claim(text.id, text.place, derivative, left, right, flaws, before if chained else None, said))
        before = text.id
    complaints.refuse()
    return tuple(found)


def _without_selectors(
    own: Formula | None, before: Formula | None, right: Formula, text: ClaimText, system: System
) -> tuple[Formula | None, Formula, str | None]:
    """An equation without inputs among its indices, and how it is to be shown if that changes it.

    dL/dz[n, l[n]] = … is dL/dz[n, k] = (… if l[n] == k else dL/dz[n, k]) with an index k of the same range.

    Raises:
        ExpressionError: no such index is declared.
    """
    vocabulary = system.vocabulary
    if not selectors(right, vocabulary) and (own is None or not selectors(own, vocabulary)):
        return own, right, text.said or None
    left = own if own is not None else before
    said = text.said or (text.text.strip() if own is not None or left is None else f"{write(left)} {text.text.strip()}")
    for name in selectors(own, vocabulary) if own is not None else ():
        chosen = selector(name, vocabulary)
        span = vocabulary.classes[chosen.name]
        assert own is not None
        free = (v for v, known in system.spans.items() if known == span and v not in free_variables(own))
        index = next(free, None)
        if index is None:
            wanted = f"{write_index(span.low)}..{write_index(span.high)}"
            raise ExpressionError(f'to speak of {name}, declare an index of its range, such as k = "{wanted}"', own.at)
        change = {name: Affine.variable(index)}
        own = substitute(own, change)
        right = where_chosen(chosen, index, substitute(right, change), own)
    return own, spelled_out(right, vocabulary), said


def flaws_of(left: Derivative, right: Formula, system: System) -> tuple[Flaw, ...]:
    """Everything that keeps a right side from making sense, each once."""
    return tuple(dict.fromkeys(_flaws(right, _scope(left, system), system)))


def free_indices(left: Derivative, system: System) -> tuple[str, ...]:
    """The index variables of the left side, in the order of their declaration."""
    named = {name for form in index_forms(left) for name in form.variables}
    return tuple(name for name in system.spans if name in named)


def where_defined(left: Derivative, system: System) -> Scope:
    """The left side's index variables, where both of its elements exist."""
    scope = _scope(left, system)
    for ref in (left.of, left.by):
        for form, span in zip(ref.indices, system.spans_of(ref.name), strict=True):
            scope = scope.where(form - span.low).where(span.high - form)
    return scope


def _scope(left: Derivative, system: System) -> Scope:
    return system.scope(free_indices(left, system))


def _left_side(left: Formula, system: System, text: ClaimText, complaints: Complaints) -> Derivative | None:
    """The derivative that a claim is about, or None after a complaint."""

    def complain(message: str) -> None:
        complaints.add(f"claims.{text.id}", message, text.text, caret(text.text, left.at))

    if isinstance(left, Ref) and left.name in system.names and len(left.indices) == len(system.indices_of(left.name)):
        left = system.spelled_out(left)
    if not isinstance(left, Derivative):
        complain("the left side of a claim is one derivative, such as dL/dh[n], ∂h[n]/∂w[m], or a name for one")
        return None
    problem = misused_derivative(left, system)
    if problem is not None:
        complain(f"{write(left)}: {problem}")
        return None
    for name in {name for form in index_forms(left) for name in form.variables}:
        if name not in system.spans and name not in system.sizes:
            complain(f"{write(left)}: the index {name!r} is not declared")
            return None
    scope = _scope(left, system)
    for ref in (left.of, left.by):
        for form, span in zip(ref.indices, system.spans_of(ref.name), strict=True):
            if scope.outside(form, span):
                complain(f"{write_ref(ref)} is out of range: {_range(span)}")
                return None
    return left


def _refuse_impossible(right: Formula, scope: Scope, system: System, text: ClaimText, complaints: Complaints) -> None:
    """Complain about references that are out of range whatever the sizes."""
    for ref, inner in _references(right, scope):
        if misused(ref, system) is not None:
            continue
        for index, form, span in zip(system.indices_of(ref.name), ref.indices, system.spans_of(ref.name), strict=True):
            past = index == system.time and ref.name in system.before and inner.never_negative(-form - 1)
            if inner.outside(form, span) and not past:
                message = f"{write_ref(ref)} is out of range: {_range(span)}"
                complaints.add(f"claims.{text.id}", message, text.text, caret(text.text, ref.at))


def _references(formula: Formula, scope: Scope) -> Iterator[tuple[Ref, Scope]]:
    """Every plain reference with the scope it stands in; derivatives by times out of range are 0, not wrong."""
    if isinstance(formula, Ref):
        yield formula, scope
    if isinstance(formula, Sum):
        scope = scope.within(formula.index, Span(formula.low, formula.high))
    for part in parts(formula):
        yield from _references(part, scope)


def _flaws(formula: Formula, scope: Scope, system: System) -> Iterator[Flaw]:
    for form in index_forms(formula):
        for name in form.variables:
            if name in scope.spans or name in scope.sizes:
                continue
            if name in system.spans:
                yield Flaw(f"the index {name} is free on the right side only", free=name)
            else:
                yield Flaw(f"the index {name} is not defined", unknown=name)
    match formula:
        case Ref(name):
            problem = misused(formula, system)
            if problem is not None:
                yield Flaw(problem, unknown=None if name in system.kinds else name)
        case Derivative(_, of, by):
            problem = misused_derivative(formula, system)
            if problem is not None:
                unknown = [ref.name for ref in (of, by) if ref.name not in system.kinds]
                yield Flaw(problem, unknown=unknown[0] if unknown else None)
        case _:
            pass
    if isinstance(formula, Sum):
        scope = scope.within(formula.index, Span(formula.low, formula.high))
    for part in parts(formula):
        yield from _flaws(part, scope, system)


def _range(span: Span) -> str:
    return f"the index runs from {write_index(span.low)} to {write_index(span.high)}"
