"""The proof object: everything a sceptic needs to re-prove "for all lengths" with fractions alone.

A certificate names *modes*. A mode describes a set of joint states of reference machine and cell:
for every value of the mode's variables that satisfies `where`, the registers, c and h are the
affine functions given (the refinement map). The proof says that the initial state is in a mode
and that every step from a mode lands in a mode, with the outputs right on the way. For that, each
mode has one *case tree* for each combination of enumerated input values:

    Split    a condition on mode variables and inputs: holds on one side, fails on the other
    Pinned   on this region a variable equals a form (proved by two sets of multipliers)
    Multiplied  a product of two forms that both vary gets a variable, and rows that bound it
    Empty    the region has no points (Farkas multipliers)
    Broken   the step breaks the promise of [assume], so nothing is owed
    Lands    the step: gate phases, target mode, values of its variables, and the multipliers
             that prove phases, target conditions and readout
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, assert_never

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.kernel.spec.problems import Problem

if TYPE_CHECKING:
    from lstmsolve.kernel.proofs.signs import SignProof

Multipliers: TypeAlias = Mapping[int, Fraction]
"""A nonnegative factor for each row that takes part, by its position among the region's rows.

For a goal that is to follow, the goal's negation stands last, with the factor 1."""


@dataclass(frozen=True, slots=True)
class Mode:
    name: str
    variables: Mapping[str, bool]
    """Each variable, and whether it is an integer."""
    where: tuple[Row, ...]
    registers: Mapping[str, Affine | str]
    c: Sequence[Affine]
    h: Sequence[Affine]


@dataclass(frozen=True, slots=True)
class GateProof:
    """A gate's phase on the region; LINEAR needs two sets of multipliers, HIGH and LOW one."""

    phase: Phase
    proofs: tuple[Multipliers, ...]


@dataclass(frozen=True, slots=True)
class Split:
    condition: Row
    holds: Node
    fails: Node


@dataclass(frozen=True, slots=True)
class Pinned:
    variable: str
    value: Affine
    at_least: Multipliers
    at_most: Multipliers
    then: Node


@dataclass(frozen=True, slots=True)
class End:
    """A number that a form does not go beyond on the region."""

    value: Fraction
    proof: Multipliers


@dataclass(frozen=True, slots=True)
class Factor:
    """One side of a product, and its ends where it has any."""

    form: Affine
    least: End | None
    greatest: End | None

    def distances(self) -> Iterator[tuple[int, Fraction]]:
        """The sign s and the end e of each s (form - e) >= 0."""
        if self.least is not None:
            yield 1, self.least.value
        if self.greatest is not None:
            yield -1, self.greatest.value


def product_rows(variable: str, left: Factor, right: Factor) -> tuple[Row, ...]:
    """What is known of a variable that stands for a product: a row for each pair of ends.

    The product of two distances that are at least 0 is at least 0 (McCormick 1976).
    """
    product = Affine.variable(variable)
    return tuple(
        Row((product - left.form * b - right.form * a + a * b) * (s * t))
        for s, a in left.distances()
        for t, b in right.distances()
    )


@dataclass(frozen=True, slots=True)
class Multiplied:
    """From here on `variable` stands for the product of two forms that both vary, bounded by `product_rows`."""

    variable: str
    left: Factor
    right: Factor
    then: Node


@dataclass(frozen=True, slots=True)
class Empty:
    multipliers: Multipliers


@dataclass(frozen=True, slots=True)
class Broken:
    pass


@dataclass(frozen=True, slots=True)
class Lands:
    mode: str
    values: Mapping[str, Affine]
    """The target mode's variables, as forms over this mode's variables and the inputs."""
    gates: Mapping[str, GateProof]
    """By place, `f[0]`; gates whose argument is constant, or that multiply zero, have no entry."""
    conditions: tuple[Multipliers, ...]
    """One proof for each of the target's `where`."""
    readout: Mapping[int, Multipliers]
    """One proof for each unit whose output is read through thresholds."""


Node: TypeAlias = Split | Pinned | Multiplied | Empty | Broken | Lands


def nodes(node: Node) -> Iterator[Node]:
    """All nodes of a case tree."""
    yield node
    match node:
        case Split(_, holds, fails):
            yield from nodes(holds)
            yield from nodes(fails)
        case Pinned(then=then) | Multiplied(then=then):
            yield from nodes(then)
        case Empty() | Broken() | Lands():
            return
        case _:
            assert_never(node)


@dataclass(frozen=True, slots=True)
class Case:
    """The case tree of one mode for one combination of enumerated inputs."""

    inputs: Mapping[str, Constant]
    tree: Node


@dataclass(frozen=True, slots=True)
class Certificate:
    problem: Problem
    weights: Weights
    modes: Mapping[str, Mode]
    cases: Mapping[str, tuple[Case, ...]]
    """The cases of each mode."""
    start: str
    """The mode that the initial state is in."""
    start_values: Mapping[str, Fraction]

    @property
    def multiplies(self) -> bool:
        """Does the proof go through products of two forms that both vary?"""
        return any(isinstance(node, Multiplied) for node in self.nodes())

    @property
    def leaves_open(self) -> bool:
        """Is there a component of c or h of which a step says nothing?"""
        return any(
            isinstance(node, Lands)
            and (mode := self.modes.get(node.mode)) is not None
            and len(node.values) < len(mode.variables)
            for node in self.nodes()
        )

    def nodes(self) -> Iterator[Node]:
        """All nodes of all case trees."""
        return (node for cases in self.cases.values() for case in cases for node in nodes(case.tree))


@dataclass(frozen=True, slots=True)
class Impossibility:
    """The claim that no weights of a size meet a spec, and the strings on which none do.

    Unless it is one by bounds or by signs, it cannot be checked by adding up rows: that no weights do right on the
    strings is left to solvers of nonlinear real arithmetic, who are asked again.
    """

    problem: Problem
    """With the hidden size that is ruled out; without a solver, perhaps with none."""
    strings: tuple[tuple[Vector, ...], ...]
    """Input columns, each [T, D]."""
    by_bounds: bool = False
    """Is what the one string owes at its end beyond what any cell can say? Then fractions prove it (`bounds`)."""

    signs: SignProof | None = None
    """Why one unit alone cannot say an output on the strings: fractions prove that as well."""

    @property
    def without_solver(self) -> bool:
        """Do fractions alone prove it?"""
        return self.by_bounds or self.signs is not None

    @property
    def any_size(self) -> bool:
        """Does the claim hold for every hidden size?"""
        size_given = self.problem.choice.initial is not None or self.problem.spec.has_layer
        return self.without_solver and not size_given
