"""The smallest change of a single weight that makes wrong weights right."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lstmsolve.api.passes.judging import Known
from lstmsolve.api.passes.settling import settled
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import weight_names
from lstmsolve.model.marks import Change
from lstmsolve.model.outcomes import Proved
from lstmsolve.model.watch import Watch
from lstmsolve.model.weight_sets import point_from
from lstmsolve.obligations.weights.nearest import single_changes
from lstmsolve.workers import Stopwatch

MEND_SECONDS: Final = 10.0
MOST_CHANGES: Final = 3
"""Changes of wrong weights that are proved before none is told."""

MEND_ONE: Final = "lstmsolve.api.passes.mending:mend_one"
"""What the processes run on a `Mending`."""


@dataclass(frozen=True)
class Mending:
    """Wrong weights, and the region in which a single change may bring them."""

    known: Known
    weights: Weights


def mend_one(order: Mending) -> Change | None:
    """The change, within the time for one answer."""
    return nearest_change(order.known, order.weights, Stopwatch(MEND_SECONDS))


def nearest_change(known: Known, weights: Weights, watch: Watch) -> Change | None:
    """The smallest change of a single weight that makes weights right, proved; None where the region has none."""
    problem = known.problem
    if weights.cell != problem.cell():
        return None
    places = weight_names(weights.cell)
    with suppress(LimitReached):
        for name, value in islice(single_changes(known.weights, point_from(weights), watch), MOST_CHANGES):
            place = places[name]
            changed = Weights.of(weights.cell, {**weights.nonzero(), place: value}, weights.initial)
            if problem.constraints.met_by(changed) and isinstance(settled(problem, changed, watch), Proved):
                return Change(place.short_name(weights.cell), value)
    return None
