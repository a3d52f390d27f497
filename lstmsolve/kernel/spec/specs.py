"""A spec: a reference machine that says what the cell must output.

Registers hold numbers or symbols. At each step an input arrives, every register is updated at
once from the old values, and the output expressions, read with the new values and the current
input, say what units 0, 1, … of h must equal (`any`: nothing is owed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ONE, ONE_FORM, ZERO, ZERO_FORM, Affine, refuse_long
from lstmsolve.kernel.language.evaluation import NoOracle, Oracle, Value, evaluate, truth
from lstmsolve.kernel.language.expressions import (
    ANY,
    Constant,
    DontCare,
    Expression,
    Kind,
    NumericKind,
    SymbolKind,
    numbers_in,
)
from lstmsolve.kernel.language.printing import written
from lstmsolve.kernel.spec.domains import Domain, Symbols, contains, kind_of_domain, width

NO_ORACLE: Final = NoOracle()


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression."""

    tree: Expression
    source: str = field(default="", compare=False, repr=False)
    """The text it was read from, for pointing at mistakes in it and for nothing else."""

    @property
    def text(self) -> str:
        """What the tree says. Two formulas with the same text are the same."""
        return written(self.tree)


@dataclass(frozen=True, slots=True)
class Input:
    name: str
    domain: Domain

    @property
    def kind(self) -> Kind:
        return kind_of_domain(self.domain)


@dataclass(frozen=True, slots=True)
class Register:
    name: str
    kind: NumericKind | SymbolKind
    initial: Constant


@dataclass(frozen=True, slots=True)
class Readout:
    """Thresholds on z that stand for the outputs 1 and 0 in place of equality."""

    accept: Fraction
    """z >= this where the spec says 1, or z > this."""
    reject: Fraction
    """z <= this where the spec says 0, or z < this."""
    accept_strictly: bool = False
    reject_strictly: bool = False
    layer: bool = False
    """z is V h + d with the layer of the weights; otherwise it is h."""

    @property
    def plain(self) -> bool:
        """Thresholds on h itself, each met by the number that it names."""
        return not (self.layer or self.accept_strictly or self.reject_strictly)


class Relation(Enum):
    EQUAL = "=="
    AT_LEAST = ">="
    AT_MOST = "<="


Output: TypeAlias = Affine | DontCare
"""What one unit of h must equal, or ANY."""


@dataclass(frozen=True, slots=True)
class SpecStep:
    """One step of the reference machine."""

    registers: Mapping[str, Value]
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Spec:
    inputs: tuple[Input, ...]
    registers: tuple[Register, ...]
    next: Mapping[str, Formula]
    """Updates by register; a register left out keeps its value."""
    outputs: tuple[Formula, ...]
    """One formula a unit, units 0, 1, …; units beyond them are free."""
    assume: Formula | None = None
    readout: Readout | None = None

    @property
    def columns(self) -> int:
        """D, the number of columns of the cell's input."""
        return sum(width(entry.domain) for entry in self.inputs)

    @property
    def initial(self) -> dict[str, Value]:
        return {r.name: r.initial if isinstance(r.initial, str) else Affine((), r.initial) for r in self.registers}

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Every formula of the spec."""
        return (*self.next.values(), *self.outputs, *([self.assume] if self.assume else []))

    @cached_property
    def constants(self) -> frozenset[Fraction]:
        """Every number that the formulas mention."""
        return frozenset(number for formula in self.formulas for number in numbers_in(formula.tree))

    def assumed(self, registers: Mapping[str, Value], inputs: Mapping[str, Value], oracle: Oracle = NO_ORACLE) -> bool:
        """Does this step keep the promise of `[assume]`?"""
        return self.assume is None or truth(self.assume.tree, {**registers, **inputs}, oracle)

    def step(self, registers: Mapping[str, Value], inputs: Mapping[str, Value], oracle: Oracle = NO_ORACLE) -> SpecStep:
        """The registers after this input, and what h owes now.

        Raises:
            OutsideFragment: a value is not affine in the case that the oracle answers for.
            LimitReached: the numbers are too long to go on with.
        """
        old = {**registers, **inputs}
        new: dict[str, Value] = dict(registers)
        for name, formula in self.next.items():
            value = evaluate(formula.tree, old, oracle)
            assert isinstance(value, Affine | str)
            new[name] = value
        refuse_long(value for value in new.values() if isinstance(value, Affine))
        outputs: list[Output] = []
        for formula in self.outputs:
            output = evaluate(formula.tree, {**new, **inputs}, oracle)
            assert output is ANY or isinstance(output, Affine)
            outputs.append(output)
        return SpecStep(new, tuple(outputs))

    def encode(self, inputs: Mapping[str, Value]) -> tuple[Affine, ...]:
        """The input columns x[n], shape [D]: numbers as they are, symbols one-hot."""
        columns: list[Affine] = []
        for entry in self.inputs:
            value = inputs[entry.name]
            if isinstance(entry.domain, Symbols):
                columns += [ONE_FORM if name == value else ZERO_FORM for name in entry.domain.names]
            else:
                assert isinstance(value, Affine)
                columns.append(value)
        return tuple(columns)

    def decode(self, columns: tuple[Fraction, ...]) -> dict[str, Constant]:
        """The inverse of `encode`, for concrete columns of a legal input."""
        values: dict[str, Constant] = {}
        position = 0
        for entry in self.inputs:
            if isinstance(entry.domain, Symbols):
                hot = columns[position : position + len(entry.domain.names)]
                values[entry.name] = entry.domain.names[hot.index(ONE)]
            else:
                values[entry.name] = columns[position]
            position += width(entry.domain)
        return values

    def is_legal(self, columns: tuple[Fraction, ...]) -> bool:
        """Are these columns some input of the spec?"""
        position = 0
        for entry in self.inputs:
            part = columns[position : position + width(entry.domain)]
            if isinstance(entry.domain, Symbols):
                if sorted(part) != [ZERO] * (len(part) - 1) + [ONE]:
                    return False
            elif not contains(entry.domain, part[0]):
                return False
            position += len(part)
        return True

    def owed(self, expected: Affine) -> tuple[Relation, Affine]:
        """What a unit owes where the spec says `expected`: equality, or a threshold of the readout."""
        if self.readout is not None and expected.is_constant and expected.constant in (0, 1):
            accept = expected.constant == 1
            return (
                (Relation.AT_LEAST, Affine((), self.readout.accept))
                if accept
                else (Relation.AT_MOST, Affine((), self.readout.reject))
            )
        return Relation.EQUAL, expected
