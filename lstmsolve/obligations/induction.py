"""From modes with a refinement map to a certificate, or to the obligation that fails.

`certify` runs every step from every mode symbolically, finds the mode where each case lands and
collects the proofs. The certificate it returns is complete; the checker has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

from lstmsolve.model.affine import Affine, Row, normalised
from lstmsolve.model.cells import Weights
from lstmsolve.model.certificates import (
    Broken,
    Case,
    Certificate,
    Empty,
    Lands,
    Mode,
    Multipliers,
    Node,
    Pinned,
    Split,
)
from lstmsolve.model.errors import LimitReached, OutsideFragment
from lstmsolve.model.evaluation import Value, at_least_zero
from lstmsolve.model.expressions import ANY, Constant
from lstmsolve.model.problems import Problem
from lstmsolve.model.specs import Relation
from lstmsolve.model.symbolic import Entry, settled
from lstmsolve.obligations.branching import Equation, Fork, Forking, Leaf, Region, Tree, explore
from lstmsolve.obligations.polyhedra import point_in
from lstmsolve.obligations.systems import CellSystem, Inputs, Joint, Moved, bind_entries


@dataclass(frozen=True, slots=True)
class Failure:
    """An obligation that does not hold: a state and an input where the induction breaks.

    The state satisfies its mode's conditions; whether any run reaches it is another question.
    """

    mode: str
    why: str
    registers: Mapping[str, Constant]
    c: tuple[Fraction, ...]
    h: tuple[Fraction, ...]
    inputs: Mapping[str, Constant]

    def __str__(self) -> str:
        state = ", ".join(f"{name} = {value}" for name, value in self.registers.items())
        given = ", ".join(f"{name} = {value}" for name, value in self.inputs.items())
        numbers = f"c = ({', '.join(map(str, self.c))}), h = ({', '.join(map(str, self.h))})"
        return f"from mode {self.mode!r} with {state or 'no registers'}, {numbers}, input {given}: {self.why}"


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Right:
    moved: Moved
    readout: tuple[tuple[int, Row], ...]
    """Thresholds that hold here, to be proved for the certificate."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    why: str


_Outcome: TypeAlias = _Right | _Wrong | None
"""None: the promise of [assume] is broken."""


def certify(
    problem: Problem, weights: Weights, modes: Mapping[str, Mode], start: str, start_values: Mapping[str, Fraction]
) -> Certificate | Failure:
    """The certificate that these modes give, or the first obligation that fails.

    `problem` has the hidden size of the weights.
    """
    certifier = _Certifier(problem, weights, modes)
    try:
        cases = {name: certifier.cases(mode) for name, mode in modes.items()}
    except _Failed as failed:
        return failed.failure
    return Certificate(problem, weights, dict(modes), cases, start, dict(start_values))


