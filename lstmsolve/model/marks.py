"""Marks of answers: one file each, weights or a family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.outcomes import Proved, Refuted, Unknown
from lstmsolve.model.traces import Counterexample, EnclosedCounterexample


class Mark(Enum):
    RIGHT = "right"
    """Proved weights, or a family of nothing but solutions."""
    WRONG = "wrong"
    """Refuted weights, or a family with a member that fails."""
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    """No answer at all: the file is broken, too large, or of the wrong kind."""


Finding: TypeAlias = Proved | Refuted | Unknown | FamilyJudged | str
"""What was found out; a text says why nothing was."""


@dataclass(frozen=True, slots=True)
class Change:
    """One weight, and the value with which the others are right; proved."""

    weight: str
    value: Fraction

    def __str__(self) -> str:
        return f"right if {self.weight} = {show_number(self.value)}"


@dataclass(frozen=True)
class Marked:
    """One answer's mark, and why."""

    path: str
    mark: Mark
    verdict: str | None
    """As `verify` or `family` has it."""
    reason: str
    finding: Finding
    nearest: Change | None = None
    """For wrong weights: the smallest change of a single one that makes them right, where there is one."""
    repairs: tuple[str, ...] = ()
    """What was filled in or repaired on reading the answer."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Answers that fail in the same way."""

    what: str
    nearest: Change | None
    answers: tuple[Marked, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """What answers are worth."""

    right: Fraction
    near: Fraction = Fraction(0)
    """For weights that a single change makes right."""

    def of(self, marked: Marked) -> Fraction | None:
        """The points of an answer; None where its mark is open."""
        match marked.mark:
            case Mark.RIGHT:
                return self.right
            case Mark.WRONG:
                return self.near if marked.nearest is not None else Fraction(0)
            case Mark.UNREADABLE:
                return Fraction(0)
            case Mark.UNKNOWN:
                return None


def evidence(marked: Marked) -> str:
    """Why an answer has its mark, in one line, without its file's name."""
    match marked.finding:
        case Refuted(_, run):
            return f"fails on {inputs_line(run)}: h is {_shown(run)}, the spec says {_said(run.expected)}"
        case FamilyJudged(failing=failing) if failing is not None:
            named = failing.weights.nonzero().items()
            cell = failing.weights.cell
            member = ", ".join(f"{place.short_name(cell)}={show_number(value)}" for place, value in named)
            return f"the member {member or 'with all weights 0'} fails on {inputs_line(failing.counterexample)}"
        case _:
            return " ".join(marked.reason.split())


def mistakes(marks: Sequence[Marked]) -> list[Mistake]:
    """Wrong and unreadable answers by what is wrong with them, the most frequent first."""
    groups: dict[tuple[str, str], list[Marked]] = {}
    for marked in marks:
        if marked.mark in (Mark.WRONG, Mark.UNREADABLE):
            groups.setdefault((evidence(marked), str(marked.nearest)), []).append(marked)
    found = [Mistake(what, group[0].nearest, tuple(group)) for (what, _), group in groups.items()]
    return sorted(found, key=lambda mistake: -len(mistake.answers))


def inputs_line(run: Counterexample | EnclosedCounterexample) -> str:
    """The inputs of a run, cut in the middle where they are many."""
    steps = [":".join(map(show_number, x)) for x in run.trace.inputs]
    return ", ".join(steps if len(steps) <= 12 else [*steps[:6], f"… {len(steps) - 9} steps …", *steps[-3:]])


def _shown(run: Counterexample | EnclosedCounterexample) -> str:
    """What h is; where that is known up to narrow intervals, by its first digits."""
    if isinstance(run, Counterexample):
        return _said(run.actual)
    return ", ".join(f"{float((low + high) / 2):.6g}" for low, high in run.actual)


def _said(values: Sequence[Fraction | None]) -> str:
    return ", ".join("any" if value is None else show_number(value) for value in values)
