"""The expression language of specs: its syntax tree and its kinds.

    numbers, names, 'symbols', any
    + -  and *  with one side constant      /  by a constant    %  //  by a positive constant, on integers
    min max abs                             == != < <= > >= (chained), and or not
    A if C else B

Text becomes a tree in `parsing`; a tree gets its kind here and its value in `evaluation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.base.errors import some


class DontCare(Enum):
    """The value of `any`: the spec does not care."""

    ANY = "any"


ANY: Final = DontCare.ANY

Constant: TypeAlias = Fraction | str
"""What a register or an input can be: a number, or the name of a symbol."""


@dataclass(frozen=True, slots=True)
class Node:
    """Where a node starts in its text; it plays no part in equality."""

    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: Fraction


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Symbol(Node):
    symbol: str


@dataclass(frozen=True, slots=True)
class Anything(Node):
    pass


class Arithmetic(Enum):
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    MODULO = "%"
    FLOOR_DIVIDE = "//"


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: Arithmetic
    left: Expression
    right: Expression


class Function(Enum):
    MIN = "min"
    MAX = "max"
    ABS = "abs"


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: Function
    arguments: tuple[Expression, ...]


class Comparison(Enum):
    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`first op operand op operand …`, as in `0 <= x < 3`."""

    first: Expression
    rest: tuple[tuple[Comparison, Expression], ...]


class Connective(Enum):
    AND = "and"
    OR = "or"


@dataclass(frozen=True, slots=True)
class Connected(Node):
    connective: Connective
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    part: Expression


@dataclass(frozen=True, slots=True)
class IfElse(Node):
    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Lookup(Node):
    """A finite table (a machine's transitions or outputs); it has no text form.

    `names` are looked up in the environment; their values, in order, are the key.
    """

    names: tuple[str, ...]
    table: Mapping[tuple[Constant, ...], Constant | DontCare] = field(hash=False)


Expression: TypeAlias = Number | Name | Symbol | Anything | Binary | Call | Compare | Connected | Not | IfElse | Lookup


class ExpressionError(ValueError):
    """An expression is wrong at one place. `at` is a column of its text, counted from 0."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


# --- kinds ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NumericKind:
    integer: bool


@dataclass(frozen=True, slots=True)
class BooleanKind:
    pass


@dataclass(frozen=True, slots=True)
class SymbolKind:
    """One of these symbols."""

    symbols: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnyKind:
    """`any`, or else a number, or else one of these symbols."""

    symbols: frozenset[str] | None = None
    """None: a number. Empty: never anything but `any`."""


Kind: TypeAlias = NumericKind | BooleanKind | SymbolKind | AnyKind

INTEGER: Final = NumericKind(True)
REAL: Final = NumericKind(False)
BOOLEAN: Final = BooleanKind()


def kind_of(expression: Expression, scope: Mapping[str, Kind]) -> Kind:
    """The kind of `expression` where names have the kinds of `scope`.

    Raises:
        ExpressionError: an unknown name, a misuse of a value, or a product of two unknowns.
    """
    match expression:
        case Number(value):
            return NumericKind(value.denominator == 1)
        case Name(name):
            if name not in scope:
                known = some(scope) or "none"
                raise ExpressionError(f"undefined name {name!r} (known here: {known})", expression.at)
            return scope[name]
        case Symbol(symbol):
            return SymbolKind(frozenset({symbol}))
        case Anything():
            return AnyKind(frozenset())
        case Binary(operator, left, right):
            return _kind_of_binary(expression, operator, left, right, scope)
        case Call(function, arguments):
            kinds = [_numeric(argument, scope, f"{function.value}()") for argument in arguments]
            return NumericKind(all(kind.integer for kind in kinds))
        case Compare():
            _check_comparison(expression, scope)
            return BOOLEAN
        case Connected(connective, parts):
            for part in parts:
                _boolean(part, scope, f"'{connective.value}'")
            return BOOLEAN
        case Not(part):
            _boolean(part, scope, "'not'")
            return BOOLEAN
        case IfElse(condition, then, otherwise):
            _boolean(condition, scope, "'if'")
            return _joined(kind_of(then, scope), kind_of(otherwise, scope), otherwise.at)
        case Lookup():
            return AnyKind()
        case _:
            assert_never(expression)


def constant_value(expression: Expression) -> Fraction | None:
    """The value of an expression made of numbers and + - * alone, else None."""
    match expression:
        case Number(value):
            return value
        case Binary(operator, left, right):
            a, b = constant_value(left), constant_value(right)
            if a is None or b is None:
                return None
            match operator:
                case Arithmetic.ADD:
                    return a + b
                case Arithmetic.SUBTRACT:
                    return a - b
                case Arithmetic.MULTIPLY:
                    return a * b
                case _:
                    return None
        case _:
            return None


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions that an expression is made of."""
    match expression:
        case Binary(_, left, right):
            return left, right
        case Call(_, parts) | Connected(_, parts):
            return parts
        case Compare(first, rest):
            return first, *(operand for _, operand in rest)
        case Not(part):
            return (part,)
        case IfElse(condition, then, otherwise):
            return condition, then, otherwise
        case Number() | Name() | Symbol() | Anything() | Lookup():
            return ()
        case _:
            assert_never(expression)


