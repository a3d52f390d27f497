"""Judging families: members that are in no known region, and solutions that are no members.

Both are points of sets over the weights. A set without points is an answer by itself, proved by
exact linear arithmetic. A point is only a suspect: it is settled like any other weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights, parameters
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import FailingMember, Family
from lstmsolve.model.watch import Part, Watch
from lstmsolve.model.weight_sets import All, WeightSet, complement, weights_at
from lstmsolve.obligations.weights.points import plain_point_of, point_of
from lstmsolve.obligations.weights.regions import integers_of, weights_allowed
from lstmsolve.verifier.refuter import Refuted
from lstmsolve.verifier.settle import settle

TRIES: Final = 24
"""Suspects that are settled before a question is left open."""

SETTLE_SECONDS: Final = 5.0

Accept: TypeAlias = Callable[[Certificate], bool]
"""The checker, which lives on the same floor."""


@dataclass(frozen=True, slots=True)
class Proven:
    """There are no suspects at all."""


@dataclass(frozen=True, slots=True)
class Open:
    """Suspects remain, none of them guilty so far."""

    reason: str


SoundnessAnswer: TypeAlias = Proven | FailingMember | Open
CompletenessAnswer: TypeAlias = Proven | Weights | Open


@dataclass(frozen=True)
class Members:
    """The members of a family that also satisfy the case's own conditions on weights."""

    problem: Problem
    family: Family
    weights: WeightSet
    demands: WeightSet

    @property
    def integers(self) -> frozenset[str]:
        cell = self.problem.cell()
        return integers_of(self.family.constraints, cell) | integers_of(self.problem.constraints, cell)

    @property
    def all(self) -> WeightSet:
        return All((self.weights, self.demands))


def members_of(problem: Problem, family: Family, watch: Watch) -> Members:
    """The members, as a set over the weights of a problem with one hidden size.

    Raises:
        LimitReached: a condition falls into too many cases.
    """
    cell = problem.cell()
    demands = weights_allowed(problem.constraints, cell, watch)
    return Members(problem, family, weights_allowed(family.constraints, cell, watch), demands)


def is_empty(members: Members, watch: Watch) -> bool:
    """Has the family no members?"""
    return point_of(members.all, members.integers, watch) is None


def failing_member(members: Members, region: WeightSet, accept: Accept, watch: Watch) -> SoundnessAnswer:
    """A member that fails, or the proof that all members lie in the region."""
    strays = All((members.all, complement(region)))
    right = 0
    for weights in _suspects(strays, members.problem, members.integers, watch):
        settlement = settle(members.problem, weights, Part(watch, SETTLE_SECONDS))
        if isinstance(settlement, Refuted):
            return FailingMember(weights, settlement.counterexample)
        right += isinstance(settlement, Certificate) and accept(settlement)
    if point_of(strays, members.integers, watch) is None:
        return Proven()
    return Open(f"members beyond the maps that are known were tried, and {right} of {TRIES} proved right")


def solution_outside(members: Members, region: WeightSet, accept: Accept, watch: Watch) -> CompletenessAnswer:
    """Weights of the region that are no members, or the proof that there are none."""
    solutions = All((region, members.demands))
    holes = All((solutions, complement(members.weights)))
    own = integers_of(members.problem.constraints, members.problem.cell())
    for weights in _suspects(holes, members.problem, own, watch):
        settlement = settle(members.problem, weights, Part(watch, SETTLE_SECONDS))
        if isinstance(settlement, Certificate) and accept(settlement):
            return weights
    if point_of(holes, own, watch) is not None:
        return Open("weights outside the family keep a map, but were not proved in time")
    if not members.family.constraints.integer or members.problem.constraints.integer:
        return Proven()
    return _fractional(members, solutions, accept, watch)


def _fractional(members: Members, solutions: WeightSet, accept: Accept, watch: Watch) -> CompletenessAnswer:
    """A solution in which some weight is not whole, for families of whole weights."""
    names = sorted(integers_of(members.family.constraints, members.problem.cell()))
    point = point_of(solutions, (), watch, dict.fromkeys(names, Fraction(1, 2)))
    if point is not None and any(value.denominator != 1 for value in point.values()):
        weights = weights_at(point, members.problem)
        settlement = settle(members.problem, weights, Part(watch, SETTLE_SECONDS))
        if isinstance(settlement, Certificate) and accept(settlement):
            return weights
    return Open("no solution with weights that are not whole was found")


def _suspects(weights: WeightSet, problem: Problem, whole: frozenset[str], watch: Watch) -> Iterator[Weights]:
    """Points of a set, the plainest first, then ones near random places."""
    random = Random(0)
    names = [place.name for place in parameters(problem.cell())]
    seen: set[tuple[Fraction, ...]] = set()
    for attempt in range(TRIES):
        centre: Mapping[str, Fraction] = {name: Fraction(random.randint(-3, 3)) for name in names if attempt}
        try:
            point = point_of(weights, whole, watch, centre) if whole else plain_point_of(weights, names, watch, centre)
        except LimitReached:
            watch.check()
            continue
        if point is None:
            return
        key = tuple(point.get(name, ZERO) for name in names)
        if key not in seen:
            seen.add(key)
            yield weights_at(point, problem)
