"""Do any weights outside a set work? Strings on which none does right say no, for good.

The set is given as its complement, a condition of the problem on its weights. Strings are taken
from growing pools (`obligations.strings.pools`), some of them with an endless parameter, and from
counterexamples to the weights that the solver proposes: only where these fail, as few strings are
answered much sooner than many. What is left in the end is whittled down.

`look_outside` runs in a worker process; importing this module imports z3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Final

from lstmsolve.encoder.designs.queries import Candidate, NoWeights, StringsQuery, Undecided
from lstmsolve.encoder.strings.systems import Strings
from lstmsolve.kernel.base.affine import ZERO, Affine
from lstmsolve.kernel.lstm.cells import State, Vector, Weights
from lstmsolve.kernel.lstm.symbolic import NoPhaseOracle, SymbolicArithmetic, SymbolicCell, read_out, symbolic_step
from lstmsolve.model.watch import Counted, Watch
from lstmsolve.obligations.strings.pools import string_pools
from lstmsolve.obligations.strings.systems import (
    FEWEST_LAPS,
    EndlessString,
    Entry,
    GrowingTree,
    K,
    StringStep,
    plain,
    written,
)
from lstmsolve.obligations.weights.outsiders import (
    MaybeOutside,
    NobodyOutside,
    NotSettled,
    OutsidersAnswer,
    OutsidersQuery,
)
from lstmsolve.verifier.refuter import Closed, Refuted, refute
from lstmsolve.workers import Stopwatch

MAX_ROUNDS: Final = 60

MOST_AT_ONCE: Final = 12
"""Strings that a round adds."""

LARGE: Final = 40
"""The number K for which weights are tried on a string, before the solver is asked about all large ones."""

REFUTE_STEPS: Final = 10_000
"""For a run on which the solver's weights fail."""

EFFORT: Final = 40_000_000
"""z3's limit (`rlimit`) for one question."""


def look_outside(query: OutsidersQuery) -> OutsidersAnswer:
    """Strings that rule all weights out, weights that survived, or neither."""
    return _Search(query, Stopwatch(query.seconds)).run()


class _Search:
    def __init__(self, query: OutsidersQuery, watch: Watch) -> None:
        self._problem = query.problem
        self._seed = query.seed
        self._watch = watch
        self._asked: dict[str, EndlessString] = {}
        self._strings = Strings(self._query([]))
        """Those that are asked about, in their order."""
        self._waiting: dict[str, EndlessString] = {}
        """Strings of the pools that have not been needed yet."""
        self._tree = GrowingTree(self._problem.spec, self._problem.cell().hidden)
        """Of these, each for one number K."""
        self._ends: dict[str, int] = {}

    def run(self) -> OutsidersAnswer:
        pools = string_pools(self._problem.spec)
        self._add(next(pools, []))
        for _ in range(MAX_ROUNDS):
            if self._watch.remaining <= 0:
                break
            strings = list(self._asked.values())
            match self._strings.answer(range(len(strings)), EFFORT, self._milliseconds):
                case NoWeights(core):
                    return NobodyOutside(tuple(self._shrunk([strings[number] for number in core])))
                case Undecided(reason):
                    return NotSettled(reason)
                case Candidate(weights):
                    found = self._learnt(weights, pools)
                    if found is not None:
                        return found
        return NotSettled("no answer after many rounds of counterexamples")

    def _learnt(self, weights: Weights, pools: Iterator[list[EndlessString]]) -> OutsidersAnswer | None:
        """Ask for more, where the weights fail: on strings that wait, or on any other; else they may be right."""
        if (strings := next(pools, None)) is not None:
            new = {key: string for key, string in _keyed(strings) if key not in self._asked}
            self._ends |= zip(new, self._tree.add(map(_instance, new.values())), strict=True)
            self._waiting |= new
        failing = self._failing(weights)
        if failing:
            self._add(failing)
            return None
        failed = refute(self._problem, weights, Counted(self._watch, REFUTE_STEPS))
        if isinstance(failed, Refuted):
            self._add([plain(map(self._problem.spec.decode, failed.counterexample.trace.inputs))])
            return None
        if self._waiting and not isinstance(failed, Closed):
            # They may fail for numbers only that are larger than those that were tried.
            self._add(list(self._waiting.values()))
            return None
        met = self._problem.constraints.met_by(weights)
        return MaybeOutside(weights) if met else NotSettled("the solver's weights are irrational")

    def _failing(self, weights: Weights) -> list[EndlessString]:
        """The first strings that wait on which the weights fail, for one number K."""
        runs = _Runs(self._tree, weights)
        found = (string for key, string in self._waiting.items() if runs.fail(self._ends[key]))
        return list(islice(found, MOST_AT_ONCE))

    def _add(self, strings: list[EndlessString]) -> None:
        new = {key: string for key, string in _keyed(strings) if key not in self._asked}
        self._strings.add(new.values())
        self._asked |= new
        for key in new:
            self._waiting.pop(key, None)

    def _query(self, strings: list[EndlessString]) -> StringsQuery:
        cell = self._problem.cell()
        initial = self._problem.initial_state(cell.hidden)
        return StringsQuery(self._problem.spec, tuple(strings), cell, initial, self._problem.constraints, self._seed)

    @property
    def _milliseconds(self) -> int:
        return max(1, int(1000 * self._watch.remaining))

    def _shrunk(self, core: list[EndlessString]) -> list[EndlessString]:
        """Fewer strings that still rule everything out, the plainest kept, while there is time."""
        strings = sorted(core, key=_plainness, reverse=True)
        written_out = Strings(self._query(strings))
        kept, place = list(range(len(strings))), 0
        while place < len(kept) and self._watch.remaining > 0:
            answer = written_out.answer(kept[:place] + kept[place + 1 :], EFFORT, self._milliseconds)
            if isinstance(answer, NoWeights):
                kept = sorted(answer.core)
                place = min(place, len(kept))
            else:
                place += 1
        return sorted((strings[number] for number in kept), key=_plainness)


