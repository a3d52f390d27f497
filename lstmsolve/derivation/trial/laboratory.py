"""Where claims are tried: the same net unrolled at several sizes, on random exact data.

The sizes grow from the least ones, so the first witness found is a small one. Everything is
determined by the seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from random import Random
from typing import Final

from lstmsolve.derivation.language.formulas import Choice, Condition, Derivative, Formula, as_index, walk
from lstmsolve.derivation.recurrences.systems import DIFFERENTIATED, DIFFERENTIATED_BY, System
from lstmsolve.derivation.trial.arithmetic import DIGITS, Arithmetic, NoValue, Real, Undefined, Value
from lstmsolve.derivation.trial.evaluation import Element, Indices, element_at, evaluate, holds, index_value
from lstmsolve.derivation.trial.unrolled import Unrolled, draw, places
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.model.watch import UNWATCHED, Watch

INSTANCES: Final = 9
LARGEST_GROWTH: Final = 6
"""The time runs to at most so much more than its least size."""

LEVELS: Final = 3
"""Other sizes cycle through so many values from their least on, out of step with each other."""

FARTHEST: Final = 40

MOST_ELEMENTS: Final = 72
"""Signals of an instance; sizes that would give more are not grown further."""

MOST_OF_LAST: Final = 240
"""The same of the last instance, inputs and parameters included; the time is shortened last."""

MOST_PLACES: Final = 24
"""Index values at which a claim is tried in one instance; the first and the last ones always."""

MOST_PLACES_OF_LARGE: Final = 6
"""The same where an instance has more signals than `MOST_ELEMENTS`; and one for each way in which conditions hold."""

ATTEMPTS: Final = 50
"""Data are drawn again where a formula has no value (a logarithm of a negative number) …"""

PATIENCE: Final = 5
"""… and after every so many attempts from half the range: what grows too fast saturates everything."""


@dataclass(frozen=True)
class Trial:
    """A claim's two sides at one place of one instance."""

    net: Unrolled
    number: int
    at: Indices
    """Sizes, and every index that is free on either side."""
    left: Real
    right: Value

    @property
    def agrees(self) -> bool:
        return not isinstance(self.right, Undefined) and self.net.arithmetic.close(self.left, self.right)

    def stands(self, again: Trial) -> bool:
        """Does the disagreement stand, when tried `again` with more digits? What rounding caused shrinks."""
        if again.agrees:
            return False
        if isinstance(self.right, Undefined) or isinstance(again.right, Undefined):
            return True
        return bool(abs(again.left - again.right) > abs(self.left - self.right) / 2)


@dataclass(frozen=True)
class Question:
    """What is tried: a derivative, and a formula for it."""

    left: Derivative
    right: Formula
    """With names of derivatives spelled out; it may hold unknown names."""
    indices: tuple[str, ...]
    """Index variables that are free on either side."""
    unknown_indices: tuple[str, ...] = ()


