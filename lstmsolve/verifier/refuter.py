"""The shortest run on which weights fail: breadth-first over distinct joint states, exactly.

A node is a set of joint states reached by runs of one length: a single state, or, where inputs
are not enumerated and leave their mark, a family over the inputs so far. Each step splits a
family into cases (`obligations.branching`), so a whole level is searched before the next, whatever
the size of the input domain. Single states that were seen before are cut; if nothing is left, every
reachable state has been visited, which proves the weights right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final, TypeAlias

from lstmsolve.model.affine import ZERO, Affine, Row, normalised
from lstmsolve.model.cells import Weights
from lstmsolve.model.domains import domain_rows, enumerated
from lstmsolve.model.errors import LimitReached
from lstmsolve.model.evaluation import Value
from lstmsolve.model.expressions import Constant, NumericKind
from lstmsolve.model.problems import Problem
from lstmsolve.model.symbolic import Entry
from lstmsolve.model.traces import Counterexample
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.branching import Forking, Leaf, Outside, Region, explore, leaves
from lstmsolve.obligations.polyhedra import minimum, point_in
from lstmsolve.obligations.systems import (
    CONCRETE,
    CellSystem,
    Inputs,
    Joint,
    Missed,
    Moved,
    StepOracle,
    bind_values,
    judge,
    lifted,
)
from lstmsolve.verifier.replay import replayed
from lstmsolve.verifier.sampling import sampled_counterexample

MAX_STATES: Final = 200_000
MAX_FAMILY_CASES: Final = 200
SECONDS_FOR_SMALLER: Final = 0.5
"""A failing run of the least length is known: how long to look for one with smaller inputs."""

BEYOND: Final = 1_000
"""How far out an unbounded variable is sampled."""


@dataclass(frozen=True, slots=True)
class Refuted:
    counterexample: Counterexample
    shortest: bool
    """Was every shorter run looked at?"""


@dataclass(frozen=True, slots=True)
class Closed:
    """These are all the joint states there are, and none of them fails."""

    states: tuple[Joint, ...]


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The search ended without an answer: no run of up to `length` steps fails."""

    length: int
    reason: str


Refutation: TypeAlias = Refuted | Closed | Exhausted


@dataclass(frozen=True, slots=True)
class _Choice:
    """Numbers for the variables of a region."""

    region: Region
    point: Mapping[str, Fraction]

    def value(self, value: Value) -> Constant:
        if isinstance(value, str):
            return value
        form = self.region.bind(value)
        return form.at({name: self.point.get(name, ZERO) for name in form.variables})


@dataclass(frozen=True, slots=True)
class _Node:
    """A joint state, or a family of them over the variables of `region`; and how it was reached."""

    joint: Joint
    region: Region
    parent: _Node | None
    given: Mapping[str, Value]
    """The last input, over the variables of the region that was current then."""
    choice: _Choice | None
    """For a single state: the inputs that were chosen to reach it."""
    cost: Fraction

    def path(self, choice: _Choice) -> list[dict[str, Constant]]:
        """The inputs that lead here, given numbers for the variables still open."""
        inputs: list[dict[str, Constant]] = []
        node: _Node | None = self
        while node is not None and node.parent is not None:
            choice = node.choice or choice
            inputs.append({name: choice.value(value) for name, value in node.given.items()})
            node = node.parent
        return inputs[::-1]


_Outcome: TypeAlias = Moved | Missed | None
"""None: the promise of [assume] is broken."""

_NOWHERE: Final = Region((), frozenset(), frozenset())
_NOTHING: Final = _Choice(_NOWHERE, {})


def refute(
    problem: Problem, weights: Weights, watch: Watch, max_length: int | None = None, max_states: int = MAX_STATES
) -> Refutation:
    """A shortest counterexample, or all reachable states, or how far the search got.

    Among counterexamples of the least length, one with the smallest inputs is returned.
    """
    return _Search(problem, weights, watch, max_states).run(max_length)


