"""Late outputs: what is owed after step n is said at step n + k.

`punctual` makes an ordinary spec of a late one, whose registers hold what is still owed; everything else of the
program sees that one. Each output gets k + 1 registers for its value, and k + 1 that say whether anything is owed at
all (before the first k steps nothing is). What an output owes is evaluated at its own step, with the registers' updates
in their places, and handed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, count, pairwise
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.language.expressions import (
    ANY,
    Anything,
    Binary,
    Call,
    Compare,
    Comparison,
    Connected,
    Constant,
    DontCare,
    Expression,
    IfElse,
    Kind,
    Lookup,
    Name,
    Not,
    Number,
    NumericKind,
    Symbol,
    SymbolKind,
    kind_of,
)
from lstmsolve.kernel.spec.specs import Formula, Register, Spec

MAX_LATE: Final = 100

OWED: Final = "owed"
NOTHING: Final = "nothing"

Updates: TypeAlias = Mapping[str, Expression]


def punctual(spec: Spec) -> Spec:
    """The spec whose registers hold what `spec` owes late; the same where nothing is late."""
    late = 0 if spec.readout is None else spec.readout.late
    if not late:
        return spec
    taken = {register.name for register in spec.registers} | {entry.name for entry in spec.inputs}
    parts = [_kept(spec, place, late, taken) for place in range(len(spec.outputs))]
    return replace(
        spec,
        registers=(*spec.registers, *(register for part in parts for register in part.registers)),
        next={**spec.next, **{name: formula for part in parts for name, formula in part.next.items()}},
        outputs=tuple(part.output for part in parts),
        stated=spec,
    )


@dataclass(frozen=True)
class _Kept:
    """What keeps one output until it is said."""

    registers: tuple[Register, ...]
    next: Mapping[str, Formula]
    output: Formula


def _kept(spec: Spec, place: int, late: int, taken: set[str]) -> _Kept:
    tree = _replaced(spec.outputs[place].tree, {name: formula.tree for name, formula in spec.next.items()})
    length = late + 1
    value_kind, idle = _kind(spec, place)
    values = _chain("value" if len(spec.outputs) == 1 else f"value_{place}", length, taken)
    flags = _chain("owes" if len(spec.outputs) == 1 else f"owes_{place}", length, taken)
    registers = [Register(name, value_kind, idle) for name in values]
    registers += [Register(name, SymbolKind(frozenset({OWED, NOTHING})), NOTHING) for name in flags]
    chosen: Expression = Number(idle) if isinstance(idle, Fraction) else Symbol(idle)
    updates = {
        values[0]: _leaves(tree, None, chosen),
        flags[0]: _leaves(tree, Symbol(OWED), Symbol(NOTHING)),
    }
    for line in (values, flags):
        updates |= {later: Name(earlier) for earlier, later in pairwise(line)}
    owed = Compare(Name(flags[-1]), ((Comparison.EQUAL, Symbol(OWED)),))
    output = Formula(IfElse(owed, Name(values[-1]), Anything()))
    return _Kept(tuple(registers), {name: Formula(update) for name, update in updates.items()}, output)


def _chain(stem: str, length: int, taken: set[str]) -> list[str]:
    """Names for registers that hand a value on, none of them taken."""
    found: list[str] = []
    for age in range(length):
        fitting = chain([f"{stem}_{age}"], (f"{stem}_{age}_{n}" for n in count(2)))
        name = next(name for name in fitting if name not in taken)
        taken.add(name)
        found.append(name)
    return found


def _kind(spec: Spec, place: int) -> tuple[NumericKind | SymbolKind, Constant]:
    """What a register for this output holds, and its value while nothing is owed."""
    if spec.replies is not None:
        return SymbolKind(frozenset(spec.replies)), spec.replies[0]
    scope: dict[str, Kind] = {entry.name: entry.kind for entry in spec.inputs}
    scope |= {register.name: register.kind for register in spec.registers}
    numbers = [kind for leaf in _results(spec.outputs[place].tree) if (kind := _numeric(leaf, scope)) is not None]
    return NumericKind(all(kind.integer for kind in numbers)), Fraction(0)


def _numeric(leaf: Expression | Constant | DontCare, scope: Mapping[str, Kind]) -> NumericKind | None:
    match leaf:
        case Fraction():
            return NumericKind(leaf.denominator == 1)
        case str() | DontCare() | Anything():
            return None
        case _:
            kind = kind_of(leaf, scope)
            return kind if isinstance(kind, NumericKind) else None


def _results(tree: Expression) -> Iterator[Expression | Constant | DontCare]:
    """What a formula may come to: its branches, or the entries of its table."""
    match tree:
        case IfElse(_, then, otherwise):
            yield from _results(then)
            yield from _results(otherwise)
        case Lookup(_, table):
            yield from table.values()
        case _:
            yield tree


def _leaves(tree: Expression, said: Expression | None, unsaid: Expression) -> Expression:
    """The formula with `unsaid` in place of `any`, and `said` (unless it is None) in place of all other results."""
    match tree:
        case IfElse(condition, then, otherwise):
            return IfElse(condition, _leaves(then, said, unsaid), _leaves(otherwise, said, unsaid))
        case Anything():
            return unsaid
        case Lookup(names, table):
            entry = {key: _entry(value, said, unsaid) for key, value in table.items()}
            return Lookup(names, entry)
        case _:
            return tree if said is None else said


def _entry(value: Constant | DontCare, said: Expression | None, unsaid: Expression) -> Constant | DontCare:
    chosen = unsaid if value is ANY else said
    match chosen:
        case None:
            return value
        case Number(number):
            return number
        case Symbol(symbol):
            return symbol
        case _:
            raise AssertionError(f"{chosen} is no entry of a table")


def _replaced(tree: Expression, updates: Updates) -> Expression:
    """The formula with names replaced by what they are updated to."""

    def inner(part: Expression) -> Expression:
        return _replaced(part, updates)

    match tree:
        case Number() | Symbol() | Anything():
            return tree
        case Name(name):
            return updates.get(name, tree)
        case Binary(operator, left, right):
            return Binary(operator, inner(left), inner(right))
        case Call(function, arguments):
            return Call(function, tuple(map(inner, arguments)))
        case Compare(first, rest):
            return Compare(inner(first), tuple((sign, inner(operand)) for sign, operand in rest))
        case Connected(connective, parts):
            return Connected(connective, tuple(map(inner, parts)))
        case Not(part):
            return Not(inner(part))
        case IfElse(condition, then, otherwise):
            return IfElse(inner(condition), inner(then), inner(otherwise))
        case Lookup(names, table):
            return tree if not set(names) & updates.keys() else _composed(names, table, updates)
        case _:
            assert_never(tree)


def _composed(
    names: tuple[str, ...], table: Mapping[tuple[Constant, ...], Constant | DontCare], updates: Updates
) -> Lookup:
    """A table looked up by a register that is updated by a table, as in every machine: one table."""
    (name,) = names
    update = updates[name]
    assert isinstance(update, Lookup)
    return Lookup(update.names, {key: table[(_known(value),)] for key, value in update.table.items()})


def _known(value: Constant | DontCare) -> Constant:
    assert not isinstance(value, DontCare)
    return value
