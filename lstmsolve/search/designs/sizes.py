"""Classes of designs of one hidden size: by which maps, on which table, by which engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Final

from lstmsolve.encoder import DesignQuery, Logic, MapClass
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.obligations.tables.telling import codes
from lstmsolve.obligations.tables.transitions import TransitionTable
from lstmsolve.search.designs.questions import ANNEAL, MANY_MODES, SEEDS, Class, TooFew
from lstmsolve.search.designs.tables import Tables, is_saturable

FINEST_LEVELS: Final = 6
"""Maps over 0, 1/m, …, 1 are tried for m up to this."""


@dataclass(frozen=True, slots=True)
class Grain:
    """How fine maps and weights are."""

    counts: tuple[int, ...]
    """Maps over 0, 1/m, …, 1 are tried for each of these m, of which 1 is the first."""
    grid: int
    """Weights are multiples of 1 over this; 0: any numbers."""


ANY_GRAIN: Final = Grain(tuple(range(1, FINEST_LEVELS + 1)), 0)

DYADIC_GRAIN: Final = Grain((1, 2, 4), 4)
"""Numbers that floats hold."""

LARGEST_ANNEALED: Final = 256
"""Modes of a spec whose codes are annealed: every two of them are compared."""

TALLY: Final = (MapClass(Logic.AUXILIARY, (Fraction(0), Fraction(1))),)


@dataclass(frozen=True)
class Size:
    """What is asked for at one hidden size."""

    problem: Problem
    """With this size."""
    tables: Tables
    seed: int
    logics: Collection[Logic]
    grain: Grain
    effort: int | None

    def asked(
        self, label: str, classes: Iterable[MapClass], modes: TransitionTable, seed: int | None = None
    ) -> Iterator[Class]:
        problem, seed = self.problem, self.seed if seed is None else seed
        chosen = tuple(wanted for wanted in classes if wanted.logic in self.logics)
        if chosen:
            cell, free = problem.cell(), (problem.choice.free_c, problem.choice.free_h)
            always, initial = problem.spec.always, problem.initial_state(cell.hidden)
            query = DesignQuery(
                modes, cell, initial, problem.constraints, chosen, seed, *free, always, self.grain.grid, self.effort
            )
            yield Class(f"hidden size {cell.hidden}, {label}", problem, modes, query)

    @property
    def tallies(self) -> bool:
        """Are saturated designs sought on tables with sinks and ghosts?"""
        return Logic.AUXILIARY in self.logics and is_tally(self.problem)

    @property
    def is_large(self) -> bool:
        """Are there so many modes that threshold units alone are asked for first, by several engines?"""
        table = self.tables.plain
        return is_saturable(self.problem) and table.is_finite and len(table.modes) > MANY_MODES

    @cached_property
    def too_few(self) -> TooFew | None:
        table = self.tables.plain
        every = len(_thresholds(self.problem, table)) + len(_levels(self.grain))
        few = table.is_finite and len(self.thresholds) + len(self.levels) < every
        asked = not {Logic.SATURATED, Logic.LINEAR}.isdisjoint(self.logics)
        return TooFew(self.problem, self.tables.told_apart) if few and asked else None

    @cached_property
    def thresholds(self) -> list[MapClass]:
        """Classes of threshold units with enough codes for the modes."""
        return self._with_codes(_thresholds(self.problem, self.tables.plain), either=True)

    @cached_property
    def levels(self) -> list[MapClass]:
        return self._with_codes(_levels(self.grain), either=False)

    def _with_codes(self, classes: list[MapClass], *, either: bool) -> list[MapClass]:
        table, hidden = self.tables.plain, self.problem.cell().hidden
        if not table.is_finite:
            return classes
        return [one for one in classes if codes(table, one.levels, either) ** hidden >= self.tables.told_apart]

    @property
    def bits(self) -> list[MapClass]:
        return [one for one in self.thresholds if one.levels == whole(1)]

    @property
    def counts(self) -> list[MapClass]:
        return [one for one in self.thresholds if one.levels != whole(1)]

    def with_sinks(self) -> list[Class]:
        table = self.tables.auxiliary if self.tallies else None
        return [] if table is None else list(self.asked("maps with sinks and ghosts", TALLY, table))

    def plainly(self) -> list[Class]:
        classes = [*self.bits, *(one for one in self.levels if one.levels == parts(1)), *self.counts]
        return list(self.asked("maps of 0, 1, registers and small counts", classes, self.tables.plain))

    def by_engines(self) -> tuple[list[Class], list[Class]]:
        """Threshold units, by z3 and annealed, a pair for each seed; none are annealed where that cannot be."""
        table = self.tables.plain
        by_z3 = [
            replace(question, is_threshold=True)
            for other in range(self.seed, self.seed + SEEDS)
            for question in self.asked(f"threshold units, seed {other}", self.bits, table, seed=other)
        ]
        annealed = [replace(one, label=f"{one.label}, annealed", function=ANNEAL) for one in by_z3]
        if not _is_annealable(self.problem, table):
            annealed = []
        return by_z3, annealed


def _is_annealable(problem: Problem, table: TransitionTable) -> bool:
    """Is every step a single input in a single state, are there few enough states, and says each unit one output?"""
    if problem.choice.free or problem.spec.always or any(mode.mixed for mode in table.modes.values()):
        return False
    return len(table.modes) <= LARGEST_ANNEALED and not any(step.region.variables for step in table.transitions)


def is_tally(problem: Problem) -> bool:
    """Does a cell never fall below 0, and show what it holds?"""
    cell = problem.cell()
    starts = problem.initial_state(cell.hidden).c
    return is_saturable(problem) and cell.output is Activation.IDENTITY and min(starts) >= 0


def tops(table: TransitionTable) -> list[int]:
    """How far units count."""
    return [2**k for k in range(len(table.modes).bit_length())] if table.is_finite else [1]


def _thresholds(problem: Problem, table: TransitionTable) -> list[MapClass]:
    return [MapClass(Logic.SATURATED, whole(top)) for top in tops(table) if is_saturable(problem)]


def _levels(grain: Grain) -> list[MapClass]:
    return [MapClass(Logic.LINEAR, parts(count)) for count in grain.counts]


def parts(count: int) -> tuple[Fraction, ...]:
    """0, 1/count, …, 1."""
    return tuple(Fraction(k, count) for k in range(count + 1))


def whole(top: int) -> tuple[Fraction, ...]:
    """0, 1, …, top."""
    return tuple(Fraction(k) for k in range(top + 1))