class Laboratory:
    """Instances of one system; each is unrolled when it is first asked for, and kept."""

    def __init__(self, system: System, seed: int = 0, reach: int = 0, watch: Watch = UNWATCHED) -> None:
        """`reach` is the largest index that must exist in the last instance, within `FARTHEST`."""
        self.system = system
        self._seed = seed
        self._reach = min(reach, FARTHEST)
        self._watch = watch
        self._nets: dict[tuple[int, int | None], Unrolled] = {}

    def net(self, number: int, digits: int | None = DIGITS) -> Unrolled:
        """Instance `number`, in floats or to so many digits; its data are the same at all of them.

        Raises:
            InputError: the formulas have no value at any data that were tried.
        """
        key = number, digits
        if key not in self._nets:
            self._watch.check()
            if digits == DIGITS:
                self._nets[key] = self._unrolled(number)
            else:
                exact = self.net(number)
                try:
                    self._nets[key] = Unrolled(self.system, exact.data, Arithmetic(digits), self._watch)
                except NoValue:
                    self._nets[key] = exact  # floats round to where a formula has no value
        return self._nets[key]

    def largest_sizes(self) -> dict[str, int]:
        """The largest value of each size among the instances."""
        tried = [self._sizes(number) for number in range(INSTANCES)]
        return {name: max(sizes[name] for sizes in tried) for name in self.system.sizes}

    def trials(self, question: Question, numbers: Iterable[int], digits: int | None = DIGITS) -> Iterator[Trial]:
        """Both sides wherever the left side exists."""
        for number in numbers:
            net = self.net(number, digits)
            look = _Imagined(net, f"{self._seed}/{number}")
            unknown = dict.fromkeys(question.unknown_indices, 1)
            for at in self._places(net, question):
                self._watch.check()
                try:
                    left = net.derivative(question.left.total, *_elements(question.left, at))
                except NoValue:
                    continue  # such as the slope of a square root at 0
                try:
                    right = evaluate(question.right, {**at, **unknown}, look, net.arithmetic)
                except NoValue as error:
                    right = Undefined(str(error))
                yield Trial(net, number, at, left, right)

    def imagined(self, number: int, names: Iterable[str]) -> dict[str, Fraction]:
        """The numbers that instance `number` puts in for names that nobody defines."""
        return {name: _imagined(f"{self._seed}/{number}", name) for name in names}

    def _places(self, net: Unrolled, question: Question) -> list[Indices]:
        """Values of the free indices at which the left side exists; some of them, if there are many."""
        sizes = net.data.sizes
        spans = [self.system.spans[name] for name in question.indices]
        ranges = [range(index_value(s.low, sizes), index_value(s.high, sizes) + 1) for s in spans]
        every: list[Indices] = [
            {**sizes, **dict(zip(question.indices, values, strict=True))} for values in product(*ranges)
        ]
        there = [at for at in every if all(net.in_range(e) for e in _elements(question.left, at))]
        most = MOST_PLACES if self._elements(sizes, self.system.signals) <= MOST_ELEMENTS else MOST_PLACES_OF_LARGE
        if len(there) <= most:
            return there
        telling = {tuple(self._decided(net, condition, at) for condition in _conditions(question)): at for at in there}
        middle = Random(f"{self._seed}/places").sample(range(2, len(there) - 2), most - 4)
        chosen = [*(there[k] for k in (0, 1, *middle, -2, -1)), *telling.values()]
        return [at for at in there if at in chosen]

    def _decided(self, net: Unrolled, condition: Condition, at: Indices) -> bool | None:
        """Does a condition on free indices and sizes hold there? None for any other."""
        forms = [as_index(side) for side in (condition.left, condition.right)]
        if any(form is None or not set(form.variables) <= set(at) for form in forms):
            return None
        met = holds(condition, at, net, net.arithmetic)
        return met if isinstance(met, bool) else None

    def _unrolled(self, number: int) -> Unrolled:
        error: NoValue | None = None
        sizes = self._sizes(number)
        for attempt in range(ATTEMPTS):
            random = Random(f"{self._seed}/{number}/{attempt}")
            data = draw(self.system, sizes, random, halvings=attempt // PATIENCE)
            try:
                return Unrolled(self.system, data, Arithmetic(DIGITS), self._watch)
            except NoValue as found:
                error = found
        message = f"no random data were found at which every formula has a value: {error}; narrow the domains"
        raise InputError.single("signals", message)

    def _sizes(self, number: int) -> dict[str, int]:
        """The least sizes for instance 0, then larger ones; the last one reaches as far as the claims do."""
        growth = round(LARGEST_GROWTH * number / (INSTANCES - 1))
        last = number == INSTANCES - 1
        clock = self.system.spans[self.system.time].high.variables if self.system.time else ()
        sizes = {}
        for place, (name, size) in enumerate(self.system.sizes.items()):
            wanted = size.low + (growth if name in clock else (number + place) % LEVELS if number else 0)
            wanted = max(wanted, self._reach + 1) if last and self._reach else wanted
            sizes[name] = wanted if size.high is None else min(wanted, size.high)
        names = (*self.system.signals, *self.system.inputs, *self.system.parameters) if last else self.system.signals
        while self._elements(sizes, names) > (MOST_OF_LAST if last else MOST_ELEMENTS):
            shrinkable = [name for name, size in self.system.sizes.items() if sizes[name] > size.low]
            if not shrinkable:
                break
            sizes[max(shrinkable, key=lambda name: (name not in clock, sizes[name]))] -= 1
        return sizes

    def _elements(self, sizes: Mapping[str, int], names: Iterable[str]) -> int:
        return sum(1 for name in names for _ in places(self.system, name, sizes))


class _Imagined:
    """What a claim's names are worth, with random numbers for those that nobody defines."""

    def __init__(self, net: Unrolled, seed: str) -> None:
        self._net = net
        self._seed = seed

    def ref(self, element: Element) -> Value:
        name, place = element
        kinds = self._net.system.kinds
        if name not in kinds:
            return self._net.arithmetic.number(_imagined(self._seed, name))
        if len(place) != len(self._net.system.indices_of(name)):
            return Undefined(f"{name} has other indices")
        return self._net.ref(element)

    def derivative(self, total: bool, of: Element, by: Element) -> Value:
        system = self._net.system
        for (name, place), kinds in ((of, DIFFERENTIATED), (by, DIFFERENTIATED_BY)):
            if system.kinds.get(name) not in kinds or len(place) != len(system.indices_of(name)):
                return Undefined(f"{name} is nothing to differentiate, or has other indices")
        return self._net.derivative(total, of, by)


def _conditions(question: Question) -> list[Condition]:
    return list(dict.fromkeys(node.condition for node in walk(question.right) if isinstance(node, Choice)))


def _imagined(seed: str, name: str) -> Fraction:
    """Determined by the instance and the name, not by the order of asking."""
    return Fraction(Random(f"{seed}/{name}").randint(1, 15), 8)


def _elements(left: Derivative, at: Indices) -> tuple[Element, Element]:
    return element_at(left.of, at), element_at(left.by, at)
