"""The shortest run on which weights fail: breadth-first over distinct joint states, exactly.

A node is a set of joint states reached by runs of one length: a single state, or, where inputs
are not enumerated and leave their mark, a family over the inputs so far. Each step splits a
family into cases (`obligations.stepping.branching`), so a whole level is searched before the next, whatever
the size of the input domain. Single states that were seen before are cut; if nothing is left, every
reachable state has been visited, which proves the weights right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ZERO, Affine
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.domains import domain_rows, enumerated
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.traces import Counterexample
from lstmsolve.model.watch import UNWATCHED, Counted, Watch
from lstmsolve.obligations.stepping.branching import Forking, Leaf, Outside, explore, leaves
from lstmsolve.obligations.stepping.systems import (
    CONCRETE,
    CellSystem,
    Inputs,
    Joint,
    Missed,
    Moved,
    StepOracle,
    bind_values,
    judge,
    lifted,
)
from lstmsolve.verifier.acceleration import Endless, Jump, Level, jump
from lstmsolve.verifier.nodes import (
    NOWHERE,
    Choice,
    Given,
    Node,
    root,
    sampled_choices,
    size_of,
    small_choice,
)
from lstmsolve.verifier.replay import replayed
from lstmsolve.verifier.sampling import sampled_counterexample

MAX_STATES: Final = 200_000
MAX_FAMILY_CASES: Final = 200
STEPS_FOR_SMALLER: Final = 1_000
"""A failing run of the least length is known: how long to look for one with smaller inputs."""

SHORT: Final = 10_000
"""Steps times units of a run that is replayed even when the time is up."""

FIRST_LOOK: Final = 8
"""Steps after which to look for the first time whether levels repeat."""


@dataclass(frozen=True, slots=True)
class Refuted:
    counterexample: Counterexample
    shortest: bool
    """Was every shorter run looked at?"""


@dataclass(frozen=True, slots=True)
class Closed:
    """These are all the joint states there are, and none of them fails."""

    states: tuple[Joint, ...]


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The search ended without an answer: no run of up to `length` steps fails."""

    length: int
    reason: str
    worth_more_time: bool
    """Did it end for lack of time?"""
    sampled: bool
    """Were some steps only tried on samples of their inputs?"""


Refutation: TypeAlias = Refuted | Closed | Exhausted


_Outcome: TypeAlias = Moved | Missed | None
"""None: the promise of [assume] is broken."""


def refute(
    problem: Problem,
    weights: Weights,
    watch: Watch,
    max_length: int | None = None,
    max_states: int = MAX_STATES,
    leaps: bool = True,
) -> Refutation:
    """A shortest counterexample, or all reachable states, or how far the search got.

    Among counterexamples of the least length, one with the smallest inputs is returned. With
    `leaps`, levels that only repeat one another are skipped.
    """
    return _Search(problem, weights, watch, max_states).run(max_length, leaps)


