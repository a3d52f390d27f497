"""The tables of a spec that designs are looked for on: cut into modes more or less finely."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Final

from lstmsolve.kernel.base.affine import Row
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.lstm.cells import Activation
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Part, Watch
from lstmsolve.obligations.stepping.coordinates import Whole
from lstmsolve.obligations.tables.comparisons import comparison_cuts
from lstmsolve.obligations.tables.ghosts import with_ghosts
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.sinks import with_sinks
from lstmsolve.obligations.tables.telling import told_apart
from lstmsolve.obligations.tables.transitions import TransitionTable, edge_cuts, transition_table

AUXILIARY_SECONDS: Final = 10.0
"""For a table that the spec did not ask for."""

SINKS: Final = 2
"""Ways to be lost that a design may tell apart. With one, some designs need more units."""


class Tables:
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


def is_saturable(problem: Problem) -> bool:
    """Do cells write 0 or 1 where their gates are saturated?"""
    return problem.cell().candidate is Activation.CRELU
