"""Weights by descent: gradients through time and evolution, on strings that counterexamples add to.

A restart draws many nets at random, runs them all at once, and descends from the best (L-BFGS-B);
where there are few weights, every other restart evolves them instead (`differential_evolution`).
What fits is rounded to simple fractions and tried exactly. The loop that proves candidates and adds
the runs that refute them belongs to the caller. Everything random hangs on the seed and the number
of the restart.
"""

from __future__ import annotations

from random import Random
from typing import Final

import numpy as np
from scipy.optimize import differential_evolution

from lstmsolve.gradients.elementary import Floats
from lstmsolve.model.cells import Weights
from lstmsolve.model.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.partitions import sample_inputs
from lstmsolve.obligations.strings import String, all_strings
from lstmsolve.search.losses import Loss, Sample, does_right, fixed_values
from lstmsolve.search.rounding import FITTED, Box, fit, rounded

MOST_SHORT: Final = 64
"""Short strings to begin with: all of the greatest length of which there are no more."""

LONG_STRINGS: Final = 12
LONG_LENGTH: Final = 7
"""Random strings to begin with, beside the short ones."""

DRAWN: Final = 256
"""Random nets a restart, of which it takes the best."""

DESCENTS: Final = 4
"""Descents a restart."""

STEPS: Final = 300
"""Of a descent."""

REACH: Final = 2.0
"""Weights are drawn up to this, where the case's bounds allow it."""

EVOLVED_WEIGHTS: Final = 14
"""Up to so many free weights are evolved."""

GENERATIONS: Final = 40


class Descent:
    """The search at one hidden size, with the strings it has learned."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._seed = seed
        self._cell = problem.cell()
        self._initial = problem.initial_state(self._cell.hidden)
        limits = problem.constraints
        self._box = Box(limits.low, limits.high, limits.integer)
        self._strings = first_strings(problem, seed)
        self._last: Floats | None = None
        self._loss = self._over_strings()
        places = self._loss.places
        self._fixed = {places.index(place): value for place, value in fixed_values(problem).items()}
        self._free = np.array([number not in self._fixed for number in range(len(places))])

    def learn(self, string: String) -> None:
        """A string on which the last candidate failed."""
        self._strings.append(string)
        self._loss = self._over_strings()

    def attempt(self, number: int, watch: Watch) -> Weights | None:
        """Weights that do right on all strings so far and meet the case's conditions, if this restart finds any.

        Raises:
            LimitReached: the time is up.
        """
        rng = np.random.default_rng([self._seed, self._cell.hidden, number])
        for start in self._starts(rng, number):
            watch.check()
            vector, value = fit(self._loss, start, self._free, self._box, STEPS)
            if value > FITTED:
                continue
            weights = self._simple(vector, watch)
            if weights is not None:
                self._last = vector
                return weights
        return None

    def _over_strings(self) -> Loss:
        return Loss(self._cell, self._initial, Sample.of(self._problem.spec, self._strings))

    def _starts(self, rng: np.random.Generator, number: int) -> list[Floats]:
        """Where to descend from: what fitted the strings before, then what does best of what is drawn."""
        again = [] if self._last is None else [self._last]
        self._last = None
        if number % 2 and self._free.sum() <= EVOLVED_WEIGHTS and self._free.any():
            return [*again, self._evolved(rng)]
        low, high = self._range()
        drawn = rng.uniform(low, high, (DRAWN, len(self._free)))
        # Nets that work are mostly made of small integers, and zeros above all.
        drawn = np.where(rng.random(drawn.shape) < 0.5, np.round(drawn), drawn)
        drawn = np.where(rng.random(drawn.shape) < 0.3, np.clip(0.0, low, high), drawn)
        for place, value in self._fixed.items():
            drawn[:, place] = float(value)
        best = np.argsort(self._loss.values(drawn), kind="stable")[:DESCENTS]
        return [*again, *drawn[best]]

    def _evolved(self, rng: np.random.Generator) -> Floats:
        vector = np.zeros(len(self._free))
        for place, value in self._fixed.items():
            vector[place] = float(value)

        def losses(population: Floats) -> Floats:
            vectors = np.repeat(vector[None], population.shape[1], axis=0)
            vectors[:, self._free] = population.T
            return self._loss.values(vectors)

        found = differential_evolution(
            losses,
            [self._range()] * int(self._free.sum()),
            maxiter=GENERATIONS,
            rng=rng,
            polish=False,
            vectorized=True,
            updating="deferred",
        )
        vector[self._free] = found.x
        return vector

    def _range(self) -> tuple[float, float]:
        """Between which weights are drawn."""
        low, high = self._box.limits()
        low = -REACH if low is None else low
        high = REACH if high is None else high
        return max(low, min(-REACH, high - 2 * REACH)), min(high, max(REACH, low + 2 * REACH))

    def _simple(self, vector: Floats, watch: Watch) -> Weights | None:
        values = rounded(self._loss, vector, self._free, self._box, watch)
        if values is None:
            return None
        named = {place: {**self._fixed, **values}.get(number) for number, place in enumerate(self._loss.places)}
        weights = Weights.of(
            self._cell, {place: value for place, value in named.items() if value}, self._initial
        )
        if next(self._problem.constraints.unmet(weights), None) is not None:
            return None
        return weights if does_right(self._problem.spec, weights, self._strings) else None


def first_strings(problem: Problem, seed: int) -> list[String]:
    """All short strings over a few telling inputs, and some longer ones at random."""
    spec = problem.spec
    strings: list[String] = []
    length = 1
    while (found := all_strings(spec, length, MOST_SHORT)) is not None and length <= LONG_LENGTH:
        strings, length = found, length + 1
    random = Random(seed)
    inputs = sample_inputs(spec)
    strings += [tuple(random.choices(inputs, k=LONG_LENGTH)) for _ in range(LONG_STRINGS)]
    return strings
