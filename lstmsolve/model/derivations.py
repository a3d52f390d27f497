"""Derivation cases as their files write them, and what `derive` answers: plain texts and numbers.

What the texts mean is read in `derivation`; nothing here depends on it, so that formats,
command line and reports can speak of derivations without loading sympy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, TypeAlias

from lstmsolve.kernel.spec.domains import Domain


@dataclass(frozen=True, slots=True)
class OneHot:
    """An input of 0s and one 1 along its last index."""


@dataclass(frozen=True, slots=True)
class ClassIndex:
    """An input that is an index itself, within this range: `0..K-1`."""

    span: str


InputDomain: TypeAlias = Domain | OneHot | ClassIndex


@dataclass(frozen=True, slots=True)
class ClaimText:
    """A formula that somebody wrote by hand."""

    id: str
    text: str
    """`left = right`; a text that starts with `=` continues the chain of the claim before it."""
    place: str
    """Where it stands in the source."""
    said: str = ""
    """How it is to be shown, where the text was made of something else: a line in matrix notation."""
    turned: tuple[tuple[str, str], ...] = ()
    """What was transposed so that shapes fit: why, and what is to be written."""
    chained: bool = False
    """Did the line start with `=`, though the text here has a left side?"""


@dataclass(frozen=True, slots=True)
class DerivationCase:
    """Recurrences, a loss, and claims about derivatives. Keys carry their indices: `h[n]`."""

    name: str
    title: str
    source: str
    sizes: Mapping[str, str]
    time: Mapping[str, str]
    indices: Mapping[str, str]
    inputs: Mapping[str, InputDomain]
    parameters: Mapping[str, Domain]
    let: Mapping[str, str]
    """Abbreviations: put in before anything is differentiated, so never a δ of their own."""
    signals: Mapping[str, str]
    before: Mapping[str, Fraction]
    """What a name is at times before 0."""
    loss: Mapping[str, str]
    given: Mapping[str, str]
    """Instead of a loss: `ε[n]` is the name of `∂L/∂h[n]`."""
    names: Mapping[str, str]
    """Short names of derivatives: `δ_h[n]` for `dL/dh[n]`."""
    kinks: tuple[str, ...]
    """Functions with kinks that may be used, at the documented slopes there."""
    claims: tuple[ClaimText, ...]
    assume: Mapping[str, Fraction] = field(default_factory=dict)
    """Promises about inputs: a sum over one index, and what it comes to."""
    shapes: Mapping[str, str] = field(default_factory=dict)
    """Sizes of vectors and matrices, `H` or `H, D`; formulas are in matrix notation where there are any."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """Numbers at which a claim fails: put them in, and the two sides differ."""

    sizes: Mapping[str, int]
    indices: Mapping[str, int]
    """The free indices of the claim."""
    parameters: Mapping[str, str]
    inputs: Mapping[str, str]
    unknowns: Mapping[str, str]
    """Numbers tried for names that the claim uses and nobody defines."""
    left: str
    """The derivative's true value, to 30 digits."""
    right: str
    """What the claim says it is; or why it says nothing."""


@dataclass(frozen=True, slots=True)
class ClaimHolds:
    """The claim is proved for all sizes, and agrees with the unrolled net wherever it was tried."""

    id: str
    claim: str
    latex: str
    place: str
    evidence: str
    """How it was proved, and where it was tried."""
    holds: ClassVar[bool | None] = True


@dataclass(frozen=True, slots=True)
class ClaimFails:
    """The claim is ill-formed, or false at a witness."""

    id: str
    claim: str
    latex: str
    place: str
    why: str
    witness: Witness | None
    """None where the claim makes no sense, yet its value agrees wherever it was tried."""
    corrected: str
    corrected_latex: str
    change: str
    """What the correction changes, in words."""
    carried_from: str | None
    """The earlier claim whose slip this one repeats, if that accounts for it."""
    slips: tuple[str, ...] = ()
    """The kinds of slip that the correction mends, in words, such as `sign`; none for the derived formula."""
    repeats: str | None = None
    """The earlier claim that has slips of the same kinds."""
    holds: ClassVar[bool | None] = False


@dataclass(frozen=True, slots=True)
class ClaimOpen:
    """Neither proved nor refuted: trials that all agree prove nothing, and are no reason to say that a claim holds."""

    id: str
    claim: str
    latex: str
    place: str
    why: str
    holds: ClassVar[bool | None] = None


ClaimReport: TypeAlias = ClaimHolds | ClaimFails | ClaimOpen


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation: `says` in words, then the formula in both notations."""

    says: str
    text: str
    latex: str


@dataclass(frozen=True, slots=True)
class Derived:
    """How one derivative comes about, the last step being the result."""

    of: str
    latex: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Derivation:
    """What `derive` answers: the formulas it derived, and its judgement of every claim."""

    case: DerivationCase
    derived: tuple[Derived, ...]
    claims: tuple[ClaimReport, ...]
    reason: str

    @property
    def verdict(self) -> str:
        """`holds`, `fails`, or `unknown` where no claim fails and some are open."""
        if any(claim.holds is False for claim in self.claims):
            return "fails"
        return "unknown" if any(claim.holds is None for claim in self.claims) else "holds"
