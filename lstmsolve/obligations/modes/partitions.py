"""What tells two modes apart.

A mode is a set of joint states with the same *control*: the values of the coordinates that take
finitely many values, the way the other registers and outputs were last updated (`tally = tally + 1`
and `h = 0`, say; coarse partitions leave registers out), and on which side of some chosen rows the
state lies. Everything else about a joint state is a point of the mode's polyhedron.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, product
from math import lcm
from typing import Final

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.errors import LstmSolveError
from lstmsolve.kernel.language.evaluation import Value, at_least_zero, evaluate
from lstmsolve.kernel.language.expressions import ANY, Constant, Expression, Lookup, SymbolKind, divisors_in
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, RealInterval, contains, enumerated
from lstmsolve.kernel.spec.specs import Spec
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
class Control:
    """The discrete part of a joint state."""

    values: tuple[tuple[str, Constant], ...]
    updates: tuple[str, ...]
    sides: tuple[bool, ...]


@dataclass(frozen=True)
class Partition:
    """How joint states are sorted into modes."""

    finite: tuple[str, ...]
    """Coordinates told apart by value: symbol registers, numbers that take few values, remainders."""
    infinite: tuple[str, ...]
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
        values = tuple((name, _concrete(moved.joint, name, oracle)) for name in self.finite)
        updates = tuple(self._updates(before, inputs, moved, spec, oracle))
        return Control(values, updates, self._sides(moved.joint, oracle))

    def without(self, name: str) -> Partition:
        """The partition that follows a coordinate symbolically after all."""
        return replace(self, finite=tuple(n for n in self.finite if n != name), infinite=(*self.infinite, name))

    def start(self, joint: Joint) -> Control:
        """The control of the initial state, before any update."""
        values = tuple((name, _concrete(joint, name, CONCRETE)) for name in self.finite)
        return Control(values, ("start",), self._sides(joint, CONCRETE))

    def _sides(self, joint: Joint, oracle: StepOracle) -> tuple[bool, ...]:
        return tuple(
            at_least_zero(row.form.substitute({name: joint.coordinate(name) for name in row.form.variables}), oracle)
            for row in self.cuts
        )

    def _updates(
        self, before: Joint, inputs: Mapping[str, Value], moved: Moved, spec: Spec, oracle: StepOracle
    ) -> Iterable[str]:
        # Read the formulas over the names themselves, deciding conditions by what the names stand for.
        old = {**before.registers, **inputs}
        for name, formula in spec.next.items() if self.by_update else ():
            if any(coordinate.partition("//")[0] == name for coordinate in self.infinite):
                yield f"{name} = {_named(formula.tree, old, oracle)}"
        new = {**moved.joint.registers, **inputs}
        for unit, owed in enumerate(moved.outputs):
            formula = spec.formula(unit)
            if owed is ANY:
                yield f"h[{unit}] = any"
            elif spec.replies is None and f"h[{unit}]" in self.infinite and not isinstance(formula.tree, Lookup):
                yield f"h[{unit}] = {_named(formula.tree, new, oracle)}"


class _Named:
    """An oracle for forms over names, answering by what the names stand for."""

    def __init__(self, values: Mapping[str, Affine], oracle: StepOracle) -> None:
        self._values = values
        self._oracle = oracle

    def at_least_zero(self, form: Affine) -> bool:
        return at_least_zero(form.substitute(self._values), self._oracle)

    def is_integer(self, variable: str) -> bool:
        return False


def _named(tree: Expression, values: Mapping[str, Value], oracle: StepOracle) -> str:
    numbers = {name: value for name, value in values.items() if isinstance(value, Affine)}
    names = {name: Affine.variable(name) if name in numbers else value for name, value in values.items()}
    result = evaluate(tree, names, _Named(numbers, oracle))
    return "any" if result is ANY else str(result)


class ManyValues(LstmSolveError):
    """A coordinate that was taken to have few values has many."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} takes more values than were expected of it")
        self.name = name


def _concrete(joint: Joint, name: str, oracle: StepOracle) -> Constant:
    """The one value of a coordinate in the case at hand, by asking for integers around zero if need be."""
    symbol = joint.registers.get(name)
    if isinstance(symbol, str):
        return symbol
    form = joint.coordinate(name)
    if form.is_constant:
        return form.constant
    if not all(factor.denominator == 1 and oracle.is_integer(variable) for variable, factor in form.terms):
        raise ManyValues(name)
    step = 1 if oracle.at_least_zero(form) else -1
    value = 0 if step > 0 else -1
    for _ in range(MAX_SOUGHT):
        if at_least_zero(form - value, oracle) and at_least_zero(value - form, oracle):
            return Fraction(value)
        value += step
    raise ManyValues(name)


def partition_of(system: System, inputs: Iterable[Mapping[str, Constant]]) -> Partition:
    """The coarsest useful partition of a system, from a look at the states it visits under some inputs."""
    start = system.start()
    infinite = [register.name for register in system.spec.registers if not isinstance(register.kind, SymbolKind)]
    infinite += [f"c[{unit}]" for unit in range(len(start.c))] + [f"h[{unit}]" for unit in range(len(start.h))]
    symbols = [register.name for register in system.spec.registers if isinstance(register.kind, SymbolKind)]

    visited, closed = _visit(system, list(inputs))
    late = len(visited) // 2
    few: set[str] = set()
    for name in infinite:
        values = {joint.coordinate(name).constant for joint in visited}
        early = {joint.coordinate(name).constant for joint in visited[:late]}
        if len(values) <= MAX_VALUES and (closed or values == early):
            few.add(name)
    finite = [*symbols, *(name for name in infinite if name in few)]
    open_ended = [name for name in infinite if name not in few]
    divided = _divisors(system.spec, {name for name in open_ended if "[" not in name})
    remainders = [f"{name}%{divisor}" for name, divisor in divided.items()]
    quotients = [f"{name}//{divided[name]}" if name in divided else name for name in open_ended]
    return Partition((*finite, *remainders), tuple(quotients))


def _divisors(spec: Spec, registers: set[str]) -> dict[str, int]:
    """Registers that the formulas divide: followed as quotient and remainder, they stay affine."""
    found: dict[str, int] = {}
    for formula in spec.formulas:
        for names, divisor in divisors_in(formula.tree):
            for name in sorted(names & registers):
                found[name] = lcm(found.get(name, 1), divisor)
    return found


def _visit(system: System, inputs: list[Mapping[str, Constant]]) -> tuple[list[Joint], bool]:
    """Joint states in breadth-first order, and whether these are all that these inputs reach."""
    start = system.start()
    visited = [start]
    known = {start.key()}
    given = [{name: lifted(value) for name, value in combination.items()} for combination in inputs]
    for done, joint in enumerate(visited):
        if done * len(given) > MAX_SAMPLED:
            return visited, False
        for values in given:
            moved = system.step(joint, values, CONCRETE)
            if moved is not None and (key := moved.joint.key()) not in known:
                known.add(key)
                visited.append(moved.joint)
    return visited, True


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
