"""Codes for the states of an automaton, annealed together with the gates that have to compute them.

Take codes (0 or 1 for each c and h in each mode) and weights as unknowns side by side, and no run
of the net is needed: each step of the spec is an example of its own, from the code before to the
code after. Gates are sigmoids while this goes on, a step is as good as the log-likelihood of the
code after it, and the gradient pulls on the weights and on the codes on both sides; codes go
forward as bits, with noise that cools down, and take their gradient as if they were not (the
straight-through estimator, Bengio et al. 2013). Codes of different modes repel each other, or all
would become one, which is easy to compute and says nothing.

Many chains run at once. What they end with is rarely right, and often almost right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from lstmsolve.search.designs.codes import Bits, Codes, Floats, Numbers, Steps
from lstmsolve.simulator.activations import sigmoid

LEAST_CHAINS: Final = 16
"""Side by side."""

VALUES: Final = 4_000
"""Of one gate in all chains: small nets have more chains for the same time."""

ELITE: Final = 4
"""Of them the best are the start of the next round."""

FIRST_ROUND: Final = 3000
"""Steps from chains drawn at random, at the full noise."""

NEXT_ROUND: Final = 2000
"""Steps from the best so far, at less."""

FIRST_NOISE: Final = 1.0
NEXT_NOISE: Final = 0.7

PATIENCE: Final = 3
"""So many rounds without progress, and chains are drawn anew."""

LOOK: Final = 50
"""Steps between looks at what the codes and weights are worth as bits and thresholds."""

GAIN: Final = 1.5
"""Of the sigmoids."""

REPULSION: Final = 4.0
REACH: Final = 2.0
"""Modes whose codes differ in d bits repel each other like exp(-d / REACH)."""

DECAY: Final = 0.01
"""Of the weights."""

WEIGHT_RATE: Final = 0.1
CODE_RATE: Final = 0.3
MOMENTUM: Final = (0.5, 0.99)
"""Adam's (Kingma & Ba 2015)."""

CERTAINTY: Final = 2.0
"""Logits of bits are kept within [-2, 2], so that noise can still turn them."""

DOUBT: Final = 0.01
"""No bit of a code is believed to be less likely: one step that is wrong should not outweigh many."""


@dataclass(frozen=True)
class Near:
    """Codes that are almost a design."""

    codes: Codes
    wrong: int
    """Bits that the gates get wrong."""
    broken: Numbers
    """The steps they do so in."""


def near_designs(steps: Steps, hidden: int, seed: int, within: int) -> Iterator[Near]:
    """Codes with at most so many wrong bits, each better than what came before in its round; without end."""
    random = np.random.default_rng(seed)
    while True:
        chains = _Chains(steps, hidden, random)
        best: list[tuple[int, list[Floats]]] = []
        idle, length, noise = 0, FIRST_ROUND, FIRST_NOISE
        while idle < PATIENCE:
            chains.forget_moments()
            least = within + 1
            for number in range(length):
                chains.step(noise * (1 - number / length))
                if number % LOOK == LOOK - 1:
                    wrong = chains.wrong()
                    counts = wrong.sum((1, 2))
                    chain = int(np.argmin(counts))
                    if counts[chain] < least:
                        least = int(counts[chain])
                        yield Near(chains.codes(chain), least, np.flatnonzero(wrong[chain].any(axis=1)))
            found = [(int(counts[chain]), chains.copy_of(chain)) for chain in np.argsort(counts, kind="stable")[:ELITE]]
            idle = idle + 1 if best and found[0][0] >= best[0][0] else 0
            best = sorted([*best, *found], key=lambda pair: pair[0])[:ELITE]
            chains.restart([parameters for _, parameters in best])
            length, noise = NEXT_ROUND, NEXT_NOISE


