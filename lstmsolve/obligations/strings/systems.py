"""Strings as obligations: what any weights at all must do on them, whichever map they keep.

A set of strings is a tree of prefixes. At each prefix the spec says what h must be, whatever the
weights; c is the weights' own business. If no weights do right on some finite set, none do at all.

A string may hold the input `K` or repeat a step `K` times, and stands for one string for each large
number K: that `u_o = 0` exactly shows only on ever larger tallies. As K grows, registers are forms in
K, and so are c and h but for what dies out (the lemma in docs/regions.md, whose names are used here).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.spec.specs import Demand, Relation, Spec
from lstmsolve.obligations.stepping.systems import lifted

K: Final = "K"
"""The endless parameter."""

FEWEST_LAPS: Final = 2
"""Times that a repeated step is taken one by one before it is taken K times more."""

MOST_LAPS: Final = 8
"""If what is owed does not move in a straight line by then, the string ends."""

Given: TypeAlias = Mapping[str, Constant]
"""One step's inputs by name."""
String: TypeAlias = tuple[Given, ...]
"""A string without K."""

Entry: TypeAlias = Fraction | Affine | str
"""An input's value: a number, a form in K, or a symbol."""


@dataclass(frozen=True)
class StringStep:
    """One step, or the same step K times."""

    given: Mapping[str, Entry]
    repeated: bool = False

    def __str__(self) -> str:
        written = ":".join(str(value) for value in self.given.values())
        return f"{written}^K" if self.repeated else written


EndlessString: TypeAlias = tuple[StringStep, ...]
"""A string that may hold K."""


def plain(string: Iterable[Given]) -> EndlessString:
    """A string without K, as one that might have held it."""
    return tuple(StringStep(dict(given)) for given in string)


def written(string: EndlessString) -> str:
    """The string as people write it: `1^K, 0, K`."""
    return ", ".join(map(str, string))


@dataclass(frozen=True, slots=True)
class Prefix:
    """A string read so far: its parent's number, the last input columns [D], and what is owed now."""

    parent: int | None
    x: tuple[Affine, ...]
    demands: tuple[Demand, ...]
    """Of the outputs z; bounds are numbers, or forms in K."""
    endless: bool = False
    """Does the string hold K?"""
    lap: tuple[Affine, ...] | None = None
    """Where the parent's last step is taken K times more: h [H] before the last of them."""


@dataclass(frozen=True)
class PrefixTree:
    """All prefixes of some strings, parents first; the empty one is number 0."""

    prefixes: tuple[Prefix, ...]
    ends: tuple[int, ...]
    """For each string, its last prefix."""

    def path(self, end: int) -> Iterator[int]:
        """The prefixes of a string, the empty one left out."""
        return _path(self.prefixes, end)


def _path(prefixes: Sequence[Prefix], end: int) -> Iterator[int]:
    number: int | None = end
    while number is not None and number > 0:
        yield number
        number = prefixes[number].parent


def prefix_tree(spec: Spec, strings: Iterable[EndlessString], hidden: int | None = None) -> PrefixTree:
    """The tree of these strings; steps that are repeated need the hidden size.

    A string ends where it breaks the promise of [assume], or where K tells nothing.
    """
    tree = GrowingTree(spec, hidden)
    ends = tree.add(strings)
    return PrefixTree(tuple(tree.prefixes), tuple(ends))


def encoded(spec: Spec, given: Given) -> tuple[Fraction, ...]:
    """One step's inputs as columns, [D]."""
    columns = spec.encode({name: lifted(value) for name, value in given.items()})
    return tuple(column.constant for column in columns)


class _Eventually:
    """Answers for all large K."""

    def at_least_zero(self, form: Affine) -> bool:
        return form.coefficient(K) > 0

    def is_integer(self, variable: str) -> bool:
        return True


class _Always:
    """Answers for all K from 0 on; refuses where that differs from K to K."""

    def at_least_zero(self, form: Affine) -> bool:
        slope, constant = form.coefficient(K), form.constant
        if slope > 0 and constant >= 0:
            return True
        if slope < 0 and constant < 0:
            return False
        raise OutsideFragment(f"the sign of {form} changes with K")

    def is_integer(self, variable: str) -> bool:
        return True


_Grown: TypeAlias = tuple[Prefix, Mapping[str, Value]]
"""A prefix and the registers after it."""


