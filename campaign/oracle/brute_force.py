"""Is it true? Short strings are tried one by one, long ones at random, and runs that are claimed are run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product, zip_longest
from random import Random
from typing import Any

from campaign.oracle.specs import Owed, Spec, State, Symbol, keeps, meets
from campaign.oracle.textbook import Record, Row, Textbook

MANY_BITS = 4000
"""Numbers that are longer are not followed any further."""

Letters = tuple[dict[str, Symbol], ...]


@dataclass(frozen=True)
class Tried:
    """What trying strings has shown."""

    failure: Letters | None
    """A shortest string among those tried on which the weights are wrong."""
    depth: int
    """Every string of up to this many steps, made of the values that are tried, was right (or the failure's length)."""
    whole: bool
    """Were all values of all inputs tried?"""
    closed: bool
    """Were all joint states seen? Then, without a failure, the weights are right at every length."""


def letters(spec: Spec, most: int = 40) -> Letters:
    """Combinations of inputs that are tried, at most so many."""
    every = [dict(zip(spec.inputs, row, strict=True)) for row in product(*(d.tried for d in spec.inputs.values()))]
    if len(every) <= most:
        return tuple(every)
    return tuple(Random(len(every)).sample(every, most))


def all_tried(spec: Spec) -> bool:
    """Are the letters all inputs that there are?"""
    count = 1
    for domain in spec.inputs.values():
        if domain.finite is None:
            return False
        count *= len(domain.finite)
    return count == len(letters(spec))


def attempt(spec: Spec, weights: Record, budget: int = 3000, longest: int = 30) -> Tried:
    """Try all strings, shortest first, for so many steps of the cell."""
    cell, alphabet, whole = Textbook.of(weights), letters(spec), all_tried(spec)
    level: dict[Any, Letters] = {(spec.start, *cell.start): ()}
    seen = set(level)
    complete = True
    for length in range(1, longest + 1):
        following: dict[Any, Letters] = {}
        for (state, c, h), string in level.items():
            for letter in alphabet:
                budget -= 1
                if budget < 0:
                    return Tried(None, length - 1, whole, closed=False)
                outcome = _step(spec, cell, state, c, h, letter)
                if outcome is None:
                    continue
                after, right = outcome
                if not right:
                    return Tried((*string, letter), length, whole, closed=False)
                if _long(after):
                    complete = False
                elif after not in seen:
                    seen.add(after)
                    following[after] = (*string, letter)
        if not following:
            return Tried(None, longest, whole, closed=whole and complete)
        level = following
    return Tried(None, longest, whole, closed=False)


def outputs(spec: Spec, weights: Record, random: Random, steps: int = 120) -> int:
    """How many different h[0] a few random runs show."""
    cell, alphabet, found = Textbook.of(weights), letters(spec), set[Fraction]()
    while steps > 0:
        state, (c, h) = spec.start, cell.start
        for _ in range(12):
            steps -= 1
            outcome = _step(spec, cell, state, c, h, alphabet[random.randrange(len(alphabet))])
            if outcome is None:
                break
            (state, c, h), _ = outcome
            found.add(h[0])
    return len(found)


def wander(spec: Spec, weights: Record, random: Random, walks: int = 12, length: int = 50) -> Letters | None:
    """Long random strings, with numbers beyond those that are tried; one on which the weights are wrong."""
    cell = Textbook.of(weights)
    for _ in range(walks):
        state, (c, h), string = spec.start, cell.start, list[dict[str, Symbol]]()
        habit = {name: _drawn(domain.tried, random) for name, domain in spec.inputs.items()}
        for _ in range(length):
            letter = {name: habit[name] if random.random() < 0.6 else _far(spec, name, random) for name in spec.inputs}
            outcome = _step(spec, cell, state, c, h, letter)
            if outcome is None:
                break
            string.append(letter)
            (state, c, h), right = outcome
            if not right:
                return tuple(string)
            if _long((state, c, h)):
                break
    return None


def wrong_on(spec: Spec, weights: Record, string: Sequence[Mapping[str, Symbol]]) -> int | None:
    """The first step of a string at which the weights are wrong."""
    cell = Textbook.of(weights)
    state, (c, h) = spec.start, cell.start
    for n, letter in enumerate(string):
        outcome = _step(spec, cell, state, c, h, letter)
        if outcome is None:
            return None
        (state, c, h), right = outcome
        if not right:
            return n
    return None


def objections(spec: Spec, weights: Record, run: Mapping[str, Any]) -> Iterator[str]:
    """What is not so about a counterexample (the object of a result)."""
    string = [spec.decode(list(map(Fraction, columns))) for columns in run["inputs"]]
    if any(letter is None for letter in string):
        yield "an input of the counterexample is none of the case's"
        return
    legal = [letter for letter in string if letter is not None]
    if run["step"] != len(legal) - 1:
        yield "the counterexample goes on after its step"
    if wrong_on(spec, weights, legal) != run["step"]:
        yield f"the weights are wrong at step {wrong_on(spec, weights, legal)}, not at {run['step']}"
        return
    cell, state = Textbook.of(weights), spec.start
    c, h = cell.start
    wanted: tuple[Owed, ...] = ()
    for n, letter in enumerate(legal):
        reaction = spec.react(state, letter)
        assert reaction is not None
        state, wanted = reaction
        c, h = cell.step(c, h, spec.encode(letter))
        if [list(map(Fraction, run["trace"][key][n])) for key in "ch"] != [list(c), list(h)]:
            yield f"c and h of the trace are wrong at step {n}"
            return
    if list(map(Fraction, run["actual"])) != list(cell.read(h)[: len(run["actual"])]):
        yield "the actual output is another"
    if spec.margins is not None or spec.always:
        return  # what is expected is then more than numbers
    for said, one in zip_longest(run["expected"], wanted):
        if (said is None) != (one is None) or (one is not None and one[0] == "==" and Fraction(said) != one[1]):
            yield "the expected output is another"


def _step(
    spec: Spec, cell: Textbook, state: State, c: Row, h: Row, letter: Mapping[str, Symbol]
) -> tuple[tuple[State, Row, Row], bool] | None:
    """The joint state afterwards, and whether h is right; None where nothing is owed any more."""
    reaction = spec.react(state, letter)
    if reaction is None:
        return None
    after, wanted = reaction
    c, h = cell.step(c, h, spec.encode(letter))
    z = cell.read(h)
    return (after, c, h), meets(z, wanted) and keeps(spec, after, {"c": c, "h": h, "z": z})


def _long(joint: tuple[State, Row, Row]) -> bool:
    numbers = [v for part in joint for v in part if isinstance(v, Fraction)]
    return any(v.numerator.bit_length() + v.denominator.bit_length() > MANY_BITS for v in numbers)


def _far(spec: Spec, name: str, random: Random) -> Symbol:
    domain = spec.inputs[name]
    if domain.finite is not None or random.random() < 0.5:
        return _drawn(domain.tried, random)
    size = random.choice((5, 50, 1000))
    bottom, top = random.randint(-size, 0), random.randint(1, size)
    found = Fraction(random.randint(bottom, top), 1 if domain.kind == "integer" else random.choice((1, 2, 3, 10)))
    return found if domain.holds(found) else _drawn(domain.tried, random)


def _drawn(values: Sequence[Symbol], random: Random) -> Symbol:
    return values[random.randrange(len(values))]