class _Search:
    def __init__(self, problem: Problem, weights: Weights, watch: Watch, max_states: int) -> None:
        self._problem = problem
        self._weights = weights
        self._watch = watch
        self._system = CellSystem(problem.spec, weights)
        self._inputs = Inputs(problem.spec)
        self._left = max_states
        self._seen: set[object] = set()
        self._singles: list[Joint] = []
        self._complete = True
        """Has every run of the current length been looked at?"""
        self._jumped = False
        self._listed = True
        """Were all states that were reached single ones?"""
        self._candidates: list[list[Given]] = []
        self._next: dict[object, Node] = {}
        """The next level; single states under their key, families under themselves."""

    def run(self, max_length: int | None, leaps: bool) -> Refutation:
        level = [root(self._system.start())]
        self._arrive(level)
        known = self._known_failure()
        history = _History()
        verified = length = 0
        while level:
            if max_length is not None and length >= max_length:
                return self._exhausted(verified, f"runs of up to {verified} steps were all tried")
            try:
                watch = self._watch
                if known is not None and len(known) == length + 1:
                    self._candidates.append(known)
                    watch = Counted(watch, STEPS_FOR_SMALLER)
                for node in level:
                    self._expand(node, length, watch)
                found = self._best()
            except LimitReached as error:
                self._candidates += [] if known is None else [known]
                with suppress(LimitReached):
                    found = self._best()
                    if found is not None:
                        return self._refuted(found, verified)
                return self._exhausted(verified, str(error), worth_more_time=True)
            if found is not None:
                return self._refuted(found, verified)
            length += 1
            self._watch.say(f"no counterexample of {length} steps; {len(self._seen)} states seen")
            history.add(level, list(self._next.values()))
            level, self._next = list(self._next.values()), {}
            self._arrive(level)
            if leaps and history.is_due(length):
                skipped = self._jump(history, None if max_length is None else max_length - length)
                if isinstance(skipped, Endless):
                    return self._exhausted(
                        verified, "every longer run repeats what was seen, in modes that were not found"
                    )
                if skipped is not None:
                    level, length = list(skipped.nodes), length + skipped.count
            if self._complete:
                verified = length
        if self._complete and not self._jumped and self._listed:
            return Closed(tuple(self._singles))
        reason = "some steps were only tried on samples of inputs"
        if self._complete:
            reason = "all runs repeat what was seen" + ("" if self._listed else ", or break the promise of [assume]")
        return self._exhausted(verified, reason)

    def _exhausted(self, verified: int, reason: str, *, worth_more_time: bool = False) -> Exhausted:
        return Exhausted(verified, reason, worth_more_time, not self._complete)

    def _arrive(self, level: list[Node]) -> None:
        singles = [node.joint for node in level if node.is_single]
        self._listed &= len(singles) == len(level)
        self._seen.update(joint.key() for joint in singles)
        self._singles += singles

    def _jump(self, history: _History, most: int | None) -> Jump | Endless | None:
        """Skip levels that only repeat one another."""
        try:
            found = jump(self._system, self._problem, history.levels, self._seen, self._watch)
        except LimitReached:
            return None
        if found is None or isinstance(found, Endless):
            return found if self._complete else None
        if most is not None and found.count > most:
            return None
        self._jumped = True
        history.levels = []
        self._seen.update(joint.key() for joint in found.passed)
        return found

    def _known_failure(self) -> list[Given] | None:
        """A failing run to begin with, where inputs are not enumerated, or are too many."""
        if all(enumerated(e.domain) is not None for e in self._problem.spec.inputs) and self._inputs.listable:
            return None
        return sampled_counterexample(self._problem, self._weights, self._watch)

    def _refuted(self, found: Counterexample, verified: int) -> Refuted:
        return Refuted(found, len(found.trace.inputs) <= verified + 1)

    def _best(self) -> Counterexample | None:
        """The cheapest candidate that stands up to an exact replay."""
        for inputs in _cheapest_first(self._candidates):
            size = len(inputs) * self._weights.cell.hidden
            found = replayed(self._problem, self._weights, inputs, UNWATCHED if size <= SHORT else self._watch)
            if found is not None:
                return found
        self._candidates = []
        return None

    # --- one node ----------------------------------------------------------------------------

    def _expand(self, node: Node, length: int, watch: Watch) -> None:
        free = {e.name: f"{e.name}@{length}" for e in self._problem.spec.inputs if enumerated(e.domain) is None}
        for _, inputs in self._inputs.cases:
            watch.check()
            given = {name: Affine.variable(free[name]) if name in free else value for name, value in inputs.items()}
            if not free and node.is_single:
                self._settle(node, given, self._step(node.joint, given, CONCRETE), NOWHERE)
                continue
            region = self._wider(node.region, free)
            try:
                tree = explore(region, partial(self._run, node, given), watch, MAX_FAMILY_CASES)
            except LimitReached:
                watch.check()  # out of time, or just too many cases for this family?
                self._settle_by_samples(node, given, region)
                continue
            for leaf in leaves(tree):
                match leaf:
                    case Leaf(where, _, outcome):
                        self._settle(node, given, outcome, where)
                    case Outside(where):
                        self._settle_by_samples(node, given, where)

    def _wider(self, region: Region, free: Mapping[str, str]) -> Region:
        """The region with room for this step's inputs."""
        entries = [entry for entry in self._problem.spec.inputs if entry.name in free]
        rows = [row for entry in entries for row in domain_rows(entry.domain, free[entry.name])]
        whole = {free[entry.name] for entry in entries if entry.kind == NumericKind(True)}
        return Region(
            (*region.rows, *rows), region.integers | whole, region.variables | set(free.values()), region.pins
        )

    def _run(self, node: Node, given: Mapping[str, Value], oracle: Forking) -> _Outcome:
        return self._step(node.joint.bind(oracle.region), bind_values(given, oracle.region), oracle)

    def _step(self, joint: Joint, given: Mapping[str, Value], oracle: StepOracle) -> _Outcome:
        moved = self._system.step(joint, given, oracle)
        if moved is None:
            return None
        judgement = judge(self._problem.spec, moved, oracle)
        return judgement if isinstance(judgement, Missed) else moved

    def _settle(self, node: Node, inputs: Mapping[str, Value], outcome: _Outcome, region: Region) -> None:
        match outcome:
            case None:
                return
            case Missed(where=rows):
                choices = (small_choice(region, row) for row in rows)
                self._candidates += [
                    [*node.path(choice), choice.given(inputs)] for choice in choices if choice is not None
                ]
            case Moved(joint):
                if joint.varies:
                    self._add(Node(joint, region, node, inputs, None, ZERO))
                elif joint.key() not in self._seen:
                    smallest = small_choice(region)
                    if smallest is not None:
                        self._add(_single(node, inputs, joint, smallest))

    def _settle_by_samples(self, node: Node, inputs: Mapping[str, Value], region: Region) -> None:
        """Take steps on numbers, where the step as a whole is out of reach."""
        self._complete = False
        for choice in sampled_choices(region):
            joint = choice.joint(node.joint)
            outcome = self._step(joint, {n: lifted(v) for n, v in choice.given(inputs).items()}, CONCRETE)
            if isinstance(outcome, Missed):
                self._candidates.append([*node.path(choice), choice.given(inputs)])
            elif outcome is not None and outcome.joint.key() not in self._seen:
                self._add(_single(node, inputs, outcome.joint, choice))

    def _add(self, node: Node) -> None:
        key = node.joint.key() if node.is_single else id(node)
        known = self._next.get(key)
        if known is None:
            self._left -= 1
            if self._left < 0:
                raise LimitReached("too many distinct states")
        if known is None or node.cost < known.cost:
            self._next[key] = node


