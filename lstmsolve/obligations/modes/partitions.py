"""What tells two modes apart.

A mode is a set of joint states with the same *control*: the values of the coordinates that take
finitely many values, the way the other registers and outputs were last updated (`tally = tally + 1`
and `h = 0`, say; coarse partitions leave registers out), and on which side of some chosen rows the
state lies. Everything else about a joint state is a point of the mode's polyhedron.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, product
from math import lcm
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.errors import LimitReached, LstmSolveError
from lstmsolve.kernel.language.evaluation import Value, at_least_zero, evaluate
from lstmsolve.kernel.language.expressions import ANY, Constant, Expression, Lookup, SymbolKind, divisors_in
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, RealInterval, contains, enumerated
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.obligations.stepping.coordinates import Coordinate, Held, OfSpec, Quotient, Remainder, Shown, Whole
from lstmsolve.obligations.stepping.systems import CONCRETE, Joint, Moved, StepOracle, System, lifted

MAX_VALUES: Final = 64
"""A coordinate with more values than this is followed symbolically."""

MAX_SOUGHT: Final = 16
"""Values around zero that are tried for a coordinate whose form is not constant."""

MAX_SAMPLED: Final = 400
"""Steps run to see which coordinates take few values."""

MAX_COMBINATIONS: Final = 64
"""Input combinations tried from each state on the way."""

MAX_REPRESENTATIVES: Final = 12
"""Values that stand for one symbolic input on the way."""


@dataclass(frozen=True, slots=True)
class Started:
    """Nothing was updated yet."""

    def __str__(self) -> str:
        return "start"


@dataclass(frozen=True, slots=True)
class Became:
    """How a register was last updated, as a form over the old names."""

    register: str
    form: str

    def __str__(self) -> str:
        return f"{self.register} = {self.form}"


@dataclass(frozen=True, slots=True)
class Said:
    """What an output owed, as a form over the new names; None: anything."""

    output: int
    form: str | None
    layered: bool
    """Is the output a z of a layer, and not an h?"""

    def __str__(self) -> str:
        return f"{'z' if self.layered else 'h'}[{self.output}] = {'any' if self.form is None else self.form}"


Update: TypeAlias = Started | Became | Said


@dataclass(frozen=True, slots=True)
class Control:
    """The discrete part of a joint state."""

    values: tuple[tuple[Coordinate, Constant], ...]
    updates: tuple[Update, ...]
    sides: tuple[bool, ...]


@dataclass(frozen=True)
class Partition:
    """How joint states are sorted into modes."""

    finite: tuple[Coordinate, ...]
    """Coordinates told apart by value: symbol registers, numbers that take few values, remainders."""
    infinite: tuple[Coordinate, ...]
    """The other coordinates: numeric registers (or their quotients) first, then c, then h."""
    cuts: tuple[Row, ...] = ()
    """Rows over coordinates; a mode lies on one side of each."""
    by_update: bool = True
    """Does the way that registers were last updated tell modes apart?"""

    def cut(self, rows: Iterable[Row]) -> Partition:
        """The finer partition that also separates the sides of these rows."""
        return replace(self, cuts=tuple(dict.fromkeys([*self.cuts, *rows])))

    def control(
        self, before: Joint, inputs: Mapping[str, Value], moved: Moved, spec: Spec, oracle: StepOracle
    ) -> Control:
        """The control of the state that a step led to.

        Raises:
            ManyValues: a coordinate that should take few values takes too many.
        """
        values = tuple((coordinate, _concrete(moved.joint, coordinate, oracle)) for coordinate in self.finite)
        updates = tuple(self._updates(before, inputs, moved, spec, oracle))
        return Control(values, updates, self._sides(moved.joint, oracle))

    def without(self, coordinate: Coordinate) -> Partition:
        """The partition that follows a coordinate symbolically after all."""
        finite = tuple(other for other in self.finite if other != coordinate)
        return replace(self, finite=finite, infinite=(*self.infinite, coordinate))

    def start(self, joint: Joint) -> Control:
        """The control of the initial state, before any update."""
        values = tuple((coordinate, _concrete(joint, coordinate, CONCRETE)) for coordinate in self.finite)
        return Control(values, (Started(),), self._sides(joint, CONCRETE))

    def _sides(self, joint: Joint, oracle: StepOracle) -> tuple[bool, ...]:
        return tuple(
            at_least_zero(row.form.substitute({name: joint.coordinate(name) for name in row.form.variables}), oracle)
            for row in self.cuts
        )

    def _updates(
        self, before: Joint, inputs: Mapping[str, Value], moved: Moved, spec: Spec, oracle: StepOracle
    ) -> Iterable[Update]:
        # Read the formulas over the names themselves, deciding conditions by what the names stand for.
        old = {**before.registers, **inputs}
        for name, formula in spec.next.items() if self.by_update else ():
            if any(isinstance(other, OfSpec) and other.register == name for other in self.infinite):
                yield Became(name, str(_over_names(formula.tree, old, oracle)))
        new = {**moved.joint.registers, **inputs}
        for unit, owed in enumerate(moved.outputs):
            formula = spec.formula(unit)
            if owed is ANY:
                yield Said(unit, None, spec.has_layer)
            elif spec.replies is None and Shown(unit) in self.infinite and not isinstance(formula.tree, Lookup):
                yield Said(unit, _over_names(formula.tree, new, oracle), spec.has_layer)


class _Named:
    """An oracle for forms over names, answering by what the names stand for."""

    def __init__(self, values: Mapping[str, Affine], oracle: StepOracle) -> None:
        self._values = values
        self._oracle = oracle

    def at_least_zero(self, form: Affine) -> bool:
        return at_least_zero(form.substitute(self._values), self._oracle)

    def is_integer(self, variable: str) -> bool:
        return False


def _over_names(tree: Expression, values: Mapping[str, Value], oracle: StepOracle) -> str | None:
    """What a formula is in the case at hand, over the names in it; None for `any`."""
    numbers = {name: value for name, value in values.items() if isinstance(value, Affine)}
    names = {name: Affine.variable(name) if name in numbers else value for name, value in values.items()}
    result = evaluate(tree, names, _Named(numbers, oracle))
    return None if result is ANY else str(result)


class ManyValues(LstmSolveError):
    """A coordinate that was taken to have few values has many."""

    def __init__(self, coordinate: Coordinate) -> None:
        super().__init__(f"{coordinate.name} takes more values than were expected of it")
        self.coordinate = coordinate


def _concrete(joint: Joint, coordinate: Coordinate, oracle: StepOracle) -> Constant:
    """The one value of a coordinate in the case at hand, by asking for integers around zero if need be."""
    symbol = joint.registers[coordinate.register] if isinstance(coordinate, Whole) else None
    if isinstance(symbol, str):
        return symbol
    form = joint.at(coordinate)
    if form.is_constant:
        return form.constant
    if not all(factor.denominator == 1 and oracle.is_integer(variable) for variable, factor in form.terms):
        raise ManyValues(coordinate)
    step = 1 if oracle.at_least_zero(form) else -1
    value = 0 if step > 0 else -1
    for _ in range(MAX_SOUGHT):
        if at_least_zero(form - value, oracle) and at_least_zero(value - form, oracle):
            return Fraction(value)
        value += step
    raise ManyValues(coordinate)


def partition_of(system: System, inputs: Iterable[Mapping[str, Constant]]) -> Partition:
    """The coarsest useful partition of a system, from a look at the states it visits under some inputs."""
    start = system.start()
    numbers, symbols = (
        [
            Whole(register.name)
            for register in system.spec.registers
            if isinstance(register.kind, SymbolKind) == symbolic
        ]
        for symbolic in (False, True)
    )
    units: list[Coordinate] = [*map(Held, range(len(start.c))), *map(Shown, range(len(start.h)))]
    followed: list[Coordinate] = [*numbers, *units]

    given = [{name: lifted(value) for name, value in combination.items()} for combination in inputs]
    visited, closed = _visit(system, given)
    late = len(visited) // 2
    few: dict[Coordinate, set[Fraction]] = {}
    for one in followed:
        values = {joint.at(one).constant for joint in visited}
        early = {joint.at(one).constant for joint in visited[:late]}
        if len(values) <= MAX_VALUES and (closed or values == early):
            few[one] = values
    # Flags take two values; what takes more may be a counter that this look did not see far enough.
    doubtful = [] if closed else [one for one, values in few.items() if len(values) > 2]
    for joint in _drive(system, given) if doubtful else ():
        for one in [one for one in doubtful if joint.at(one).constant not in few[one]]:
            doubtful.remove(one)
            del few[one]
        if not doubtful:
            break
    finite = [*symbols, *(one for one in followed if one in few)]
    open_ended = [one for one in followed if one not in few]
    divided = _divisors(system.spec, {one.register for one in open_ended if isinstance(one, Whole)})
    remainders = [Remainder(register, divisor) for register, divisor in divided.items()]
    quotients = [
        Quotient(one.register, divided[one.register]) if isinstance(one, Whole) and one.register in divided else one
        for one in open_ended
    ]
    return Partition((*finite, *remainders), tuple(quotients))


def _divisors(spec: Spec, registers: set[str]) -> dict[str, int]:
    """Registers that the formulas divide: followed as quotient and remainder, they stay affine."""
    found: dict[str, int] = {}
    for formula in spec.formulas:
        for names, divisor in divisors_in(formula.tree):
            for name in sorted(names & registers):
                found[name] = lcm(found.get(name, 1), divisor)
    return found


def _visit(system: System, given: Sequence[Mapping[str, Value]]) -> tuple[list[Joint], bool]:
    """Joint states in breadth-first order, and whether these are all that these inputs reach."""
    start = system.start()
    visited = [start]
    known = {start.key()}
    for done, joint in enumerate(visited):
        if done * len(given) > MAX_SAMPLED:
            return visited, False
        for values in given:
            try:
                moved = system.step(joint, values, CONCRETE)
            except LimitReached:
                return visited, False  # numbers grow too long to go on with
            if moved is not None and (key := moved.joint.key()) not in known:
                known.add(key)
                visited.append(moved.joint)
    return visited, True


def _drive(system: System, given: Sequence[Mapping[str, Value]]) -> Iterator[Joint]:
    """Joint states far out: on an input taken again and again, and then another one as often.

    Where there are several inputs, breadth first does not get as far, and what counts one of them looks bounded.
    """
    steps = 0
    for first in given:
        reached = list(islice(_run(system, system.start(), first), MAX_SOUGHT))
        yield from reached
        for second in given if reached else ():
            if second is not first:
                yield from islice(_run(system, reached[-1], second), MAX_SOUGHT)
            steps += MAX_SOUGHT
            if steps > MAX_SAMPLED:
                return


def _run(system: System, joint: Joint, values: Mapping[str, Value]) -> Iterator[Joint]:
    """The joint states on one input, until it is no longer promised, or numbers grow too long."""
    with suppress(LimitReached):
        while (moved := system.step(joint, values, CONCRETE)) is not None:
            joint = moved.joint
            yield joint


def sample_inputs(spec: Spec, interesting: Iterable[Fraction] = ()) -> list[dict[str, Constant]]:
    """A few input combinations that reach the different cases of a spec.

    Every enumerated value; for a range its ends, small numbers, and the `interesting` numbers
    (constants of the spec, thresholds of gates) with their neighbours.
    """
    marks = {*interesting, Fraction(0), Fraction(1), *spec.constants}
    choices = [_representatives(entry.domain, marks) for entry in spec.inputs]
    names = [entry.name for entry in spec.inputs]
    combinations = product(*choices)
    return [dict(zip(names, combination, strict=True)) for combination in islice(combinations, MAX_COMBINATIONS)]


def _representatives(domain: Domain, marks: set[Fraction]) -> Sequence[Constant]:
    listed = enumerated(domain)
    if listed is not None:
        return listed
    assert isinstance(domain, IntegerRange | RealInterval)
    ends = [Fraction(end) for end in (domain.low, domain.high) if end is not None]
    near = {mark + shift for mark in marks | set(ends) for shift in (-1, 0, 1)}
    if isinstance(domain, RealInterval):
        near |= {mark / 2 for mark in near} | {Fraction(1, 3)}
    return sorted((value for value in near if contains(domain, value)), key=lambda value: (abs(value), value))[
        :MAX_REPRESENTATIVES
    ]