class _Runs:
    """Given weights on the strings of a tree."""

    def __init__(self, tree: GrowingTree, weights: Weights) -> None:
        self._tree = tree
        self._layer = weights.layer
        self._arithmetic = SymbolicArithmetic(SymbolicCell(weights), NoPhaseOracle())
        self._states: dict[int, State] = {0: weights.initial}
        self._wrong: dict[int, bool] = {0: False}

    def fail(self, end: int) -> bool:
        """Do the weights fail on the string that ends there?"""
        wrong, states = self._wrong, self._states
        for number in reversed(list(self._tree.path(end))):
            prefix = self._tree.prefixes[number]
            if number in wrong or prefix.parent is None:
                continue
            wrong[number] = wrong[prefix.parent]
            if wrong[number]:
                continue  # nor is anything asked of what comes after
            before = states[prefix.parent]
            after = symbolic_step(self._arithmetic, before.c, before.h, tuple(form.constant for form in prefix.x))
            states[number] = State(_numbers(after.c), _numbers(after.h))
            said = _numbers(read_out(self._layer, after.h))
            wrong[number] = not all(demand.met_by(said) for demand in prefix.demands)
        return wrong[end]


def _keyed(strings: list[EndlessString]) -> Iterator[tuple[str, EndlessString]]:
    return ((str(list(map(str, string))), string) for string in strings)


def _instance(string: EndlessString) -> EndlessString:
    """The string for one number K."""
    steps: list[StringStep] = []
    for step in string:
        given = {name: _at_large(value) for name, value in step.given.items()}
        steps += [StringStep(given)] * (FEWEST_LAPS + LARGE if step.repeated else 1)
    return tuple(steps)


def _at_large(value: Entry) -> Entry:
    return value.substitute({K: Affine.lift(LARGE)}).constant if isinstance(value, Affine) else value


def _numbers(entries: Sequence[Affine | Fraction]) -> Vector:
    return tuple(entry.constant if isinstance(entry, Affine) else entry for entry in entries)


def _plainness(string: EndlessString) -> tuple[int, Fraction, str]:
    """Short strings of small numbers come first."""
    values = [Affine.lift(value) for step in string for value in step.given.values() if not isinstance(value, str)]
    size = sum((abs(form.constant) for form in values), ZERO)
    return len(string), size, written(string)
