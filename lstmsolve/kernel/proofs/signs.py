"""What one unit cannot say whatever the others do: a proof by signs, for every hidden size.

Without an output layer, unit k says output k. Its gates see the input x through weights of its own, and all that lies
behind, after the string p, as one number:

    s[γ](p, x) = w[γ] x + a[γ](p),        a[γ](p) = u[γ] h(p) + b[γ],        γ in f, i, c, o

Whatever the size, the other units and the start, a[γ](p) is some real number, the same for all x that may follow p.
With crelu gates f, i and o are 0 where s <= 0 and above 0 where s > 0; so is a crelu candidate, and an identity
candidate has the sign of s. As c = f c' + i g and h = o σ_o(c), signs of gates give signs of c and h, by the rule of
signs; where a positive and a negative number are added, any sign. What is owed of h has a sign, too.

So weights that meet a spec, of whatever size, give real numbers w[γ] and a[γ](p) whose signs lead to what is owed. The
proof that there are none is a tree. Each inner node says `s > 0` (or `-s > 0`) on one side, and the opposite on the
other. Each leaf shows that its side cannot be: the rows on the way have no common point, or none of the signs that are
left is one that is owed, or a lemma, which has such a tree itself, says that some conditions on the way exclude each
other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.lstm.cells import Activation, Gate
from lstmsolve.kernel.spec.problems import CellChoice, Problem
from lstmsolve.kernel.spec.specs import Demand, Relation

Signs: TypeAlias = frozenset[int]
"""Some of -1, 0 and 1: what the sign of a number can be."""

Word: TypeAlias = Sequence[Hashable]
"""The inputs so far, one or more; the gates in question are those of the last step."""

Condition: TypeAlias = tuple[Gate, int, Word]
"""A gate, 1 or -1, and a word: is sign times the gate's argument above 0 there?"""

NONE: Final[Signs] = frozenset((0,))
SOME: Final[Signs] = frozenset((1,))
ANY_SIGN: Final[Signs] = frozenset((-1, 0, 1))
_GATE: Final[Mapping[bool | None, Signs]] = {True: SOME, False: NONE, None: NONE | SOME}


@dataclass(frozen=True, slots=True)
class Decided:
    """Is sign times the gate's argument above 0, at a step of a string?"""

    gate: Gate
    sign: int
    string: int
    step: int
    above: SignNode
    not_above: SignNode


@dataclass(frozen=True, slots=True)
class Contradicted:
    """The conditions on the way, one row for each, have no common point."""

    multipliers: Mapping[int, Fraction]
    """By the row's position on the way from the root."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What is owed after a step of a string has none of the signs that are left."""

    string: int
    step: int


@dataclass(frozen=True, slots=True)
class Known:
    """The conditions of an earlier lemma are all on the way."""

    lemma: int


SignNode: TypeAlias = Decided | Contradicted | Missed | Known

Stated: TypeAlias = tuple[Gate, int, int, int, bool]
"""A gate, a sign, a string, a step: is sign times the gate's argument above 0 there?"""


@dataclass(frozen=True, slots=True)
class Lemma:
    """These conditions cannot all hold: a tree as of the whole, with the conditions on the way from the beginning."""

    conditions: tuple[Stated, ...]
    tree: SignNode


@dataclass(frozen=True, slots=True)
class SignProof:
    unit: int
    tree: SignNode
    lemmas: tuple[Lemma, ...] = ()
    """Each may use those before it, the tree all of them."""


def has_signs(problem: Problem) -> bool:
    """Is this a cell whose units say the outputs themselves, with gates that can be 0?"""
    choice = problem.choice
    return (
        not problem.spec.has_layer
        and choice.gate is Activation.CRELU
        and choice.candidate in (Activation.CRELU, Activation.IDENTITY)
        and choice.output in (Activation.IDENTITY, Activation.CRELU)
    )


def shown_signs(choice: CellChoice, unit: int, known: Mapping[Condition, bool], word: Word) -> Signs:
    """Which signs h of the unit can have after a word, as far as is known."""
    held = first_signs(choice, unit)
    for n in range(len(word)):
        so_far = word[: n + 1]
        kept = _times(_gate(known, Gate.FORGET, so_far), held)
        held = _plus(kept, _times(_gate(known, Gate.INPUT, so_far), _candidate(choice, known, so_far)))
    if choice.output is Activation.CRELU:
        held = frozenset(max(sign, 0) for sign in held)
    return _times(_gate(known, Gate.OUTPUT, word), held)


def owed_signs(demands: Iterable[Demand], unit: int) -> Signs:
    """Which signs h of the unit may have where these demands are met."""
    allowed = ANY_SIGN
    for demand in demands:
        if demand.bound.is_constant and len(demand.terms) == 1 and demand.terms[0][0] == unit:
            allowed &= _owed(demand, demand.terms[0][1])
    return allowed


def _owed(demand: Demand, factor: int) -> Signs:
    """The signs of h where factor h stands in the demand's relation to its bound."""
    bound = demand.bound.constant
    if demand.relation is Relation.EQUAL:
        return frozenset((factor * _sign(bound),))
    if bound > 0 or (bound == 0 and demand.relation is Relation.ABOVE):
        return frozenset((factor,))
    return frozenset((0, factor)) if bound == 0 else ANY_SIGN


def first_signs(choice: CellChoice, unit: int) -> Signs:
    """The signs of c[-1]."""
    if choice.free_c:
        return ANY_SIGN
    if choice.initial is None:
        return NONE
    return frozenset((_sign(choice.initial.c[unit]),))


def _gate(known: Mapping[Condition, bool], gate: Gate, word: Word) -> Signs:
    return _GATE[known.get((gate, 1, word))]


def _candidate(choice: CellChoice, known: Mapping[Condition, bool], word: Word) -> Signs:
    if choice.candidate is Activation.CRELU:
        return _gate(known, Gate.CANDIDATE, word)
    signs = ANY_SIGN
    for sign in (1, -1):
        above = known.get((Gate.CANDIDATE, sign, word))
        if above is not None:
            signs &= frozenset((sign,)) if above else ANY_SIGN - {sign}
    return signs


def _times(some: Signs, others: Signs) -> Signs:
    return frozenset(a * b for a in some for b in others)


def _plus(some: Signs, others: Signs) -> Signs:
    sums = (ANY_SIGN if a * b < 0 else frozenset((_sign(a + b),)) for a in some for b in others)
    return frozenset[int]().union(*sums)


def _sign(number: Fraction | int) -> int:
    return (number > 0) - (number < 0)
