"""The questions a search for designs asks, from small classes to large ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.encoder import ANSWER, DesignQuery, Logic, MapClass
from lstmsolve.model.cells import Activation, State
from lstmsolve.model.errors import OutsideFragment
from lstmsolve.model.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.quotients import merged
from lstmsolve.obligations.strings import ImpossibilityQuery
from lstmsolve.obligations.transitions import TransitionTable, edge_cuts, transition_table

FINEST_LEVELS: Final = 6
"""Maps over 0, 1/m, …, 1 are tried for m up to this."""

LARGEST_SETTLED: Final = 2
"""Whether any design exists is asked up to this size: beyond it the solver has too much to guess."""

MANY_MODES: Final = 12
"""Beyond so many modes, how long a search takes hangs on its seed, and several run side by side."""

SEEDS: Final = 2
"""So many, each with z3 alone and with annealing."""

LARGEST_ANNEALED: Final = 256
"""Modes of a spec whose codes are annealed: every two of them are compared."""

ANNEAL: Final = "lstmsolve.search.neighbourhood:design_by_annealing"
"""What a worker runs on a `DesignQuery` for threshold units. Importing it imports numpy and z3."""


@dataclass(frozen=True)
class Class:
    """One class of designs at one hidden size, ready to be asked for."""

    label: str
    problem: Problem
    table: TransitionTable
    query: DesignQuery
    function: str = ANSWER
    """What a worker runs on the query."""
    is_threshold: bool = False
    """Is it one of several that look for threshold units at this size?"""


@dataclass(frozen=True)
class Existence:
    """Whether there is any design of a size at all."""

    problem: Problem
    query: ImpossibilityQuery

    @property
    def label(self) -> str:
        return f"hidden size {self.problem.choice.hidden}, any weights"


Question: TypeAlias = Class | Existence


def all_questions(
    problem: Problem, sizes: Iterable[int], seed: int, watch: Watch, logics: Collection[Logic]
) -> Iterator[Question]:
    """For each hidden size: plain maps, any design at all, counting units, finer modes, maps with levels, any reals."""
    try:
        table = merged(transition_table(problem, watch))
    except OutsideFragment:
        # No modes to search on, but strings do not need any.
        yield from (Existence(p, ImpossibilityQuery(p, seed)) for p in map(problem.with_hidden, sizes))
        raise
    cuts = edge_cuts(table)
    finer = transition_table(problem, watch, cuts) if cuts else None
    later: list[Question] = []
    for sized in map(problem.with_hidden, sizes):
        initial = sized.initial_state(sized.cell().hidden)

        def asked(
            label: str,
            classes: Iterable[MapClass],
            modes: TransitionTable = table,
            seed: int = seed,
            sized: Problem = sized,
            initial: State = initial,
        ) -> Iterator[Class]:
            chosen = tuple(wanted for wanted in classes if wanted.logic in logics)
            if chosen:
                query = DesignQuery(modes, sized.cell(), initial, sized.constraints, chosen, seed)
                yield Class(f"hidden size {sized.cell().hidden}, {label}", sized, modes, query)

        tops = [2**k for k in range(len(table.modes).bit_length())] if table.is_finite else [1]
        thresholds = [MapClass(Logic.SATURATED, whole(top)) for top in tops if is_saturable(sized)]
        levels = [MapClass(Logic.LINEAR, parts(count)) for count in range(1, FINEST_LEVELS + 1)]
        settled = sized.cell().hidden <= max(len(problem.spec.outputs), LARGEST_SETTLED)
        existence = [Existence(sized, ImpossibilityQuery(sized, seed))] if settled else []
        if thresholds and table.is_finite and len(table.modes) > MANY_MODES:
            for other in range(seed, seed + SEEDS):
                for question in asked(f"threshold units, seed {other}", thresholds[:1], seed=other):
                    question = replace(question, is_threshold=True)
                    yield question
                    if _is_annealable(table):
                        yield replace(question, label=f"{question.label}, annealed", function=ANNEAL)
            yield from existence
            later += [
                *asked(f"units that count to {tops[-1]}", thresholds[1:]),
                *asked(f"maps in steps of 1 to 1/{FINEST_LEVELS}", levels),
                *asked("maps of any reals", [MapClass(Logic.NONLINEAR)]),
            ]
            continue
        yield from asked("maps of 0, 1, registers and small counts", [*thresholds[:1], *levels[:1], *thresholds[1:]])
        yield from existence
        if finer is not None:
            yield from asked("such maps with the least values told apart", levels[:1], finer)
        yield from asked(f"maps in steps of 1/2 to 1/{FINEST_LEVELS}", levels[1:])
        if table.is_finite:
            yield from asked("maps of any reals", [MapClass(Logic.NONLINEAR)])
    yield from later


def size_of(question: Question) -> int:
    return question.problem.cell().hidden


def is_threshold(question: Question) -> bool:
    """Is it one of several that look for threshold units at its size?"""
    return isinstance(question, Class) and question.is_threshold


def _is_annealable(table: TransitionTable) -> bool:
    """Is every step a single input in a single state, and are there few enough states?"""
    return len(table.modes) <= LARGEST_ANNEALED and not any(step.region.variables for step in table.transitions)


def is_heavy(question: Question) -> bool:
    """Does it take long, and several seeds?"""
    return isinstance(question, Class) and len(question.table.modes) > MANY_MODES


def parts(count: int) -> tuple[Fraction, ...]:
    """0, 1/count, …, 1."""
    return tuple(Fraction(k, count) for k in range(count + 1))


def whole(top: int) -> tuple[Fraction, ...]:
    """0, 1, …, top."""
    return tuple(Fraction(k) for k in range(top + 1))


def is_saturable(problem: Problem) -> bool:
    """Do cells write 0 or 1 where their gates are saturated?"""
    return problem.cell().candidate is Activation.CRELU
