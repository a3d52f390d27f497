"""Formulas as sums of pieces Σ_bounds body, in a form where equal sums look alike.

Sums in linear position are opened; factors move inside; ends of sums shrink to where the body is not
0 anyway; every index counts from 0; names follow the order. Short sums are written out, and in a
scope with a `middle` so are the ends of sums over time. Each step keeps the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product
from math import prod
from typing import Final, TypeAlias

from lstmsolve.derivation.chain_rule.calculus import Bound
from lstmsolve.derivation.chain_rule.elimination import Contribution, renamed_apart, tightened, within
from lstmsolve.derivation.language.conditions import decided, rows
from lstmsolve.derivation.language.formulas import (
    ONE,
    ZERO,
    Add,
    Choice,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Negative,
    Number,
    Position,
    Power,
    Ref,
    Sum,
    add,
    as_index,
    divide,
    multiply,
    negate,
    rebuilt,
    substitute,
    terms_of,
    walk,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.kernel.base.affine import Affine

Piece: TypeAlias = tuple[tuple[Bound, ...], Formula]

MARK: Final = "#"
_MOST_TIED: Final = 3
_LARGEST_POWER: Final = 4
_MOST_TERMS: Final = 2_000
_WRITTEN_OUT: Final = 12


def grouped(formula: Formula, system: System, scope: Scope) -> dict[tuple[Bound, ...], Formula]:
    """The formula as Σ over groups; a group's key is its canonical bounds."""
    groups: dict[tuple[Bound, ...], list[Formula]] = {}
    for bounds, body in spread(formula, frozenset({*scope.spans, *scope.sizes})):
        for term in terms_of(_distributed(body)) if bounds else (body,):
            for found in _canonical(bounds, term, system, scope):
                groups.setdefault(found[0], []).append(found[1])
    return {bounds: add(*bodies) for bounds, bodies in groups.items()}


def regrouped(formula: Formula, system: System, scope: Scope) -> Formula:
    """The canonical form as one formula again."""
    groups = grouped(formula, system, scope)
    return add(*(Contribution(bounds, (), body).formula() for bounds, body in groups.items()))


def spread(formula: Formula, taken: frozenset[str]) -> list[Piece]:
    """The pieces of a formula; their bounds have names that are not `taken`."""
    if not any(isinstance(node, Sum) for node in walk(formula)):
        return [((), formula)]
    match formula:
        case Add(terms):
            return [piece for term in terms for piece in spread(term, taken)]
        case Negative(operand):
            return [(bounds, negate(body)) for bounds, body in spread(operand, taken)]
        case Divide(numerator, denominator):
            return [(bounds, divide(body, denominator)) for bounds, body in spread(numerator, taken)]
        case Sum(index, low, high, body) if (high - low).is_constant and high.constant - low.constant < _WRITTEN_OUT:
            times = range(int((high - low).constant) + 1)
            return [piece for k in times for piece in spread(substitute(body, {index: low + k}), taken)]
        case Sum(index, low, high, body):
            (bound,), change = renamed_apart([Bound(index, Span(low, high))], taken)
            inner = spread(substitute(body, change), taken | {bound.index})
            return [((bound, *bounds), rest) for bounds, rest in inner]
        case Choice(condition, then, otherwise):
            yes: list[Piece] = [(bounds, Choice(condition, body, ZERO)) for bounds, body in spread(then, taken)]
            return yes + [(bounds, Choice(condition, ZERO, body)) for bounds, body in spread(otherwise, taken)]
        case Multiply(factors):
            return _crossed(factors, taken)
        case Power(base, Number(exponent)) if exponent.denominator == 1 and 2 <= exponent <= _LARGEST_POWER:
            return _crossed([base] * int(exponent), taken)
        case _:
            return [((), formula)]


def _crossed(factors: Sequence[Formula], taken: frozenset[str]) -> list[Piece]:
    """A product of sums as one sum over all indices."""
    result: list[Piece] = [((), ONE)]
    for factor in factors:
        used = taken | {bound.index for bounds, _ in result for bound in bounds}
        pieces = spread(factor, used)
        result = [(b1 + b2, multiply(f1, f2)) for (b1, f1), (b2, f2) in product(result, pieces)]
    return result


