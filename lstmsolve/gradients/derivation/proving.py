"""Is a formula 0 for all sizes? Proved, or not proved: never a guess."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Final, TypeAlias

import sympy

from lstmsolve.gradients.derivation.atoms import Atoms
from lstmsolve.gradients.derivation.elimination import within
from lstmsolve.gradients.derivation.formulas import (
    Call,
    Derivative,
    Formula,
    Ref,
    Relation,
    Sum,
    rebuilt,
)
from lstmsolve.gradients.derivation.indices import Scope, Span
from lstmsolve.gradients.derivation.pieces import grouped
from lstmsolve.gradients.derivation.rules import partial, total
from lstmsolve.gradients.derivation.symbolic import Expr
from lstmsolve.gradients.derivation.systems import System

_MOST_CASES: Final = 256
_MOST_SIMPLIFIED: Final = 400

Rewrite: TypeAlias = Callable[[Formula, System, Scope], Formula | None]


def proved_zero(difference: Formula, system: System, scope: Scope) -> str | None:
    """How the formula was shown to vanish for all sizes; None if it was not.

    The free indices range over `scope`. Every rewriting keeps the value for all of them: first
    partial derivatives are worked out, then recurrences of total derivatives put in, then the
    definitions of signals, each as often as there are signals to put in.
    """
    current = _rewritten(difference, system, scope, _partials)
    if _vanishes(current, system, scope):
        return "term by term"
    phases = (
        (_totals, "with the recurrences put in"),
        (_definitions, "with the definitions put in"),
        (_all_definitions, "with all definitions put in"),
    )
    for rule, said in phases:
        for _ in range(len(system.signals) + 1):
            unfolded = _rewritten(current, system, scope, rule)
            unfolded = _rewritten(unfolded, system, scope, _partials)
            if unfolded == current:
                break
            current = unfolded
            if _vanishes(current, system, scope):
                return said
    return None


def _rewritten(formula: Formula, system: System, scope: Scope, rule: Rewrite) -> Formula:
    """The rule applied at every node where it has an answer, each in its own scope."""
    replacement = rule(formula, system, scope)
    if replacement is not None:
        return replacement
    if isinstance(formula, Sum):
        scope = scope.within(formula.index, Span(formula.low, formula.high))
    return rebuilt(formula, lambda part: _rewritten(part, system, scope, rule))


def _partials(formula: Formula, system: System, scope: Scope) -> Formula | None:
    """A partial derivative worked out, where both of its elements are certainly there."""
    match formula:
        case Derivative(False, of, by) if _reached(of, system, scope) and _inside(by, system, scope):
            return partial(system, of, by, scope)
        case _:
            return None


def _totals(formula: Formula, system: System, scope: Scope) -> Formula | None:
    """A total derivative by its recurrence, where both of its elements are certainly there."""
    match formula:
        case Derivative(True, of, by) if _inside(of, system, scope) and _inside(by, system, scope):
            return total(system, of, by, scope)
        case _:
            return None


def _definitions(formula: Formula, system: System, scope: Scope) -> Formula | None:
    """A signal by its definition, unless that is a mere function call, which `atoms` knows about."""
    match formula:
        case Ref(name) if name in system.signals and _reached(formula, system, scope):
            return None if isinstance(system.signals[name].formula, Call) else system.definition(formula)
        case _:
            return None


def _all_definitions(formula: Formula, system: System, scope: Scope) -> Formula | None:
    """A signal by its definition, whatever that is."""
    match formula:
        case Ref(name) if name in system.signals and _reached(formula, system, scope):
            return system.definition(formula)
        case _:
            return None


def _inside(ref: Ref, system: System, scope: Scope) -> bool:
    """Certainly in range."""
    return all(scope.inside(form, span) for form, span in zip(ref.indices, system.spans_of(ref.name), strict=True))


def _reached(ref: Ref, system: System, scope: Scope) -> bool:
    """Certainly in range, except perhaps beyond the last time: there a definition is only read formally.

    A claim has no value where it speaks of such times, unless a factor 0 makes them irrelevant.
    """
    if not system.timed(ref.name):
        return _inside(ref, system, scope)
    rest = zip(ref.indices[1:], system.spans_of(ref.name)[1:], strict=True)
    return scope.never_negative(ref.indices[0]) and all(scope.inside(form, span) for form, span in rest)


def _vanishes(formula: Formula, system: System, scope: Scope) -> bool:
    """Do all groups of the canonical form vanish?"""
    for bounds, body in grouped(formula, system, scope).items():
        atoms = Atoms(system)
        expression = atoms.expression(body, within(scope, bounds))
        if not is_zero(expression) and not _zero_in_all_cases(expression, atoms):
            return False
    return True


def _zero_in_all_cases(expression: Expr, atoms: Atoms) -> bool:
    """Zero for every value of the inputs that take few, and whichever conditions hold?"""
    inputs = [symbol for symbol in atoms.finite if symbol in expression.free_symbols or _conditional(symbol, atoms)]
    cases = 1
    for symbol in inputs:
        cases *= len(atoms.finite[symbol])
    if (not inputs and not atoms.conditions) or cases * 2 ** len(atoms.conditions) > _MOST_CASES:
        return False
    for values in product(*(atoms.finite[symbol] for symbol in inputs)):
        chosen = dict(zip(inputs, values, strict=True))
        options = [_truths(difference.subs(chosen), relation) for difference, relation in atoms.conditions.values()]
        for truths in product(*options):
            case = expression.subs({**chosen, **dict(zip(atoms.conditions, truths, strict=True))})
            if not is_zero(case):
                return False
    return True


def _conditional(symbol: Expr, atoms: Atoms) -> bool:
    return any(symbol in difference.free_symbols for difference, _ in atoms.conditions.values())


def _truths(difference: Expr, relation: Relation) -> tuple[int, ...]:
    """What `difference relation 0` can be: decided for a number, open otherwise."""
    if not difference.is_Rational:
        return (0, 1)
    outcome = {
        Relation.EQUAL: difference == 0,
        Relation.UNEQUAL: difference != 0,
        Relation.LESS: difference < 0,
        Relation.AT_MOST: difference <= 0,
        Relation.GREATER: difference > 0,
        Relation.AT_LEAST: difference >= 0,
    }
    return (int(bool(outcome[relation])),)


def is_zero(expression: Expr) -> bool:
    """Is the expression identically 0, as a rational function of its symbols and function values?"""
    if expression == 0 or sympy.expand(expression) == 0:
        return True
    above = sympy.fraction(sympy.together(expression))[0]
    if sympy.expand(above) == 0:
        return True
    if not above.atoms(sympy.Function) or sympy.count_ops(above) > _MOST_SIMPLIFIED:
        return False
    if above.atoms(sympy.sin, sympy.cos) and sympy.expand(sympy.trigsimp(sympy.expand(above))) == 0:
        return True
    exponentials = sympy.fraction(sympy.together(above.rewrite(sympy.exp)))[0]
    return bool(sympy.expand(sympy.powsimp(sympy.expand(exponentials))) == 0)
