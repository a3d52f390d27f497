"""Is a formula 0 for all sizes? Proved, or not proved: never a guess."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial as partially
from itertools import product
from random import Random
from typing import Final, TypeAlias

import mpmath
import sympy
from sympy.core.function import AppliedUndef

from lstmsolve.derivation.chain_rule.elimination import within
from lstmsolve.derivation.chain_rule.rules import partial, total
from lstmsolve.derivation.chain_rule.symbolic import Expr
from lstmsolve.derivation.language.conditions import branches
from lstmsolve.derivation.language.formulas import (
    Choice,
    Derivative,
    Formula,
    Ref,
    Relation,
    Sum,
    rebuilt,
    walk,
)
from lstmsolve.derivation.language.indices import Scope, Span
from lstmsolve.derivation.proof.atoms import Atoms
from lstmsolve.derivation.proof.pieces import grouped, regrouped
from lstmsolve.derivation.proof.promised import kept_promises
from lstmsolve.derivation.recurrences.ordering import evaluation_order
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.model.watch import UNWATCHED, Watch

_MOST_CASES: Final = 256
_MOST_SIMPLIFIED: Final = 400
MOST_NODES: Final = 50_000
"""Formulas that have grown beyond this are given up."""

_POINT_DIGITS: Final = 60

Rewrite: TypeAlias = Callable[[Formula, System, Scope], Formula | None]


def proved_zero(
    difference: Formula,
    system: System,
    scope: Scope,
    watch: Watch = UNWATCHED,
    rounds: int = 1,
    most_nodes: int = MOST_NODES,
    known: Rewrite | None = None,
) -> str | None:
    """How the formula was shown to vanish for all sizes; None if it was not.

    The free indices range over `scope`. Every rewriting keeps the value for all of them: partial
    derivatives are worked out, recurrences of total derivatives put in, then definitions of signals;
    one name after the other, each after those whose formulas bring it in, `rounds` times over. What is
    `known` besides, such as the hypothesis of an induction, is put in wherever it has an answer.
    """

    def worked_out(formula: Formula) -> Formula:
        formula = formula if known is None else _rewritten(formula, system, scope, known)
        return _rewritten(formula, system, scope, _partials)

    start = worked_out(difference)
    if _vanishes(start, system, scope, watch):
        return "term by term"
    order = evaluation_order(system)
    back = [(partially(_back, name), "with the recurrences put in") for name in order]
    forth = [(partially(_forth, name), "with the recurrences put in") for name in reversed(order)]
    defined = [(partially(_defined, name), "with the definitions put in") for name in reversed(order)]
    for passes, folded in ((back * rounds + forth * rounds + defined * rounds, True), (defined * rounds, False)):
        current = start
        for rule, said in passes:
            watch.check()
            unfolded = _rewritten(current, system, scope, rule)
            if unfolded == current:
                continue
            current = worked_out(unfolded)
            if sum(1 for _ in walk(current)) > most_nodes:
                break
            if _vanishes(current, system, scope, watch, folded):
                return said
    # With the ends of sums drawn in, more of the partial derivatives may be certain to exist.
    tight = regrouped(difference, system, scope)
    tight = regrouped(worked_out(tight), system, scope)
    return "with the ends of sums drawn in" if _vanishes(tight, system, scope, watch) else None


def _rewritten(formula: Formula, system: System, scope: Scope, rule: Rewrite) -> Formula:
    """The rule applied at every node where it has an answer, each in its own scope."""
    replacement = rule(formula, system, scope)
    if replacement is not None:
        return replacement
    match formula:
        case Sum(index, low, high):
            scope = scope.within(index, Span(low, high))
        case Choice(condition, then, otherwise):
            met, unmet = branches(condition, scope)
            then, otherwise = _rewritten(then, system, met, rule), _rewritten(otherwise, system, unmet, rule)
            return Choice(condition, then, otherwise, at=formula.at)
        case _:
            pass
    return rebuilt(formula, lambda part: _rewritten(part, system, scope, rule))


def _partials(formula: Formula, system: System, scope: Scope) -> Formula | None:
    """A partial derivative worked out, where both of its elements are certainly there."""
    match formula:
        case Derivative(False, of, by) if _reached(of, system, scope) and _inside(by, system, scope):
            return partial(system, of, by, scope)
        case _:
            return None


def _back(name: str, formula: Formula, system: System, scope: Scope) -> Formula | None:
    """dL/dname by its recurrence, back from the end."""
    match formula:
        case Derivative(True, of, by) if by.name == name and of.name == system.loss.name:
            return total(system, of, by, scope) if _inside(by, system, scope) else None
        case _:
            return None


def _forth(name: str, formula: Formula, system: System, scope: Scope) -> Formula | None:
    """A derivative of the signal `name`, forward from the start."""
    match formula:
        case Derivative(True, of, by) if of.name == name and _inside(of, system, scope) and _inside(by, system, scope):
            return total(system, of, by, scope)
        case _:
            return None


def _defined(name: str, formula: Formula, system: System, scope: Scope) -> Formula | None:
    """The signal `name` by its definition."""
    match formula:
        case Ref(found) if found == name and _reached(formula, system, scope):
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


def _vanishes(formula: Formula, system: System, scope: Scope, watch: Watch, folded: bool = True) -> bool:
    """Do all groups of the canonical form vanish? `folded` says whether o[n] may stand for its σ(…)."""
    if system.totals or system.classes:
        atoms = Atoms(system, folded)
        return all(
            is_zero(expression) or _zero_in_all_cases(expression, atoms, watch)
            for expression in kept_promises(grouped(formula, system, scope), atoms, scope, watch)
        )
    for bounds, body in grouped(formula, system, scope).items():
        watch.check()
        atoms = Atoms(system, folded)
        expression = atoms.expression(body, within(scope, bounds))
        if not is_zero(expression) and not _zero_in_all_cases(expression, atoms, watch):
            return False
    return True


def _zero_in_all_cases(expression: Expr, atoms: Atoms, watch: Watch) -> bool:
    """Zero for every value of the inputs that take few, and whichever conditions hold?"""
    conditions = {s: known for s, known in atoms.conditions.items() if s in expression.free_symbols}
    compared = {symbol for difference, _ in conditions.values() for symbol in difference.free_symbols}
    inputs = [symbol for symbol in atoms.finite if symbol in expression.free_symbols | compared]
    cases = 1
    for symbol in inputs:
        cases *= len(atoms.finite[symbol])
    if (not inputs and not conditions) or cases * 2 ** len(conditions) > _MOST_CASES:
        return False
    for values in product(*(atoms.finite[symbol] for symbol in inputs)):
        chosen = dict(zip(inputs, values, strict=True))
        options = [_truths(difference.subs(chosen), relation) for difference, relation in conditions.values()]
        for truths in product(*options):
            watch.check()
            case = expression.subs({**chosen, **dict(zip(conditions, truths, strict=True))})
            if not is_zero(case):
                return False
    return True


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
    if expression == 0:
        return True
    if expression.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I):
        return False
    if _nonzero_somewhere(expression):
        return False  # spares the simplifications below; "not proved" is always a safe answer
    if sympy.expand(expression) == 0:
        return True
    above = sympy.fraction(sympy.together(expression))[0]
    if sympy.expand(above) == 0:
        return True
    if any(not power.exp.is_number for power in above.atoms(sympy.Pow)) and sympy.powsimp(sympy.expand(above)) == 0:
        return True
    if not above.atoms(sympy.Function) or sympy.count_ops(above) > _MOST_SIMPLIFIED:
        return False
    if above.atoms(sympy.sin, sympy.cos) and sympy.expand(sympy.trigsimp(sympy.expand(above))) == 0:
        return True
    exponentials = sympy.fraction(sympy.together(above.rewrite(sympy.exp)))[0]
    return bool(sympy.expand(sympy.powsimp(sympy.expand(exponentials))) == 0)


def _nonzero_somewhere(expression: Expr) -> bool:
    """Is the value at one arbitrary point clearly not 0? False where it cannot be told."""
    if expression.atoms(AppliedUndef):
        return False
    symbols = sorted(expression.free_symbols, key=lambda symbol: symbol.name)
    random = Random(len(symbols))
    point = [mpmath.mpf(random.randint(300, 1700)) / 1000 for _ in symbols]
    with mpmath.workdps(_POINT_DIGITS):
        try:
            value = sympy.lambdify(symbols, expression.rewrite(sympy.exp), "mpmath", dummify=True)(*point)
            return bool(abs(value) > mpmath.mpf(10) ** (-_POINT_DIGITS // 2))
        except (ArithmeticError, ValueError, TypeError):
            return False
