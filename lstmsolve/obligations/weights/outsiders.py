"""The question whether any weights outside a set work, as plain data that travels between processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.weight_sets import WeightSet, complement, formula
from lstmsolve.obligations.strings.systems import EndlessString


@dataclass(frozen=True)
class OutsidersQuery:
    """Does anything satisfy the problem, its conditions on weights included? It has one hidden size."""

    problem: Problem
    seconds: float
    seed: int = 0


@dataclass(frozen=True)
class NobodyOutside:
    """No weights that satisfy the conditions do right on these strings, for all large K."""

    strings: tuple[EndlessString, ...]


@dataclass(frozen=True)
class MaybeOutside:
    """Weights that satisfy the conditions and that nothing has refuted."""

    weights: Weights


@dataclass(frozen=True, slots=True)
class NotSettled:
    reason: str


OutsidersAnswer: TypeAlias = NobodyOutside | MaybeOutside | NotSettled


def outside(problem: Problem, weights: WeightSet) -> Problem:
    """The same problem, with the condition that weights lie outside a set."""
    away = formula(complement(weights))
    constraints = replace(problem.constraints, where=(*problem.constraints.where, away))
    return replace(problem, constraints=constraints)