def _distributed(body: Formula) -> Formula:
    """Products multiplied out, numerators only, so that each term shows its factors."""
    match body:
        case Add(terms):
            return add(*(_distributed(term) for term in terms))
        case Negative(operand):
            return add(*(negate(term) for term in terms_of(_distributed(operand))))
        case Divide(numerator, denominator):
            return add(*(divide(term, denominator) for term in terms_of(_distributed(numerator))))
        case Multiply(factors):
            sides = [terms_of(_distributed(factor)) for factor in factors]
            if prod(map(len, sides)) > _MOST_TERMS:
                return body
            return add(*(multiply(*choice) for choice in product(*sides)))
        case _:
            return body


def _canonical(bounds: Iterable[Bound], body: Formula, system: System, scope: Scope) -> Iterator[Piece]:
    """The piece with tight, zero-based, ordered bounds; nothing if it is empty, several if it was cut."""
    shrunk = list(bounds)
    for form in support(body, system, within(scope, shrunk)):
        inner = within(scope, shrunk)
        if not inner.never_negative(form):
            shrunk = tightened(shrunk, form, scope) or shrunk
    if any(within(scope, shrunk[:k]).never_negative(b.span.low - b.span.high - 1) for k, b in enumerate(shrunk)):
        return
    cut = _cut(shrunk, body, system, scope)
    if cut is not None:
        for rest, part in cut:
            yield from _canonical(rest, part, system, scope)
        return
    body = _settled(body, system, within(scope, shrunk))
    based: list[Bound] = []
    change: dict[str, Affine] = {}
    for bound in shrunk:
        span = bound.span.substitute(change)
        if span.low == span.high:
            change[bound.index] = span.low
            continue
        based.append(Bound(bound.index, Span(Affine.lift(0), span.high - span.low)))
        change[bound.index] = Affine.variable(bound.index) + span.low
    body = substitute(body, change)
    names = {bound.index for bound in based}
    depth = sum(name.startswith(MARK) for name in scope.spans)
    if any(names & set(bound.span.high.variables) for bound in based):
        yield _numbered(based, body, depth)
        return
    based.sort(key=lambda bound: str(bound.span.high))
    yield _symmetric(based, body, depth)


def _cut(bounds: Sequence[Bound], body: Formula, system: System, scope: Scope) -> list[Piece] | None:
    """One sum over time as its middle and the terms at its ends, aligned so that equal middles look alike.

    None where no bound runs from near the first time to near the last one, or all are cut already.
    """
    if scope.middle is None:
        return None
    for place, bound in enumerate(bounds):
        moved = _aligned(bound, body, system)
        early, late = moved.low - scope.middle.low, moved.high - scope.middle.high
        nonempty = within(scope, bounds[:place]).never_negative(bound.span.high - bound.span.low + 1)
        if not (early.is_constant and late.is_constant and nonempty):
            continue
        shift = bound.span.low - moved.low
        if early.is_zero and late.is_zero:
            continue
        outer, inner = bounds[:place], bounds[place + 1 :]

        def at(value: Affine, name: str = bound.index, rest: Sequence[Bound] = inner) -> list[Bound]:
            return [replace(b, span=b.span.substitute({name: value})) for b in rest]

        pieces: list[Piece] = [((*outer, Bound(bound.index, _shifted(scope.middle, shift)), *inner), body)]
        ends = [(scope.middle.low - k - 1, 1) for k in range(-int(early.constant))]
        ends += [(scope.middle.low + k, -1) for k in range(int(early.constant))]
        ends += [(scope.middle.high + k + 1, 1) for k in range(int(late.constant))]
        ends += [(scope.middle.high - k, -1) for k in range(-int(late.constant))]
        for time, sign in ends:
            part = substitute(body, {bound.index: time + shift})
            pieces.append(((*outer, *at(time + shift)), part if sign > 0 else negate(part)))
        return pieces
    return None


def _aligned(bound: Bound, body: Formula, system: System) -> Span:
    """The span of the time that the body is about: that of its total derivative, or its earliest one."""
    by = [node.by.indices[0] for node in walk(body) if isinstance(node, Derivative) and system.timed(node.by.name)]
    refs = [node.indices[0] for node in walk(body) if isinstance(node, Ref) and node.indices]
    for forms in (by, refs):
        offsets = [form.constant for form in forms if form - form.constant == Affine.variable(bound.index)]
        if offsets:
            return _shifted(bound.span, Affine.lift(min(offsets)))
    return bound.span


