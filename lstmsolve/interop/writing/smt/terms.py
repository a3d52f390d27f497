"""Terms of SMT-LIB 2, printed by ourselves: numbers, forms, and the spec's expressions over reals.

Symbols are numbered, `//` and `%` go through `to_int`, and everything numeric is Real (https://smt-lib.org, QF_LIRA).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, assert_never

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import (
    Anything,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Connected,
    Connective,
    DontCare,
    Expression,
    Function,
    IfElse,
    Lookup,
    Name,
    Not,
    Number,
    Symbol,
)


def quoted(name: str) -> str:
    """A symbol that may be anything but a bar or a backslash."""
    safe = "".join(c if c not in "|\\" and c.isascii() and c.isprintable() else f"_{ord(c):x}_" for c in name)
    return f"|{safe}|"


_COMPARED: Final = {
    Comparison.EQUAL: "=",
    Comparison.AT_LEAST: ">=",
    Comparison.AT_MOST: "<=",
    Comparison.GREATER: ">",
    Comparison.LESS: "<",
}


class Terms:
    """Prints terms of one sort: Int where everything is an integer (`whole`), else Real.

    Symbols of the spec become numbers, each its own.
    """

    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.sort = "Int" if whole else "Real"
        self._symbols: dict[str, int] = {}

    def symbol(self, name: str) -> str:
        return self.number(Fraction(self._symbols.setdefault(name, len(self._symbols))))

    def number(self, value: Fraction) -> str:
        """An exact number."""
        size, point = abs(value), "" if self.whole else ".0"
        if size.denominator == 1:
            text = f"{size.numerator}{point}"
        else:
            assert not self.whole
            text = f"(/ {size.numerator}.0 {size.denominator}.0)"
        return f"(- {text})" if value < 0 else text

    def total(self, parts: list[str]) -> str:
        return self.number(Fraction(0)) if not parts else parts[0] if len(parts) == 1 else f"(+ {' '.join(parts)})"

    def product(self, factor: Fraction, term: str) -> str:
        return term if factor == 1 else f"(* {self.number(factor)} {term})"

    def form(self, value: Affine, names: Mapping[str, str]) -> str:
        """A form, its variables under these names."""
        parts = [self.product(factor, names[name]) for name, factor in value.terms]
        return self.total([*parts, self.number(value.constant)] if value.constant or not parts else parts)

    def of_integer(self, name: str) -> str:
        """An Int constant as a term of the sort."""
        return name if self.whole else f"(to_real {name})"

    def term(self, node: Expression, names: Mapping[str, str]) -> str:
        """The expression, its names under these terms. `any` has no value and must not be asked for."""
        match node:
            case Number(value):
                return self.number(value)
            case Name(name):
                return names[name]
            case Symbol(symbol):
                return self.symbol(symbol)
            case Anything():
                raise AssertionError("`any` is no term")
            case Binary(operator, left, right):
                return self._arithmetic(operator, self.term(left, names), self.term(right, names))
            case Call(function, arguments):
                return self._called(function, [self.term(argument, names) for argument in arguments])
            case Compare(first, rest):
                terms = [self.term(first, names), *(self.term(operand, names) for _, operand in rest)]
                parts = [self._compared(op, terms[k], terms[k + 1]) for k, (op, _) in enumerate(rest)]
                return parts[0] if len(parts) == 1 else f"(and {' '.join(parts)})"
            case Connected(connective, operands):
                word = "or" if connective is Connective.OR else "and"
                return f"({word} {' '.join(self.term(part, names) for part in operands)})"
            case Not(part):
                return f"(not {self.term(part, names)})"
            case IfElse(condition, then, otherwise):
                return f"(ite {self.term(condition, names)} {self.term(then, names)} {self.term(otherwise, names)})"
            case Lookup():
                return self._looked_up(node, names, str)
            case _:
                assert_never(node)

    def owed(self, node: Expression, names: Mapping[str, str], meets: str) -> str:
        """The condition `meets` of the value, where `{}` stands for it; true where the value is `any`."""
        match node:
            case Anything():
                return "true"
            case IfElse(condition, then, otherwise):
                test = self.term(condition, names)
                return f"(ite {test} {self.owed(then, names, meets)} {self.owed(otherwise, names, meets)})"
            case Lookup():
                return self._looked_up(node, names, lambda value: meets.replace("{}", value))
            case _:
                return meets.replace("{}", self.term(node, names))

    def _looked_up(self, node: Lookup, names: Mapping[str, str], show: Callable[[str], str]) -> str:
        """A table as a chain of questions; `show` says what stands for a value, `any` for none."""
        text = None
        for keys, value in node.table.items():
            if isinstance(value, DontCare):
                found = "true"
            else:
                found = show(self.number(value) if isinstance(value, Fraction) else self.symbol(value))
            if text is None:
                text = found
                continue
            tests = [
                f"(= {names[name]} {self.number(key) if isinstance(key, Fraction) else self.symbol(key)})"
                for name, key in zip(node.names, keys, strict=True)
            ]
            test = tests[0] if len(tests) == 1 else f"(and {' '.join(tests)})"
            text = f"(ite {test} {found} {text})"
        assert text is not None
        return text

    def _arithmetic(self, operator: Arithmetic, left: str, right: str) -> str:
        match operator:
            case Arithmetic.ADD:
                return f"(+ {left} {right})"
            case Arithmetic.SUBTRACT:
                return f"(- {left} {right})"
            case Arithmetic.MULTIPLY:
                return f"(* {left} {right})"
            case Arithmetic.FLOOR_DIVIDE:
                return self._whole_only("div", left, right)
            case Arithmetic.MODULO:
                return self._whole_only("mod", left, right)
            case _:
                assert_never(operator)

    def _whole_only(self, operator: str, left: str, right: str) -> str:
        if self.whole:
            return f"({operator} {left} {right})"
        return f"(to_real ({operator} (to_int {left}) (to_int {right})))"

    def _called(self, function: Function, arguments: list[str]) -> str:
        best = arguments[0]
        if function is Function.ABS:
            return f"(ite (>= {best} {self.number(Fraction(0))}) {best} (- {best}))"
        sign = "<=" if function is Function.MIN else ">="
        for other in arguments[1:]:
            best = f"(ite ({sign} {best} {other}) {best} {other})"
        return best

    def _compared(self, operator: Comparison, left: str, right: str) -> str:
        if operator is Comparison.UNEQUAL:
            return f"(not (= {left} {right}))"
        return f"({_COMPARED[operator]} {left} {right})"
