"""Inputs at the place of an index: p[n, l[n]] is Σ_k (p[n, k] if l[n] == k else 0).

Written so, the rest of the program needs no indices that depend on data. The sum is put around the largest part that
is no sum itself: ln(p[n, l[n]]) becomes a sum of logarithms, which has a value just where the other one has.
"""

from __future__ import annotations

from lstmsolve.derivation.language.formulas import (
    ZERO,
    Add,
    Choice,
    Condition,
    Formula,
    Negative,
    Position,
    Ref,
    Relation,
    Sum,
    free_variables,
    fresh_name,
    rebuilt,
    substitute,
    walk,
)
from lstmsolve.derivation.language.reading import Vocabulary, read_formula
from lstmsolve.kernel.base.affine import Affine


def selectors(formula: Formula, vocabulary: Vocabulary) -> list[str]:
    """The inputs among the formula's free indices, spelled as they stand there: `l[n]`."""
    return sorted(name for name in free_variables(formula) if name.partition("[")[0] in vocabulary.classes)


def spelled_out(formula: Formula, vocabulary: Vocabulary, taken: frozenset[str] = frozenset()) -> Formula:
    """The formula without inputs among its indices; the new sums have indices that are not `taken`."""
    here = selectors(formula, vocabulary)
    if not here:
        return formula
    open_sum = isinstance(formula, Sum) and not set(here) & {*formula.low.variables, *formula.high.variables}
    if isinstance(formula, Add | Negative) or open_sum:
        return rebuilt(formula, lambda part: spelled_out(part, vocabulary, taken | _bound(formula)))
    for name in here:
        ref = selector(name, vocabulary)
        if not _hidden(formula, name, ref):
            used = {*taken, *vocabulary.names, *vocabulary.positions, *free_variables(formula)}
            index = fresh_name("k", used | {node.index for node in walk(formula) if isinstance(node, Sum)})
            rest = spelled_out(substitute(formula, {name: Affine.variable(index)}), vocabulary, taken | {index})
            span = vocabulary.classes[ref.name]
            return Sum(index, span.low, span.high, where_chosen(ref, index, rest, ZERO))
    return rebuilt(formula, lambda part: spelled_out(part, vocabulary, taken | _bound(formula)))


def selector(name: str, vocabulary: Vocabulary) -> Ref:
    """`l[n]` as the reference that it spells."""
    ref = read_formula(name, vocabulary)
    assert isinstance(ref, Ref)
    return ref


def where_chosen(ref: Ref, index: str, then: Formula, otherwise: Formula) -> Formula:
    """One formula where the input is this index, another one where it is not."""
    return Choice(Condition(ref, Relation.EQUAL, Position(Affine.variable(index))), then, otherwise)


def _bound(formula: Formula) -> frozenset[str]:
    return frozenset({formula.index} if isinstance(formula, Sum) else ())


def _hidden(formula: Formula, name: str, ref: Ref) -> bool:
    """Does the input's own index belong to a sum inside?"""
    own = {variable for form in ref.indices for variable in form.variables}
    sums = (node for node in walk(formula) if isinstance(node, Sum) and node.index in own)
    return any(name in free_variables(node.body) for node in sums)
