"""A spec's steps where some registers are known by a class of values: every state it may lead to.

Formulas are evaluated with a variable in place of each counter. A question about its sign that the
span of the counter does not answer cuts the span in two, and the step is made on each part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Final

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.proofs.conditions import Condition, conditions
from lstmsolve.kernel.proofs.horizons import Counter, Counting, Span
from lstmsolve.kernel.spec.specs import Output, Spec

MOST_PARTS: Final = 1_000
"""Parts that the step on one input may fall into."""


@dataclass(frozen=True, slots=True)
class Update:
    """A counter becomes its old value plus an amount, or the amount alone."""

    kept: bool
    amount: int


@dataclass(frozen=True, slots=True)
class Move:
    """One way that a step may go."""

    before: tuple[Span, ...]
    """The values of each counter from which it goes this way."""
    updates: tuple[Update, ...]
    after: Counting
    outputs: tuple[Output, ...]
    besides: tuple[Condition, ...]
    """What the conditions of [property] ask."""

    def span_after(self, counter: int) -> Span:
        return _moved(self.before[counter], self.updates[counter])


class Compared(OutsideFragment):
    """The sign of a form over several counters is asked for."""

    def __init__(self, form: Affine) -> None:
        self.form = form
        super().__init__(f"the spec compares counters with each other, in the sign of {form}")


class _Undecided(Exception):
    """A span has to be cut below `at`."""

    def __init__(self, name: str, at: int) -> None:
        self.name, self.at = name, at
        super().__init__(name)


class _Spans:
    """Answers what the spans of the counters decide."""

    def __init__(self, spans: Mapping[str, Span]) -> None:
        self._spans = spans

    def is_integer(self, variable: str) -> bool:
        return variable in self._spans

    def at_least_zero(self, form: Affine) -> bool:
        low: Fraction | None = form.constant
        high: Fraction | None = form.constant
        for name, factor in form.terms:
            ends = self._spans[name] if factor > 0 else self._spans[name][::-1]
            low = None if low is None or ends[0] is None else low + factor * ends[0]
            high = None if high is None or ends[1] is None else high + factor * ends[1]
        if low is not None and low >= 0:
            return True
        if high is not None and high < 0:
            return False
        if len(form.terms) > 1:
            raise Compared(form)
        ((name, factor),) = form.terms
        root = -form.constant / factor
        raise _Undecided(name, ceil(root) if factor > 0 else floor(root) + 1)


def moves(
    spec: Spec,
    counters: Sequence[Counter],
    made: Mapping[str, Affine],
    state: Counting,
    inputs: Mapping[str, Value],
) -> list[Move]:
    """Every way that a step from a state may go, unless it breaks the promise of [assume].

    Raises:
        OutsideFragment: a counter does not move by constants, or the formulas ask for more than its own value.

    `made` has the registers that counters are made of, as forms over them.
    """
    names = [counter.name for counter in counters]
    spans = [counter.span(number) for counter, number in zip(counters, state.classes, strict=True)]
    todo: list[dict[str, Span]] = [dict(zip(names, spans, strict=True))]
    found: list[Move] = []
    while todo:
        if len(todo) + len(found) > MOST_PARTS:
            raise OutsideFragment(f"a step of the spec falls into more than {MOST_PARTS} parts")
        part = todo.pop()
        values = {name: _value(name, span) for name, span in part.items()}
        registers = {**state.known, **{name: form.substitute(values) for name, form in made.items()}}
        oracle = _Spans(part)
        try:
            if not spec.assumed(registers, inputs, oracle):
                continue
            after = spec.step(registers, inputs, oracle)
            besides = conditions(spec, after.registers, inputs, oracle)
        except _Undecided as cut:
            low, high = part[cut.name]
            todo += [{**part, cut.name: (cut.at, high)}, {**part, cut.name: (low, cut.at - 1)}]
            continue
        known = {name: value for name, value in after.registers.items() if name not in made}
        for name, value in known.items():
            if isinstance(value, Affine) and not value.is_constant:
                raise OutsideFragment(f"{name} becomes {value}, so it is a counter as well")
        updates = tuple(_update(counter, after.registers) for counter in counters)
        found += _by_class(counters, [part[name] for name in names], updates, known, after.outputs, besides)
    return found


def _value(name: str, span: Span) -> Affine:
    return Affine((), Fraction(span[0])) if span[0] is not None and span[0] == span[1] else Affine.variable(name)


def _update(counter: Counter, registers: Mapping[str, Value]) -> Update:
    value = counter.form.substitute({name: form for name, form in registers.items() if isinstance(form, Affine)})
    if value.constant.denominator == 1:
        if value.is_constant:
            return Update(False, int(value.constant))
        if value - Affine.variable(counter.name) == Affine((), value.constant):
            return Update(True, int(value.constant))
    raise OutsideFragment(f"{counter.form} becomes {value}, and counters move by constants")


def _by_class(
    counters: Sequence[Counter],
    spans: Sequence[Span],
    updates: tuple[Update, ...],
    known: Mapping[str, Value],
    outputs: tuple[Output, ...],
    besides: tuple[Condition, ...],
) -> list[Move]:
    """The same step for each class that its counters may end in."""
    ends: list[list[tuple[int, Span]]] = []
    for counter, span, update in zip(counters, spans, updates, strict=True):
        parts = []
        for number in range(counter.classes):
            before = span
            into = counter.span(number)
            if update.kept:
                before = _common(span, _moved(into, Update(True, -update.amount)))
            elif _empty(_common((update.amount, update.amount), into)):
                continue
            if not _empty(before):
                parts.append((number, before))
        ends.append(parts)
    return [
        Move(
            tuple(span for _, span in way),
            updates,
            Counting(known, tuple(number for number, _ in way)),
            outputs,
            besides,
        )
        for way in product(*ends)
    ]


def _moved(span: Span, update: Update) -> Span:
    if not update.kept:
        return update.amount, update.amount
    low, high = span
    return None if low is None else low + update.amount, None if high is None else high + update.amount


def _common(one: Span, other: Span) -> Span:
    lows = [low for low in (one[0], other[0]) if low is not None]
    highs = [high for high in (one[1], other[1]) if high is not None]
    return max(lows, default=None), min(highs, default=None)


def _empty(span: Span) -> bool:
    return span[0] is not None and span[1] is not None and span[0] > span[1]


def class_of(counter: Counter, value: int) -> int:
    return min(max(value, counter.least), counter.most) - counter.least


def counting(counters: Sequence[Counter], registers: Mapping[str, Value]) -> Counting:
    """The state of registers that are all known.

    Raises:
        OutsideFragment: a counter is no integer.
    """
    numbers = []
    for counter in counters:
        value = value_of(registers, counter)
        if value.denominator != 1:
            raise OutsideFragment(f"{counter.name} is no integer")
        numbers.append(class_of(counter, int(value)))
    made = {name for counter in counters for name in counter.form.variables}
    return Counting({name: value for name, value in registers.items() if name not in made}, tuple(numbers))


def value_of(registers: Mapping[str, Value], counter: Counter) -> Fraction:
    """The value of a counter where all registers are known.

    Raises:
        OutsideFragment: a register that it is made of is no number.
    """
    numbers = {name: value.constant for name, value in registers.items() if isinstance(value, Affine)}
    if not numbers.keys() >= set(counter.form.variables):
        raise OutsideFragment(f"{counter.name} is not made of numbers")
    return counter.form.at(numbers)
