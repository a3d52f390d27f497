"""Do any weights outside a set work? Strings on which none does right say no, for good.

The set is given as its complement, a condition of the problem on its weights. Strings are taken
from growing pools (`obligations.strings.pools`), some of them with an endless parameter, and from
counterexamples to the weights that the solver proposes. What is left in the end is whittled down.

`look_outside` runs in a worker process; importing this module imports z3.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from lstmsolve.encoder.designs.queries import Candidate, NoWeights, StringsAnswer, StringsQuery, Undecided
from lstmsolve.encoder.strings.systems import solve_strings
from lstmsolve.kernel.base.affine import ZERO, Affine
from lstmsolve.model.watch import Counted, Watch
from lstmsolve.obligations.strings.pools import string_pools
from lstmsolve.obligations.strings.systems import EndlessString, plain, written
from lstmsolve.obligations.weights.outsiders import (
    MaybeOutside,
    NobodyOutside,
    NotSettled,
    OutsidersAnswer,
    OutsidersQuery,
)
from lstmsolve.verifier.refuter import Refuted, refute
from lstmsolve.workers import Stopwatch

MAX_ROUNDS: Final = 60
REFUTE_STEPS: Final = 5_000
"""For a run on which the solver's weights fail."""

EFFORT: Final = 20_000_000
"""z3's limit (`rlimit`) for one question."""


def look_outside(query: OutsidersQuery) -> OutsidersAnswer:
    """Strings that rule all weights out, weights that survived, or neither."""
    return _Search(query, Stopwatch(query.seconds)).run()


class _Search:
    def __init__(self, query: OutsidersQuery, watch: Watch) -> None:
        self._problem = query.problem
        self._seed = query.seed
        self._watch = watch
        self._strings: dict[str, EndlessString] = {}

    def run(self) -> OutsidersAnswer:
        pools = string_pools(self._problem.spec)
        for _ in range(MAX_ROUNDS):
            self._add(next(pools, []))
            if self._watch.remaining <= 0:
                break
            strings = list(self._strings.values())
            match self._ask(strings):
                case NoWeights(core):
                    return NobodyOutside(tuple(self._shrunk([strings[number] for number in core])))
                case Undecided(reason):
                    return NotSettled(reason)
                case Candidate(weights):
                    failed = refute(self._problem, weights, Counted(self._watch, REFUTE_STEPS))
                    if not isinstance(failed, Refuted):
                        met = self._problem.constraints.met_by(weights)
                        return MaybeOutside(weights) if met else NotSettled("the solver's weights are irrational")
                    self._add([plain(map(self._problem.spec.decode, failed.counterexample.trace.inputs))])
        return NotSettled("no answer after many rounds of counterexamples")

    def _add(self, strings: list[EndlessString]) -> None:
        self._strings |= {str(list(map(str, string))): string for string in strings}

    def _query(self, strings: list[EndlessString]) -> StringsQuery:
        cell = self._problem.cell()
        initial = self._problem.initial_state(cell.hidden)
        return StringsQuery(self._problem.spec, tuple(strings), cell, initial, self._problem.constraints, self._seed)

    def _ask(self, strings: list[EndlessString]) -> StringsAnswer:
        return solve_strings(self._query(strings), EFFORT, max(1, int(1000 * self._watch.remaining)))

    def _shrunk(self, core: list[EndlessString]) -> list[EndlessString]:
        """Fewer strings that still rule everything out, the plainest kept, while there is time."""
        kept = sorted(core, key=_plainness, reverse=True)
        place = 0
        while place < len(kept) and self._watch.remaining > 0:
            answer = self._ask(kept[:place] + kept[place + 1 :])
            if isinstance(answer, NoWeights):
                rest = kept[:place] + kept[place + 1 :]
                kept = [rest[number] for number in sorted(answer.core)]
                place = min(place, len(kept))
            else:
                place += 1
        return sorted(kept, key=_plainness)


def _plainness(string: EndlessString) -> tuple[int, Fraction, str]:
    """Short strings of small numbers come first."""
    values = [Affine.lift(value) for step in string for value in step.given.values() if not isinstance(value, str)]
    size = sum((abs(form.constant) for form in values), ZERO)
    return len(string), size, written(string)
