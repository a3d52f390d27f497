"""The question whether any weights of a size work at all, as plain data that travels between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.obligations.strings.systems import String


@dataclass(frozen=True)
class ImpossibilityQuery:
    """Is there any design at all? `problem` has one hidden size."""

    problem: Problem
    seed: int = 0


@dataclass(frozen=True)
class NobodyCan:
    """No weights of this size do right on these strings."""

    strings: tuple[String, ...]


@dataclass(frozen=True)
class Survivor:
    """Weights that did right on everything that was tried."""

    weights: Weights


@dataclass(frozen=True, slots=True)
class Unresolved:
    reason: str


ImpossibilityAnswer: TypeAlias = NobodyCan | Survivor | Unresolved
