"""Looking for a design: weights together with the refinement map that shows them right.

Classes of designs are tried from small to large. Each query runs in a worker process; of several
open queries the first design wins and the others are killed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.encoder import ANSWER, Design, DesignQuery, Logic, NoDesign, Undecided
from lstmsolve.model.certificates import Mode
from lstmsolve.model.errors import LimitReached, OutsideFragment
from lstmsolve.model.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.transitions import TransitionTable, edge_cuts, transition_table
from lstmsolve.workers import Crashed, Finished, Outcome, Race, Worker

FINEST_LEVELS: Final = 6
"""Maps over 0, 1/m, …, 1 are tried for m up to this."""

GRACE: Final = 1.0
"""Seconds that earlier classes have at least, once a later one has its design."""


@dataclass(frozen=True)
class Found:
    """A design and the modes it was found on."""

    design: Design
    table: TransitionTable
    problem: Problem
    """With the hidden size of the design."""

    def modes(self) -> dict[str, Mode]:
        """The modes of the proof: those of the spec, with the design's map."""
        c, h = self.design.c, self.design.h
        return {
            name: Mode(name, mode.variables, mode.where, mode.registers, c[name], h[name])
            for name, mode in self.table.modes.items()
        }


@dataclass(frozen=True, slots=True)
class NotFound:
    reason: str


SearchResult: TypeAlias = Found | NotFound


@dataclass(frozen=True)
class Class:
    """One class of designs at one hidden size, ready to be asked for."""

    label: str
    problem: Problem
    table: TransitionTable
    query: DesignQuery


def search(problem: Problem, sizes: Iterable[int], watch: Watch, jobs: int, seed: int) -> SearchResult:
    """A design of the first class, in order, that has one.

    Classes run `jobs` at a time. A design of a later class waits for the earlier ones for as long
    again as it took to come, so that the answer does not hang on who was faster by a hair.

    Raises:
        InputError: a hidden size does not fit the problem.
    """
    with Race() as race, Worker(ANSWER) as warm:
        classes = iter(_classes(problem, sizes, seed, watch))
        return _Ladder(classes, race, watch, jobs).climb(warm)


class _Ladder:
    """The classes in order, some of them running."""

    def __init__(self, classes: Iterator[Class], race: Race, watch: Watch, jobs: int) -> None:
        self._classes = classes
        self._race = race
        self._watch = watch
        self._jobs = jobs
        self._open: dict[Worker, tuple[int, Class]] = {}
        self._count = 0
        self._gave_up: list[str] = []
        self._empty: list[str] = []

    def climb(self, warm: Worker) -> SearchResult:
        best: tuple[int, Found] | None = None
        began = self._watch.remaining
        watch = self._watch
        try:
            self._start(warm)
            while self._open and (best is None or min(self._open.values(), key=_rank)[0] < best[0]):
                answered = self._race.next(watch)
                if answered is None:
                    self._watch.check()
                    break
                worker, outcome = answered
                rank, asked = self._open.pop(worker)
                found = self._judged(asked, outcome)
                if found is None:
                    if best is None:
                        self._start(None)
                elif best is None or rank < best[0]:
                    best = rank, found
                    watch = Part(self._watch, began - self._watch.remaining + GRACE)
        except (LimitReached, OutsideFragment) as error:
            self._gave_up.append(str(error))
        if best is not None:
            return best[1]
        self._gave_up += [f"{asked.label} was not settled in time" for _, asked in self._open.values()]
        return NotFound(self._summary())

    def _start(self, warm: Worker | None) -> None:
        """Fill the free places with the next classes."""
        while self._race.running < self._jobs:
            asked = next(self._classes, None)
            if asked is None:
                return
            self._watch.check()
            self._watch.say(f"searching {asked.label}")
            worker = self._race.run(warm or Worker(ANSWER), asked.query)
            warm = None
            self._open[worker] = (self._count, asked)
            self._count += 1

    def _judged(self, asked: Class, outcome: Outcome) -> Found | None:
        match outcome:
            case Finished(Design() as design):
                return Found(design, asked.table, asked.problem)
            case Finished(NoDesign()):
                self._empty.append(asked.label)
            case Finished(Undecided(reason)) | Crashed(reason):
                self._gave_up.append(f"{asked.label}: {reason}")
            case _:
                self._gave_up.append(f"{asked.label}: no answer")
        return None

    def _summary(self) -> str:
        parts = [f"no design with {label}" for label in self._empty] + self._gave_up
        return "; ".join(parts) if parts else "there was nothing to search"


def _rank(entry: tuple[int, Class]) -> int:
    return entry[0]


def _classes(problem: Problem, sizes: Iterable[int], seed: int, watch: Watch) -> Iterator[Class]:
    """For each hidden size: plain maps, maps on finer modes, maps with levels, and any reals."""
    table = transition_table(problem, watch)
    cuts = edge_cuts(table)
    finer = transition_table(problem, watch, cuts) if cuts else None
    for hidden in sizes:
        sized = problem.with_hidden(hidden)

        def asked(label: str, modes: TransitionTable, logic: Logic, parts: int = 1, sized: Problem = sized) -> Class:
            size = sized.cell().hidden
            levels = tuple(Fraction(k, parts) for k in range(parts + 1))
            query = DesignQuery(
                modes, sized.cell(), sized.initial_state(size), sized.constraints, logic, levels, seed=seed
            )
            return Class(f"hidden size {size}, {label}", sized, modes, query)

        yield asked("maps of 0, 1 and registers", table, Logic.LINEAR)
        if finer is not None:
            yield asked("such maps with the least values told apart", finer, Logic.LINEAR)
        for parts in range(2, FINEST_LEVELS + 1):
            yield asked(f"maps in steps of 1/{parts}", table, Logic.LINEAR, parts)
            if parts == 2 and table.is_finite:
                yield asked("maps of any reals", table, Logic.NONLINEAR)
