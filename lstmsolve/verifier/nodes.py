"""The nodes of the search for counterexamples: joint states, or families of them, and how they were reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ZERO, Affine, Row, normalised
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.symbolic import Entry
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.linear.polyhedra import minimum, point_in
from lstmsolve.obligations.stepping.systems import Joint, lifted

Given: TypeAlias = dict[str, Constant]
"""One step's inputs, as numbers and symbols."""

BEYOND: Final = 1_000
"""How far out an unbounded variable is sampled."""

NOWHERE: Final = Region((), frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Choice:
    """Numbers for the variables of a region."""

    region: Region
    point: Mapping[str, Fraction]

    def value(self, value: Value) -> Constant:
        if isinstance(value, str):
            return value
        form = self.region.bind(value)
        return form.at({name: self.point.get(name, ZERO) for name in form.variables})

    def given(self, inputs: Mapping[str, Value]) -> Given:
        return {name: self.value(value) for name, value in inputs.items()}

    def joint(self, joint: Joint) -> Joint:
        """A joint state with its open variables chosen."""

        def numbers(entries: Sequence[Entry]) -> tuple[Entry, ...]:
            values = (self.value(Affine.lift(entry)) for entry in entries)
            return tuple(value for value in values if isinstance(value, Fraction))

        registers = {name: lifted(self.value(value)) for name, value in joint.registers.items()}
        return Joint(registers, numbers(joint.c), numbers(joint.h))


NOTHING_TO_CHOOSE: Final = Choice(NOWHERE, {})


@dataclass(frozen=True, slots=True)
class Node:
    """A joint state, or a family of them over the variables of `region`."""

    joint: Joint
    region: Region
    parent: Node | None
    inputs: Mapping[str, Value]
    """The last input, over the variables of the region that was current then."""
    choice: Choice | None
    """For a single state: the inputs that were chosen to reach it."""
    cost: Fraction
    before: Callable[[], list[Given]] = list
    """For a node without parent: the inputs that lead to it."""

    @property
    def is_single(self) -> bool:
        return not self.region.variables

    def last_given(self) -> Given:
        """The last input of a single state."""
        return (self.choice or NOTHING_TO_CHOOSE).given(self.inputs)

    def path(self, choice: Choice = NOTHING_TO_CHOOSE) -> list[Given]:
        """The inputs that lead here, given numbers for the variables still open."""
        found: list[Given] = []
        node = self
        while node.parent is not None:
            choice = node.choice or choice
            found.append(choice.given(node.inputs))
            node = node.parent
        return [*node.before(), *reversed(found)]


def root(joint: Joint, before: Callable[[], list[Given]] = list) -> Node:
    """A single state reached by inputs that are only told when somebody asks."""
    return Node(joint, NOWHERE, None, {}, None, ZERO, before)


def size_of(inputs: Sequence[Given]) -> Fraction:
    """How large inputs are; symbols weigh nothing."""
    often = Counter(map(id, inputs))  # in long runs the same steps come again and again
    steps = {id(given): given for given in inputs}
    return sum(
        (often[key] * abs(v) for key, given in steps.items() for v in given.values() if isinstance(v, Fraction)), ZERO
    )


# --- numbers for variables -----------------------------------------------------------------------


def small_choice(region: Region, *rows: Row) -> Choice | None:
    """A small point of the region that satisfies more rows as well; None if none is found."""
    sharp = (normalised(row.form, row.strict, region.integers) for row in rows)
    try:
        point = point_in([*region.rows, *sharp], region.integers)
    except LimitReached:
        return None
    return None if point is None else Choice(region, point)


def sampled_choices(region: Region) -> Iterator[Choice]:
    """The smallest point, and points where each variable is least and greatest (or far out)."""
    goals: list[tuple[Row, ...]] = [()]
    for name in sorted(region.variables):
        for form in (Affine.variable(name), -Affine.variable(name)):
            least = minimum(region.rows, form)
            edge = -BEYOND if least is None else least[0]
            goals.append((normalised(-form + edge, False, region.integers),))
    for goal in goals:
        choice = small_choice(region, *goal)
        if choice is not None:
            yield choice
