"""Regions of weights that work: what `region` finds, and what `family` and `mark` judge by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.lstm.cells import Cell, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.shown import Shown
from lstmsolve.model.weight_sets import EVERYTHING, Polyhedron, WeightSet, contains, intersection, point_from, union


@dataclass(frozen=True, slots=True)
class MapLine:
    """The refinement map in one mode: c and h [H] as forms over the mode's registers; None: any c."""

    mode: str
    where: tuple[Row, ...]
    c: tuple[Affine | None, ...]
    h: tuple[Affine, ...]


@dataclass(frozen=True)
class UnitRegion:
    """The weights of one unit that keep one map of its c."""

    free: tuple[str, ...]
    """Modes in which c may be anything: it is not shown there, and forgotten on leaving."""
    weights: WeightSet


@dataclass(frozen=True)
class MapRegion:
    """All weights that keep one refinement map, each gate in one phase on each step.

    Given the map, units do not depend on one another.
    """

    map: tuple[MapLine, ...]
    units: tuple[tuple[UnitRegion, ...], ...]
    """For each unit, the alternatives."""
    outputs: tuple[tuple[tuple[int, ...], WeightSet], ...] = ()
    """Of an output layer: outputs that belong together, and what V and d of them must satisfy."""

    @property
    def weights(self) -> WeightSet:
        units = [union(piece.weights for piece in pieces) for pieces in self.units]
        return intersection([*units, *(weights for _, weights in self.outputs)])


@dataclass(frozen=True, slots=True)
class NoOthers:
    """No other weights work: solvers agree that none outside the region does right on these strings."""

    strings: tuple[str, ...]
    """As people write them; `1^K` is a 1 any large number of times, `K` any large number."""
    solvers: str


@dataclass(frozen=True, slots=True)
class Others:
    """Other weights work too: these are proved, and outside."""

    weights: Weights


@dataclass(frozen=True, slots=True)
class OthersUnknown:
    """Whether other weights work is open."""

    reason: str


Outsiders: TypeAlias = NoOthers | Others | OthersUnknown


@dataclass(frozen=True)
class Region:
    """Weights that meet a problem: for each map that was found, all that keep it."""

    problem: Problem
    """With one hidden size."""
    maps: tuple[MapRegion, ...]
    demands: WeightSet = EVERYTHING
    """What the case's own [weights] ask for besides."""
    others: Outsiders = field(default_factory=lambda: OthersUnknown("nobody looked"))

    @property
    def cell(self) -> Cell:
        return self.problem.cell()

    @property
    def weights(self) -> WeightSet:
        return intersection([self.demands, union(found.weights for found in self.maps)])

    def holds(self, weights: Weights) -> bool:
        """Are these weights in the region?"""
        return contains(self.weights, point_from(weights)) and self.problem.constraints.met_by(weights)


@dataclass(frozen=True, repr=False)
class RegionFound(Shown):
    """A region, and in one sentence whether it is all."""

    verdict: ClassVar[None] = None
    region: Region
    polyhedra: tuple[Polyhedron, ...] | None
    """The same as a union of polyhedra; None where there are too many to list."""
    reason: str