class _Search:
    def __init__(self, problem: Problem, weights: Weights, watch: Watch, max_states: int) -> None:
        self._problem = problem
        self._weights = weights
        self._watch = watch
        self._system = CellSystem(problem.spec, weights)
        self._inputs = Inputs(problem.spec)
        self._left = max_states
        self._seen: set[object] = set()
        self._singles: list[Joint] = []
        self._complete = True
        """Has every run of the current length been looked at?"""
        self._candidates: list[tuple[Fraction, list[dict[str, Constant]]]] = []
        self._next: dict[object, _Node] = {}
        """The next level; single states under their key, families under themselves."""

    def run(self, max_length: int | None) -> Refutation:
        start = self._system.start()
        level = [_Node(start, _NOWHERE, None, {}, None, ZERO)]
        self._seen.add(start.key())
        self._singles.append(start)
        known = self._known_failure()
        verified = length = 0
        while level:
            if max_length is not None and length >= max_length:
                return Exhausted(verified, f"runs of up to {verified} steps were all tried")
            try:
                watch = self._watch
                if known is not None and len(known) == length + 1:
                    self._candidates.append((_size(known), known))
                    watch = Part(watch, SECONDS_FOR_SMALLER)
                for node in level:
                    watch.check()
                    self._expand(node, length, watch)
            except LimitReached as error:
                if known is not None:
                    self._candidates.append((_size(known), known))
                found = self._best()
                return Exhausted(verified, str(error)) if found is None else self._refuted(found, verified)
            length += 1
            self._watch.say(f"no counterexample of {length - 1} steps; {len(self._seen)} states seen")
            found = self._best()
            if found is not None:
                return self._refuted(found, verified)
            if self._complete:
                verified = length
            level = list(self._next.values())
            self._seen.update(self._next)
            self._singles += [node.joint for node in level if not node.region.variables]
            self._next = {}
        if self._complete:
            return Closed(tuple(self._singles))
        return Exhausted(verified, "some steps are not piecewise affine, so only samples of their inputs were tried")

    def _known_failure(self) -> list[dict[str, Constant]] | None:
        """A failing run to begin with, where inputs are not enumerated."""
        if all(enumerated(entry.domain) is not None for entry in self._problem.spec.inputs):
            return None
        return sampled_counterexample(self._problem, self._weights)

    def _refuted(self, found: Counterexample, verified: int) -> Refuted:
        return Refuted(found, len(found.trace.inputs) <= verified + 1)

    def _best(self) -> Counterexample | None:
        """The cheapest candidate that stands up to an exact replay."""
        for _, inputs in sorted(self._candidates, key=lambda candidate: (candidate[0], str(candidate[1]))):
            found = replayed(self._problem, self._weights, inputs)
            if found is not None:
                return found
        return None

    # --- one node ----------------------------------------------------------------------------

    def _expand(self, node: _Node, length: int, watch: Watch) -> None:
        free = {e.name: f"{e.name}@{length}" for e in self._problem.spec.inputs if enumerated(e.domain) is None}
        for _, inputs in self._inputs.cases:
            given = {name: Affine.variable(free[name]) if name in free else value for name, value in inputs.items()}
            if not free and not node.region.variables:
                self._settle(node, given, self._step(node.joint, given, CONCRETE), _NOWHERE)
                continue
            region = self._wider(node.region, free)
            try:
                tree = explore(region, partial(self._run, node, given), watch, MAX_FAMILY_CASES)
            except LimitReached:
                watch.check()  # out of time, or just too many cases for this family?
                self._settle_by_samples(node, given, region)
                continue
            for leaf in leaves(tree):
                match leaf:
                    case Leaf(where, _, outcome):
                        self._settle(node, given, outcome, where)
                    case Outside(where):
                        self._settle_by_samples(node, given, where)

    def _wider(self, region: Region, free: Mapping[str, str]) -> Region:
        """The region with room for this step's inputs."""
        entries = [entry for entry in self._problem.spec.inputs if entry.name in free]
        rows = [row for entry in entries for row in domain_rows(entry.domain, free[entry.name])]
        whole = {free[entry.name] for entry in entries if entry.kind == NumericKind(True)}
        return Region(
            (*region.rows, *rows), region.integers | whole, region.variables | set(free.values()), region.pins
        )

    def _run(self, node: _Node, given: Mapping[str, Value], oracle: Forking) -> _Outcome:
        return self._step(node.joint.bind(oracle.region), bind_values(given, oracle.region), oracle)

    def _step(self, joint: Joint, given: Mapping[str, Value], oracle: StepOracle) -> _Outcome:
        moved = self._system.step(joint, given, oracle)
        if moved is None:
            return None
        judgement = judge(self._problem.spec, moved, oracle)
        return judgement if isinstance(judgement, Missed) else moved

    def _settle(self, node: _Node, given: Mapping[str, Value], outcome: _Outcome, region: Region) -> None:
        match outcome:
            case None:
                return
            case Missed():
                for choice in self._choices_with(region, outcome.difference):
                    self._propose(node, given, choice)
            case Moved(joint):
                constant = not any(isinstance(value, Affine) and value.variables for value in joint.key())
                if not constant:
                    self._add(_Node(joint, region, node, given, None, ZERO))
                elif joint.key() not in self._seen:
                    smallest = self._choice(region)
                    if smallest is not None:
                        self._add(self._single(node, given, joint, smallest))

    def _settle_by_samples(self, node: _Node, given: Mapping[str, Value], region: Region) -> None:
        """Take steps on numbers, where the step as a whole is out of reach."""
        self._complete = False
        for choice in self._samples(region):
            here = _Node(node.joint, region, node.parent, node.given, choice, ZERO)
            self._try(here, given, choice)

    def _try(self, node: _Node, given: Mapping[str, Value], choice: _Choice) -> None:
        numbers = {name: lifted(choice.value(value)) for name, value in given.items()}
        registers = {name: lifted(choice.value(value)) for name, value in node.joint.registers.items()}
        c, h = (tuple(_number(choice, entry) for entry in part) for part in (node.joint.c, node.joint.h))
        outcome = self._step(Joint(registers, c, h), numbers, CONCRETE)
        match outcome:
            case Missed():
                self._propose(node, given, choice)
            case Moved(joint) if joint.key() not in self._seen:
                self._add(self._single(node, given, joint, choice))
            case _:
                return

    def _single(self, node: _Node, given: Mapping[str, Value], joint: Joint, choice: _Choice) -> _Node:
        last = _size([{name: choice.value(value) for name, value in given.items()}])
        before = _size(node.path(choice)) if node.region.variables else node.cost
        return _Node(joint, _NOWHERE, node, given, choice, before + last)

    def _propose(self, node: _Node, given: Mapping[str, Value], choice: _Choice) -> None:
        last = {name: choice.value(value) for name, value in given.items()}
        inputs = [*node.path(choice), last]
        self._candidates.append((_size(inputs), inputs))

    def _add(self, node: _Node) -> None:
        key = id(node) if node.region.variables else node.joint.key()
        known = self._next.get(key)
        if known is None:
            self._left -= 1
            if self._left < 0:
                raise LimitReached("too many distinct states")
        if known is None or node.cost < known.cost:
            self._next[key] = node

    # --- numbers for variables ---------------------------------------------------------------

    def _choice(self, region: Region, *rows: Row) -> _Choice | None:
        point = point_in([*region.rows, *rows], region.integers)
        return None if point is None else _Choice(region, point)

    def _choices_with(self, region: Region, difference: Affine) -> Iterator[_Choice]:
        """Small points where a form is positive, and where it is negative."""
        for sign in (1, -1):
            choice = self._choice(region, normalised(sign * difference, True, region.integers))
            if choice is not None:
                yield choice

    def _samples(self, region: Region) -> Iterator[_Choice]:
        """The smallest point, and points where each variable is least and greatest (or far out)."""
        goals: list[tuple[Row, ...]] = [()]
        for name in sorted(region.variables):
            for form in (Affine.variable(name), -Affine.variable(name)):
                least = minimum(region.rows, form)
                edge = -BEYOND if least is None else least[0]
                goals.append((normalised(-form + edge, False, region.integers),))
        for goal in goals:
            choice = self._choice(region, *goal)
            if choice is not None:
                yield choice


def _number(choice: _Choice, entry: Entry) -> Fraction:
    value = choice.value(Affine.lift(entry))
    assert isinstance(value, Fraction)
    return value


def _size(inputs: list[dict[str, Constant]]) -> Fraction:
    """How large inputs are; symbols weigh nothing."""
    return sum((abs(v) for given in inputs for v in given.values() if isinstance(v, Fraction)), ZERO)
