"""A spec: a reference machine that says what the cell must output.

Registers hold numbers or symbols. At each step an input arrives, every register is updated at
once from the old values, and the output expressions, read with the new values and the current
input, say what the outputs z must be (`any`: nothing is owed): units 0, 1, … of h, or the rows of an output
layer. A `Readout` may leave room around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import ONE, ONE_FORM, ZERO, ZERO_FORM, Affine, Row, refuse_long
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

PLACE: Final = re.compile(r"(?P<part>[chz])\[(?P<place>0|[1-9][0-9]{0,8})\]", re.ASCII)
"""How a condition of [property] names what the cell holds, shows and says: `c[0]`, `h[1]`, `z[0]`."""


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


class Decide(Enum):
    """How the outputs z say what is owed."""

    VALUE = "value"
    """z[k] is the output; of a symbol, 1 for the right one and 0 for the others."""
    THRESHOLD = "threshold"
    """Where that would be 1, z[k] meets `accept`; where 0, `reject`."""
    ARGMAX = "argmax"
    """The right symbol's z is the greatest, by `margin`."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One side of a number."""

    bound: Fraction
    strict: bool = False
    """Is the number itself left out?"""


@dataclass(frozen=True, slots=True)
class Readout:
    """How the outputs are read of h, in place of h[k] equal to output k at once."""

    decide: Decide = Decide.VALUE
    accept: Threshold | None = None
    """With THRESHOLD: z[k] is at least this, or above it, where the spec says 1."""
    reject: Threshold | None = None
    """With THRESHOLD: z[k] is at most this, or below it, where the spec says 0."""
    margin: Fraction | None = None
    """With ARGMAX: by how much at least; None is by anything above 0."""
    layer: bool = False
    """Is z = V h + d? Otherwise z[k] is h[k]."""
    late: int = 0
    """What is owed after step n is said at step n + late."""


class Relation(Enum):
    EQUAL = "=="
    AT_LEAST = ">="
    ABOVE = ">"


Outputs: TypeAlias = Sequence[Affine | Fraction] | Mapping[int, Affine | Fraction]
"""z, or as much of it as matters."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that is owed of the outputs z: Σ factor*z[k] stands in a relation to a form."""

    place: int
    """The output it is about: of all that is owed after a step, no two have the same."""
    terms: tuple[tuple[int, int], ...]
    """k and its factor, which is 1 or -1."""
    relation: Relation
    bound: Affine

    def form(self, z: Outputs) -> Affine:
        """Σ factor*z[k] - bound: zero, at least zero or above zero where the demand is met."""
        total = -self.bound
        for output, factor in self.terms:
            total += Affine.lift(z[output]) * factor
        return total

    def met_by(self, z: Sequence[Fraction]) -> bool:
        """Is it met by numbers? For a demand whose bound is one."""
        value = self.form(z).constant
        match self.relation:
            case Relation.EQUAL:
                return value == 0
            case Relation.AT_LEAST:
                return value >= 0
            case Relation.ABOVE:
                return value > 0
            case _:
                assert_never(self.relation)

    def goal(self, z: Outputs) -> Row:
        """The row that holds where the demand is met; for one that leaves room."""
        return Row(self.form(z), self.relation is Relation.ABOVE)


Output: TypeAlias = Affine | DontCare
"""What one output is, or ANY. A symbol is 1 at its own place and 0 at the others."""


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
    """One formula an output, outputs 0, 1, …; with `replies`, one formula for the symbol."""
    assume: Formula | None = None
    readout: Readout | None = None
    replies: tuple[str, ...] | None = None
    """The symbols that the output is one of, each with an output of its own in this order."""
    always: tuple[Formula, ...] = ()
    """Conditions that hold after every step, over h[j], c[j], z[k], the registers' new values and the inputs."""
    stated: Spec | None = field(default=None, repr=False)
    """The spec with late outputs that this punctual one was made of (see `late`)."""

    @property
    def width(self) -> int:
        """How many outputs z has. Without a layer these are units 0, 1, … of h, and further units are free."""
        return len(self.outputs) if self.replies is None else len(self.replies)

    @property
    def has_layer(self) -> bool:
        return self.readout is not None and self.readout.layer

    def formula(self, output: int) -> Formula:
        """The formula that says what an output is."""
        return self.outputs[output if self.replies is None else 0]

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
        return (*self.next.values(), *self.outputs, *([self.assume] if self.assume else []), *self.always)

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
            if self.replies is None:
                assert output is ANY or isinstance(output, Affine)
                outputs.append(output)
            elif output is ANY:
                outputs += [ANY] * len(self.replies)
            else:
                outputs += [ONE_FORM if reply == output else ZERO_FORM for reply in self.replies]
        return SpecStep(new, tuple(outputs))

    def broken(
        self,
        registers: Mapping[str, Value],
        inputs: Mapping[str, Value],
        cell: Mapping[str, Sequence[Affine | Fraction]],
        oracle: Oracle = NO_ORACLE,
    ) -> Formula | None:
        """A condition of `always` that does not hold after a step. `cell` has c, h and z.

        Raises:
            OutsideFragment: a value is not affine in the case that the oracle answers for.
        """
        if not self.always:
            return None
        names: dict[str, Value] = {**registers, **inputs}
        for part, entries in cell.items():
            names |= {f"{part}[{place}]": Affine.lift(entry) for place, entry in enumerate(entries)}
        return next((formula for formula in self.always if not truth(formula.tree, names, oracle)), None)

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

    def demands(self, outputs: Sequence[Output]) -> Iterator[Demand]:
        """What z owes where the outputs are these."""
        readout = self.readout or EXACT
        if readout.decide is Decide.ARGMAX:
            yield from self._argmax(outputs, readout)
            return
        for place, output in enumerate(outputs):
            if output is ANY:
                continue
            assert isinstance(output, Affine)
            said = output.constant if output.is_constant else None
            if readout.accept is not None and said == ONE:
                yield Demand(place, ((place, 1),), *_bounded(readout.accept, 1))
            elif readout.reject is not None and said == ZERO:
                yield Demand(place, ((place, -1),), *_bounded(readout.reject, -1))
            else:
                yield Demand(place, ((place, 1),), Relation.EQUAL, output)

    def _argmax(self, outputs: Sequence[Output], readout: Readout) -> Iterator[Demand]:
        right = next((place for place, output in enumerate(outputs) if output == ONE_FORM), None)
        relation = Relation.ABOVE if readout.margin is None else Relation.AT_LEAST
        for place in range(len(outputs)) if right is not None else ():
            if place != right:
                assert right is not None
                yield Demand(place, ((right, 1), (place, -1)), relation, Affine((), readout.margin or ZERO))


EXACT: Final = Readout()


def _bounded(threshold: Threshold, sign: int) -> tuple[Relation, Affine]:
    relation = Relation.ABOVE if threshold.strict else Relation.AT_LEAST
    return relation, Affine((), sign * threshold.bound)
