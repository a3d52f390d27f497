"""What may be asked: classes of designs of one hidden size or of several, and whether there are any weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeGuard

from lstmsolve.encoder import ANSWER, Design, DesignQuery, RegistersQuery
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.obligations.strings.impossibility import ImpossibilityQuery
from lstmsolve.obligations.tables.transitions import TransitionTable
from lstmsolve.search.built.lines import LinesQuery

MANY_MODES: Final = 12
"""Beyond so many modes, how long a search takes hangs on its seed, and several run side by side."""

SEEDS: Final = 2
"""So many, each with z3 alone and with annealing."""

ANNEAL: Final = "lstmsolve.search.designs.neighbourhood:design_by_annealing"
"""What a worker runs on a `DesignQuery` for threshold units. Importing it imports numpy and z3."""


@dataclass(frozen=True)
class Class:
    """One class of designs at one hidden size, ready to be asked for."""

    label: str
    problem: Problem
    table: TransitionTable
    query: DesignQuery | RegistersQuery | LinesQuery
    function: str = ANSWER
    """What a worker runs on the query."""
    is_threshold: bool = False
    """Is it one of several that look for threshold units at this size?"""
    is_last: bool = False
    """Does its design give way to any other that is no larger, whatever was asked first?"""
    is_early: bool = False
    """May it be asked before its turn, where smaller sizes take long?"""

    def sized(self, design: Design) -> Problem:
        """The problem with the hidden size of the design."""
        return self.problem.with_hidden(design.weights.cell.hidden)


@dataclass(frozen=True)
class Existence:
    """Whether there is any design of a size at all."""

    problem: Problem
    query: ImpossibilityQuery

    @property
    def label(self) -> str:
        return f"hidden size {self.problem.choice.hidden}, any weights"


@dataclass(frozen=True)
class TooFew:
    """Classes without a design: they have fewer codes than there are modes to tell apart."""

    problem: Problem
    modes: int

    @property
    def label(self) -> str:
        return f"hidden size {self.problem.choice.hidden}, too few codes for {self.modes} states"


Question: TypeAlias = Class | Existence | TooFew


def size_of(question: Question) -> int:
    return question.problem.cell().hidden


def is_threshold(question: Question) -> bool:
    """Is it one of several that look for threshold units at its size?"""
    return isinstance(question, Class) and question.is_threshold


def effort_of(question: Class) -> int | None:
    """z3's limit; None: as long as it takes."""
    return question.query.effort if isinstance(question.query, DesignQuery) else None


def limited(question: Class, effort: int) -> Class:
    """The same with this limit, where it is about one size."""
    query = question.query
    return replace(question, query=replace(query, effort=effort)) if isinstance(query, DesignQuery) else question


def is_for_all_sizes(question: Question) -> bool:
    """Does its design give way to others?"""
    return isinstance(question, Class) and question.is_last


def is_early(question: Question) -> TypeGuard[Class]:
    """May it be asked before its turn?"""
    return isinstance(question, Class) and question.is_early


def is_heavy(question: Question) -> bool:
    """Does it take long, and several seeds?"""
    return isinstance(question, Class) and len(question.table.modes) > MANY_MODES