class _Certifier:
    def __init__(self, problem: Problem, weights: Weights, modes: Mapping[str, Mode]) -> None:
        self._spec = problem.spec
        self._system = CellSystem(problem.spec, weights)
        self._inputs = Inputs(problem.spec)
        self._modes = modes
        # Modes that are single joint states are found by that state; the others are tried in turn.
        self._single: dict[object, Mode] = {}
        self._wide: list[Mode] = []
        for mode in modes.values():
            if mode.variables:
                self._wide.append(mode)
            else:
                self._single.setdefault(_signature(_joint(mode)), mode)

    def cases(self, mode: Mode) -> tuple[Case, ...]:
        joint = _joint(mode)
        region = self._inputs.region(mode.where, mode.variables)
        found: list[Case] = []
        for chosen, inputs in self._inputs.cases:
            try:
                tree = explore(region, lambda oracle, inputs=inputs: self._step(joint, inputs, oracle))  # type: ignore[misc]
            except LimitReached as error:
                raise _Failed(self._failure(mode, joint, inputs, region, str(error))) from None
            found.append(Case(chosen, self._node(mode, joint, inputs, tree)))
        return tuple(found)

    def _step(self, joint: Joint, inputs: Mapping[str, Value], oracle: Forking) -> _Outcome:
        region = oracle.region
        given = {name: value if isinstance(value, str) else region.bind(value) for name, value in inputs.items()}
        try:
            moved = self._system.step(joint.bind(region), given, oracle)
        except OutsideFragment as error:
            return _Wrong(str(error))
        if moved is None:
            return None
        readout: list[tuple[int, Row]] = []
        for unit, expected in enumerate(moved.outputs):
            if expected is ANY:
                continue
            assert isinstance(expected, Affine)
            actual = Affine.lift(moved.joint.h[unit])
            relation, bound = self._spec.owed(expected)
            if relation is Relation.EQUAL:
                if actual != bound:
                    return _Wrong(f"h[{unit}] becomes {actual}, the spec says {expected}")
                continue
            goal = actual - bound if relation is Relation.AT_LEAST else bound - actual
            if not at_least_zero(goal, oracle):
                return _Wrong(f"h[{unit}] becomes {actual}, the spec says {expected}, read as {relation.value} {bound}")
            readout.append((unit, Row(goal)))
        return _Right(moved, tuple(readout))

    def _node(self, mode: Mode, joint: Joint, inputs: Mapping[str, Value], tree: Tree[_Outcome]) -> Node:
        match tree:
            case Empty():
                return tree
            case Fork(condition, holds, fails):
                return Split(condition, self._node(mode, joint, inputs, holds), self._node(mode, joint, inputs, fails))
            case Equation(variable, value, at_least, at_most, then):
                return Pinned(variable, value, at_least, at_most, self._node(mode, joint, inputs, then))
            case Leaf(region, _, outcome):
                match outcome:
                    case None:
                        return Broken()
                    case _Wrong(why):
                        raise _Failed(self._failure(mode, joint, inputs, region, why))
                    case _Right():
                        found = self._landing(tree, outcome)
                        if found is None:
                            why = f"the next state ({_describe(outcome.moved.joint)}) is in no mode"
                            raise _Failed(self._failure(mode, joint, inputs, region, why))
                        return found
            case _:
                assert_never(tree)

    def _landing(self, leaf: Leaf[_Outcome], right: _Right) -> Lands | None:
        moved, region = right.moved.joint, leaf.region
        readout = {unit: _required(region.follows(goal)) for unit, goal in right.readout}
        single = self._single.get(_signature(moved))
        if single is not None:
            return Lands(single.name, {}, leaf.gates, (), readout)
        for mode in self._wide:
            values = {name: moved.coordinate(name) for name in mode.variables}
            if not _matches(mode, moved, values) or not _integral(mode, values, region):
                continue
            rows = [normalised(row.form.substitute(values), row.strict, region.integers) for row in mode.where]
            proofs = [region.follows(row) for row in rows]
            if all(proof is not None for proof in proofs):
                return Lands(mode.name, values, leaf.gates, tuple(_required(proof) for proof in proofs), readout)
        return None

    def _failure(self, mode: Mode, joint: Joint, inputs: Mapping[str, Value], region: Region, why: str) -> Failure:
        point = point_in(region.rows, region.integers) or {}
        full = {name: point.get(name, Fraction(0)) for name in region.variables}

        def at(value: Value | Entry) -> Constant:
            if isinstance(value, Affine):
                return region.bind(value).at(full)
            return value

        def numbers(entries: Sequence[Entry]) -> tuple[Fraction, ...]:
            return tuple(Affine.lift(entry).at(full) for entry in bind_entries(entries, region))

        registers = {name: at(value) for name, value in joint.registers.items()}
        given = {name: at(value) for name, value in inputs.items()}
        return Failure(mode.name, why, registers, numbers(joint.c), numbers(joint.h), given)


def _joint(mode: Mode) -> Joint:
    return Joint(mode.registers, tuple(settled(form) for form in mode.c), tuple(settled(form) for form in mode.h))


def _signature(joint: Joint) -> object:
    return (tuple(joint.registers.items()), joint.c, joint.h)


def _matches(mode: Mode, joint: Joint, values: Mapping[str, Affine]) -> bool:
    """Does the mode's map, at these values of its variables, give exactly this joint state?"""
    for name, wanted in mode.registers.items():
        if (wanted if isinstance(wanted, str) else wanted.substitute(values)) != joint.registers[name]:
            return False
    pairs = [*zip(mode.c, joint.c, strict=True), *zip(mode.h, joint.h, strict=True)]
    return all(settled(form.substitute(values)) == entry for form, entry in pairs)


def _integral(mode: Mode, values: Mapping[str, Affine], region: Region) -> bool:
    return all(
        form.constant.denominator == 1
        and all(name in region.integers and factor.denominator == 1 for name, factor in form.terms)
        for variable, form in values.items()
        if mode.variables[variable]
    )


def _describe(joint: Joint) -> str:
    registers = [f"{name} = {value}" for name, value in joint.registers.items()]
    return ", ".join([*registers, f"c = ({', '.join(map(str, joint.c))})", f"h = ({', '.join(map(str, joint.h))})"])


def _required(proof: Multipliers | None) -> Multipliers:
    assert proof is not None
    return proof
