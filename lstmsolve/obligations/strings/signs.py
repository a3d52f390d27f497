"""Looking for a proof by signs that one unit cannot say an output, whatever the others do (`kernel.proofs.signs`).

Some strings are run through the spec. Then what is owed is gone through: where the signs that are known leave it open,
a gate's argument is above 0 or not, and both are tried. Where what is owed is missed, or where no weights w[γ] have the
signs, the conditions that led there are a nogood; the search (`learning`) derives others from it, and so ends with the
few strings that matter. If all is as owed, there is no proof.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Activation, Gate, Vector
from lstmsolve.kernel.proofs.signs import (
    Condition,
    Contradicted,
    Decided,
    Known,
    Lemma,
    Missed,
    SignNode,
    SignProof,
    Signs,
    owed_signs,
    shown_signs,
)
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.strings.gates import GateWeights, Key, Word
from lstmsolve.obligations.strings.learning import Derived, Nogood, Search

String: TypeAlias = tuple[Vector, ...]

MOST_CONFLICTS: Final = 300
"""Where the strings are any."""


@dataclass(frozen=True)
class Refutation:
    """The strings on which a unit fails, and why."""

    strings: tuple[String, ...]
    proof: SignProof


@dataclass(frozen=True)
class _Void:
    """No weights of a gate have these signs."""

    factors: Mapping[Key, Fraction]


@dataclass(frozen=True)
class _Lost:
    """What is owed after a word is missed."""

    word: Word


_Why: TypeAlias = _Void | _Lost
_Nogood: TypeAlias = Nogood[Key, _Why]


def refuted_by_signs(
    problem: Problem,
    unit: int,
    owed: Mapping[String, tuple[Output, ...]],
    watch: Watch,
    most: int = MOST_CONFLICTS,
) -> Refutation | None:
    """Why the unit cannot say output `unit` after these strings; None if signs do not tell.

    `owed` has the outputs after each string. So many conflicts are learned from, at `most`.

    Raises:
        LimitReached: signs do not tell soon, or the watch runs out.
    """
    letters = list(dict.fromkeys(x for word in owed for x in word))
    numbers = {x: number for number, x in enumerate(letters)}
    signs = {
        tuple(numbers[x] for x in word): owed_signs(problem.spec.demands(outputs), unit)
        for word, outputs in owed.items()
    }
    theory = _Said(problem, unit, letters, [_Due(word, allowed) for word, allowed in signs.items()])
    learned: list[_Nogood] = []
    for nogood in Search(theory).conflicts():
        learned.append(nogood)
        watch.check()
        if not nogood.values:
            return _told(learned, unit, letters)
        if len(learned) >= most:
            raise LimitReached("no proof by signs was found soon")
    return None


@dataclass(frozen=True, slots=True)
class _Due:
    """The signs that h may have after a word."""

    word: Word
    allowed: Signs


class _Said:
    """What one unit says, as far as signs of its gates are known."""

    def __init__(self, problem: Problem, unit: int, letters: Sequence[Vector], due: Sequence[_Due]) -> None:
        self._problem = problem
        self._unit = unit
        self._known: dict[Condition, bool] = {}
        self._weights = {gate: GateWeights(letters) for gate in Gate}
        self._marks: list[tuple[int, int]] = []
        self._due = due
        self._about: dict[Word, list[int]] = defaultdict(list)
        """By a beginning of words: which are due."""
        for place, one in enumerate(due):
            for length in range(1, len(one.word) + 1):
                self._about[one.word[:length]].append(place)
        self._open: dict[int, tuple[Key, bool, int]] = {}
        """Of what is due and not met, the first open condition, the value to try first, and how many are open."""
        self._changed = set(range(len(due)))

    def assume(self, key: Key, value: bool) -> _Nogood | None:
        weights = self._weights[key[0]]
        self._known[key] = value
        self._marks.append(weights.mark())
        self._changed.update(self._about[key[2]])
        void = weights.assume(key, value)
        if void is not None:
            return Nogood({reason: self._known[reason] for reason in void}, _Void(void))
        for place in self._about[key[2]]:
            one = self._due[place]
            if not shown_signs(self._problem.choice, self._unit, self._known, one.word) & one.allowed:
                return Nogood(self._used(one), _Lost(one.word))
        return None

    def forget(self, key: Key) -> None:
        self._weights[key[0]].reset(self._marks.pop())
        self._changed.update(self._about[key[2]])
        del self._known[key]

    def wanted(self) -> Iterable[tuple[Key, bool, int]]:
        """The first open condition of each thing that is due and not met."""
        for place in self._changed:
            found = self._looked_at(self._due[place])
            if found is None:
                self._open.pop(place, None)
            else:
                self._open[place] = found
        self._changed.clear()
        return self._open.values()

    def _looked_at(self, one: _Due) -> tuple[Key, bool, int] | None:
        if shown_signs(self._problem.choice, self._unit, self._known, one.word) <= one.allowed:
            return None
        undecided = [key for key in self._bearing(one.word) if key not in self._known]
        return (undecided[0], 0 not in one.allowed, len(undecided)) if undecided else None

    def _bearing(self, word: Word) -> Iterator[Key]:
        """Conditions that bear upon what is shown after the word: the last step's first."""
        known = self._known
        yield Gate.OUTPUT, 1, word
        for length in range(len(word), 0, -1):
            so_far = word[:length]
            yield Gate.INPUT, 1, so_far
            if known.get((Gate.INPUT, 1, so_far)):
                yield Gate.CANDIDATE, 1, so_far
                if self._problem.choice.candidate is Activation.IDENTITY:
                    yield Gate.CANDIDATE, -1, so_far
            if length > 1 or self._problem.choice.initial is not None or self._problem.choice.free_c:
                yield Gate.FORGET, 1, so_far
                if known.get((Gate.FORGET, 1, so_far)) is False:
                    return

    def _used(self, due: _Due) -> Mapping[Key, bool]:
        """Few of the known conditions that suffice for what is due to be missed."""
        word = due.word
        steps = ((gate, sign, word[:n]) for n in range(1, len(word) + 1) for gate in Gate for sign in (1, -1))
        needed: list[Key] = [key for key in steps if key in self._known]
        known: dict[Condition, bool] = {key: self._known[key] for key in needed}
        for key in tuple(needed):
            value = known.pop(key)
            if shown_signs(self._problem.choice, self._unit, known, word) & due.allowed:
                known[key] = value
            else:
                needed.remove(key)
        return {key: self._known[key] for key in needed}