class _Chains:
    """B chains: weights and codes, with the moments of their gradients. Gates in the order f, i, g, o."""

    def __init__(self, steps: Steps, hidden: int, random: np.random.Generator) -> None:
        self._steps = steps
        self._random = random
        self._count = max(LEAST_CHAINS, VALUES // (len(steps.source) * hidden))
        modes, columns = len(steps.names), steps.x.shape[1]
        shapes = [(hidden, 4 * hidden), (columns, 4 * hidden), (1, 4 * hidden), (modes, hidden), (modes, hidden)]
        self._parameters: list[Floats] = [random.standard_normal((self._count, *shape), np.float32) for shape in shapes]
        self._parameters[4] += 3  # most cells are shown
        self._open = [np.isnan(bits).astype(np.float32) for bits in (steps.c, steps.shown)]
        self._given = [np.nan_to_num(bits) for bits in (steps.c, steps.shown)]
        self._leaving = _incidence(steps.source, modes)
        self._entering = _incidence(steps.target, modes)
        self.forget_moments()

    def forget_moments(self) -> None:
        self._first = [np.zeros_like(values) for values in self._parameters]
        self._second = [np.zeros_like(values) for values in self._parameters]
        self._taken = 0

    def copy_of(self, chain: int) -> list[Floats]:
        return [values[chain].copy() for values in self._parameters]

    def restart(self, starts: list[list[Floats]]) -> None:
        """Each chain from one of these."""
        for chain in range(self._count):
            for values, start in zip(self._parameters, starts[chain % len(starts)], strict=True):
                values[chain] = start

    # --- what it is worth --------------------------------------------------------------------

    def codes(self, chain: int) -> Codes:
        c, shown = (bits[chain] > 0 for bits in self._bits(0.0))
        return Codes(c, c & shown)

    def wrong(self) -> Bits:
        """Which bits of c or h come out wrong, [B, T, H], with gates that are thresholds."""
        c, shown = self._bits(0.0)
        h = c * shown
        forget, write, candidate, show = np.split(self._arguments(h) > 0, 4, axis=2)
        after = forget * c[:, self._steps.source] + (write & candidate)
        found: Bits = (after != c[:, self._steps.target]) | (show * after != h[:, self._steps.target])
        return found

    def _bits(self, noise: float) -> list[Floats]:
        """c and what is shown, [B, N, H], as bits."""
        found: list[Floats] = []
        for logits, free, given in zip(self._parameters[3:], self._open, self._given, strict=True):
            threshold = noise * self._random.logistic(size=logits.shape).astype(np.float32) if noise else 0.0
            found.append((logits > threshold) * free + given)
        return found

    def _arguments(self, h: Floats) -> Floats:
        """Of the gates, [B, T, 4H]."""
        u, w, b = self._parameters[:3]
        found: Floats = h[:, self._steps.source] @ u + self._steps.x @ w + b
        return found

    # --- descent -----------------------------------------------------------------------------

    def step(self, noise: float) -> None:
        """One step down the gradient, for all chains."""
        rates = [WEIGHT_RATE] * 3 + [CODE_RATE] * 2
        self._taken += 1
        corrections = [1 - keep**self._taken for keep in MOMENTUM]
        for values, gradient, first, second, rate in zip(
            self._parameters, self._gradients(*self._bits(noise)), self._first, self._second, rates, strict=True
        ):
            for moment, power, keep in ((first, gradient, MOMENTUM[0]), (second, gradient * gradient, MOMENTUM[1])):
                moment *= keep
                moment += (1 - keep) * power
            values -= rate * (first / corrections[0]) / (np.sqrt(second / corrections[1]) + 1e-6)
        for logits in self._parameters[3:]:
            np.clip(logits, -CERTAINTY, CERTAINTY, out=logits)

    def _gradients(self, c: Floats, shown: Floats) -> list[Floats]:
        """Of the negative log-likelihood of the codes after each step, and of the repulsion."""
        steps, u = self._steps, self._parameters[0]
        h = c * shown
        before, after, visible = c[:, steps.source], c[:, steps.target], shown[:, steps.target]
        gates = sigmoid(GAIN * self._arguments(h))
        forget, write, candidate, show = np.split(gates, 4, axis=2)

        # c' is 1 where exactly one of these is.
        kept, raised = forget * before, write * candidate
        one = kept + raised - 2 * kept * raised + DOUBT
        zero = (1 - kept) * (1 - raised) + DOUBT
        by_kept = -after * (1 - 2 * raised) / one + (1 - after) * (1 - raised) / zero
        by_raised = -after * (1 - 2 * kept) / one + (1 - after) * (1 - kept) / zero
        sure = np.clip(show, DOUBT, 1 - DOUBT)
        by_show = after * (sure - visible) / (sure * (1 - sure))
        by_gates = np.concatenate([by_kept * before, by_raised * candidate, by_raised * write, by_show], axis=2)
        back = by_gates * gates * (1 - gates) * GAIN

        # How much less likely c' is as 1 than as 0, and as shown than as not.
        hidden_cost, shown_cost = -np.log(1 - sure), -np.log(sure)
        as_one = np.log(zero) - np.log(one) + visible * shown_cost + (1 - visible) * hidden_cost
        by_h = self._leaving @ (back @ u.transpose(0, 2, 1)) + _repulsion(h)
        by_c = self._leaving @ (by_kept * forget) + self._entering @ as_one + by_h * shown
        by_shown = self._entering @ (after * (shown_cost - hidden_cost)) + by_h * c
        through = [self._straight_through(by_c, 0), self._straight_through(by_shown, 1)]
        by_u = h[:, steps.source].transpose(0, 2, 1) @ back + DECAY * u
        return [by_u, steps.x.T @ back, back.sum(axis=1, keepdims=True), *through]

    def _straight_through(self, gradient: Floats, which: int) -> Floats:
        likely = sigmoid(self._parameters[3 + which])
        found: Floats = gradient * likely * (1 - likely) * self._open[which]
        return found


def _incidence(ends: Numbers, modes: int) -> Floats:
    """[N, T]: 1 where a step has that end."""
    found = np.zeros((modes, len(ends)), np.float32)
    found[ends, np.arange(len(ends))] = 1
    return found


def _repulsion(h: Floats) -> Floats:
    """The gradient by h of the sum of exp(-distance / REACH) over pairs of modes."""
    signs = 2 * h - 1
    distance = (h.shape[2] - signs @ signs.transpose(0, 2, 1)) / 2
    # A mode does not repel itself.
    found: Floats = (REPULSION / REACH) * (np.exp(-distance / REACH) @ signs - signs)
    return found
