"""Small changes to a formula: the slips that people make, and so the ways to mend them.

Every edit says in words what it does. The same list read backwards makes the wrong formulas that the
tests expect the checker to refute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from itertools import combinations

from lstmsolve.derivation.language.formulas import (
    Add,
    Call,
    Derivative,
    Divide,
    Formula,
    Multiply,
    Number,
    Position,
    Ref,
    Sum,
    add,
    changeable,
    divide,
    multiply,
    negate,
    rebuilt,
    walk,
)
from lstmsolve.derivation.language.writing import write, write_index, write_ref
from lstmsolve.derivation.recurrences.systems import Kind, System
from lstmsolve.kernel.base.affine import Affine


class Slip(Enum):
    """What went wrong, the likeliest first."""

    SIGN = "sign"
    INDEX = "off by one"
    TRANSPOSED = "transposed"
    SLOPE = "a function for its slope"
    NAME = "a name for another"
    UNKNOWN = "an undefined name"
    DROPPED_SUM = "a sum dropped"
    ENDS = "ends of a sum"
    EXTRA_TERM = "a term too many"
    LOST_TERM = "a term missing"
    RECURRENT = "the recurrent term missing"
    DOUBLED = "a factor 2"
    EXTRA_FACTOR = "a factor too many"
    INVERTED = "divided for multiplied"
    LOST_FACTOR = "a factor missing"


@dataclass(frozen=True, slots=True)
class Edit:
    """A changed formula."""

    slip: Slip
    result: Formula
    says: str
    """What is to be written instead, after "with": `δ_h[n] in place of δ_h[n+1]`."""


Local = Callable[[Formula], Iterable[tuple[Formula, str]]]


def edits(formula: Formula, system: System) -> Iterator[Edit]:
    """Every formula that one slip turns this one into, likeliest slips first."""
    names = _Names(system)
    for slip, local in (
        (Slip.SIGN, _signs),
        (Slip.INDEX, _shifts),
        (Slip.TRANSPOSED, names.transposed),
        (Slip.SLOPE, _slopes),
        (Slip.NAME, names.swaps),
        (Slip.ENDS, _ends),
        (Slip.EXTRA_TERM, _fewer_terms),
        (Slip.DOUBLED, _twice),
        (Slip.INVERTED, _upside_down),
        (Slip.EXTRA_FACTOR, _fewer_factors),
    ):
        if slip is Slip.SIGN and not isinstance(formula, Add):
            yield Edit(slip, negate(formula), "the opposite sign")
        if slip is Slip.DOUBLED and not isinstance(formula, Add):
            yield Edit(slip, multiply(Number(Fraction(2)), formula), "twice the right side")
            yield Edit(slip, divide(formula, Number(Fraction(2))), "half the right side")
        for result, says in _everywhere(formula, local):
            yield Edit(slip, result, says)


def renamed(formula: Formula, old: str, new: str) -> Formula:
    """One name in place of another, wherever it stands."""
    match formula:
        case Ref(name) if name == old:
            return replace(formula, name=new)
        case Derivative(_, of, by):
            of, by = (replace(ref, name=new) if ref.name == old else ref for ref in (of, by))
            return replace(formula, of=of, by=by)
        case _:
            return rebuilt(formula, lambda part: renamed(part, old, new))


def _everywhere(formula: Formula, local: Local) -> Iterator[tuple[Formula, str]]:
    """The formula with one node changed by `local`, for each node."""
    yield from local(formula)
    for place, part in enumerate(changeable(formula)):
        for changed, says in _everywhere(part, local):
            yield _with_part(formula, place, changed), says


def _with_part(formula: Formula, place: int, part: Formula) -> Formula:
    count = iter(range(len(changeable(formula))))
    return rebuilt(formula, lambda old: part if next(count) == place else old)


def _signs(node: Formula) -> Iterator[tuple[Formula, str]]:
    if isinstance(node, Add):
        for place, term in enumerate(node.terms):
            yield _with_term(node, place, negate(term)), f"the opposite sign of the term {write(term)}"


def _shifts(node: Formula) -> Iterator[tuple[Formula, str]]:
    match node:
        case Ref():
            for moved in _moved(node):
                yield moved, f"{write_ref(moved)} in place of {write_ref(node)}"
        case Derivative(_, of, by):
            changed = [replace(node, by=moved) for moved in _moved(by)] + [
                replace(node, of=moved) for moved in _moved(of)
            ]
            for other in changed:
                yield other, f"{write(other)} in place of {write(node)}"
        case _:
            return


def _moved(ref: Ref) -> Iterator[Ref]:
    for place, form in enumerate(ref.indices):
        for step in (1, -1):
            yield replace(ref, indices=(*ref.indices[:place], form + step, *ref.indices[place + 1 :]))


def _slopes(node: Formula) -> Iterator[tuple[Formula, str]]:
    if isinstance(node, Call):
        other = replace(node, slope=not node.slope)
        yield other, f"{write(other)} in place of {write(node)}"


class _Names:
    """Which names could stand for one another: the same kind of thing with the same indices."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._alike: dict[str, list[str]] = {}
        groups: dict[tuple[bool, tuple[object, ...]], list[str]] = {}
        for name, kind in system.kinds.items():
            if kind is not Kind.LOSS:
                key = kind is Kind.DERIVATIVE, system.spans_of(name)
                groups.setdefault(key, []).append(name)
        for group in groups.values():
            for name in group:
                self._alike[name] = [other for other in group if other != name]

    def swaps(self, node: Formula) -> Iterator[tuple[Formula, str]]:
        match node:
            case Ref(name):
                for other in self._alike.get(name, []):
                    changed: Formula = replace(node, name=other)
                    yield changed, f"{write(changed)} in place of {write(node)}"
            case Derivative(_, of, by):
                swapped = [replace(node, by=replace(by, name=other)) for other in self._alike.get(by.name, [])]
                swapped += [replace(node, of=replace(of, name=other)) for other in self._alike.get(of.name, [])]
                for changed in swapped:
                    yield changed, f"{write(changed)} in place of {write(node)}"
            case _:
                return

    def transposed(self, node: Formula) -> Iterator[tuple[Formula, str]]:
        """Two indices of the same range in each other's place: u[k, j] for u[j, k]."""
        if not isinstance(node, Ref) or node.name not in self._system.kinds:
            return
        spans = self._system.spans_of(node.name)
        if len(spans) != len(node.indices):
            return
        for one, other in combinations(range(len(spans)), 2):
            if spans[one] == spans[other] and node.indices[one] != node.indices[other]:
                turned = list(node.indices)
                turned[one], turned[other] = turned[other], turned[one]
                changed = replace(node, indices=tuple(turned))
                yield changed, f"{write_ref(changed)} in place of {write_ref(node)}"


