"""What the verbs answer. Every verdict carries its evidence; `Unknown` carries its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, TypeAlias

from lstmsolve.kernel.lstm.cells import Parameter, Weights
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.model.floats import FloatName, FloatRun, FloatVerdict, Rounding
from lstmsolve.model.shown import Shown
from lstmsolve.model.tolerances import Tolerance
from lstmsolve.model.traces import Counterexample, EnclosedCounterexample

Proof: TypeAlias = Certificate | EnclosureCertificate
"""A proof for all lengths."""


@dataclass(frozen=True, slots=True)
class Move:
    """How far weights have moved from those that were given."""

    most: Fraction
    """The largest change of one weight."""
    place: Parameter
    """That weight."""
    relative: Fraction
    """The size of all changes as a part of that of the given weights (roots of sums of squares), to three digits."""


@dataclass(frozen=True, slots=True, repr=False)
class Solved(Shown):
    """Weights were found, and their certificate has been checked."""

    verdict: ClassVar[str] = "solved"
    weights: Weights
    certificate: Proof
    reason: str
    tolerance: Tolerance | None = None
    """How far the weights may move, where that was asked for and found."""
    floats: Mapping[FloatName, FloatVerdict] = field(default_factory=dict)
    """What holds of runs in float formats, where that was looked at."""
    log: tuple[str, ...] = ()
    """What was tried on the way, and how each attempt ended."""
    moved: Move | None = None
    """How far they are from weights that they were to be made of."""


@dataclass(frozen=True, slots=True, repr=False)
class Proved(Shown):
    """The given weights meet the spec at every length; the certificate has been checked."""

    verdict: ClassVar[str] = "proved"
    weights: Weights
    certificate: Proof
    reason: str
    floats: Mapping[FloatName, FloatVerdict] = field(default_factory=dict)
    """What holds of runs in float formats, where that was looked at."""
    rounding: Rounding | None = None
    """How these weights came from those given, where weights of few bits were asked for."""


@dataclass(frozen=True, slots=True, repr=False)
class Refuted(Shown):
    """The given weights fail on a run that was replayed exactly, or in enclosures that leave no doubt."""

    verdict: ClassVar[str] = "refuted"
    weights: Weights
    counterexample: Counterexample | EnclosedCounterexample
    reason: str
    rounding: Rounding | None = None
    """How these weights came from those given, where weights of few bits were asked for."""


@dataclass(frozen=True, slots=True, repr=False)
class RefutedInFloats(Shown):
    """The given weights fail in a float format, on a run that was made in it."""

    verdict: ClassVar[str] = "refuted"
    weights: Weights
    arithmetic: FloatName
    run: FloatRun
    reason: str
    floats: Mapping[FloatName, FloatVerdict] = field(default_factory=dict)


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
    floats: Mapping[FloatName, FloatVerdict] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    """What was tried, and how each attempt ended."""
    rounding: Rounding | None = None
    """How these weights came from those given, where weights of few bits were asked for."""
    horizon: HorizonCertificate | None = None
    """A proof up to `max_length`, where that is further than runs were tried; it has been checked."""


@dataclass(frozen=True, slots=True, repr=False)
class Accepted(Shown):
    """The certificate proves its statement, or solvers agree with the claim of impossibility."""

    verdict: ClassVar[str] = "accepted"
    certificate: Proof | HorizonCertificate | Impossibility
    statement: str
    floats: Mapping[FloatName, FloatVerdict] = field(default_factory=dict)
    """What the order-free criterion says of the certificate, where that was asked: proofs and no simulation."""


@dataclass(frozen=True, slots=True, repr=False)
class Rejected(Shown):
    """The certificate proves nothing."""

    verdict: ClassVar[str] = "rejected"
    reason: str


SolveOutcome: TypeAlias = Solved | Impossible | Unknown
VerifyOutcome: TypeAlias = Proved | Refuted | Unknown
FloatOutcome: TypeAlias = Proved | RefutedInFloats | Unknown
CheckOutcome: TypeAlias = Accepted | Rejected | Unknown
Outcome: TypeAlias = Solved | Impossible | Proved | Refuted | RefutedInFloats | Unknown | Accepted | Rejected
