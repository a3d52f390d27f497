"""Formulas as sympy expressions in which equal things are the same symbol.

References become symbols, abbreviations are unfolded, sums below a function become one symbol in
their canonical form, and σ(…) of a signal's own argument becomes the signal: with
o[n] = σ(w x[n] + b), σ(w x[n+1] + b) is o[n+1].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import assert_never

import sympy

from lstmsolve.derivation.chain_rule.symbolic import FUNCTIONS, KEPT, Expr, layer, rational
from lstmsolve.derivation.language.formulas import (
    ONE,
    Add,
    Call,
    Choice,
    Condition,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Negative,
    Number,
    Position,
    Power,
    Ref,
    Relation,
    Sum,
    add,
    free_variables,
    multiply,
    negate,
    parts,
    rebuilt,
    substitute,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.language.writing import write, write_index
from lstmsolve.derivation.proof.pieces import grouped
from lstmsolve.derivation.recurrences.systems import Kind, System
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.spec.domains import Listed

_MOST_VALUES = 4


class Atoms:
    """Turns formulas of one system into sympy, and remembers which symbols take few values."""

    def __init__(self, system: System, folded: bool = True) -> None:
        """Unless `folded`, functions stay as they are where a signal could stand for them."""
        self.system = system
        self._folded = folded
        self._compared: set[str] = set()
        """Signals whose definitions are being compared with a call: no call inside them is taken for them again."""
        self.finite: dict[Expr, tuple[Expr, ...]] = {}
        """Symbols of inputs from a short list, and their values."""
        self.inputs: dict[Expr, Ref] = {}
        """Symbols of inputs, and what they stand for."""
        self.conditions: dict[Expr, tuple[Expr, Relation]] = {}
        """Symbols that are 1 where `expression relation 0` holds, else 0."""

    def expression(self, formula: Formula, scope: Scope) -> Expr:
        """The formula in sympy, with `scope` saying where its free indices lie."""
        return layer(formula, lambda leaf: self._leaf(leaf, scope))

    def _leaf(self, leaf: Formula, scope: Scope) -> Expr:
        match leaf:
            case Position(form):
                terms = (rational(factor) * sympy.Symbol(name) for name, factor in form.terms)
                return sympy.Add(rational(form.constant), *terms)
            case Ref(name):
                return self._reference(leaf, name, scope)
            case Derivative():
                return sympy.Symbol(write(leaf))
            case Call(function, argument, slope):
                return self._call(function, argument, slope, scope)
            case Sum():
                return self._opaque(leaf, scope)
            case Choice(condition, then, otherwise):
                met = self._condition(condition, scope)
                return met * self.expression(then, scope) + (1 - met) * self.expression(otherwise, scope)
            case Number() | Add() | Multiply() | Negative() | Divide() | Power():
                raise AssertionError("arithmetic is no leaf")
            case _:
                assert_never(leaf)

    def _reference(self, ref: Ref, name: str, scope: Scope) -> Expr:
        kind = self.system.kinds.get(name)
        if kind is Kind.ABBREVIATION:
            return self.expression(self.system.definition(ref), scope)
        symbol = sympy.Symbol(write(ref))
        if kind is Kind.INPUT:
            self.inputs[symbol] = ref
            domain = self.system.inputs[name].domain
            if isinstance(domain, Listed) and len(domain.values) <= _MOST_VALUES:
                self.finite[symbol] = tuple(map(rational, domain.values))
        return symbol

    def _call(self, function: str, argument: Formula, slope: bool, scope: Scope) -> Expr:
        if slope and function in KEPT and function != "σ":
            return sympy.Function(f"{function}_dot")(sympy.expand(self.expression(argument, scope)))
        if slope:
            value = self._value(function, argument, scope)
            if function == "σ":
                return value * (1 - value)
            at = sympy.Dummy()
            inner = sympy.expand(self.expression(argument, scope))
            # Of tanh(…) that is the signal a, the slope is 1 - a².
            return sympy.diff(FUNCTIONS[function](at), at).subs(FUNCTIONS[function](at), value).subs(at, inner)
        return self._value(function, argument, scope)

    def _value(self, function: str, argument: Formula, scope: Scope) -> Expr:
        inner = sympy.expand(self.expression(argument, scope))
        signal = self._signal(function, argument, inner, scope) if self._folded else None
        return FUNCTIONS[function](inner) if signal is None else self.expression(signal, scope)

    def _signal(self, function: str, argument: Formula, inner: Expr, scope: Scope) -> Ref | None:
        """The signal that is defined as this function of this argument, at the right index."""
        for definition in self.system.signals.values():
            match definition.formula:
                case Call(known, pattern, False) if known == function and definition.name not in self._compared:
                    pass
                case _:
                    continue
            for ref in self._candidates(
                Ref(definition.name, tuple(map(Affine.variable, definition.indices))), pattern, argument
            ):
                # Beyond the last time everything is a mere symbol, but before the first a signal is a constant.
                spans = self.system.spans_of(ref.name)
                known_place = all(
                    scope.never_negative(form - span.low)
                    and (index == self.system.time or scope.never_negative(span.high - form))
                    for index, form, span in zip(definition.indices, ref.indices, spans, strict=True)
                )
                if not known_place:
                    continue
                defined = self.system.definition(ref)
                assert isinstance(defined, Call)
                self._compared.add(definition.name)
                own = sympy.expand(self.expression(defined.argument, scope))
                self._compared.remove(definition.name)
                if own == inner:
                    return ref
        return None

    def _candidates(self, generic: Ref, pattern: Formula, argument: Formula) -> Iterator[Ref]:
        """Indices at which the pattern could be the argument, read off the names that both mention."""
        variables = ["".join(form.variables) for form in generic.indices]
        shown = list(_refs(self.unfolded(argument)))
        values: dict[str, list[Affine]] = {variable: [] for variable in variables}
        for node in _refs(self.unfolded(pattern)):
            for place, form in enumerate(node.indices):
                if len(form.terms) == 1 and form.variables[0] in values and form.terms[0][1] == 1:
                    found = [ref.indices[place] - form.constant for ref in shown if ref.name == node.name]
                    values[form.variables[0]] += [f for f in found if f not in values[form.variables[0]]]
        free = free_variables(argument)
        for choice in product(*(values[variable] for variable in variables)):
            if all(set(form.variables) <= free for form in choice):
                yield Ref(generic.name, choice)

    def signal_of(self, call: Call, scope: Scope) -> Ref | None:
        """The signal that is defined as just this call, its slope aside."""
        inner = sympy.expand(self.expression(call.argument, scope))
        return self._signal(call.function, call.argument, inner, scope)

    def unfolded(self, formula: Formula) -> Formula:
        """Without abbreviations."""
        if isinstance(formula, Ref) and self.system.kinds.get(formula.name) is Kind.ABBREVIATION:
            return self.unfolded(self.system.definition(formula))
        return rebuilt(formula, self.unfolded)

    def _opaque(self, leaf: Sum, scope: Scope) -> Expr:
        """A sum as symbols, one for each group of its canonical form and each term in it."""
        total = sympy.Integer(0)
        for bounds, body in grouped(leaf, self.system, scope).items():
            inner = scope
            for bound in bounds:
                inner = inner.within(bound.index, bound.span)
            ends = ", ".join(f"{bound.index} <= {write_index(bound.span.high)}" for bound in bounds)
            for term in sympy.Add.make_args(sympy.expand(self.expression(body, inner))):
                outside, inside = _separated(term, [bound.index for bound in bounds])
                total += outside * (inside if not bounds else sympy.Symbol(f"Σ({ends}: {sympy.srepr(inside)})"))
        return total

    def _condition(self, condition: Condition, scope: Scope) -> Expr:
        """1 where it holds, else 0: from symbols for `= 0` and `< 0`, so that what says the same is the same."""
        difference = sympy.expand(self.expression(condition.left, scope) - self.expression(condition.right, scope))
        match condition.relation:
            case Relation.EQUAL:
                return self._met(difference, Relation.EQUAL)
            case Relation.UNEQUAL:
                return 1 - self._met(difference, Relation.EQUAL)
            case Relation.LESS:
                return self._met(difference, Relation.LESS)
            case Relation.GREATER:
                return self._met(-difference, Relation.LESS)
            case Relation.AT_LEAST:
                return 1 - self._met(difference, Relation.LESS)
            case Relation.AT_MOST:
                return 1 - self._met(-difference, Relation.LESS)
            case _:
                assert_never(condition.relation)

    def _met(self, difference: Expr, relation: Relation) -> Expr:
        if relation is Relation.EQUAL and difference.could_extract_minus_sign():
            difference = -difference
        symbol = sympy.Symbol(f"[{difference} {relation.value} 0]")
        self.conditions[symbol] = (difference, relation)
        return symbol


def _refs(formula: Formula) -> Iterator[Ref]:
    """Every name with its indices, those of sums at their first term."""
    if isinstance(formula, Ref):
        yield formula
    inside = parts(formula)
    if isinstance(formula, Sum):
        inside = (substitute(formula.body, {formula.index: formula.low}),)
    for part in inside:
        yield from _refs(part)


def _separated(term: Expr, indices: Sequence[str]) -> tuple[Expr, Expr]:
    """A product as what does not mention the summation indices, times the rest."""
    outside, inside = sympy.Integer(1), sympy.Integer(1)
    for factor in sympy.Mul.make_args(term):
        if any(index in symbol.name for symbol in factor.free_symbols for index in indices):
            inside *= factor
        else:
            outside *= factor
    return outside, inside


def folded(formula: Formula, system: System, scope: Scope) -> Formula:
    """Function calls that are a signal written as that signal: σ̇ of its argument as o(1 - o)."""

    def fold(node: Formula, inside: Scope) -> Formula:
        if isinstance(node, Call) and (node.function == "σ" or not node.slope):
            signal = Atoms(system).signal_of(node, inside)
            if signal is not None:
                return multiply(signal, add(ONE, negate(signal))) if node.slope else signal
        if isinstance(node, Sum):
            inside = inside.within(node.index, Span(node.low, node.high))
        inner = rebuilt(node, lambda part: fold(part, inside))
        return multiply(*inner.factors) if isinstance(inner, Multiply) else inner

    return fold(formula, scope)
