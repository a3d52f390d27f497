"""From weights in floats to simple fractions, by fixing one weight after another.

Weights that do right on some strings are seldom isolated: a saturated gate does not care how far it
is saturated, and factors of a product can be traded. So each weight in turn is set to the simplest
number near it with which the free ones can still be fitted: 0, then integers, then fractions with
growing denominators (continued fractions, `Fraction.limit_denominator`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from lstmsolve.gradients.elementary import Floats
from lstmsolve.model.watch import Watch
from lstmsolve.search.floats.losses import Loss

DENOMINATORS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 50, 64, 100)

FINEST_REFITTED: Final = 12
"""Finer fractions are taken only if they fit as they are: a weight that needs them is settled by the strings."""

SMALL: Final = (1, 2)
"""Tried for every weight, with its sign, before numbers that are close to it."""

FITTED: Final = 1e-9
"""A loss that counts as none. Values a simple fraction apart make for far more, exact checks for the rest."""

REFIT_STEPS: Final = 60


Mask: TypeAlias = npt.NDArray[np.bool_]
"""Which of the weights, [P]."""


@dataclass(frozen=True)
class Box:
    """Where weights may lie."""

    low: Fraction | None
    high: Fraction | None
    integer: bool

    def clipped(self, value: Fraction) -> Fraction:
        value = value if self.low is None else max(value, self.low)
        return value if self.high is None else min(value, self.high)

    def limits(self) -> tuple[float | None, float | None]:
        return (None if self.low is None else float(self.low), None if self.high is None else float(self.high))


def fit(loss: Loss, start: Floats, free: Mask, box: Box, steps: int) -> tuple[Floats, float]:
    """The weights [P] after descent in the free ones (L-BFGS-B through time), and their loss."""

    def along(part: npt.NDArray[np.float64], /) -> tuple[float, npt.NDArray[np.float64]]:
        vector = start.copy()
        vector[free] = part
        value, gradient = loss.with_gradient(vector)
        return value, gradient[free]

    if not free.any():
        return start, float(loss.values(start[None])[0])
    bounds = [box.limits()] * int(free.sum())
    found = minimize(
        along,
        start[free],
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": steps, "ftol": 1e-14, "gtol": 1e-8},
    )
    vector = start.copy()
    vector[free] = found.x
    return vector, float(found.fun)


def rounded(loss: Loss, start: Floats, free: Mask, box: Box, watch: Watch) -> dict[int, Fraction] | None:
    """Simple values for the free weights that keep the loss at nothing, by their places; None if some have none.

    Raises:
        LimitReached: the time is up.
    """
    values: dict[int, Fraction] = {}
    vector, free = start.copy(), free.copy()
    # Zeros first, of feedback above all: the fewer weights there are, the plainer the others come out.
    places = loss.places
    for place in sorted(np.flatnonzero(free), key=lambda place: (places[place].matrix != "u", abs(vector[place]))):
        taken = _taken(loss, vector, free, box, int(place), [box.clipped(Fraction(0))], watch)
        if taken is not None:
            values[int(place)], vector = taken
            free[place] = False
    while free.any():
        place = min(np.flatnonzero(free), key=lambda place: float(abs(vector[place] - np.round(vector[place]))))
        taken = _taken(loss, vector, free, box, int(place), _near(float(vector[place]), box), watch)
        if taken is None:
            return None
        values[int(place)], vector = taken
        free[place] = False
    return values


def _near(value: float, box: Box) -> list[Fraction]:
    """Simple numbers for a weight within the box, the simplest first: with the same sign, then close to it."""
    numbers = [Fraction(int(np.sign(value)) * size) for size in SMALL]
    numbers += [Fraction(value).limit_denominator(denominator) for denominator in DENOMINATORS]
    clipped = dict.fromkeys(box.clipped(number) for number in numbers)
    return [number for number in clipped if not box.integer or number.denominator == 1]


def _taken(
    loss: Loss, vector: Floats, free: Mask, box: Box, place: int, candidates: Sequence[Fraction], watch: Watch
) -> tuple[Fraction, Floats] | None:
    """The first candidate that the loss does not mind or with which the other free weights can be fitted."""
    trials = np.repeat(vector[None], len(candidates), axis=0)
    trials[:, place] = [float(candidate) for candidate in candidates]
    others = free.copy()
    others[place] = False
    for candidate, trial, value in zip(candidates, trials, loss.values(trials), strict=True):
        if value <= FITTED:
            return candidate, trial
        if candidate.denominator <= FINEST_REFITTED:
            watch.check()
            fitted, value = fit(loss, trial, others, box, REFIT_STEPS)
            if value <= FITTED:
                return candidate, fitted
    return None