def numbers_in(expression: Expression) -> Iterator[Fraction]:
    """Every number that the expression mentions."""
    if isinstance(expression, Number):
        yield expression.value
    for part in parts_of(expression):
        yield from numbers_in(part)


def name_nodes(expression: Expression) -> Iterator[Name]:
    """Every place where the expression mentions a name."""
    if isinstance(expression, Name):
        yield expression
    for part in parts_of(expression):
        yield from name_nodes(part)


def names_in(expression: Expression) -> Iterator[str]:
    """Every name that the expression mentions."""
    return (node.name for node in name_nodes(expression))


def divisors_in(expression: Expression) -> Iterator[tuple[frozenset[str], int]]:
    """For each `%` and `//`: the names that are divided, and by what."""
    if isinstance(expression, Binary) and expression.operator in (Arithmetic.MODULO, Arithmetic.FLOOR_DIVIDE):
        divisor = constant_value(expression.right)
        if divisor is not None:
            yield frozenset(names_in(expression.left)), int(divisor)
    for part in parts_of(expression):
        yield from divisors_in(part)


def _kind_of_binary(
    node: Binary, operator: Arithmetic, left: Expression, right: Expression, scope: Mapping[str, Kind]
) -> NumericKind:
    a = _numeric(left, scope, f"'{operator.value}'")
    b = _numeric(right, scope, f"'{operator.value}'")
    match operator:
        case Arithmetic.ADD | Arithmetic.SUBTRACT:
            return NumericKind(a.integer and b.integer)
        case Arithmetic.MULTIPLY:
            if constant_value(left) is None and constant_value(right) is None:
                raise ExpressionError("non-linear: one side of '*' must be a constant", node.at)
            return NumericKind(a.integer and b.integer)
        case Arithmetic.MODULO | Arithmetic.FLOOR_DIVIDE:
            divisor = constant_value(right)
            if divisor is None or divisor.denominator != 1 or divisor <= 0:
                raise ExpressionError(f"'{operator.value}' takes a positive integer constant on its right", right.at)
            if not a.integer:
                raise ExpressionError(f"'{operator.value}' is for integers; its left side is real", left.at)
            return INTEGER
        case _:
            assert_never(operator)


def _check_comparison(node: Compare, scope: Mapping[str, Kind]) -> None:
    left = node.first
    for operator, right in node.rest:
        a, b = kind_of(left, scope), kind_of(right, scope)
        match a, b:
            case NumericKind(), NumericKind():
                pass
            case SymbolKind(), SymbolKind():
                _check_symbols(operator, left, a, right, b)
            case _:
                wrong = right if isinstance(a, NumericKind | SymbolKind) else left
                raise ExpressionError("a comparison is between two numbers, or between two symbols", wrong.at)
        left = right


def _check_symbols(operator: Comparison, left: Expression, a: SymbolKind, right: Expression, b: SymbolKind) -> None:
    if operator not in (Comparison.EQUAL, Comparison.UNEQUAL):
        raise ExpressionError("symbols are compared with == and != only", right.at)
    for node, own, other in ((left, a, b), (right, b, a)):
        if isinstance(node, Symbol) and not own.symbols <= other.symbols:
            known = some(repr(symbol) for symbol in sorted(other.symbols))
            raise ExpressionError(f"{node.symbol!r} is not among the symbols {known}", node.at)


def _joined(a: Kind, b: Kind, at: int) -> Kind:
    match a, b:
        case NumericKind(x), NumericKind(y):
            return NumericKind(x and y)
        case SymbolKind(x), SymbolKind(y):
            return SymbolKind(x | y)
        case BooleanKind(), BooleanKind():
            return BOOLEAN
        case AnyKind(x) | SymbolKind(x), AnyKind(y) | SymbolKind(y) if x is not None and y is not None:
            return AnyKind(x | y)
        case AnyKind(x), NumericKind() | AnyKind(None) if not x:
            return AnyKind()
        case NumericKind() | AnyKind(None), AnyKind(y) if not y:
            return AnyKind()
        case _:
            raise ExpressionError("the two branches of 'if' … 'else' differ in kind", at)


def _numeric(expression: Expression, scope: Mapping[str, Kind], user: str) -> NumericKind:
    kind = kind_of(expression, scope)
    if not isinstance(kind, NumericKind):
        raise ExpressionError(f"{user} needs a number here", expression.at)
    return kind


def _boolean(expression: Expression, scope: Mapping[str, Kind], user: str) -> None:
    if not isinstance(kind_of(expression, scope), BooleanKind):
        raise ExpressionError(f"{user} needs a condition here, such as x == 0", expression.at)