# --- the proof -----------------------------------------------------------------------------------


def _told(learned: Sequence[_Nogood], unit: int, letters: Sequence[Vector]) -> Refutation:
    """The last nogood and those that it is derived from, with strings and steps in place of words."""
    needed: list[_Nogood] = []
    wanted = {learned[-1]}
    for nogood in reversed(learned):
        if nogood in wanted and isinstance(nogood.why, Derived):
            needed.append(nogood)
            wanted.update(_sources(nogood))
    needed.reverse()
    words = {word for nogood in wanted for word in _words(nogood)}
    longest = sorted(
        (word for word in words if not any(len(o) > len(word) and o[: len(word)] == word for o in words)),
        key=lambda word: (len(word), word),
    )
    places = {word[:n]: (i, n - 1) for i, word in reversed([*enumerate(longest)]) for n in range(1, len(word) + 1)}
    strings = tuple(tuple(letters[number] for number in word) for word in longest)
    telling = _Telling(places, {nogood: number for number, nogood in enumerate(needed)})
    *lemmas, whole = (telling.lemma(nogood) for nogood in needed)
    return Refutation(strings, SignProof(unit, whole.tree, tuple(lemmas)))


def _sources(nogood: _Nogood) -> Iterator[_Nogood]:
    if isinstance(nogood.why, Derived):
        yield nogood.why.broken
        yield from (reason for _, _, reason in nogood.why.following)


def _words(nogood: _Nogood) -> Iterator[Word]:
    yield from (word for _, _, word in nogood.values)
    if isinstance(nogood.why, Derived):
        yield from (key[2] for key, _, _ in nogood.why.following)
    if isinstance(nogood.why, _Lost):
        yield nogood.why.word


@dataclass(frozen=True)
class _Telling:
    places: Mapping[Word, tuple[int, int]]
    numbers: Mapping[_Nogood, int]

    def lemma(self, nogood: _Nogood) -> Lemma:
        """That the nogood's conditions cannot all hold."""
        assert isinstance(nogood.why, Derived)
        rows = {key: number for number, key in enumerate(nogood.values)}
        for key, _, _ in nogood.why.following:
            rows[key] = len(rows)
        tree = self._leaf(nogood.why.broken, rows)
        for key, value, reason in reversed(nogood.why.following):
            other = self._leaf(reason, rows)
            gate, sign, word = key
            above, not_above = (tree, other) if value else (other, tree)
            tree = Decided(gate, sign, *self.places[word], above, not_above)
        assumed = ((gate, sign, *self.places[word], value) for (gate, sign, word), value in nogood.values.items())
        return Lemma(tuple(assumed), tree)

    def _leaf(self, nogood: _Nogood, rows: Mapping[Key, int]) -> SignNode:
        match nogood.why:
            case Derived():
                return Known(self.numbers[nogood])
            case _Void(factors):
                return Contradicted({rows[key]: factor for key, factor in factors.items()})
            case _Lost(word):
                return Missed(*self.places[word])
