"""What to ask for a problem, in which order: classes of designs from small to large, size by size."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Final

from lstmsolve.encoder import Logic, MapClass, RegistersQuery
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.strings.impossibility import ImpossibilityQuery
from lstmsolve.search.built.lines import LinesQuery, goes_on_a_line
from lstmsolve.search.designs.questions import Class, Existence, Question, limited
from lstmsolve.search.designs.sizes import ANY_GRAIN, TALLY, Grain, Size, parts, tops
from lstmsolve.search.designs.tables import Tables

LARGEST_SETTLED: Final = 2
"""Whether any design exists is asked up to this size: beyond it the solver has too much to guess."""

MOST_FOR_Z3: Final = 20
"""Beyond so many modes compiled annealing is so much faster than z3 that both places go to it."""

ON_A_LINE: Final = "lstmsolve.search.built.lines:design_on_a_line"
"""What a worker runs on a `LinesQuery`. Running it imports numba."""

EARLY_EFFORT: Final = 40_000_000
"""z3's limit (`rlimit`) for a size before its turn: some 6 to 8 processor seconds."""

MOST_FEWER: Final = 3
"""Units by which what comes quickly of states on a line is undercut, each in a process of its own."""

BUILD: Final = "lstmsolve.search.built.registers:design_by_registers"
"""What a worker runs on a `RegistersQuery`. Importing it imports z3."""


def all_questions(
    problem: Problem,
    sizes: Sequence[int],
    seed: int,
    watch: Watch,
    logics: Collection[Logic],
    grain: Grain = ANY_GRAIN,
    effort: int | None = None,
) -> Iterator[Question]:
    """For each hidden size: maps with sinks and ghosts, plain ones, any design, finer modes, levels, any reals.

    After the first class of all come those that may be asked `early`, which come again in their turn.
    """
    try:
        tables = Tables(problem, watch)
    except OutsideFragment:
        # No modes to search on, but strings do not need any.
        yield from (Existence(p, ImpossibilityQuery(p, seed)) for p in map(problem.with_hidden, sizes))
        raise
    later: list[Question] = []
    registers = _registers_asked(problem, sizes, tables, logics, grain)
    lines = _lines_asked(problem, sizes, seed, tables, logics) if not grain.grid and effort is None else iter(())
    every = [Size(problem.with_hidden(size), tables, seed, logics, grain, effort) for size in sizes]
    early = _early(every)
    for size in every:
        sized, asked = size.problem, size.asked
        yield from size.with_sinks()
        table = tables.plain
        if size.too_few is not None:
            yield size.too_few
        settled = sized.cell().hidden <= max(problem.least_hidden, LARGEST_SETTLED)
        existence = [Existence(sized, ImpossibilityQuery(sized, seed))] if settled else []
        if size.is_large:
            first, rest = _in_turn(*size.by_engines(), len(table.modes), problem.choice.hidden is not None)
            yield from first[:1]
            yield from early
            yield from lines  # all that there is of them, beside the first size
            yield from first[1:]
            later += rest
            yield from existence
            later += [
                *asked(f"units that count to {tops(table)[-1]}", size.counts, table),
                *asked(f"maps in steps of 1 to 1/{grain.counts[-1]}", size.levels, table),
                *asked("maps of any reals", [MapClass(Logic.NONLINEAR)], table),
            ]
            continue
        yield from size.plainly()
        yield from early
        yield from existence
        yield from registers  # all that there is of them, beside the first size
        if size.tallies and tables.compared is not None:
            yield from asked("maps with sinks and ghosts, by comparisons", TALLY, tables.compared)
        plain, parted = (
            [one for one in size.levels if (one.levels == parts(1)) is is_plain] for is_plain in (True, False)
        )
        rare: list[Question] = []
        finer = tables.finer
        if finer is not None:
            rare += asked("such maps with the least values told apart", plain, finer)
        rare += asked(f"maps in steps of 1/2 to 1/{grain.counts[-1]}", parted, table)
        if table.is_finite:
            rare += asked("maps of any reals", [MapClass(Logic.NONLINEAR)], table)
        if size.tallies and (tables.auxiliary is not None or tables.compared is not None):
            later += rare  # counters take more units, and no levels
        else:
            yield from rare
    yield from later


def _early(every: Sequence[Size]) -> Iterator[Class]:
    """What sizes begin with but the first: of counters, only as many units as they probably need."""
    for size in every[1:]:
        hidden, tables = size.problem.cell().hidden, size.tables
        begins = size.with_sinks()
        if begins:
            begins = begins if hidden == 2 * len(tables.unbounded) else []
        elif size.is_large:
            by_z3, annealed = size.by_engines()
            quick = len(tables.plain.modes) > MOST_FOR_Z3 and find_spec("numba") is not None
            begins = annealed[:1] if quick and annealed else _limited(by_z3[:1])
        else:
            begins = _limited(size.plainly())
        yield from (replace(one, is_early=True) for one in begins)


def _limited(classes: list[Class]) -> list[Class]:
    """As far as z3 gets in some seconds, since the next size may be easier."""
    return [limited(one, EARLY_EFFORT) for one in classes]


def _registers_asked(
    problem: Problem, sizes: Sequence[int], tables: Tables, logics: Collection[Logic], grain: Grain
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
    problem: Problem, sizes: Sequence[int], seed: int, tables: Tables, logics: Collection[Logic]
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


def _holds_registers(problem: Problem) -> bool:
    """Does a cell hold any number as it is, without a layer, from 0 on?"""
    choice = problem.choice
    exact = choice.gate is Activation.CRELU and choice.output is Activation.IDENTITY
    return exact and not choice.free and choice.initial is None and not problem.spec.has_layer