def _cheapest_first(candidates: list[list[Given]]) -> Iterator[list[Given]]:
    """By size; of one size by their text, which takes long for long runs and is seldom needed."""
    for _, alike in groupby(sorted(candidates, key=size_of), size_of):
        tied = list(alike)
        yield from sorted(tied, key=str) if len(tied) > 1 else tied


class _History:
    """The last levels, and when it is worth looking whether they repeat."""

    def __init__(self) -> None:
        self.levels: list[Level] = []
        """The latest first."""
        self._next_look = FIRST_LOOK

    def add(self, level: list[Node], following: list[Node]) -> None:
        if not following or not all(node.is_single for node in following):
            self.levels = []
            return
        places = {id(node): place for place, node in enumerate(level)}
        origins = tuple(places.get(id(node.parent), 0) for node in following)
        self.levels = [Level(tuple(following), origins), *self.levels[:2]]

    def is_due(self, length: int) -> bool:
        """Look now and then: at lengths that double."""
        if len(self.levels) < 3 or length < self._next_look:
            return False
        self._next_look = 2 * length
        return True


def _single(node: Node, inputs: Mapping[str, Value], joint: Joint, choice: Choice) -> Node:
    """A single state reached from a node by a choice of its open variables and inputs."""
    before = node.cost if node.is_single else size_of(node.path(choice))
    return Node(joint, NOWHERE, node, inputs, choice, before + size_of([choice.given(inputs)]))
