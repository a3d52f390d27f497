"""From modes with a refinement map to a certificate, or to the obligation that fails.

`certify` runs every step from every mode symbolically, finds the mode where each case lands and
collects the proofs. The certificate it returns is complete; the checker has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import Affine, Row, is_integral, negated, normalised, show
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Weights, each
from lstmsolve.kernel.lstm.symbolic import Entry, settled
from lstmsolve.kernel.proofs.certificates import (
    Broken,
    Case,
    Certificate,
    Empty,
    Lands,
    Mode,
    Multiplied,
    Multipliers,
    Node,
    Pinned,
    Split,
)
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.linear.polyhedra import point_in
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.branching import (
    Equation,
    Fork,
    Forking,
    Leaf,
    Multiplication,
    Outside,
    Tree,
    explore,
    follows,
)
from lstmsolve.obligations.stepping.systems import (
    CellSystem,
    Inputs,
    Joint,
    Kept,
    Missed,
    bind_entries,
    bind_values,
    judge,
)

MAX_SLIMMED: Final = 12
"""Proofs with more modes are left as they are: nobody reads them line by line."""


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
        state = ", ".join(f"{name} = {show(value)}" for name, value in self.registers.items())
        given = ", ".join(f"{name} = {show(value)}" for name, value in self.inputs.items())
        numbers = f"c = ({', '.join(map(show, self.c))}), h = ({', '.join(map(show, self.h))})"
        return f"from mode {self.mode!r} with {state or 'no registers'}, {numbers}, input {given}: {self.why}"


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


_Outcome: TypeAlias = Lands | Missed | None
"""None: the promise of [assume] is broken."""

Landings: TypeAlias = Callable[[Mode, Region, Mapping[str, Value], Joint], Iterable[tuple[Mode, Mapping[str, Affine]]]]
"""Modes with variables that a step from a mode may lead to, and what their variables would be there.

It is given the mode, the case's region, the inputs and the joint state after the step."""


def certify(
    problem: Problem,
    weights: Weights,
    modes: Mapping[str, Mode],
    start: str,
    start_values: Mapping[str, Fraction],
    watch: Watch = UNWATCHED,
    landings: Landings | None = None,
    *,
    products: bool = False,
) -> Certificate | Failure:
    """The certificate that these modes give, or the first obligation that fails.

    `problem` has the hidden size of the weights. Unless `landings` says otherwise, the variables of modes are
    coordinates of the joint state. With `products`, steps may go through products of which only bounds are known.

    Raises:
        LimitReached: the watch ran out.
    """
    certifier = _Certifier(problem, weights, modes, watch, landings, products)
    try:
        cases = {name: certifier.cases(mode) for name, mode in modes.items()}
    except _Failed as failed:
        return failed.failure
    return Certificate(problem, weights, dict(modes), cases, start, dict(start_values))


def slimmed(certificate: Certificate, watch: Watch = UNWATCHED) -> Certificate:
    """The same proof without the modes that others can stand in for, the initial one first of all."""
    best = certificate
    for name in certificate.modes if len(certificate.modes) <= MAX_SLIMMED else ():
        rest = {other: mode for other, mode in best.modes.items() if other != name}
        home = (best.start, best.start_values) if name != best.start else _home(certificate, rest)
        if home is None:
            continue
        try:
            smaller = certify(
                certificate.problem, certificate.weights, rest, *home, watch, products=certificate.multiplies
            )
        except LimitReached:
            break
        if isinstance(smaller, Certificate):
            best = smaller
    return best


def _home(certificate: Certificate, modes: Mapping[str, Mode]) -> tuple[str, Mapping[str, Fraction]] | None:
    """Which of these modes the initial state is in, and at which values."""
    start = CellSystem(certificate.problem.spec, certificate.weights).start()
    for name, mode in modes.items():
        values = {variable: start.coordinate(variable) for variable in mode.variables}
        numbers = {variable: form.constant for variable, form in values.items()}
        whole = all(numbers[variable].denominator == 1 for variable, integer in mode.variables.items() if integer)
        if whole and _matches(mode, start, values) and all(row.holds_at(numbers) for row in mode.where):
            return name, numbers
    return None


