"""What a case asks for, as the format's documentation says it: inputs, a reference machine, and what h owes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

from campaign.oracle.formulas import value

Symbol: TypeAlias = Fraction | str
State: TypeAlias = tuple[Any, ...]
Owed: TypeAlias = tuple[str, Fraction] | None
"""A sign (`==`, `>=`, `<=`, `<`, `>`) and a number; None where nothing is owed."""
Margins: TypeAlias = tuple[tuple[int, int, Owed], ...]
"""What differences of two outputs owe: z[a] - z[b]."""
Reaction: TypeAlias = tuple[State, tuple[Owed, ...]] | None
"""The state afterwards and what units 0, 1, … owe; None once a promise is broken."""

FEW = 16
"""Integers of a range that are all tried."""


@dataclass(frozen=True)
class Domain:
    """What an input may be: symbols, numbers, integers in a range, or reals in one."""

    kind: str
    """`symbols`, `listed`, `integer` or `real`."""
    listed: tuple[Symbol, ...] = ()
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def text(self) -> str:
        """As a case file writes it."""
        if self.kind == "symbols":
            return "{ symbols = " + json.dumps(self.listed) + " }"
        if self.kind == "listed":
            return "[" + ", ".join(number(Fraction(v)) for v in self.listed) + "]"
        low, high = ("" if edge is None else str(edge) for edge in (self.low, self.high))
        return json.dumps(f"{'real ' if self.kind == 'real' else ''}{low}..{high}")

    @property
    def integer(self) -> bool:
        return self.kind == "integer" or (
            self.kind == "listed" and all(Fraction(v).denominator == 1 for v in self.listed)
        )

    @property
    def finite(self) -> tuple[Symbol, ...] | None:
        """All values, where they are few."""
        if self.listed:
            return self.listed
        if self.kind == "integer" and self.low is not None and self.high is not None and self.high - self.low < FEW:
            return tuple(Fraction(n) for n in range(int(self.low), int(self.high) + 1))
        return None

    @property
    def tried(self) -> tuple[Symbol, ...]:
        """All values, or some that tell much."""
        if self.finite is not None:
            return self.finite
        tempting = {Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 2), Fraction(1, 3), Fraction(7)}
        edges = {edge + shift for edge in (self.low, self.high) if edge is not None for shift in (-1, 0, 1)}
        return tuple(sorted(v for v in tempting | edges if self.holds(v)))

    def holds(self, given: Symbol) -> bool:
        if self.listed:
            return given in self.listed
        if not isinstance(given, Fraction) or (self.kind == "integer" and given.denominator != 1):
            return False
        return (self.low is None or given >= self.low) and (self.high is None or given <= self.high)

    def columns(self, given: Symbol) -> list[Fraction]:
        """The input columns of a value: symbols are one-hot."""
        if self.kind == "symbols":
            return [Fraction(given == name) for name in self.listed]
        return [Fraction(given)]

    @property
    def width(self) -> int:
        return len(self.listed) if self.kind == "symbols" else 1


@dataclass(frozen=True)
class Register:
    name: str
    init: Symbol
    kind: str | tuple[str, ...]
    """`integer`, `real`, or the symbols."""


@dataclass(frozen=True)
class Spec:
    """The behaviour part of a case."""

    inputs: Mapping[str, Domain]
    start: State
    react: Callable[[State, Mapping[str, Symbol]], Reaction]
    text: str
    """The sections of the case file, `[cell]` and `[weights]` left out."""
    units: int = 1
    """Units that the output speaks of."""
    finite: bool | None = None
    """Has the behaviour finitely many states? None: look at them."""
    margins: Callable[[State], Margins] | None = None
    """What differences owe, by the state afterwards."""
    always: tuple[str, ...] = ()
    """Conditions on c, h and z after each step, as `[property]` writes them."""

    @property
    def width(self) -> int:
        """D, the columns of the cell's input."""
        return sum(domain.width for domain in self.inputs.values())

    def encode(self, given: Mapping[str, Symbol]) -> tuple[Fraction, ...]:
        return tuple(column for name, domain in self.inputs.items() for column in domain.columns(given[name]))

    def decode(self, columns: Sequence[Fraction]) -> dict[str, Symbol] | None:
        """The inputs that these columns [D] stand for; None if they are no input of the spec."""
        if len(columns) != self.width:
            return None
        found: dict[str, Symbol] = {}
        rest = list(columns)
        for name, domain in self.inputs.items():
            mine, rest = rest[: domain.width], rest[domain.width :]
            if domain.kind == "symbols":
                if sorted(mine) != [0] * (len(mine) - 1) + [1]:
                    return None
                found[name] = domain.listed[mine.index(Fraction(1))]
            else:
                found[name] = mine[0]
                if not domain.holds(mine[0]):
                    return None
        return found