def _shifted(span: Span, by: Affine) -> Span:
    return Span(span.low + by, span.high + by)


def _settled(body: Formula, system: System, scope: Scope) -> Formula:
    """What is certain in the scope put in: choices, derivatives that are 0, values before time 0."""
    match body:
        case Choice(condition, then, otherwise):
            met = decided(condition, scope)
            if met is not None:
                return _settled(then if met else otherwise, system, scope)
        case Derivative() if certainly_zero(body, system, scope):
            return ZERO
        case Ref(name, indices) if name in system.before and scope.never_negative(-indices[0] - 1):
            return Number(system.before[name])
        case Sum(index, low, high):
            scope = scope.within(index, Span(low, high))
        case _:
            pass
    return rebuilt(body, lambda part: _settled(part, system, scope))


def certainly_zero(derivative: Derivative, system: System, scope: Scope) -> bool:
    """Is there no way from `by` to `of`: no dependence, or only against the order of time?"""
    of, by = derivative.of, derivative.by
    if of.name not in system.kinds or by.name not in system.kinds:
        return False
    if of.name != by.name and by.name not in system.influences.get(of.name, ()):
        return True
    if system.timed(by.name) and scope.never_negative(by.indices[0] - system.spans_of(by.name)[0].high - 1):
        return True
    if not system.timed(of.name):
        return False
    return scope.never_negative(-of.indices[0] - 1) or (
        system.timed(by.name)
        and (lead := system.lead(of.name, by.name)) is not None
        and scope.never_negative(by.indices[0] - of.indices[0] - lead - 1)
    )


def _symmetric(bounds: list[Bound], body: Formula, depth: int) -> Piece:
    """Indices with the same span are interchangeable: the mean over their orders."""
    spans = [bound.span for bound in bounds]
    if len(set(spans)) == len(spans) or len(spans) > _MOST_TIED:
        return _numbered(bounds, body, depth)
    orders = [order for order in permutations(bounds) if [bound.span for bound in order] == spans]
    turned = [_numbered(order, body, depth) for order in orders]
    return turned[0][0], divide(add(*(changed for _, changed in turned)), Number(Fraction(len(orders))))


def _numbered(bounds: Sequence[Bound], body: Formula, depth: int) -> Piece:
    """Indices named by their depth, #0, #1, …: no name that a text could contain."""
    names = [f"{MARK}{depth + place}" for place in range(len(bounds))]
    change = {bound.index: Affine.variable(name) for bound, name in zip(bounds, names, strict=True)}
    found = tuple(Bound(name, bound.span.substitute(change)) for bound, name in zip(bounds, names, strict=True))
    return found, substitute(body, change)


def support(body: Formula, system: System, scope: Scope) -> Iterator[Affine]:
    """Forms that are >= 0 wherever a product is not 0: its factors vanish outside their time."""
    match body:
        case Multiply(factors):
            for factor in factors:
                yield from support(factor, system, scope)
        case Negative(operand):
            yield from support(operand, system, scope)
        case Divide(numerator, _):
            yield from support(numerator, system, scope)
        case Power(base, Number(exponent)) if exponent > 0:
            yield from support(base, system, scope)
        case Position() | Add() if (form := as_index(body)) is not None and scope.never_negative(form):
            yield form - 1
        case Add(terms):
            first, *others = [dict.fromkeys(support(term, system, scope)) for term in terms]
            yield from (form for form in first if all(form in other for other in others))
        case Sum(index, low, high, inner):
            inside = support(inner, system, scope.within(index, Span(low, high)))
            yield from (form for form in inside if not form.coefficient(index))
        case Ref(name, indices) if system.before.get(name) == 0:
            yield indices[0]
        case Choice(condition, then, otherwise) if otherwise == ZERO:
            yield from rows(condition) or ()
            yield from support(then, system, scope)
        case Derivative(_, of, by):
            if by.name in system.kinds and system.timed(by.name):
                yield system.spans_of(by.name)[0].high - by.indices[0]
            if of.name in system.kinds and system.timed(of.name):
                yield of.indices[0]
        case _:
            return
