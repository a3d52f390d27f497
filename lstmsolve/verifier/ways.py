"""Ways to cut the joint states of spec and cell into modes, one after another.

The usual way tells modes apart by how registers were last updated, and bounds sums and differences of any two
coordinates. Counters are not settled by it: of a word that is lost the cell may keep this or that, whatever the spec's
registers go on to count, and one mode of all such states says nothing. What the gates see of it is h. So the coarse
ways forget how registers were updated, and tell apart which outputs are 0. There registers and what cells hold are
mostly unrelated, and what is asked for is little: bounds on what the gates sum and on what the spec compares. Where
the spec has no word for a loss, its comparisons tell modes apart as well.

Each way has a bounded effort, counted in rows of linear programs, so that the next one gets its turn, on any machine
the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from lstmsolve.kernel.base.affine import Affine, Row, linear_sum
from lstmsolve.kernel.lstm.cells import Weights, nonzero
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.obligations.modes.abstraction import BOUNDLESS, Effort
from lstmsolve.obligations.modes.partitions import Partition
from lstmsolve.obligations.stepping.coordinates import OfSpec, Shown
from lstmsolve.obligations.tables.comparisons import comparison_cuts

FIRST_ROWS: Final = 60_000
"""Effort of the usual way before others are tried: a second or two."""

COARSE_ROWS: Final = 200_000
"""Effort of each coarse way."""

MAX_SIGNS: Final = 12
"""Units whose outputs may be 0 or not: with more, there are too many modes to tell apart."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to look for modes."""

    label: str
    partition: Partition
    effort: Effort

    @property
    def to_its_end(self) -> Way:
        """The same way, whatever it takes."""
        return replace(self, effort=replace(self.effort, most_rows=None))

    @property
    def bounding_products(self) -> Way:
        """The same way, where a product of two forms that both vary is bounded instead of passed over."""
        effort = Effort((), products=True)
        return replace(self, label=f"{self.label}, with bounds on products", effort=effort)


def ways(spec: Spec, weights: Weights, usual: Partition, *, alone: bool) -> list[Way]:
    """The ways to try, the usual one first; it has no limit if it is the only one and stands `alone`."""
    coarse = list(_coarse(spec, weights, usual))
    effort = BOUNDLESS if alone and not coarse else Effort(most_rows=FIRST_ROWS)
    return [Way("modes of spec and cell together", usual, effort), *coarse]


def _coarse(spec: Spec, weights: Weights, usual: Partition) -> Iterator[Way]:
    registers = [one.name for one in usual.infinite if isinstance(one, OfSpec)]
    shown = [one.name for one in usual.infinite if isinstance(one, Shown)]
    if not registers or not shown or len(shown) > MAX_SIGNS:
        return
    signs = replace(usual, by_update=False).cut(Row(-Affine.variable(name)) for name in shown)
    compared = comparison_cuts(spec, registers)
    sums = (row for gate in weights.gates.values() for row in gate.u)
    seen = (linear_sum((Affine.variable(f"h[{unit}]"), weight) for unit, weight in nonzero(row)) for row in sums)
    relations = tuple(dict.fromkeys([*seen, *(row.form for row in compared)]))
    yield Way("modes by the signs of outputs", signs, Effort(relations, COARSE_ROWS))
    if compared:
        yield Way("modes by comparisons and the signs of outputs", signs.cut(compared), Effort(relations, COARSE_ROWS))
    yield Way("modes by the signs of outputs, with all sums", signs, Effort(None, COARSE_ROWS))