class _Certifier:
    def __init__(
        self,
        problem: Problem,
        weights: Weights,
        modes: Mapping[str, Mode],
        watch: Watch,
        landings: Landings | None,
        products: bool,
    ) -> None:
        self._watch = watch
        self._products = products
        self._landings = landings or self._by_coordinates
        self._spec = problem.spec
        self._system = CellSystem(problem.spec, weights)
        self._inputs = Inputs(problem.spec)
        # Modes that are single joint states are found by that state; the others are tried in turn.
        self._single: dict[object, Mode] = {}
        self._wide: list[Mode] = []
        self._joints = {name: _joint(mode) for name, mode in modes.items()}
        for name, mode in modes.items():
            if mode.variables:
                self._wide.append(mode)
            else:
                self._single.setdefault(self._joints[name].key(), mode)

    def cases(self, mode: Mode) -> tuple[Case, ...]:
        joint = self._joints[mode.name]
        region = self._inputs.region(mode.where, mode.variables)
        found: list[Case] = []
        for chosen, inputs in self._inputs.cases:
            tree = explore(region, partial(self._step, mode, joint, inputs), self._watch, products=self._products)
            found.append(Case(chosen, self._node(mode, joint, inputs, tree)))
        return tuple(found)

    def _step(self, mode: Mode, joint: Joint, inputs: Mapping[str, Value], oracle: Forking) -> _Outcome:
        region = oracle.region
        given = bind_values(inputs, region)
        moved = self._system.step(joint.bind(region), given, oracle)
        if moved is None:
            return None
        judgement = judge(self._spec, moved, oracle)
        if isinstance(judgement, Missed):
            return judgement
        found = self._landing(mode, oracle, given, moved.joint, judgement)
        if found is None:
            # Perhaps only because the case covers several modes: then it is cut, if it can be.
            raise OutsideFragment(f"the next state ({_describe(moved.joint)}) is in no mode")
        return found

    def _node(self, mode: Mode, joint: Joint, inputs: Mapping[str, Value], tree: Tree[_Outcome]) -> Node:
        match tree:
            case Empty():
                return tree
            case Fork(condition, holds, fails):
                return Split(condition, self._node(mode, joint, inputs, holds), self._node(mode, joint, inputs, fails))
            case Equation(variable, value, at_least, at_most, then):
                return Pinned(variable, value, at_least, at_most, self._node(mode, joint, inputs, then))
            case Multiplication(variable, left, right, then):
                return Multiplied(variable, left, right, self._node(mode, joint, inputs, then))
            case Outside(region, reason):
                raise _Failed(_failure(mode, joint, inputs, region, reason))
            case Leaf(region, _, outcome):
                match outcome:
                    case None:
                        return Broken()
                    case Missed():
                        raise _Failed(_failure(mode, joint, inputs, region, str(outcome)))
                    case Lands():
                        return outcome
            case _:
                assert_never(tree)

    def _landing(
        self, mode: Mode, oracle: Forking, given: Mapping[str, Value], joint: Joint, kept: Kept
    ) -> Lands | None:
        region, gates = oracle.region, oracle.gates
        between: list[Row] = []
        readout = {unit: _required(follows(region, goal)) for unit, goal in kept.readout}
        single = self._single.get(joint.key())
        if single is not None:
            return Lands(single.name, {}, gates, (), readout)
        for target, values in self._landings(mode, region, given, joint):
            if not _matches(target, joint, values):
                continue
            if any(
                whole and not is_integral(values[name], region.integers) for name, whole in target.variables.items()
            ):
                continue
            rows = [normalised(row.form.substitute(values), row.strict, region.integers) for row in target.where]
            proofs = [follows(region, row) for row in rows]
            if all(proof is not None for proof in proofs):
                return Lands(target.name, values, gates, tuple(_required(proof) for proof in proofs), readout)
            if not any(follows(region, negated(row, region.integers)) is not None for row in rows):
                between += [row for row, proof in zip(rows, proofs, strict=True) if proof is None and not row.strict]
        if between:
            # Some of these states are in a mode, and some are not: the step is cut between them.
            oracle.at_least_zero(between[0].form)
        return None

    def _by_coordinates(
        self, _mode: Mode, _region: Region, _given: Mapping[str, Value], joint: Joint
    ) -> Iterator[tuple[Mode, Mapping[str, Affine]]]:
        for target in self._wide:
            yield target, {name: joint.coordinate(name) for name in target.variables}


def _failure(mode: Mode, joint: Joint, inputs: Mapping[str, Value], region: Region, why: str) -> Failure:
    try:
        point = point_in(region.rows, region.integers) or {}
    except LimitReached:
        point = {}
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
    return Joint(mode.registers, each(mode.c, settled), each(mode.h, settled))


def _matches(mode: Mode, joint: Joint, values: Mapping[str, Affine]) -> bool:
    """Does the mode's map, at these values of its variables, give exactly this joint state?"""
    for name, wanted in mode.registers.items():
        if (wanted if isinstance(wanted, str) else wanted.substitute(values)) != joint.registers[name]:
            return False
    pairs = [*zip(mode.c, joint.c, strict=True), *zip(mode.h, joint.h, strict=True)]
    return all(settled(form.substitute(values)) == entry for form, entry in pairs)


def _describe(joint: Joint) -> str:
    registers = [f"{name} = {show(value)}" for name, value in joint.registers.items()]
    return ", ".join([*registers, f"c = ({', '.join(map(show, joint.c))})", f"h = ({', '.join(map(show, joint.h))})"])


def _required(proof: Multipliers | None) -> Multipliers:
    assert proof is not None
    return proof
