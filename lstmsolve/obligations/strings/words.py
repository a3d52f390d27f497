"""Sets of strings, with what a spec owes after each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from lstmsolve.kernel.base.errors import LimitReached, OutsideFragment
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.stepping.systems import Inputs, lifted
from lstmsolve.obligations.strings.systems import encoded

Word: TypeAlias = tuple[Vector, ...]
Owed: TypeAlias = Mapping[Word, tuple[Output, ...]]

MOST_INPUTS: Final = 1_000

MOST_WORDS: Final = 400
"""Strings of one set, and paths that are gone."""

LONGEST: Final = 3
"""Steps of the paths that are gone in all ways."""

_Reached: TypeAlias = tuple[Mapping[str, Value], Word]


def telling_inputs(problem: Problem) -> list[Mapping[str, Constant]]:
    """All inputs where they are listed and few, else some that tell much."""
    listed = Inputs(problem.spec)
    if listed.listable and len(listed.cases) <= MOST_INPUTS and not listed.region((), {}).variables:
        return [chosen for chosen, _ in listed.cases]
    return [*sample_inputs(problem.spec)]


def owed_words(problem: Problem) -> Iterator[Owed]:
    """Sets of strings: each a path of some inputs, with every input that may come next at each of its steps.

    First come all short paths, then those that lead to each state of the spec, then all of these together.
    """
    inputs = telling_inputs(problem)
    if len(inputs) > MOST_WORDS:
        return
    letters = [encoded(problem.spec, given) for given in inputs]
    steps: dict[Word, tuple[Output, ...]] = {}
    front: Sequence[_Reached] = [(problem.spec.initial, ())]
    for _ in range(LONGEST):
        longer: list[_Reached] = []
        for registers, word in front[: MOST_WORDS // len(inputs)]:
            longer += _extended(problem, [(registers, word)], inputs, steps)
            yield _along(word, letters, steps)
        front = longer
    states = [word for _, word in _states(problem, inputs, steps)]
    for word in states[1:]:
        yield _along(word, letters, steps)
    yield {(*word, x): steps[*word, x] for word in states for x in letters if (*word, x) in steps}


def _along(path: Word, letters: Sequence[Vector], steps: Owed) -> Owed:
    """The strings that leave the path at one of its steps, or go on for one more."""
    left = ((*path[:n], x) for n in range(len(path) + 1) for x in letters)
    return {word: steps[word] for word in left if word in steps}


def _states(
    problem: Problem, inputs: Sequence[Mapping[str, Constant]], steps: dict[Word, tuple[Output, ...]]
) -> Iterator[_Reached]:
    """States of the spec, each with a shortest string that leads there; what is owed on the way is noted."""
    front: list[_Reached] = [(problem.spec.initial, ())]
    known = {tuple(problem.spec.initial.values())}
    while front:
        yield from front
        following: list[_Reached] = []
        for registers, word in _extended(problem, front, inputs, steps):
            key = tuple(registers.values())
            if key not in known and len(known) * len(inputs) < MOST_WORDS:
                known.add(key)
                following.append((registers, word))
        front = following


def _extended(
    problem: Problem,
    front: Sequence[_Reached],
    inputs: Sequence[Mapping[str, Constant]],
    owed: dict[Word, tuple[Output, ...]],
) -> Iterator[_Reached]:
    """Each string with each input after it that keeps the promise; what is owed there is noted."""
    spec = problem.spec
    for registers, word in front:
        for given in inputs:
            values = {name: lifted(entry) for name, entry in given.items()}
            try:
                if not spec.assumed(registers, values):
                    continue
                after = spec.step(registers, values)
            except (OutsideFragment, LimitReached):
                continue
            longer = (*word, encoded(spec, given))
            owed[longer] = after.outputs
            yield after.registers, longer
