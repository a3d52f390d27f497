"""Marks of answers: one file each, weights or a family."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.outcomes import Proved, Refuted, Unknown


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


@dataclass(frozen=True)
class Marked:
    """One answer's mark, and why."""

    path: str
    mark: Mark
    verdict: str | None
    """As `verify` or `family` has it."""
    reason: str
    finding: Finding