@dataclass(frozen=True)
class Expressions:
    """A reference machine of expressions, the parts of a case file."""

    inputs: Mapping[str, Domain]
    registers: tuple[Register, ...]
    next: Mapping[str, str]
    outputs: tuple[str, ...]
    assume: str | None = None
    readout: tuple[Fraction, Fraction] | None = None
    """Thresholds for 1 and 0."""

    def spec(self) -> Spec:
        start = tuple(register.init for register in self.registers)
        return Spec(self.inputs, start, self._react, self._text(), len(self.outputs))

    def _react(self, state: State, given: Mapping[str, Symbol]) -> Reaction:
        old = {**{r.name: v for r, v in zip(self.registers, state, strict=True)}, **given}
        if self.assume is not None and not value(self.assume, old):
            return None
        new = {r.name: value(self.next[r.name], old) if r.name in self.next else old[r.name] for r in self.registers}
        seen: dict[str, Any] = {**new, **given}
        return tuple(new.values()), tuple(owed(value(text, seen), self.readout) for text in self.outputs)

    def _text(self) -> str:
        lines = ["[input]", *(f"{name} = {domain.text}" for name, domain in self.inputs.items()), "[state]"]
        for register in self.registers:
            if isinstance(register.kind, tuple):
                lines.append(f'{register.name} = {{ symbols = {json.dumps(register.kind)}, init = "{register.init}" }}')
            else:
                init = number(Fraction(register.init))
                lines.append(f'{register.name} = {{ init = {init}, type = "{register.kind}" }}')
        lines += ["[next]", *(f"{name} = {json.dumps(text)}" for name, text in self.next.items())]
        if self.assume is not None:
            lines += ["[assume]", f"always = {json.dumps(self.assume)}"]
        lines += ["[output]", f"h = {json.dumps(self.outputs)}"]
        return "\n".join([*lines, *readout_lines(self.readout)])


def owed(said: object, readout: tuple[Fraction, Fraction] | None) -> Owed:
    """What a unit owes where the spec says this; None is `any`."""
    if said is None:
        return None
    assert isinstance(said, Fraction)
    if readout is not None and said in (0, 1):
        return (">=", readout[0]) if said == 1 else ("<=", readout[1])
    return "==", said


def readout_lines(readout: tuple[Fraction, Fraction] | None) -> list[str]:
    if readout is None:
        return []
    return ["[readout]", f'accept = ">= {readout[0]}"', f'reject = "<= {readout[1]}"']


_COMPARED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {"==": eq, ">=": ge, "<=": le, ">": gt, "<": lt}


def meets(z: Sequence[Fraction], wanted: Sequence[Owed]) -> bool:
    """Do the first outputs do what is owed of them?"""
    return all(one is None or _COMPARED[one[0]](said, one[1]) for said, one in zip(z, wanted, strict=False))


def keeps(spec: Spec, after: State, parts: Mapping[str, Sequence[Fraction]]) -> bool:
    """Do c, h and z keep what differences owe, and the conditions?"""
    z = parts["z"]
    if spec.margins is not None and not all(meets((z[a] - z[b],), (one,)) for a, b, one in spec.margins(after)):
        return False
    seen = {f"{name}_{k}": number for name, row in parts.items() for k, number in enumerate(row)}
    return all(value(re.sub(r"\b([chz])\[(\d+)\]", r"\1_\2", condition), seen) for condition in spec.always)


def number(given: Fraction) -> str:
    """A number as TOML: an integer, or a text `"p/q"`."""
    return str(given) if given.denominator == 1 else json.dumps(str(given))
