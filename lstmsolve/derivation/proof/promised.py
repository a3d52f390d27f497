"""Promises about inputs made use of: Σ_k y[n, k] is 1, and so is Σ_k (1 if l[n] == k else 0).

On the canonical form of a formula, group by group: a term that is c·y[n, #0] under a sum over the whole range of #0,
with #0 nowhere else in it, is c times what is promised, and belongs to the group without that sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import sympy

from lstmsolve.derivation.chain_rule.calculus import Bound
from lstmsolve.derivation.chain_rule.elimination import within
from lstmsolve.derivation.chain_rule.symbolic import Expr, rational
from lstmsolve.derivation.language.formulas import Formula, Ref, Relation
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.proof.atoms import Atoms
from lstmsolve.derivation.proof.pieces import MARK
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.model.watch import Watch

Bounds: TypeAlias = tuple[Bound, ...]

_MOST_NUMBERED: Final = 9
"""Names of sums are told apart by one digit here."""


def kept_promises(groups: Mapping[Bounds, Formula], atoms: Atoms, scope: Scope, watch: Watch) -> Iterator[Expr]:
    """Expressions that are all 0 only if the formula is, where inputs are as promised; those of most sums first."""
    waiting: dict[Bounds, Expr] = {}
    for bounds, body in groups.items():
        watch.check()
        waiting[bounds] = sympy.expand(atoms.expression(body, within(scope, bounds)))
    while waiting:
        watch.check()
        bounds = max(waiting, key=len)
        rest = sympy.Integer(0)
        for term in sympy.Add.make_args(waiting.pop(bounds)):
            found = _used(term, bounds, atoms, scope)
            if found is None:
                rest += term
            else:
                fewer, value = found
                waiting[fewer] = sympy.expand(waiting.get(fewer, 0) + value)
        yield rest


def _used(term: Expr, bounds: Bounds, atoms: Atoms, scope: Scope) -> tuple[Bounds, Expr] | None:
    """The term with one promise put in, and the sums that are left."""
    factors = sympy.Mul.make_args(term)
    if len(bounds) + _depth(bounds) > _MOST_NUMBERED:
        return None
    for place, bound in enumerate(bounds):
        inside = [factor for factor in factors if any(_mentions(symbol, bound) for symbol in factor.free_symbols)]
        elsewhere = any(bound.index in other.span.high.variables for other in bounds)
        if len(inside) != 1 or elsewhere:
            continue
        value = _promised(inside[0], bound, atoms, within(scope, bounds))
        if value is not None:
            outside = sympy.Mul(*(factor for factor in factors if factor is not inside[0]))
            return _without(bounds, place, outside * value, atoms)
    return None


def _mentions(symbol: Expr, bound: Bound) -> bool:
    return bound.index in symbol.name


def _promised(symbol: Expr, bound: Bound, atoms: Atoms, scope: Scope) -> Expr | None:
    """What the symbol is promised to add up to over the bound, which counts from 0; None if nothing is."""
    index = Affine.variable(bound.index)
    if symbol in atoms.inputs:
        ref = atoms.inputs[symbol]
        total = atoms.system.totals.get(ref.name)
        if total is None or any(form.coefficient(bound.index) for form in _others(ref, total.place)):
            return None
        span = atoms.system.spans_of(ref.name)[total.place]
        whole = ref.indices[total.place] == index + span.low and bound.span.high == span.high - span.low
        return rational(total.value) if whole and _there(ref, total.place, atoms, scope) else None
    if symbol in atoms.conditions:
        difference, relation = atoms.conditions[symbol]
        for candidate in difference.free_symbols & atoms.inputs.keys():
            chosen = atoms.inputs[candidate]
            domain = atoms.system.classes.get(chosen.name)
            if domain is None or any(form.coefficient(bound.index) for form in chosen.indices):
                continue
            reached = sympy.Symbol(bound.index) + _constant(domain.low)
            equal = relation is Relation.EQUAL and sympy.expand(difference**2 - (candidate - reached) ** 2) == 0
            if equal and bound.span.high == domain.high - domain.low and _there(chosen, None, atoms, scope):
                return sympy.Integer(1)
    return None


def _constant(form: Affine) -> Expr:
    return sympy.Add(rational(form.constant), *(rational(factor) * sympy.Symbol(name) for name, factor in form.terms))


def _others(ref: Ref, place: int) -> list[Affine]:
    return [form for other, form in enumerate(ref.indices) if other != place]


def _there(ref: Ref, summed: int | None, atoms: Atoms, scope: Scope) -> bool:
    """Is the input certainly there, the index that is summed over aside? Before time 0 it may be anything.

    Beyond the last time it is a mere symbol, which the promise may be said of as well.
    """
    spans: tuple[Span, ...] = atoms.system.spans_of(ref.name)
    for place, (form, span) in enumerate(zip(ref.indices, spans, strict=True)):
        if place == summed:
            continue
        timed = place == 0 and atoms.system.timed(ref.name)
        if not scope.never_negative(form - span.low) or not (timed or scope.never_negative(span.high - form)):
            return False
    return True


def _without(bounds: Bounds, place: int, term: Expr, atoms: Atoms) -> tuple[Bounds, Expr]:
    """The sums without one of them, those after it renamed; their number is their name."""
    fewer = [*bounds[:place], *bounds[place + 1 :]]
    for number in range(_depth(bounds) + place + 1, _MOST_NUMBERED + 1):  # those of sums inside the term as well
        old, new = f"{MARK}{number}", f"{MARK}{number - 1}"
        moved = {old: Affine.variable(new)}
        fewer = [Bound(new if b.index == old else b.index, b.span.substitute(moved)) for b in fewer]
        term = _renamed(term, old, new, atoms)
    return tuple(fewer), term


def _depth(bounds: Bounds) -> int:
    return int(bounds[0].index.removeprefix(MARK)) if bounds else 0


def _renamed(term: Expr, old: str, new: str, atoms: Atoms) -> Expr:
    changes = {}
    for symbol in term.free_symbols:
        if old in symbol.name:
            changed = sympy.Symbol(symbol.name.replace(old, new))
            changes[symbol] = changed
            if symbol in atoms.finite:
                atoms.finite[changed] = atoms.finite[symbol]
            if symbol in atoms.inputs:
                ref, moved = atoms.inputs[symbol], {old: Affine.variable(new)}
                atoms.inputs[changed] = Ref(ref.name, tuple(form.substitute(moved) for form in ref.indices))
            if symbol in atoms.conditions:
                difference, relation = atoms.conditions[symbol]
                atoms.conditions[changed] = (_renamed(difference, old, new, atoms), relation)
    return term.xreplace(changes)
