"""Is there any design at all? A finite set of strings on which no weights do right says no, for good.

Counterexample-guided: ask for weights that do right on some strings, look for a string on which
they fail, add it, ask again. If nothing is left, the strings that matter are whittled down to a
small set of short ones. If weights survive, they are handed on as a candidate.

`decide` runs in a worker process; importing this module imports z3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lstmsolve.encoder.designs.queries import Candidate, NoWeights, StringsQuery, Undecided
from lstmsolve.encoder.strings.systems import solve_strings
from lstmsolve.model.watch import UNWATCHED, Counted
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.strings.impossibility import (
    ImpossibilityAnswer,
    ImpossibilityQuery,
    NobodyCan,
    Survivor,
    Unresolved,
)
from lstmsolve.obligations.strings.pools import all_strings
from lstmsolve.obligations.strings.systems import String, plain
from lstmsolve.verifier.refuter import Refuted, refute

MOST_AT_ONCE: Final = 40
"""Strings to begin with: all of the greatest length of which there are no more."""

MAX_ROUNDS: Final = 60
REFUTE_STEPS: Final = 30_000
"""For a run on which the solver's weights fail."""

EFFORT: Final = 60_000_000
"""z3's limit (`rlimit`) for one question."""


def decide(query: ImpossibilityQuery) -> ImpossibilityAnswer:
    """Strings that rule every weight set out, a weight set that survived, or neither."""
    search = _Search(query)
    length = 1
    while (strings := all_strings(query.problem.spec, length, MOST_AT_ONCE)) is not None:
        answer = search.ask(strings)
        if isinstance(answer, NoWeights):
            return NobodyCan(search.shrunk([strings[number] for number in answer.core]))
        search.strings = strings
        length += 1
    return search.run()


class _Search:
    def __init__(self, query: ImpossibilityQuery) -> None:
        self.query = query
        self.strings: list[String] = []

    def ask(self, strings: Sequence[String]) -> Candidate | NoWeights | Undecided:
        problem = self.query.problem
        cell = problem.cell()
        initial = problem.initial_state(cell.hidden)
        asked = StringsQuery(
            problem.spec,
            tuple(map(plain, strings)),
            cell,
            initial,
            problem.constraints,
            self.query.seed,
            problem.choice.free_c,
            problem.choice.free_h,
        )
        return solve_strings(asked, EFFORT)

    def run(self) -> ImpossibilityAnswer:
        for _ in range(MAX_ROUNDS):
            answer = self.ask(self.strings)
            match answer:
                case NoWeights(core):
                    return NobodyCan(self.shrunk([self.strings[number] for number in core]))
                case Undecided(reason):
                    return Unresolved(reason)
                case Candidate(weights):
                    failed = refute(self.query.problem, weights, Counted(UNWATCHED, REFUTE_STEPS))
                    if not isinstance(failed, Refuted):
                        return Survivor(weights)
                    string = self._string(failed)
                    if string in self.strings:
                        return Unresolved("the solver's weights are irrational and fail only by a hair")
                    self.strings.append(string)
        return Unresolved(f"no answer after {MAX_ROUNDS} rounds of counterexamples")

    def _string(self, failed: Refuted) -> String:
        return tuple(self.query.problem.spec.decode(x) for x in failed.counterexample.trace.inputs)

    def shrunk(self, core: list[String]) -> tuple[String, ...]:
        """A smaller core: strings left out, and ends cut off, as long as no weights do right.

        Where no weights meet [weights] z3 needs no string; a claim is about strings, so it gets one.
        """
        one = (sample_inputs(self.query.problem.spec)[0],)
        strings = sorted(core or [one], key=len, reverse=True)
        place = 0
        while place < len(strings):
            without = strings[:place] + strings[place + 1 :]
            if without and self._still_impossible(without):
                strings = without
                continue
            shorter = [*strings[:place], strings[place][:-1], *strings[place + 1 :]]
            if len(strings[place]) > 1 and self._still_impossible(shorter):
                strings = shorter
                continue
            place += 1
        return tuple(strings)

    def _still_impossible(self, strings: list[String]) -> bool:
        return isinstance(self.ask(strings), NoWeights)
