"""Random reference machines, over every construct of the case language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Final

from campaign.draw.cases import Pair, draw_cell, draw_values
from campaign.oracle.specs import Domain, Expressions, Register

LETTERS: Final = ("a", "b", "stop")
STATES: Final = ("idle", "busy", "done")
COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")


def draw_domain(random: Random, finite: bool) -> Domain:
    small: tuple[Domain, ...] = (
        _listed(0, 1),
        _listed(0, 1),
        _listed(0, 1, 2),
        _listed(-1, 1),
        _listed(0, 1, 3),
        _listed(-2, 0, 5),
        _listed("0", "1/2", "2"),
        _listed("-1/3", "1"),
        Domain("symbols", LETTERS[:2]),
        Domain("symbols", LETTERS),
        Domain("integer", low=Fraction(0), high=Fraction(3)),
        Domain("integer", low=Fraction(-2), high=Fraction(1)),
    )
    large: tuple[Domain, ...] = (
        Domain("integer", low=Fraction(0)),
        Domain("integer"),
        Domain("integer", low=Fraction(-2)),
        Domain("integer", high=Fraction(3)),
        Domain("integer", low=Fraction(-20), high=Fraction(20)),
        Domain("real"),
        Domain("real", low=Fraction(0)),
        Domain("real", low=Fraction(0), high=Fraction(1)),
        Domain("real", low=Fraction(-1, 2), high=Fraction(3, 2)),
        Domain("real", high=Fraction(1)),
    )
    return random.choice(small if finite or random.random() < 0.35 else large)


def draw_inputs(random: Random, finite: bool) -> dict[str, Domain]:
    count = random.choice((1, 1, 1, 2, 2, 3) if finite else (1, 1, 2))
    return {name: draw_domain(random, finite) for name in ("x", "y", "z")[:count]}


def _listed(*values: int | str) -> Domain:
    return Domain("listed", tuple(map(Fraction, values)))


@dataclass(frozen=True)
class Scope:
    """Names that an expression may use: `integer`, `real`, or the symbols of each."""

    kinds: Mapping[str, str | tuple[str, ...]]
    random: Random

    def integer(self, depth: int) -> str:
        names = [name for name, kind in self.kinds.items() if kind == "integer"]
        if depth == 0 or self.random.random() < 0.15:
            return self.random.choice((*names, *names, "0", "1", "2", "3"))
        a, b = self.integer(depth - 1), self.integer(depth - 1)
        match self.random.randrange(9):
            case 0:
                return f"({a} % {self.random.choice((2, 3, 5))})"
            case 1:
                return f"(({a} + {b}) // {self.random.choice((2, 3))})"
            case 2:
                return f"({self.random.choice((2, -1, 3))} * {a})"
            case _:
                return self._number(a, b, depth)

    def real(self, depth: int) -> str:
        names = [name for name, kind in self.kinds.items() if kind in ("integer", "real")]
        if depth == 0 or self.random.random() < 0.15:
            return self.random.choice((*names, *names, "0", "1", "(1/2)", "0.25", "2"))
        a, b = self.real(depth - 1), self.real(depth - 1)
        if self.random.random() < 0.2:
            return f"({self.random.choice(('1/2', '0.5', '-1', '2', '3/4'))} * {a})"
        return self._number(a, b, depth)

    def _number(self, a: str, b: str, depth: int) -> str:
        match self.random.randrange(7):
            case 0:
                return f"({a} + {b})"
            case 1:
                return f"({a} - {b})"
            case 2:
                return f"min({a}, {b})"
            case 3:
                return f"max({a}, {b}, {self.random.choice((0, 1, -1))})"
            case 4:
                return f"abs({a})"
            case _:
                return f"({a} if {self.condition(depth - 1)} else {b})"

    def symbol(self, symbols: tuple[str, ...], depth: int) -> str:
        same = [name for name, kind in self.kinds.items() if kind == symbols]
        if depth == 0 or self.random.random() < 0.2:
            return self.random.choice((*same, *(repr(symbol) for symbol in symbols)))
        a, b = self.symbol(symbols, depth - 1), self.symbol(symbols, depth - 1)
        return f"({a} if {self.condition(depth - 1)} else {b})"

    def condition(self, depth: int) -> str:
        if depth > 0 and self.random.random() < 0.3:
            a, b = self.condition(depth - 1), self.condition(depth - 1)
            return self.random.choice((f"({a} and {b})", f"({a} or {b})", f"not {a}"))
        name = self.random.choice(list(self.kinds))
        kind = self.kinds[name]
        if isinstance(kind, tuple):
            other = [n for n, k in self.kinds.items() if k == kind and n != name]
            right = self.random.choice((*(repr(symbol) for symbol in kind), *other))
            return f"{name} {self.random.choice(('==', '!='))} {right}"
        numbers = [n for n, k in self.kinds.items() if isinstance(k, str)]
        right = self.random.choice((*numbers, "0", "1", "2", "0", "1", "1/2" if kind == "real" else "3"))
        if self.random.random() < 0.15:
            return f"0 <= {name} {self.random.choice(('<', '<='))} {self.random.choice((1, 2, 3))}"
        return f"{name} {self.random.choice(COMPARISONS)} {right}"


def draw_machine(random: Random, finite: bool) -> Expressions:
    """A reference machine of up to three registers."""
    inputs = draw_inputs(random, finite)
    registers = [_register(random, name) for name in ("r", "s", "t")[: random.choice((0, 1, 1, 1, 2, 3))]]
    kinds: dict[str, str | tuple[str, ...]] = {register.name: register.kind for register in registers}
    for name, domain in inputs.items():
        symbols = tuple(str(symbol) for symbol in domain.listed)
        kinds[name] = symbols if domain.kind == "symbols" else "integer" if domain.integer else "real"
    scope = Scope(kinds, random)
    updates = {}
    for register in registers:
        if random.random() < 0.9:
            match register.kind:
                case "integer":
                    text = scope.integer(2)
                    # Most machines shall be finite where their inputs are.
                    updates[register.name] = f"({text}) % {random.choice((2, 3, 4))}" if random.random() < 0.5 else text
                case "real":
                    text = scope.real(2)
                    updates[register.name] = f"max(0, min(2, {text}))" if random.random() < 0.5 else text
                case tuple(symbols):
                    updates[register.name] = scope.symbol(symbols, 2)
    said = scope.real(1)
    if random.random() < 0.3:
        said = f"({said} if {scope.condition(1)} else any)"
    readout = None
    if random.random() < 0.25:
        said = f"(1 if {scope.condition(1)} else {random.choice(('0', '0', 'any', said))})"
        readout = random.choice(
            ((Fraction(3, 4), Fraction(1, 4)), (Fraction(1), Fraction(0)), (Fraction(1, 2), Fraction(1, 3)))
        )
    assume = scope.condition(1) if random.random() < 0.2 else None
    return Expressions(inputs, tuple(registers), updates, (said,), assume, readout)


def _register(random: Random, name: str) -> Register:
    match random.randrange(4):
        case 0:
            symbols = STATES[: random.choice((2, 3))]
            return Register(name, random.choice(symbols), symbols)
        case 1:
            return Register(name, Fraction(random.choice(("0", "1/2", "1", "-2", "3/4"))), "real")
        case _:
            return Register(name, Fraction(random.choice((0, 0, 0, 1, 2, -1))), "integer")


def random_pair(random: Random, finite: bool, hidden: int | None = None) -> Pair:
    """A random machine and random weights, which are hardly ever right."""
    spec = draw_machine(random, finite).spec()
    cell = draw_cell(random, spec.width, hidden)
    return Pair(spec, cell, draw_values(random, cell), right=False, made="random")
