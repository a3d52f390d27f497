"""How a call ended that another process was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Finished:
    """The function returned."""

    value: object


@dataclass(frozen=True, slots=True)
class Crashed:
    """The function raised, or its process died (out of memory, a solver's segmentation fault)."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The deadline passed and the process was killed."""


Outcome: TypeAlias = Finished | Crashed | TimedOut
