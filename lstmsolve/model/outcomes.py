"""What the verbs answer. Every verdict carries its evidence; `Unknown` carries its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.model.shown import Shown
from lstmsolve.model.tolerances import Tolerance
from lstmsolve.model.traces import Counterexample


@dataclass(frozen=True, slots=True, repr=False)
class Solved(Shown):
    """Weights were found, and their certificate has been checked."""

    verdict: ClassVar[str] = "solved"
    weights: Weights
    certificate: Certificate
    reason: str
    tolerance: Tolerance | None = None
    """How far the weights may move, where that was asked for and found."""
    log: tuple[str, ...] = ()
    """What was tried on the way, and how each attempt ended."""


@dataclass(frozen=True, slots=True, repr=False)
class Proved(Shown):
    """The given weights meet the spec at every length; the certificate has been checked."""

    verdict: ClassVar[str] = "proved"
    weights: Weights
    certificate: Certificate
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Refuted(Shown):
    """The given weights fail on a run that was replayed exactly."""

    verdict: ClassVar[str] = "refuted"
    weights: Weights
    counterexample: Counterexample
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Impossible(Shown):
    """No weights of this size exist; solvers agree on it."""

    verdict: ClassVar[str] = "impossible"
    claim: Impossibility
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Unknown(Shown):
    """Neither side was settled."""

    verdict: ClassVar[str] = "unknown"
    reason: str
    max_length: int | None
    """Every run of up to this many steps is right; None if nothing was checked."""
    weights: Weights | None = None
    log: tuple[str, ...] = ()
    """What was tried, and how each attempt ended."""


@dataclass(frozen=True, slots=True, repr=False)
class Accepted(Shown):
    """The certificate proves its statement, or solvers agree with the claim of impossibility."""

    verdict: ClassVar[str] = "accepted"
    certificate: Certificate | Impossibility
    statement: str


@dataclass(frozen=True, slots=True, repr=False)
class Rejected(Shown):
    """The certificate proves nothing."""

    verdict: ClassVar[str] = "rejected"
    reason: str


SolveOutcome: TypeAlias = Solved | Impossible | Unknown
VerifyOutcome: TypeAlias = Proved | Refuted | Unknown
CheckOutcome: TypeAlias = Accepted | Rejected | Unknown
Outcome: TypeAlias = Solved | Impossible | Proved | Refuted | Unknown | Accepted | Rejected
