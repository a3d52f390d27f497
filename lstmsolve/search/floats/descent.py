"""Weights by descent: gradients through time and evolution, on strings that counterexamples add to.

A restart draws many nets at random, runs them all at once, and descends from the best (L-BFGS-B); where
there are few weights, some restarts evolve them instead (`differential_evolution`). Restarts differ in
which weights they hold at zero: nets without feedback within gates are found, and proved, far more easily.
What fits is rounded to simple fractions and tried exactly. The loop that proves candidates and adds
the runs that refute them belongs to the caller. Everything random hangs on the seed and the number
of the restart.
"""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from random import Random
from typing import Final, assert_never

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, differential_evolution

from lstmsolve.gradients.elementary import Floats
from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Gate, Weights
from lstmsolve.kernel.spec.domains import Domain, RealInterval
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.strings.pools import all_strings
from lstmsolve.obligations.strings.systems import Given, String
from lstmsolve.search.floats.losses import Loss, Sample, does_right, fixed_values
from lstmsolve.search.floats.rounding import FITTED, Box, Mask, fit, rounded

MOST_SHORT: Final = 64
"""Short strings to begin with: all of the greatest length of which there are no more."""

LONG_STRINGS: Final = 12
LONG_LENGTH: Final = 7
"""Random strings to begin with, beside the short ones."""

DRAWN: Final = 2000
"""Random nets a restart, of which it takes the best."""

MOST_VALUES: Final = 10**7
"""Of gates in one run of all these nets, lest memory runs out: with many strings or units, fewer are drawn."""

DESCENTS: Final = 4
"""Descents a restart."""

STEPS: Final = 300
"""Of a descent."""

REACH: Final = 2.0
"""Weights are drawn up to this, where the case's bounds allow it."""

EVOLVED_WEIGHTS: Final = 14
"""Up to so many free weights are evolved."""

GENERATIONS: Final = 40


HELD_SHARE: Final = 0.5
"""How many of the weights a sparse restart holds at zero, on average."""


class Kind(Enum):
    """What a restart does."""

    PLAIN = "no feedback"
    FULL = "all weights"
    EVOLVED = "all weights, evolved"
    SPARSE = "some weights"


KINDS: Final = tuple(Kind)
"""In turns."""


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
        self._tried: list[Weights] = []
        self._loss = self._over_strings()
        places = self._loss.places
        self._fixed = {places.index(place): value for place, value in fixed_values(problem).items()}
        self._free: Mask = np.array([number not in self._fixed for number in range(len(places))])
        self._base: Floats = np.array([float(self._fixed.get(number, ZERO)) for number in range(len(places))])

    def learn(self, string: String) -> None:
        """A string on which a candidate failed."""
        self._strings.append(string)
        self._loss = self._over_strings()

    def attempt(self, number: int, watch: Watch) -> Weights | None:
        """New weights that do right on all strings so far and meet the case's conditions, if this restart finds any.

        Raises:
            LimitReached: the time is up.
        """
        rng = np.random.default_rng([self._seed, self._cell.hidden, number])
        kind = KINDS[number % len(KINDS)]
        free = self._free & ~self._held(kind, rng)
        if kind is Kind.EVOLVED and free.sum() <= EVOLVED_WEIGHTS and free.any():
            starts = self._evolved(free, rng)
        else:
            starts = self._drawn(free, rng)
        for start in starts:
            watch.check()
            vector, value = fit(self._loss, start, free, self._box, STEPS)
            weights = self._simple(vector, free, watch) if value <= FITTED else None
            if weights is not None and weights not in self._tried:
                self._tried.append(weights)
                return weights
        return None

    def _over_strings(self) -> Loss:
        return Loss(self._cell, self._initial, Sample.of(self._problem.spec, self._strings))

    def _held(self, kind: Kind, rng: np.random.Generator) -> Mask:
        """The weights that a restart holds at zero, [P]."""
        none = np.zeros(len(self._free), dtype=bool)
        if self._box.clipped(ZERO) != ZERO:
            return none
        match kind:
            case Kind.PLAIN:
                return np.array([place.matrix == "u" for place in self._loss.places])
            case Kind.SPARSE:
                return rng.random(len(none)) < HELD_SHARE
            case Kind.FULL | Kind.EVOLVED:
                return none
            case _:
                assert_never(kind)

    def _drawn(self, free: Mask, rng: np.random.Generator) -> Floats:
        """The best of many random nets, [K, P]."""
        low, high = self._range()
        values = self._loss.sample.x[..., 0].size * len(Gate) * self._cell.hidden
        count = max(DESCENTS, min(DRAWN, MOST_VALUES // max(1, values)))
        drawn = rng.uniform(low, high, (count, len(free)))
        # Nets that work are mostly made of small integers, and zeros above all.
        drawn = np.where(rng.random(drawn.shape) < 0.5, np.round(drawn), drawn)
        drawn = np.where(rng.random(drawn.shape) < 0.3, 0.0, drawn)
        drawn = np.where(free, np.clip(drawn, low, high), self._base)
        best = np.argsort(self._loss.values(drawn), kind="stable")[:DESCENTS]
        chosen: Floats = drawn[best]
        return chosen

    def _evolved(self, free: Mask, rng: np.random.Generator) -> Floats:
        """The best net of an evolution, [1, P]."""
        vector = self._base.copy()

        def losses(population: npt.NDArray[np.float64], /) -> npt.NDArray[np.float64]:
            vectors = np.repeat(vector[None], population.shape[1], axis=0)
            vectors[:, free] = population.T
            return self._loss.values(vectors)

        low, high = self._range()
        count = int(free.sum())
        found = differential_evolution(
            losses,  # type: ignore[arg-type]  # the stubs do not know vectorized functions
            Bounds(np.full(count, low), np.full(count, high)),
            maxiter=GENERATIONS,
            rng=rng,
            polish=False,
            vectorized=True,
            updating="deferred",
        )
        vector[free] = found.x
        return vector[None]

    def _range(self) -> tuple[float, float]:
        """Between which weights are drawn."""
        low, high = self._box.limits()
        low = -REACH if low is None else low
        high = REACH if high is None else high
        return max(low, min(-REACH, high - 2 * REACH)), min(high, max(REACH, low + 2 * REACH))

    def _simple(self, vector: Floats, free: Mask, watch: Watch) -> Weights | None:
        values = rounded(self._loss, vector, free, self._box, watch)
        if values is None:
            return None
        numbers = self._fixed | {place: value for place, value in values.items() if value}
        named = {place: numbers[number] for number, place in enumerate(self._loss.places) if number in numbers}
        weights = Weights.of(self._cell, named, self._initial)
        if not self._problem.constraints.met_by(weights):
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
    telling = sample_inputs(spec)

    def step() -> Given:
        given = random.choice(telling)
        return {
            e.name: _any_number(e.domain, random, given[e.name]) if random.random() < 0.5 else given[e.name]
            for e in spec.inputs
        }

    strings += [tuple(step() for _ in range(LONG_LENGTH)) for _ in range(LONG_STRINGS)]
    return strings


def _any_number(domain: Domain, random: Random, otherwise: Constant) -> Constant:
    """A multiple of a sixteenth of a real interval, cut to a finite one; `otherwise` for other domains."""
    if not isinstance(domain, RealInterval):
        return otherwise
    reach = Fraction(REACH)
    high = domain.high if domain.high is not None else reach + max(Fraction(0), domain.low or Fraction(0))
    low = domain.low if domain.low is not None else min(-reach, high - reach)
    return low + (high - low) * Fraction(random.randint(0, 16), 16)
