"""The formulas of derivations: their syntax tree, and the few operations every pass needs.

    numbers   sizes and indices (N, n)   names with indices (h[n-m])   + - * / **
    sum(m, 1, M-1, body)                 functions σ(…), and their slopes σ̇(…)
    A if y[n] == 1 else B                dL/dh[n] (total) and ∂L/∂h[n] (partial)

Index expressions are `kernel.base.affine.Affine` forms over index variables and sizes. Text becomes a tree
in `reading`, a tree becomes text in `writing`; values are found in `evaluation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import Affine, linear_sum


@dataclass(frozen=True, slots=True)
class Node:
    """Where a node starts in its text; it plays no part in equality."""

    at: int = field(default=0, compare=False, kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: Fraction


@dataclass(frozen=True, slots=True)
class Position(Node):
    """A size or an index used as a number, as in 1/N."""

    form: Affine


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A signal, input, parameter or abbreviation at its indices."""

    name: str
    indices: tuple[Affine, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """d`of`/d`by` where `total`, else ∂`of`/∂`by`."""

    total: bool
    of: Ref
    by: Ref


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of `functions.FUNCTIONS`, or its slope."""

    function: str
    argument: Formula
    slope: bool = False


@dataclass(frozen=True, slots=True)
class Add(Node):
    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Multiply(Node):
    factors: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: Formula


@dataclass(frozen=True, slots=True)
class Divide(Node):
    numerator: Formula
    denominator: Formula


@dataclass(frozen=True, slots=True)
class Power(Node):
    """The exponent is made of numbers, sizes and indices."""

    base: Formula
    exponent: Formula


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """Σ over the integers low <= index <= high; empty where low > high."""

    index: str
    low: Affine
    high: Affine
    body: Formula


class Relation(Enum):
    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """Over inputs, sizes, indices and numbers alone, so that nothing differentiated depends on it."""

    left: Formula
    relation: Relation
    right: Formula


@dataclass(frozen=True, slots=True)
class Choice(Node):
    condition: Condition
    then: Formula
    otherwise: Formula


Formula: TypeAlias = (
    Number | Position | Ref | Derivative | Call | Add | Multiply | Negative | Divide | Power | Sum | Choice
)

ZERO: Final = Number(Fraction(0))
ONE: Final = Number(Fraction(1))


def rebuilt(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The same node with `change` applied to each of its parts; conditions and indices stay."""
    match formula:
        case Number() | Position() | Ref() | Derivative():
            return formula
        case Call(_, argument):
            return replace(formula, argument=change(argument))
        case Add(terms):
            return replace(formula, terms=tuple(change(term) for term in terms))
        case Multiply(factors):
            return replace(formula, factors=tuple(change(factor) for factor in factors))
        case Negative(operand):
            return replace(formula, operand=change(operand))
        case Divide(numerator, denominator):
            return replace(formula, numerator=change(numerator), denominator=change(denominator))
        case Power(base, exponent):
            return replace(formula, base=change(base), exponent=change(exponent))
        case Sum(body=body):
            return replace(formula, body=change(body))
        case Choice(_, then, otherwise):
            return replace(formula, then=change(then), otherwise=change(otherwise))
        case _:
            assert_never(formula)


def parts(formula: Formula) -> tuple[Formula, ...]:
    """The direct parts of a node, those of conditions too."""
    match formula:
        case Number() | Position() | Ref() | Derivative():
            return ()
        case Call(_, argument):
            return (argument,)
        case Add(terms):
            return terms
        case Multiply(factors):
            return factors
        case Negative(operand):
            return (operand,)
        case Divide(numerator, denominator):
            return numerator, denominator
        case Power(base, exponent):
            return base, exponent
        case Sum(body=body):
            return (body,)
        case Choice(condition, then, otherwise):
            return condition.left, condition.right, then, otherwise
        case _:
            assert_never(formula)


def changeable(formula: Formula) -> tuple[Formula, ...]:
    """The parts that `rebuilt` changes, in its order."""
    return parts(formula)[2:] if isinstance(formula, Choice) else parts(formula)


def walk(formula: Formula) -> Iterator[Formula]:
    """The node and everything below it."""
    yield formula
    for part in parts(formula):
        yield from walk(part)


def index_forms(formula: Formula) -> tuple[Affine, ...]:
    """The index expressions that the node itself carries."""
    match formula:
        case Position(form):
            return (form,)
        case Ref(_, indices):
            return indices
        case Derivative(_, of, by):
            return of.indices + by.indices
        case Sum(_, low, high):
            return low, high
        case _:
            return ()


def as_index(formula: Formula) -> Affine | None:
    """A formula of whole numbers, sizes and indices as one affine form: N - 2; None for any other."""
    match formula:
        case Position(form):
            return form
        case Number(value) if value.denominator == 1:
            return Affine.lift(value)
        case Negative(operand):
            negated = as_index(operand)
            return None if negated is None else -negated
        case Add(terms):
            forms = [form for form in map(as_index, terms) if form is not None]
            return linear_sum((form, 1) for form in forms) if len(forms) == len(terms) else None
        case Multiply((Number(value), rest)) if value.denominator == 1:
            multiplied = as_index(rest)
            return None if multiplied is None else multiplied * value
        case _:
            return None


def free_variables(formula: Formula) -> frozenset[str]:
    """Every index variable and size that is not bound by a sum inside."""
    found = {name for form in index_forms(formula) for name in form.variables}
    for part in parts(formula):
        inner = free_variables(part)
        found |= inner - {formula.index} if isinstance(formula, Sum) else inner
    return frozenset(found)


def substitute(formula: Formula, values: Mapping[str, Affine]) -> Formula:
    """Index variables replaced, all at once; bound ones are renamed where they would capture."""
    if not values:
        return formula
    match formula:
        case Position(form):
            return replace(formula, form=form.substitute(values))
        case Ref():
            return _moved(formula, values)
        case Derivative(_, of, by):
            return replace(formula, of=_moved(of, values), by=_moved(by, values))
        case Sum(index, low, high, body):
            inside = free_variables(body)
            inner = {name: form for name, form in values.items() if name != index and name in inside}
            low, high = low.substitute(values), high.substitute(values)
            brought = {name for form in inner.values() for name in form.variables}
            if index in brought:
                fresh = fresh_name(index, brought | inside | inner.keys())
                body = substitute(body, {index: Affine.variable(fresh)})
                index = fresh
            return replace(formula, index=index, low=low, high=high, body=substitute(body, inner))
        case Choice(condition, then, otherwise):
            moved = replace(
                condition, left=substitute(condition.left, values), right=substitute(condition.right, values)
            )
            return Choice(moved, substitute(then, values), substitute(otherwise, values), at=formula.at)
        case _:
            return rebuilt(formula, lambda part: substitute(part, values))


def _moved(ref: Ref, values: Mapping[str, Affine]) -> Ref:
    return replace(ref, indices=tuple(form.substitute(values) for form in ref.indices)) if ref.indices else ref


def fresh_name(name: str, taken: set[str] | frozenset[str]) -> str:
    """`name`, or the first of name2, name3, … that is free."""
    stem, number = name, 2
    while name in taken:
        name = f"{stem}{number}"
        number += 1
    return name


# --- arithmetic that keeps formulas readable -------------------------------------------------------


def add(*terms: Formula) -> Formula:
    """The sum, flattened and without zeros."""
    flat: list[Formula] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    flat = [term for term in flat if term != ZERO]
    if len(flat) < 2:
        return flat[0] if flat else ZERO
    return Add(tuple(flat))


def multiply(*factors: Formula) -> Formula:
    """The product as one fraction: flattened, its numbers gathered in front, its sign outside."""
    above: list[Formula] = []
    below: list[Formula] = []
    number = Fraction(1)
    queue = [(factor, above) for factor in factors]
    while queue:
        factor, side = queue.pop(0)
        other = below if side is above else above
        match factor:
            case Multiply(inner):
                queue = [*((part, side) for part in inner), *queue]
            case Divide(numerator, denominator):
                queue = [(numerator, side), (denominator, other), *queue]
            case Negative(operand):
                number = -number
                queue = [(operand, side), *queue]
            case Number(value) if value or side is above:
                number = number * value if side is above else number / value
            case _:
                side.append(factor)
    if not number:
        return ZERO
    top, bottom = (_product(abs(part), rest) for part, rest in ((number.numerator, above), (number.denominator, below)))
    fraction = top if bottom == ONE else Divide(top, bottom)
    return negate(fraction) if number < 0 else fraction


def _product(number: int, factors: list[Formula]) -> Formula:
    parts = factors if number == 1 and factors else [Number(Fraction(number)), *factors]
    return parts[0] if len(parts) == 1 else Multiply(tuple(parts))


def negate(formula: Formula) -> Formula:
    match formula:
        case Negative(operand):
            return operand
        case Number(value):
            return Number(-value)
        case Choice(condition, then, otherwise):
            return Choice(condition, negate(then), negate(otherwise), at=formula.at)
        case _:
            return Negative(formula)


def terms_of(formula: Formula) -> tuple[Formula, ...]:
    return formula.terms if isinstance(formula, Add) else (formula,)


def divide(numerator: Formula, denominator: Formula) -> Formula:
    """The quotient, its sign in front."""
    if denominator == ONE:
        return numerator
    match numerator:
        case Negative(operand):
            return Negative(divide(operand, denominator))
        case Number(value) if value < 0:
            return Negative(divide(Number(-value), denominator))
        case _:
            return ZERO if numerator == ZERO else Divide(numerator, denominator)
