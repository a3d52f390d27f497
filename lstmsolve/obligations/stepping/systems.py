"""What moves from step to step: the reference machine, and beside it a cell.

The cell is either one with known weights, or the *ideal* one that outputs whatever the spec says
(its c is unknown, so it has none). Both pairs are piecewise-affine systems over named coordinates,
so one abstraction (`abstraction`) finds the modes of both: for `solve` those of the spec, for
`verify` those of spec and cell together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, product
from math import prod
from typing import Final, Protocol, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import ONE_FORM, ZERO, Affine, Row
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.language.evaluation import Oracle, Value, at_least_zero
from lstmsolve.kernel.language.expressions import ANY, Constant, NumericKind
from lstmsolve.kernel.lstm.cells import Weights, each, nonzero
from lstmsolve.kernel.lstm.symbolic import (
    Entry,
    NoPhaseOracle,
    Phase,
    PhaseOracle,
    SymbolicArithmetic,
    SymbolicCell,
    read_out,
    settled,
    symbolic_step,
)
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.domains import domain_rows, enumerated
from lstmsolve.kernel.spec.specs import NO_ORACLE, Demand, Output, Relation, Spec
from lstmsolve.obligations.stepping.coordinates import Coordinate, Held, Quotient, Remainder, Shown, Whole, named


class StepOracle(Oracle, PhaseOracle, Protocol):
    """Answers for comparisons and for gates."""


class ConcreteOracle:
    """For runs on numbers, where nothing is left to answer."""

    def at_least_zero(self, form: Affine) -> bool:
        return NO_ORACLE.at_least_zero(form)

    def is_integer(self, variable: str) -> bool:
        return NO_ORACLE.is_integer(variable)

    def phase(self, place: str, form: Affine) -> Phase:
        return NoPhaseOracle().phase(place, form)

    def product(self, left: Affine, right: Affine) -> Affine:
        return NoPhaseOracle().product(left, right)


CONCRETE: Final = ConcreteOracle()


@dataclass(frozen=True)
class Joint:
    """Registers of the reference machine, and c and h of the cell."""

    registers: Mapping[str, Value]
    c: Sequence[Entry]
    h: Sequence[Entry]

    def bind(self, region: Region) -> Joint:
        if not region.pins:
            return self
        registers = bind_values(self.registers, region)
        return Joint(registers, bind_entries(self.c, region), bind_entries(self.h, region))

    def key(self) -> tuple[object, ...]:
        """The state as a value to look up: registers, and what is not zero of c and h."""
        return self._key

    @cached_property
    def _key(self) -> tuple[object, ...]:
        return (*self.registers.values(), *(tuple(nonzero(part)) for part in (self.c, self.h)))

    @property
    def varies(self) -> bool:
        """Is this a family of states, over some variables?"""
        entries = (entry for part in (self.c, self.h) for _, entry in nonzero(part))
        values = chain(self.registers.values(), entries)
        return any(isinstance(value, Affine) and value.variables for value in values)

    def coordinate(self, name: str) -> Affine:
        """The value of the coordinate of this name; see `at`."""
        return self.at(named(name))

    def at(self, coordinate: Coordinate) -> Affine:
        """The value of a coordinate that is a number.

        Raises:
            OutsideFragment: a part of a register that is not one form.
        """
        match coordinate:
            case Held(unit):
                return Affine.lift(self.c[unit])
            case Shown(unit):
                return Affine.lift(self.h[unit])
            case Whole(register):
                return self._number(register)
            case Quotient(register, divisor):
                return self._divided(register, divisor)[0]
            case Remainder(register, divisor):
                return self._divided(register, divisor)[1]
            case _:
                assert_never(coordinate)

    def _number(self, register: str) -> Affine:
        value = self.registers[register]
        assert isinstance(value, Affine)
        return value

    def _divided(self, register: str, divisor: int) -> tuple[Affine, Affine]:
        """Quotient and remainder."""
        value = self._number(register)
        whole = Affine(tuple((term, factor / divisor) for term, factor in value.terms), ZERO)
        if any(factor.denominator != 1 for _, factor in whole.terms):
            raise OutsideFragment(f"{value} has no one remainder by {divisor}")
        quotient, remainder = divmod(value.constant, divisor)
        return whole + quotient, Affine((), remainder)


@dataclass(frozen=True, slots=True)
class Moved:
    """A step of spec and cell: where they are now, and what was owed."""

    joint: Joint
    z: Sequence[Entry]
    """The outputs: h, or what a layer makes of it."""
    outputs: tuple[Output, ...]
    inputs: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Kept:
    """The outputs are what the spec says."""

    readout: tuple[tuple[int, Row], ...]
    """For demands that leave room: the place, and the row that holds because of it."""


@dataclass(frozen=True, slots=True)
class Missed:
    """An output differs from what the spec says, or a condition of [property] does not hold."""

    message: str
    where: tuple[Row, ...]
    """It does so where one of these holds."""

    def __str__(self) -> str:
        return self.message


def judge(spec: Spec, moved: Moved, oracle: Oracle) -> Kept | Missed:
    """Are the outputs of a step what the spec says, on the whole case at hand?"""
    readout: list[tuple[int, Row]] = []
    for demand in spec.demands(moved.outputs):
        form = demand.form(moved.z)
        if demand.relation is Relation.EQUAL:
            if not form.is_zero:
                return _missed(spec, moved, demand, form)
            continue
        goal = demand.goal(moved.z)
        if not holds(goal, oracle):
            return _missed(spec, moved, demand, form)
        readout.append((demand.place, goal))
    cell = {"c": moved.joint.c, "h": moved.joint.h, "z": moved.z}
    broken = spec.broken(moved.joint.registers, moved.inputs, cell, oracle)
    if broken is not None:
        return Missed(f"the condition {broken.text} does not hold", (Row(ONE_FORM),))
    return Kept(tuple(readout))


def holds(row: Row, oracle: Oracle) -> bool:
    """Does the row hold? Asks where that is open."""
    return not at_least_zero(-row.form, oracle) if row.strict else at_least_zero(row.form, oracle)


def _missed(spec: Spec, moved: Moved, demand: Demand, form: Affine) -> Missed:
    said = f"{'z' if spec.has_layer else 'h'}[{demand.place}] becomes {Affine.lift(moved.z[demand.place])}"
    if len(demand.terms) > 1:
        right = next(place for place, factor in demand.terms if factor > 0)
        said = f"{said}, too much beside {Affine.lift(moved.z[right])} of the right symbol"
    else:
        output = moved.outputs[demand.place]
        assert isinstance(output, Affine)
        said = f"{said}, the spec says {output}"
    match demand.relation:
        case Relation.EQUAL:
            return Missed(said, (Row(form, strict=True), Row(-form, strict=True)))
        case Relation.AT_LEAST:
            return Missed(said, (Row(-form, strict=True),))
        case Relation.ABOVE:
            return Missed(said, (Row(-form),))
        case _:
            assert_never(demand.relation)


class System(Protocol):
    """The reference machine with some cell beside it."""

    @property
    def spec(self) -> Spec: ...

    @property
    def thresholds(self) -> frozenset[Fraction]:
        """Values of h at which some gate bends."""
        ...

    def start(self) -> Joint: ...

    def step(self, joint: Joint, inputs: Mapping[str, Value], oracle: StepOracle) -> Moved | None:
        """One step of both; None where the step breaks the promise of [assume].

        Raises:
            OutsideFragment: some value is not affine in the case at hand.
        """
        ...


class IdealSystem:
    """The reference machine and a cell that outputs what it should: c is empty, h what the spec says of z."""

    def __init__(self, spec: Spec, h: tuple[Fraction, ...]) -> None:
        self.spec = spec
        self._h = (ZERO,) * spec.width if spec.has_layer else h[: spec.width]
        self.thresholds: frozenset[Fraction] = frozenset()

    def start(self) -> Joint:
        return Joint(self.spec.initial, (), self._h)

    def step(self, joint: Joint, inputs: Mapping[str, Value], oracle: StepOracle) -> Moved | None:
        if not self.spec.assumed(joint.registers, inputs, oracle):
            return None
        after = self.spec.step(joint.registers, inputs, oracle)
        h = tuple(ZERO if output is ANY else settled(output) for output in after.outputs)
        return Moved(Joint(after.registers, (), h), h, after.outputs, inputs)


class CellSystem:
    """The reference machine and a cell with known weights."""

    def __init__(self, spec: Spec, weights: Weights) -> None:
        self.spec = spec
        self.weights = weights
        self._cell = SymbolicCell(weights)

    @cached_property
    def thresholds(self) -> frozenset[Fraction]:
        return frozenset(self.weights.thresholds("u"))

    def start(self) -> Joint:
        return Joint(self.spec.initial, self.weights.initial.c, self.weights.initial.h)

    def step(self, joint: Joint, inputs: Mapping[str, Value], oracle: StepOracle) -> Moved | None:
        if not self.spec.assumed(joint.registers, inputs, oracle):
            return None
        after = self.spec.step(joint.registers, inputs, oracle)
        x = tuple(settled(column) for column in self.spec.encode(inputs))
        cell = symbolic_step(SymbolicArithmetic(self._cell, oracle), joint.c, joint.h, x)
        z = read_out(self.weights.layer, cell.h)
        return Moved(Joint(after.registers, cell.c, cell.h), z, after.outputs, inputs)


MAX_COMBINATIONS: Final = 65_536
"""Combinations of enumerated input values; each takes a step of its own from every mode."""

InputCase: TypeAlias = tuple[dict[str, Constant], dict[str, Value]]


@dataclass(frozen=True)
class Inputs:
    """The inputs of a spec: the combinations taken value by value, and the rows of the rest."""

    spec: Spec

    @property
    def listable(self) -> bool:
        """Are there few enough combinations to take one by one?"""
        sizes = (len(enumerated(entry.domain) or ("symbolic",)) for entry in self.spec.inputs)
        return prod(sizes) <= MAX_COMBINATIONS

    @cached_property
    def cases(self) -> list[InputCase]:
        """Each combination of enumerated values, and with it the full set of input values.

        Raises:
            LimitReached: there are more than `MAX_COMBINATIONS`.
        """
        listed = [(e.name, v) for e in self.spec.inputs if (v := enumerated(e.domain)) is not None]
        if not self.listable:
            raise LimitReached(
                f"the values of {', '.join(name for name, _ in listed[:3])}{', …' if len(listed) > 3 else ''} make too "
                f"many combinations; at most {MAX_COMBINATIONS} are taken one by one"
            )
        free = {e.name: Affine.variable(e.name) for e in self.spec.inputs if enumerated(e.domain) is None}
        found: list[InputCase] = []
        for combination in product(*(values for _, values in listed)):
            chosen: dict[str, Constant] = dict(zip([name for name, _ in listed], combination, strict=True))
            found.append((chosen, {**free, **{name: lifted(value) for name, value in chosen.items()}}))
        return found

    def region(self, rows: Sequence[Row], variables: Mapping[str, bool]) -> Region:
        """A mode's rows together with the domains of the free inputs."""
        free = [entry for entry in self.spec.inputs if enumerated(entry.domain) is None]
        integers = {name for name, whole in variables.items() if whole}
        integers |= {entry.name for entry in free if entry.kind == NumericKind(True)}
        domain = [row for entry in free for row in domain_rows(entry.domain, entry.name)]
        names = frozenset(variables) | {entry.name for entry in free}
        return Region.of([*rows, *domain], frozenset(integers), names)


def lifted(value: Constant) -> Value:
    return value if isinstance(value, str) else Affine((), value)


def bind_values(values: Mapping[str, Value], region: Region) -> dict[str, Value]:
    return {name: value if isinstance(value, str) else region.bind(value) for name, value in values.items()}


def bind_entries(entries: Sequence[Entry], region: Region) -> Sequence[Entry]:
    return each(entries, lambda entry: settled(region.bind(entry)) if isinstance(entry, Affine) else entry)
