"""Running a piecewise-affine computation on a whole region: fork wherever an answer differs.

`explore` runs a function that asks an oracle about signs of forms and phases of gates. Whenever
the region answers both ways, it is split and both sides are run; a side without points becomes an
`Empty` leaf with its proof. What comes back is a case tree whose leaves carry the function's
results, each with the region it holds on: the same shape that a certificate has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from math import ceil, floor
from typing import Final, Generic, TypeAlias, TypeVar, assert_never

from lstmsolve.kernel.base.affine import ONE, Affine, Row, is_integral, negated, normalised
from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.lstm.symbolic import Phase
from lstmsolve.kernel.proofs.certificates import Empty, End, Factor, GateProof, Multipliers
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.linear.polyhedra import minimum, pinned, prove, refute
from lstmsolve.model.watch import UNWATCHED, Watch

MAX_REGIONS: Final = 2_000
"""Regions of one case tree; beyond this a step is too entangled to be worth proving this way."""

MAX_DEPTH: Final = 64
"""Conditions on one path of a case tree."""

MAX_CUT: Final = 64
"""Values of an integer variable that are taken one by one where a step is not affine otherwise."""

MAX_PRODUCTS: Final = 12
"""Products of one step that get a variable each."""

T = TypeVar("T")


def follows(region: Region, goal: Row) -> Multipliers | None:
    """The proof that a row holds everywhere in the region, or None."""
    return prove(region.rows, goal, region.integers)


def factor_on(region: Region, form: Affine) -> Factor:
    """The form with its ends on the region."""
    ends = []
    for sign in (1, -1):
        least = minimum(region.rows, form * sign)
        end = None if least is None else least[0]
        proof = None if end is None else follows(region, Row(form * sign - end))
        ends.append(None if end is None or proof is None else End(end * sign, proof))
    return Factor(form, *ends)


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """A result that holds on a whole region, and the gate phases it relied on."""

    region: Region
    gates: Mapping[str, GateProof]
    result: T


@dataclass(frozen=True, slots=True)
class Fork(Generic[T]):
    """The region cut in two by a condition."""

    condition: Row
    holds: Tree[T]
    fails: Tree[T]


@dataclass(frozen=True, slots=True)
class Equation(Generic[T]):
    """On the whole region a variable equals a form, which replaces it from here on."""

    variable: str
    value: Affine
    at_least: Multipliers
    at_most: Multipliers
    then: Tree[T]


@dataclass(frozen=True, slots=True)
class Multiplication(Generic[T]):
    """A product of two forms that both vary; a variable stands for it from here on."""

    variable: str
    left: Factor
    right: Factor
    then: Tree[T]


@dataclass(frozen=True, slots=True)
class Outside:
    """The computation leaves the piecewise-affine fragment somewhere on this region."""

    region: Region
    reason: str


Tree: TypeAlias = Leaf[T] | Fork[T] | Equation[T] | Multiplication[T] | Outside | Empty


class Forking:
    """The oracle of one run on one region. What the region decides is answered; the rest is raised."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._rows = frozenset(region.rows)
        self.gates: dict[str, GateProof] = {}
        self.region = region

    def at_least_zero(self, form: Affine) -> bool:
        row = normalised(form, False, self._region.integers)
        if row in self._rows:
            return True
        if negated(row, self._region.integers) in self._rows:
            return False
        raise _Undecided(row)

    def is_integer(self, variable: str) -> bool:
        return variable in self._region.integers

    def phase(self, place: str, form: Affine) -> Phase:
        low = follows(self._region, Row(-form))
        if low is not None:
            return self._proved(place, Phase.LOW, low)
        high = follows(self._region, Row(form - ONE))
        if high is not None:
            return self._proved(place, Phase.HIGH, high)
        below = follows(self._region, Row(-form + ONE))
        if below is None or is_integral(form, self._region.integers):
            # Over integers a gate is 0 or 1 on either side of this cut, never in between.
            raise _Undecided(normalised(form - ONE, False, self._region.integers))
        above = follows(self._region, Row(form))
        if above is None:
            raise _Undecided(normalised(form, False, self._region.integers))
        return self._proved(place, Phase.LINEAR, above, below)

    def product(self, left: Affine, right: Affine) -> Affine:
        known = self._region.products.get(frozenset((left, right)))
        if known is None:
            raise _NotAffine(left, right)
        return known

    def _proved(self, place: str, phase: Phase, *proofs: Multipliers) -> Phase:
        self.gates[place] = GateProof(phase, proofs)
        return phase


class _Undecided(Exception):
    """The region has points on both sides of a row, as far as anyone knows."""

    def __init__(self, row: Row) -> None:
        super().__init__(str(row))
        self.row = row