def _ends(node: Formula) -> Iterator[tuple[Formula, str]]:
    if isinstance(node, Sum):
        for step in (1, -1):
            low, high = replace(node, low=node.low + step), replace(node, high=node.high + step)
            yield low, f"a sum from {node.index} = {write_index(low.low)} on"
            yield high, f"a sum up to {node.index} = {write_index(high.high)}"


def _fewer_terms(node: Formula) -> Iterator[tuple[Formula, str]]:
    if isinstance(node, Add):
        for place, term in enumerate(node.terms):
            rest = node.terms[:place] + node.terms[place + 1 :]
            yield add(*rest), f"no term {write(term)}"


def _twice(node: Formula) -> Iterator[tuple[Formula, str]]:
    if isinstance(node, Add):
        for place, term in enumerate(node.terms):
            yield _with_term(node, place, multiply(Number(Fraction(2)), term)), f"twice the term {write(term)}"
            yield _with_term(node, place, divide(term, Number(Fraction(2)))), f"half the term {write(term)}"


def _upside_down(node: Formula) -> Iterator[tuple[Formula, str]]:
    match node:
        case Divide(numerator, denominator) if not isinstance(denominator, Number | Position):
            yield multiply(numerator, denominator), f"times {write(denominator)} in place of divided by it"
        case _:
            return


def _fewer_factors(node: Formula) -> Iterator[tuple[Formula, str]]:
    if isinstance(node, Multiply):
        for place, factor in enumerate(node.factors):
            rest = node.factors[:place] + node.factors[place + 1 :]
            yield multiply(*rest), f"no factor {write(factor)}"


def _with_term(node: Add, place: int, term: Formula) -> Formula:
    return Add((*node.terms[:place], term, *node.terms[place + 1 :]))


def extra_terms(formula: Formula, wanted: Iterable[Formula], system: System) -> Iterator[Edit]:
    """One more term at the top: what was forgotten."""
    for term in wanted:
        ahead = any(_carries(node, system) for node in walk(term))
        slip = Slip.RECURRENT if ahead and system.time is not None else Slip.LOST_TERM
        yield Edit(slip, add(formula, term), f"the term {write(term)} added")


def _carries(node: Formula, system: System) -> bool:
    """A total derivative, by its name or written out: what comes from another time."""
    if isinstance(node, Ref) and system.kinds.get(node.name) is Kind.DERIVATIVE:
        node = system.spelled_out(node)
    return isinstance(node, Derivative) and node.total


def extra_factors(formula: Formula, wanted: Iterable[Formula]) -> Iterator[Edit]:
    """One more factor in a term, wherever there are terms."""
    factors = [factor for factor in wanted if not isinstance(factor, Number | Position)]

    def local(node: Formula) -> Iterator[tuple[Formula, str]]:
        if isinstance(node, Add):
            for place, term in enumerate(node.terms):
                for factor in factors:
                    yield (
                        _with_term(node, place, multiply(term, factor)),
                        f"the factor {write(factor)} in {write(term)}",
                    )
        elif isinstance(node, Sum):
            for factor in factors:
                yield replace(node, body=multiply(node.body, factor)), f"the factor {write(factor)} in the sum"

    for factor in factors:
        yield Edit(Slip.LOST_FACTOR, multiply(formula, factor), f"the factor {write(factor)}")
    for result, says in _everywhere(formula, local):
        yield Edit(Slip.LOST_FACTOR, result, says)


def summed(formula: Formula, index: str, low: Affine, high: Affine) -> Edit:
    """The formula under a sum that was lost."""
    result = Sum(index, low, high, formula)
    return Edit(Slip.DROPPED_SUM, result, f"a sum over {index} = {write_index(low)} … {write_index(high)}")