class GrowingTree:
    """All prefixes of some strings, to which others can be added."""

    def __init__(self, spec: Spec, hidden: int | None) -> None:
        self._spec = spec
        self._owed_throughout = not spec.has_layer and spec.width == hidden
        self.prefixes = [Prefix(None, (), ())]
        self._registers: list[Mapping[str, Value]] = [spec.initial]
        self._children: dict[tuple[int, tuple[Affine, ...], bool], int | None] = {}
        self._inputs: dict[tuple[tuple[str, Entry], ...], tuple[Mapping[str, Value], tuple[Affine, ...]]] = {}

    def add(self, strings: Iterable[EndlessString]) -> list[int]:
        """For each string, its last prefix."""
        ends: list[int] = []
        for string in strings:
            number = 0
            for step in string:
                following = self._after(number, step)
                if following is None:
                    break
                number = following
            ends.append(number)
        return ends

    def path(self, end: int) -> Iterator[int]:
        """The prefixes of a string, the empty one left out."""
        return _path(self.prefixes, end)

    def _after(self, number: int, step: StringStep) -> int | None:
        if not step.repeated:
            return self._child(number, step, lapped=False)
        if self.prefixes[number].endless:
            return None  # K stands for one thing at a time
        for lap in range(1, MOST_LAPS + 1):
            following = self._child(number, step, lapped=False)
            if following is None:
                return None
            number = following
            if lap >= FEWEST_LAPS and (end := self._child(number, step, lapped=True)) is not None:
                return end
        return None

    def _child(self, number: int, step: StringStep, *, lapped: bool) -> int | None:
        """The prefix after one step more, or after K more of the step just taken; None where the string ends."""
        values, x = self._columns(step)
        key = (number, x, lapped)
        if key not in self._children:
            self._children[key] = None
            try:
                grown = self._lapped(number, x, values) if lapped else self._stepped(number, x, values)
            except OutsideFragment:
                grown = None
            if grown is not None:
                self._children[key] = len(self.prefixes)
                self.prefixes.append(grown[0])
                self._registers.append(grown[1])
        return self._children[key]

    def _columns(self, step: StringStep) -> tuple[Mapping[str, Value], tuple[Affine, ...]]:
        """The inputs as the spec takes them, and as the cell does."""
        given = tuple(step.given.items())
        if given not in self._inputs:
            values: dict[str, Value] = {
                name: value if isinstance(value, str) else Affine.lift(value) for name, value in given
            }
            self._inputs[given] = values, self._spec.encode(values)
        return self._inputs[given]

    def _stepped(self, number: int, x: tuple[Affine, ...], values: Mapping[str, Value]) -> _Grown | None:
        registers = self._registers[number]
        if not self._spec.assumed(registers, values, _Eventually()):
            return None
        after = self._spec.step(registers, values, _Eventually())
        demands = tuple(self._spec.demands(after.outputs))
        endless = self.prefixes[number].endless or any(not form.is_constant for form in x)
        return Prefix(number, x, demands, endless), after.registers

    def _lapped(self, number: int, x: tuple[Affine, ...], values: Mapping[str, Value]) -> _Grown | None:
        """After K more laps, if from here on registers and outputs move in a straight line."""
        if any(not form.is_constant for form in x):
            raise OutsideFragment("an input that grows is not the same input again")
        start = self._registers[number]
        one_on = self._spec.step(start, values).registers
        line: dict[str, Value] = {name: _line(value, one_on[name]) for name, value in start.items()}
        if not self._spec.assumed(line, values, _Always()):
            return None
        # By induction over laps: where the registers are on the line, they are so after one lap more.
        beyond = self._spec.step(line, values, _Always())
        if dict(beyond.registers) != {name: _shifted(value, 1) for name, value in line.items()}:
            raise OutsideFragment("the registers do not move in a straight line")
        h = tuple(d.bound for d in self._spec.demands(beyond.outputs) if d.relation is Relation.EQUAL)
        if not self._owed_throughout or len(h) != self._spec.width:
            raise OutsideFragment("what is fed back is not fixed")
        # `h` is after K + 1 laps. Where it does not move, the lap after this prefix has to see it already.
        steady = all(form.is_constant for form in h)
        owed = tuple(Demand(unit, ((unit, 1),), Relation.EQUAL, form) for unit, form in enumerate(h))
        if steady and self.prefixes[number].demands != owed:
            raise OutsideFragment("what is owed is not yet what is owed on all laps")
        demands = tuple(replace(demand, bound=form_before(demand.bound, 1)) for demand in owed)
        return Prefix(number, x, demands, True, tuple(form_before(form, 2) for form in h)), line


def _line(value: Value, one_on: Value) -> Value:
    """A register after K laps, if each lap adds the same."""
    if isinstance(value, str) or isinstance(one_on, str):
        return value
    return value + Affine.variable(K) * (one_on - value).constant


def _shifted(value: Value, laps: int) -> Value:
    return value if isinstance(value, str) else value.substitute({K: Affine.variable(K) + laps})


def form_before(form: Affine, laps: int) -> Affine:
    """What a form in K was some laps earlier."""
    return form.substitute({K: Affine.variable(K) - laps})
