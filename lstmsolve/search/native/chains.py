"""Rounds of annealing: chains drawn at random, then from the best so far, until that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from lstmsolve.search.designs.codes import Codes, Floats, Numbers, Steps
from lstmsolve.search.native.kernels import Net, Work, anneal
from lstmsolve.search.native.lanes import LANES

ELITE: Final = 4
"""Of the chains the best are the start of the next round."""

FIRST_ROUND: Final = 3000
"""Steps from chains drawn at random, at the full noise."""

NEXT_ROUND: Final = 2000
FIRST_NOISE: Final = 1.0
NEXT_NOISE: Final = 0.7

PATIENCE: Final = 3
"""So many rounds without progress, and chains are drawn anew."""

LOOK: Final = 50
"""Steps between looks at what codes and weights are worth as bits and thresholds."""

GAINS: Final = (1.5, 3.0)
"""Of the sigmoids, at the beginning and at the end of a round."""

DECAYS: Final = (0.003, 0.01, 0.03)
"""Of the weights; drawn for each restart, as automata differ in what suits them."""


@dataclass(frozen=True)
class Near:
    """Codes and weights that are almost a design."""

    codes: Codes
    weights: Floats
    """[4, H, H + D + 1]: gates f, i, g, o; of each unit the weights of h, of x, and the bias."""
    wrong: int
    """Pairs of a step and a unit that the gates get wrong."""


def near_designs(steps: Steps, hidden: int, seed: int, within: int) -> Iterator[Near | None]:
    """Codes with at most so many wrong bits; None now and then, to say that time passes. Without end."""
    random = np.random.default_rng(seed)
    while True:
        chains = _Chains(steps, hidden, random)
        decay = float(random.choice(DECAYS))
        best: list[tuple[int, Floats]] = []
        idle, length, noise = 0, FIRST_ROUND, FIRST_NOISE
        while idle < PATIENCE:
            chains.begin_round()
            seen = [within + 1] * LANES
            for start in range(0, length, LOOK):
                chains.run(start, LOOK, length, noise, decay)
                for chain in np.argsort(chains.wrong, kind="stable"):
                    count = int(chains.wrong[chain])
                    if count < seen[chain]:
                        seen[chain] = count
                        yield Near(chains.codes(int(chain)), chains.weights(int(chain)), count)
                yield None
            ranked = np.argsort(chains.wrong, kind="stable")[:ELITE]
            found = [(int(chains.wrong[chain]), chains.parameters[:, chain].copy()) for chain in ranked]
            idle = idle + 1 if best and found[0][0] >= best[0][0] else 0
            best = sorted([*best, *found], key=lambda pair: pair[0])[:ELITE]
            for chain in range(LANES):
                chains.parameters[:, chain] = best[chain % len(best)][1]
            length, noise = NEXT_ROUND, NEXT_NOISE


class _Chains:
    """16 chains."""

    def __init__(self, steps: Steps, hidden: int, random: np.random.Generator) -> None:
        modes, columns = len(steps.names), steps.x.shape[1]
        self._shape = modes, hidden, columns
        self._random = random
        self._weights = 4 * hidden * (hidden + columns + 1)
        count = self._weights + 2 * modes * hidden
        self.parameters = random.standard_normal((count, LANES), np.float32)
        self.parameters[count - modes * hidden :] += 3  # most cells are shown
        self._net = Net(
            modes,
            hidden,
            columns,
            steps.source.astype(np.int64),
            steps.target.astype(np.int64),
            np.ascontiguousarray(steps.x, np.float64).ravel(),
            np.nan_to_num(steps.c, nan=-1.0).astype(np.float64).ravel(),
            np.nan_to_num(steps.shown, nan=-1.0).astype(np.float64).ravel(),
        )

        def room(values: int) -> Floats:
            return np.zeros(values * LANES, np.float32)

        bits = modes * hidden
        self._work = Work(
            p=self.parameters.reshape(-1),
            first=room(count),
            second=room(count),
            g=room(count),
            c=room(bits),
            s=room(bits),
            h=room(bits),
            by_h=room(bits),
            by_c=room(bits),
            by_s=room(bits),
            wrong=room(1),
            random=np.ones(LANES, np.uint32),
        )

    def begin_round(self) -> None:
        """Forget the moments of the gradients, and draw new noise."""
        self._work.first[:] = 0
        self._work.second[:] = 0
        self._work.random[:] = self._random.integers(1, 2**32 - 1, LANES, dtype=np.uint32)

    def run(self, start: int, steps: int, length: int, noise: float, decay: float) -> None:
        anneal(self._net, self._work, start, steps, length, noise, GAINS, decay)

    @property
    def wrong(self) -> Numbers:
        """Of each chain."""
        found: Numbers = self._work.wrong.astype(np.intp)
        return found

    def codes(self, chain: int) -> Codes:
        modes, hidden, _ = self._shape
        c, h = (bits.reshape(modes, hidden, LANES)[:, :, chain] > 0 for bits in (self._work.c, self._work.h))
        return Codes(c, h)

    def weights(self, chain: int) -> Floats:
        _, hidden, columns = self._shape
        flat = self.parameters[: self._weights, chain].astype(np.float64).reshape(hidden + columns + 1, 4, hidden)
        return np.ascontiguousarray(flat.transpose(1, 2, 0))