class _NotAffine(OutsideFragment):
    """A product of two forms that both vary."""

    def __init__(self, left: Affine, right: Affine) -> None:
        super().__init__(f"the product of {left} and {right} is not affine")
        self.factors = left, right


def explore(
    region: Region,
    run: Callable[[Forking], T],
    watch: Watch = UNWATCHED,
    max_regions: int = MAX_REGIONS,
    *,
    products: bool = False,
) -> Tree[T]:
    """The case tree of `run` over a region.

    `run` gets an oracle (for comparisons and phases) whose `region` binds forms; it must build
    its values from `oracle.region.bind(...)`. Where it raises `OutsideFragment` and an integer
    variable has few values left, the region is cut along that variable and each side tried again. With `products`, a
    product of two forms that both vary becomes a variable, of which only bounds are known.

    Raises:
        LimitReached: more regions than `max_regions`, or the watch ran out.
    """
    watch.check()
    empty = refute(region.rows)
    return Empty(empty) if empty is not None else _Explorer(run, watch, max_regions, products).whole(region, 0)


class _Explorer(Generic[T]):
    def __init__(self, run: Callable[[Forking], T], watch: Watch, max_regions: int, products: bool) -> None:
        self._run = run
        self._products = products
        self._watch = watch
        self._regions_left = max_regions

    def whole(self, region: Region, depth: int) -> Tree[T]:
        """The tree over a region with points, whose equations have not been looked for."""
        self._watch.check()
        equation = pinned(region.rows, region.integers)
        if equation is None:
            return self._full_dimensional(region, depth)
        variable, value, at_least, at_most = equation
        inside = region.pin(variable, value)
        # Rows that the equation turns into rows over integers are tightened, perhaps until no point is left.
        empty = refute(inside.rows)
        then = Empty(empty) if empty is not None else self.whole(inside, depth)
        return Equation(variable, value, at_least, at_most, then)

    def _full_dimensional(self, region: Region, depth: int) -> Tree[T]:
        self._watch.check()
        self._regions_left -= 1
        if self._regions_left < 0:
            raise LimitReached("one step falls into too many cases")
        oracle = Forking(region)
        factors: tuple[Affine, Affine] | None = None
        try:
            return Leaf(region, oracle.gates, self._run(oracle))
        except _Undecided as undecided:
            row: Row | None = undecided.row
            reason = "a step falls into endlessly many cases"
        except _NotAffine as error:
            row, reason, factors = _halving(region), str(error), error.factors
        except OutsideFragment as error:
            row, reason = _halving(region), str(error)
        # Outside the handlers, so that deep trees do not pile up exceptions.
        if row is not None and depth < MAX_DEPTH:
            return self._forked(region, row, depth + 1)
        if factors is not None and self._products and len(region.products) < MAX_PRODUCTS:
            return self._multiplied(region, *factors, depth)
        return Outside(region, reason)

    def _multiplied(self, region: Region, left: Affine, right: Affine, depth: int) -> Tree[T]:
        taken = region.variables | region.pins.keys()
        name = next(name for n in count(1) if (name := f"product {n}") not in taken)
        factors = factor_on(region, left), factor_on(region, right)
        return Multiplication(name, *factors, self._full_dimensional(region.multiply(name, *factors), depth))

    def _forked(self, region: Region, row: Row, depth: int) -> Tree[T]:
        sides = [region.add(row), region.add(negated(row, region.integers))]
        empty = [refute(side.rows) for side in sides]
        # A condition that only one side meets leaves the region as it was: no new equations.
        descend = self.whole if empty == [None, None] else self._full_dimensional
        trees: list[Tree[T]] = [
            Empty(proof) if proof is not None else descend(side, depth)
            for side, proof in zip(sides, empty, strict=True)
        ]
        return Fork(row, trees[0], trees[1])


def _halving(region: Region) -> Row | None:
    """A row that cuts the range of some integer variable in two, where few values are left."""
    for name in sorted(region.integers & region.variables):
        variable = Affine.variable(name)
        low, high = minimum(region.rows, variable), minimum(region.rows, -variable)
        if low is None or high is None:
            continue
        least, greatest = ceil(low[0]), floor(-high[0])
        if least < greatest < least + MAX_CUT:
            return Row(variable - (least + greatest + 1) // 2)
    return None


def leaves(tree: Tree[T]) -> Iterator[Leaf[T] | Outside]:
    """The leaves that have points, in order."""
    match tree:
        case Leaf() | Outside():
            yield tree
        case Fork(_, holds, fails):
            yield from leaves(holds)
            yield from leaves(fails)
        case Equation() | Multiplication():
            yield from leaves(tree.then)
        case Empty():
            return
        case _:
            assert_never(tree)
