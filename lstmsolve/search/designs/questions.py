"""What to ask for a problem, in which order: classes of designs from small to large, size by size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from importlib.util import find_spec
from typing import Final, TypeAlias

from lstmsolve.encoder import ANSWER, Design, DesignQuery, Logic, MapClass, RegistersQuery
from lstmsolve.kernel.base.affine import Row
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.stepping.coordinates import Whole
from lstmsolve.obligations.strings.impossibility import ImpossibilityQuery
from lstmsolve.obligations.tables.comparisons import comparison_cuts
from lstmsolve.obligations.tables.ghosts import with_ghosts
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.sinks import with_sinks
from lstmsolve.obligations.tables.telling import codes, told_apart
from lstmsolve.obligations.tables.transitions import TransitionTable, edge_cuts, transition_table
from lstmsolve.search.built.lines import LinesQuery, goes_on_a_line

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

LARGEST_SETTLED: Final = 2
"""Whether any design exists is asked up to this size: beyond it the solver has too much to guess."""

MANY_MODES: Final = 12
"""Beyond so many modes, how long a search takes hangs on its seed, and several run side by side."""

SEEDS: Final = 2
"""So many, each with z3 alone and with annealing."""

MOST_FOR_Z3: Final = 20
"""Beyond so many modes compiled annealing is so much faster than z3 that both places go to it."""

LARGEST_ANNEALED: Final = 256
"""Modes of a spec whose codes are annealed: every two of them are compared."""

ANNEAL: Final = "lstmsolve.search.designs.neighbourhood:design_by_annealing"
"""What a worker runs on a `DesignQuery` for threshold units. Importing it imports numpy and z3."""

ON_A_LINE: Final = "lstmsolve.search.built.lines:design_on_a_line"
"""What a worker runs on a `LinesQuery`. Running it imports numba."""

MOST_FEWER: Final = 3
"""Units by which what comes quickly of states on a line is undercut, each in a process of its own."""

BUILD: Final = "lstmsolve.search.built.registers:design_by_registers"
"""What a worker runs on a `RegistersQuery`. Importing it imports z3."""

AUXILIARY_SECONDS: Final = 10.0
"""For a table that the spec did not ask for."""

AHEAD_FROM: Final = 3
"""From this size on, what counters probably need is asked as well: two units for each register without a bound."""

SINKS: Final = 2
"""Ways to be lost that a design may tell apart. With one, some designs need more units."""


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


class _Tables:
    """The spec cut into modes, more or less finely; the finer ones once they are needed."""

    def __init__(self, problem: Problem, watch: Watch) -> None:
        self._problem = problem
        self._watch = watch
        self._coarse = transition_table(problem, watch, by_update=False)

    @cached_property
    def plain(self) -> TransitionTable:
        if self._coarse.is_finite:
            # Conditions of [property] tell states apart that owe the same.
            return self._coarse if self._problem.spec.always else merged(self._coarse)
        return transition_table(self._problem, self._watch)

    @cached_property
    def told_apart(self) -> int:
        """So many modes of the plain table have codes of their own."""
        return told_apart(self.plain)

    @cached_property
    def finer(self) -> TransitionTable | None:
        """With the least values of registers told apart, where that may help."""
        cuts = edge_cuts(self.plain)
        return transition_table(self._problem, self._watch, cuts) if cuts else None

    @cached_property
    def ghosted(self) -> TransitionTable | None:
        """With ghosts alone, where a register falls."""
        problem, ghosts = with_ghosts(self._problem, self._coarse)
        return self._with_ghosts(problem, ghosts, ()) if ghosts else None

    @property
    def unbounded(self) -> list[str]:
        """Registers that take any number of values."""
        return [one.name for one in self._coarse.partition.infinite if isinstance(one, Whole)]

    def registers(self) -> tuple[TransitionTable, ...]:
        """For designs whose units hold registers; none where the spec is finite."""
        if self._coarse.is_finite:
            return ()
        ghosted = self.ghosted if is_saturable(self._problem) else None
        return (self._coarse,) if ghosted is None else (self._coarse, ghosted)

    @cached_property
    def auxiliary(self) -> TransitionTable | None:
        """With ghosts for registers that fall, and sinks where registers go on that nobody needs any more."""
        return None if self._coarse.is_finite else self._auxiliary(())

    @cached_property
    def compared(self) -> TransitionTable | None:
        """The same, with the outcomes of comparisons told apart, where the spec compares registers."""
        cuts = comparison_cuts(self._problem.spec, self.unbounded)
        return self._auxiliary(cuts) if cuts else None

    def _auxiliary(self, cuts: tuple[Row, ...]) -> TransitionTable | None:
        """None as well where it takes too long, or too many modes, to say."""
        problem, ghosts = with_ghosts(self._problem, self._coarse)
        table = self._with_ghosts(problem, ghosts, cuts) if ghosts or cuts else self._coarse
        if table is None:
            return None
        table = with_sinks(table, problem, SINKS)
        return table if table.sinks or ghosts else None

    def _with_ghosts(self, problem: Problem, ghosts: tuple[str, ...], cuts: tuple[Row, ...]) -> TransitionTable | None:
        watch = Part(self._watch, AUXILIARY_SECONDS)
        try:
            return replace(transition_table(problem, watch, cuts, by_update=False), ghosts=ghosts)
        except (LimitReached, OutsideFragment):
            return None


def all_questions(
    problem: Problem,
    sizes: Sequence[int],
    seed: int,
    watch: Watch,
    logics: Collection[Logic],
    grain: Grain = ANY_GRAIN,
    effort: int | None = None,
) -> Iterator[Question]:
    """For each hidden size: maps with sinks and ghosts, plain ones, any design, finer modes, levels, any reals."""
    try:
        tables = _Tables(problem, watch)
    except OutsideFragment:
        # No modes to search on, but strings do not need any.
        yield from (Existence(p, ImpossibilityQuery(p, seed)) for p in map(problem.with_hidden, sizes))
        raise
    later: list[Question] = []
    tally = [MapClass(Logic.AUXILIARY, whole(1))]
    registers = _registers_asked(problem, sizes, tables, logics, grain)
    lines = _lines_asked(problem, sizes, seed, tables, logics) if not grain.grid and effort is None else iter(())
    for sized in map(problem.with_hidden, sizes):

        def asked(
            label: str,
            classes: Iterable[MapClass],
            modes: TransitionTable,
            seed: int = seed,
            sized: Problem = sized,
        ) -> Iterator[Class]:
            chosen = tuple(wanted for wanted in classes if wanted.logic in logics)
            if chosen:
                free = (sized.choice.free_c, sized.choice.free_h)
                always, initial = sized.spec.always, sized.initial_state(sized.cell().hidden)
                query = DesignQuery(
                    modes, sized.cell(), initial, sized.constraints, chosen, seed, *free, always, grain.grid, effort
                )
                yield Class(f"hidden size {sized.cell().hidden}, {label}", sized, modes, query)

        tallies = Logic.AUXILIARY in logics and is_tally(sized)
        if tallies and tables.auxiliary is not None:
            yield from asked("maps with sinks and ghosts", tally, tables.auxiliary)
        table = tables.plain
        tops = [2**k for k in range(len(table.modes).bit_length())] if table.is_finite else [1]
        thresholds = [MapClass(Logic.SATURATED, whole(top)) for top in tops if is_saturable(sized)]
        levels = [MapClass(Logic.LINEAR, parts(count)) for count in grain.counts]
        if table.is_finite:
            every, least = len(thresholds) + len(levels), tables.told_apart
            thresholds, levels = (
                [one for one in classes if codes(table, one.levels, either) ** sized.cell().hidden >= least]
                for classes, either in ((thresholds, True), (levels, False))
            )
            if len(thresholds) + len(levels) < every and not {Logic.SATURATED, Logic.LINEAR}.isdisjoint(logics):
                yield TooFew(sized, least)
        bits, counts = ([one for one in thresholds if (one.levels == whole(1)) is is_bits] for is_bits in (True, False))
        plain, parted = ([one for one in levels if (one.levels == parts(1)) is is_plain] for is_plain in (True, False))
        settled = sized.cell().hidden <= max(problem.least_hidden, LARGEST_SETTLED)
        existence = [Existence(sized, ImpossibilityQuery(sized, seed))] if settled else []
        if is_saturable(sized) and table.is_finite and len(table.modes) > MANY_MODES:
            by_z3 = [
                replace(question, is_threshold=True)
                for other in range(seed, seed + SEEDS)
                for question in asked(f"threshold units, seed {other}", bits, table, seed=other)
            ]
            annealed = [replace(one, label=f"{one.label}, annealed", function=ANNEAL) for one in by_z3]
            if not _is_annealable(sized, table):
                annealed = []
            first, rest = _in_turn(by_z3, annealed, len(table.modes), problem.choice.hidden is not None)
            yield from first[:1]
            yield from lines  # all that there is of them, beside the first size
            yield from first[1:]
            later += rest
            yield from existence
            later += [
                *asked(f"units that count to {tops[-1]}", counts, table),
                *asked(f"maps in steps of 1 to 1/{grain.counts[-1]}", levels, table),
                *asked("maps of any reals", [MapClass(Logic.NONLINEAR)], table),
            ]
            continue
        yield from asked("maps of 0, 1, registers and small counts", [*bits, *plain, *counts], table)
        yield from existence
        yield from registers  # all that there is of them, beside the first size
        if tallies and tables.auxiliary is not None and effort is None and sized.cell().hidden == AHEAD_FROM:
            likely = 2 * len(tables.unbounded)
            if likely > AHEAD_FROM and likely in sizes:
                larger, label = problem.with_hidden(likely), "maps with sinks and ghosts, ahead"
                yield from (replace(one, is_last=True) for one in asked(label, tally, tables.auxiliary, sized=larger))
        if tallies and tables.compared is not None:
            yield from asked("maps with sinks and ghosts, by comparisons", tally, tables.compared)
        rare: list[Question] = []
        finer = tables.finer
        if finer is not None:
            rare += asked("such maps with the least values told apart", plain, finer)
        rare += asked(f"maps in steps of 1/2 to 1/{grain.counts[-1]}", parted, table)
        if table.is_finite:
            rare += asked("maps of any reals", [MapClass(Logic.NONLINEAR)], table)
        if tallies and (tables.auxiliary is not None or tables.compared is not None):
            later += rare  # counters take more units, and no levels
        else:
            yield from rare
    yield from later


def _registers_asked(
    problem: Problem, sizes: Sequence[int], tables: _Tables, logics: Collection[Logic], grain: Grain
) -> Iterator[Class]:
    """A unit for each register: one question for all sizes, as it is quick where it has an answer."""
    largest = problem.with_hidden(max(sizes))
    if Logic.LINEAR not in logics or grain.grid or not _holds_registers(largest):
        return
    cut = tables.registers()
    if cut:
        fixed = problem.choice.hidden is not None
        query = RegistersQuery(cut, largest.cell(), largest.spec.width, exactly=fixed)
        yield Class("units that hold registers", largest, cut[0], query, BUILD, is_last=not fixed)


def _lines_asked(
    problem: Problem, sizes: Sequence[int], seed: int, tables: _Tables, logics: Collection[Logic]
) -> Iterator[Class]:
    """States on a line: few units for all sizes at once, then fewer, as many as were asked for if that is one size."""
    if Logic.LINEAR not in logics or not goes_on_a_line(problem) or find_spec("numba") is None:
        return
    largest, fixed = problem.with_hidden(max(sizes)), problem.choice.hidden
    for fewer in range(1 if fixed is not None else MOST_FEWER + 1):
        label = f"states on a line, {fewer} units fewer" if fewer else "states on a line"
        query = LinesQuery(problem, tables.plain, seed, fixed, fewer)
        yield Class(label, largest, tables.plain, query, ON_A_LINE, is_last=fixed is None)


def _in_turn(by_z3: list[Class], annealed: list[Class], modes: int, sized: bool) -> tuple[list[Class], list[Class]]:
    """The same question to two engines with two seeds each: those to begin with, and those for the end.

    Where the size is open, each size has one of each engine before the next one has its turn: z3 may refute it, and
    what nobody settles must not keep others waiting.
    """
    if not annealed or not by_z3:
        return by_z3, []
    pairs = list(zip(by_z3, annealed, strict=True))
    if not sized:
        return list(pairs[0]), [one for pair in pairs[1:] for one in pair]
    if modes > MOST_FOR_Z3 and find_spec("numba") is not None:
        return [*annealed, *by_z3], []
    return [one for pair in pairs for one in pair], []


def parts(count: int) -> tuple[Fraction, ...]:
    """0, 1/count, …, 1."""
    return tuple(Fraction(k, count) for k in range(count + 1))


def whole(top: int) -> tuple[Fraction, ...]:
    """0, 1, …, top."""
    return tuple(Fraction(k) for k in range(top + 1))


def size_of(question: Question) -> int:
    return question.problem.cell().hidden


def is_threshold(question: Question) -> bool:
    """Is it one of several that look for threshold units at its size?"""
    return isinstance(question, Class) and question.is_threshold


def _is_annealable(problem: Problem, table: TransitionTable) -> bool:
    """Is every step a single input in a single state, are there few enough states, and says each unit one output?"""
    if problem.choice.free or problem.spec.always or any(mode.mixed for mode in table.modes.values()):
        return False
    return len(table.modes) <= LARGEST_ANNEALED and not any(step.region.variables for step in table.transitions)


def is_for_all_sizes(question: Question) -> bool:
    """Does its design give way to others?"""
    return isinstance(question, Class) and question.is_last


def is_heavy(question: Question) -> bool:
    """Does it take long, and several seeds?"""
    return isinstance(question, Class) and len(question.table.modes) > MANY_MODES


def _holds_registers(problem: Problem) -> bool:
    """Does a cell hold any number as it is, without a layer, from 0 on?"""
    choice = problem.choice
    exact = choice.gate is Activation.CRELU and choice.output is Activation.IDENTITY
    return exact and not choice.free and choice.initial is None and not problem.spec.has_layer


def is_saturable(problem: Problem) -> bool:
    """Do cells write 0 or 1 where their gates are saturated?"""
    return problem.cell().candidate is Activation.CRELU


def is_tally(problem: Problem) -> bool:
    """Does a cell never fall below 0, and show what it holds?"""
    cell = problem.cell()
    starts = problem.initial_state(cell.hidden).c
    return is_saturable(problem) and cell.output is Activation.IDENTITY and min(starts) >= 0
