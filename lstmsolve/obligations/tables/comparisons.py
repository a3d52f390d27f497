"""Where a spec compares its registers: cuts that tell apart on which side of each comparison a state is.

A spec may say only in its output that two counts must be equal. Cut there, modes from which they can
never be equal again come to light (`sinks`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lstmsolve.kernel.base.affine import Affine, Row, normalised
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.language.evaluation import evaluate
from lstmsolve.kernel.language.expressions import Compare, Comparison, Expression, NumericKind, names_in, parts_of
from lstmsolve.kernel.spec.specs import Spec


def comparison_cuts(spec: Spec, registers: Collection[str]) -> tuple[Row, ...]:
    """The rows that decide each comparison between forms over these registers alone."""
    whole = {r.name for r in spec.registers if r.kind == NumericKind(True)}
    found: dict[Row, None] = {}
    for formula in spec.formulas:
        for comparison, form in _differences(formula.tree, registers):
            for side in _sides(comparison, form):
                found[normalised(side, False, whole)] = None
    return tuple(found)


def _differences(tree: Expression, registers: Collection[str]) -> Iterator[tuple[Comparison, Affine]]:
    """Each comparison `left op right` as op and left - right."""
    if isinstance(tree, Compare):
        left = tree.first
        for comparison, right in tree.rest:
            forms = [_form(side, registers) for side in (left, right)]
            if forms[0] is not None and forms[1] is not None and not (forms[0] - forms[1]).is_constant:
                yield comparison, forms[0] - forms[1]
            left = right
    for part in parts_of(tree):
        yield from _differences(part, registers)


def _form(tree: Expression, registers: Collection[str]) -> Affine | None:
    names = set(names_in(tree))
    if not names <= set(registers):
        return None
    try:
        value = evaluate(tree, {name: Affine.variable(name) for name in names}, _NoAnswer())
    except OutsideFragment:
        return None
    return value if isinstance(value, Affine) else None


class _NoAnswer:
    """An oracle for what must be one form everywhere."""

    def at_least_zero(self, form: Affine) -> bool:
        raise OutsideFragment("it depends")

    def is_integer(self, variable: str) -> bool:
        return False


def _sides(comparison: Comparison, form: Affine) -> tuple[Affine, ...]:
    match comparison:
        case Comparison.EQUAL | Comparison.UNEQUAL:
            return form, -form
        case Comparison.LESS | Comparison.AT_LEAST:
            return (form,)
        case Comparison.GREATER | Comparison.AT_MOST:
            return (-form,)
