"""Is there a point in a set of weights? Exactly, by linear programs and case splits, with no solver.

The rows that hold anyway are a polyhedron; its point nearest to the centre is tried, and where it
misses a union, the search splits on that union's parts. A set without points has every branch
closed by Farkas multipliers, so an answer "none" is a proof.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.kernel.base.affine import ZERO, Affine, Row, negated, normalised
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.language.evaluation import Value, number, truth
from lstmsolve.kernel.language.expressions import (
    Compare,
    Comparison,
    Connected,
    Connective,
    Expression,
    Not,
    names_in,
)
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.model.weight_sets import (
    All,
    Some,
    WeightSet,
    complement,
    contains,
    equation,
    intersection,
    union,
)
from lstmsolve.obligations.stepping.branching import Leaf, Outside, explore, leaves
from lstmsolve.obligations.weights.components import is_empty, some_point


def point_of(
    weights: WeightSet,
    integers: Collection[str] = (),
    watch: Watch = UNWATCHED,
    centre: Mapping[str, Fraction] | None = None,
) -> dict[str, Fraction] | None:
    """A point of the set, near the centre (zero if left out); None if the set is empty.

    Raises:
        LimitReached: the watch ran out, or the search for integers was given up.
    """
    shift = dict(centre or {})
    found = _Search(frozenset(integers), shift, watch).run((), (weights,))
    if found is None:
        return None
    return {name: found.get(name, ZERO) + shift.get(name, ZERO) for name in {*found, *shift}}


def plain_point_of(
    weights: WeightSet,
    names: Collection[str],
    watch: Watch = UNWATCHED,
    centre: Mapping[str, Fraction] | None = None,
) -> dict[str, Fraction] | None:
    """`point_of`, with integers for all names where there is such a point."""
    try:
        found = point_of(weights, names, watch, centre)
    except LimitReached:
        watch.check()
        found = None
    return found or point_of(weights, (), watch, centre)


def is_within(inner: WeightSet, outer: WeightSet, integers: Collection[str] = (), watch: Watch = UNWATCHED) -> bool:
    """Is every point of one set in the other?"""
    return point_of(All((inner, complement(outer))), integers, watch) is None


@dataclass(frozen=True, slots=True)
class _Search:
    integers: frozenset[str]
    shift: Mapping[str, Fraction]
    watch: Watch

    def run(self, rows: tuple[Row, ...], parts: Iterable[WeightSet]) -> dict[str, Fraction] | None:
        """A point that satisfies the rows and all parts, relative to the centre."""
        self.watch.check()
        choices: list[Some] = []
        pending = list(parts)
        while pending:
            match pending.pop():
                case Row() as row:
                    rows = (*rows, normalised(self._shifted(row.form), row.strict, self.integers))
                case All(members):
                    pending += members
                case Some() as choice:
                    choices.append(choice)
        rows = tuple(dict.fromkeys(rows))
        if is_empty(rows):
            return None
        point = some_point(rows, self.integers)
        if point is None:
            return None
        there = {name: point.get(name, ZERO) + self.shift.get(name, ZERO) for name in {*point, *self.shift}}
        missed = [choice for choice in choices if not contains(choice, there)]
        if not missed:
            return point
        split = min(missed, key=lambda choice: len(choice.parts))
        rest = [choice for choice in choices if choice is not split]
        for part in split.parts:
            found = self.run(rows, [part, *rest])
            if found is not None:
                return found
            if isinstance(part, Row):
                row = normalised(self._shifted(part.form), part.strict, self.integers)
                rows = (*rows, negated(row, self.integers))
        return None

    def _shifted(self, form: Affine) -> Affine:
        by = sum((factor * self.shift.get(name, ZERO) for name, factor in form.terms), ZERO)
        return Affine(form.terms, form.constant + by)


# --- formulas to sets ----------------------------------------------------------------------------


class _Straight:
    """Answers nothing: for expressions that must be affine as they stand."""

    def at_least_zero(self, form: Affine) -> bool:
        raise OutsideFragment(f"the sign of {form} is open")

    def is_integer(self, variable: str) -> bool:
        return False


def weights_where(condition: Expression, names: Mapping[str, Value], watch: Watch = UNWATCHED) -> WeightSet:
    """The weights that satisfy a condition; `names` are the forms, or symbols, that its names stand for.

    Raises:
        LimitReached: the condition falls into too many cases.
    """
    match condition:
        case Connected(connective, parts):
            sets = [weights_where(part, names, watch) for part in parts]
            return intersection(sets) if connective is Connective.AND else union(sets)
        case Not(part):
            return complement(weights_where(part, names, watch))
        case Compare(first, rest) if not any(isinstance(names[name], str) for name in names_in(condition)):
            try:
                values = [number(operand, names, _Straight()) for operand in (first, *(right for _, right in rest))]
            except OutsideFragment:
                return _by_cases(condition, names, watch)
            pairs = zip(rest, values, values[1:], strict=False)
            return intersection(_compared(operator, left - right) for (operator, _), left, right in pairs)
        case _:
            return _by_cases(condition, names, watch)


def _compared(operator: Comparison, difference: Affine) -> WeightSet:
    match operator:
        case Comparison.AT_LEAST:
            return Row(difference)
        case Comparison.AT_MOST:
            return Row(-difference)
        case Comparison.GREATER:
            return Row(difference, True)
        case Comparison.LESS:
            return Row(-difference, True)
        case Comparison.EQUAL:
            return equation(difference)
        case Comparison.UNEQUAL:
            return complement(equation(difference))


def _by_cases(condition: Expression, names: Mapping[str, Value], watch: Watch) -> WeightSet:
    """Where min, max, abs or if … else bend, each case on its own."""
    forms = {name: form for name, form in names.items() if isinstance(form, Affine)}
    variables = frozenset(name for form in forms.values() for name in form.variables)
    region = Region.of([], frozenset(), variables)
    tree = explore(
        region,
        lambda oracle: truth(
            condition, {**names, **{name: oracle.region.bind(form) for name, form in forms.items()}}, oracle
        ),
        watch,
    )
    found: list[WeightSet] = []
    for leaf in leaves(tree):
        match leaf:
            case Outside(_, reason):
                raise LimitReached(reason)
            case Leaf(where, _, True):
                pins = [equation(Affine.variable(name) - form) for name, form in where.pins.items()]
                found.append(intersection([*where.rows, *pins]))
            case Leaf():
                pass
    return union(found)
