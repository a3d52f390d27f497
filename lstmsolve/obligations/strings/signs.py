"""Looking for a proof by signs that one unit cannot say an output, whatever the others do (`kernel.proofs.signs`).

Some strings are run through the spec. Then what is owed is gone through: where the signs that are known leave it open,
a gate's argument is above 0 or not, and both sides are searched. A side ends where what is owed is missed, or where no
weights w[γ] have the signs; a side where all is as owed ends the search. Each refuted side tells which conditions it
used, and a decision that one side did not need is dropped (conflict-directed backjumping, Prosser 1993). That leaves
the few strings that matter.

The a[γ](p) need no place in linear programs: of two steps after the same p, s > 0 in one and s <= 0 in the other say
w[γ] (x - x') > 0, and these rows say all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import add, mul
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Activation, Gate, Vector
from lstmsolve.kernel.proofs.signs import (
    Condition,
    Contradicted,
    Decided,
    Missed,
    SignNode,
    SignProof,
    Signs,
    owed_signs,
    shown_signs,
)
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output
from lstmsolve.linear.polyhedra import refute
from lstmsolve.model.watch import Watch

String: TypeAlias = tuple[Vector, ...]
Word: TypeAlias = tuple[int, ...]
"""A string by the numbers of its inputs."""

Key: TypeAlias = tuple[Gate, int, Word]

DEEPEST: Final = 200
"""Decisions one after another."""

MOST_DECISIONS: Final = 800

ROUNDS: Final = 40
"""Of the perceptron that looks for weights with the signs so far."""


@dataclass(frozen=True)
class Refutation:
    """The strings on which a unit fails, and why."""

    strings: tuple[String, ...]
    proof: SignProof


@dataclass(frozen=True)
class _Fork:
    key: Key
    above: _Tree
    not_above: _Tree


@dataclass(frozen=True)
class _Void:
    factors: Mapping[Key, Fraction]


@dataclass(frozen=True)
class _Lost:
    word: Word


_Tree: TypeAlias = _Fork | _Void | _Lost
_Used: TypeAlias = frozenset[Key]


class _Open(Exception):
    """All that is owed can be said, as far as signs tell."""


def refuted_by_signs(
    problem: Problem, unit: int, owed: Mapping[String, tuple[Output, ...]], watch: Watch
) -> Refutation | None:
    """Why the unit cannot say output `unit` after these strings; None if signs do not tell, or not soon.

    `owed` has the outputs after each string. Raises LimitReached if the watch runs out.
    """
    letters = list(dict.fromkeys(x for word in owed for x in word))
    numbers = {x: number for number, x in enumerate(letters)}
    signs = {
        tuple(numbers[x] for x in word): owed_signs(problem.spec.demands(outputs), unit)
        for word, outputs in owed.items()
    }
    search = _Search(problem, unit, letters, watch)
    try:
        tree, _ = search.refuted([_Due(word, allowed) for word, allowed in signs.items()])
    except _Open:
        return None
    return _told(tree, unit, letters)


@dataclass(frozen=True, slots=True)
class _Due:
    """The signs that h may have after a word."""

    word: Word
    allowed: Signs


class _Search:
    def __init__(self, problem: Problem, unit: int, letters: Sequence[Vector], watch: Watch) -> None:
        self._problem = problem
        self._unit = unit
        self._watch = watch
        self._known: dict[Condition, bool] = {}
        self._weights = {gate: _Weights(letters) for gate in Gate}
        self._tried = 0

    def refuted(self, due: Sequence[_Due]) -> tuple[_Tree, _Used]:
        """The tree that refutes what is known together with what is due, and what of it is used.

        Raises:
            _Open: there is no such tree.
            LimitReached: it would be too large, or the watch ran out.
        """
        left: list[tuple[int, int, _Due, Key]] = []
        for place, one in enumerate(due):
            shown = shown_signs(self._problem.choice, self._unit, self._known, one.word)
            if not shown & one.allowed:
                return _Lost(one.word), self._used(one)
            undecided = (
                [] if shown <= one.allowed else [key for key in self._bearing(one.word) if key not in self._known]
            )
            if undecided:
                left.append((len(undecided), place, one, undecided[0]))
        if not left:
            raise _Open
        self._tried += 1
        if len(self._known) >= DEEPEST or self._tried > MOST_DECISIONS:
            raise LimitReached("no proof by signs was found soon")
        self._watch.check()
        _, _, first, key = min(left, key=lambda entry: entry[:2])
        due = [one for _, _, one, _ in left]
        sides: dict[bool, _Tree] = {}
        used: set[Key] = set()
        for above in (False, True) if 0 in first.allowed else (True, False):
            tree, needed = self._assumed(key, above, due)
            if key not in needed:
                return tree, needed
            sides[above] = tree
            used |= needed
        return _Fork(key, sides[True], sides[False]), frozenset(used - {key})

    def _assumed(self, key: Key, above: bool, due: Sequence[_Due]) -> tuple[_Tree, _Used]:
        weights = self._weights[key[0]]
        self._known[key] = above
        before = weights.mark()
        try:
            void = weights.assume(key, above)
            if void is not None:
                return _Void(void), frozenset(void)
            return self.refuted(due)
        finally:
            weights.reset(before)
            del self._known[key]

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

    def _used(self, due: _Due) -> _Used:
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
        return frozenset(needed)


class _Weights:
    """What is known of one gate's weights w: rows w (x - x') > 0 or >= 0, and a w that has them if one was found."""

    def __init__(self, letters: Sequence[Vector]) -> None:
        self._letters = letters
        self._sides: dict[Word, list[tuple[Vector, int, bool, Key]]] = defaultdict(list)
        """By what lies behind: the input, the sign that s is known to have there, whether strictly, and why."""
        self._rows: dict[tuple[Vector, bool], tuple[Key, Key]] = {}
        """Why each row holds, by the difference of inputs and whether it is strict."""
        self._whole: list[tuple[tuple[int, ...], bool]] = []
        """The same rows in whole numbers."""
        self._added: list[Word] = []
        self._point: list[int] = []
        self._fits = True
        """Has the point all rows?"""

    def mark(self) -> tuple[int, int]:
        return len(self._added), len(self._rows)

    def reset(self, mark: tuple[int, int]) -> None:
        while len(self._added) > mark[0]:
            self._sides[self._added.pop()].pop()
        while len(self._rows) > mark[1]:
            self._rows.popitem()
        del self._whole[mark[1] :]

    def assume(self, key: Key, above: bool) -> Mapping[Key, Fraction] | None:
        """Multipliers of the conditions that contradict each other, if some now do."""
        _, sign, word = key
        behind, x = word[:-1], self._letters[word[-1]]
        side = sign if above else -sign
        known = len(self._rows)
        for other, way, strict, why in self._sides[behind]:
            difference = tuple((a - b) * side for a, b in zip(x, other, strict=True))
            if way == -side and (difference, above or strict) not in self._rows:
                self._rows[difference, above or strict] = (key, why)
                self._whole.append((_whole(difference), above or strict))
        self._sides[behind].append((x, side, above, key))
        self._added.append(behind)
        if (self._fits and all(map(self._has, self._whole[known:]))) or self._found():
            self._fits = True
            return None
        self._fits = False
        found = refute([Row(_form(difference), strict) for difference, strict in self._rows])
        if found is None:
            return None
        reasons = list(self._rows.values())
        factors: dict[Key, Fraction] = defaultdict(Fraction)
        for position, factor in found.items():
            for why in reasons[position]:
                factors[why] += factor
        return dict(factors)

    def _has(self, row: tuple[tuple[int, ...], bool]) -> bool:
        value = sum(map(mul, row[0], self._point))
        return value > 0 or (value == 0 and not row[1])

    def _found(self) -> bool:
        """Does the perceptron find weights?"""
        if any(strict and not any(difference) for difference, strict in self._whole):
            return False
        self._point = self._point or [0] * len(self._letters[0])
        for _ in range(ROUNDS):
            missed = [difference for difference, strict in self._whole if not self._has((difference, strict))]
            if not missed:
                return True
            for difference in missed:
                self._point = list(map(add, self._point, difference))
        return False


def _whole(difference: Vector) -> tuple[int, ...]:
    scale = lcm(*(value.denominator for value in difference))
    return tuple(int(value * scale) for value in difference)


def _form(difference: Vector) -> Affine:
    return Affine.of({f"w[{column}]": value for column, value in enumerate(difference)})


def _told(tree: _Tree, unit: int, letters: Sequence[Vector]) -> Refutation:
    """The tree with strings and steps in place of words."""
    words = set(_words(tree))
    longest = sorted(
        (word for word in words if not any(len(o) > len(word) and o[: len(word)] == word for o in words)),
        key=lambda word: (len(word), word),
    )
    places = {word[:n]: (i, n - 1) for i, word in reversed([*enumerate(longest)]) for n in range(1, len(word) + 1)}
    strings = tuple(tuple(letters[number] for number in word) for word in longest)
    return Refutation(strings, SignProof(unit, _node(tree, places, {})))


def _words(tree: _Tree) -> Iterator[Word]:
    match tree:
        case _Fork(key, above, not_above):
            yield key[2]
            yield from _words(above)
            yield from _words(not_above)
        case _Lost(word):
            yield word
        case _Void():
            pass


def _node(tree: _Tree, places: Mapping[Word, tuple[int, int]], rows: Mapping[Key, int]) -> SignNode:
    match tree:
        case _Fork(key, above, not_above):
            more = {**rows, key: len(rows)}
            gate, sign, word = key
            return Decided(gate, sign, *places[word], _node(above, places, more), _node(not_above, places, more))
        case _Void(factors):
            return Contradicted({rows[key]: factor for key, factor in factors.items()})
        case _Lost(word):
            return Missed(*places[word])
