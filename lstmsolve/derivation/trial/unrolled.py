"""A net unrolled on concrete numbers, and its true derivatives.

This is the independent judge of every formula: values by running the recurrences, derivatives by
running them on dual numbers. Nothing here knows what `rules` derives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from random import Random

from lstmsolve.derivation.language.indices import Span
from lstmsolve.derivation.recurrences.ordering import evaluation_order
from lstmsolve.derivation.recurrences.systems import Kind, Leaf, System
from lstmsolve.derivation.trial.arithmetic import Arithmetic, Dual, Undefined, Value
from lstmsolve.derivation.trial.drawing import drawn_number, drawn_row
from lstmsolve.derivation.trial.evaluation import Element, Indices, evaluate, index_value
from lstmsolve.kernel.spec.domains import Domain, RealInterval
from lstmsolve.model.watch import UNWATCHED, Watch


@dataclass(frozen=True)
class Data:
    """Sizes, and a number for every element of every input and parameter."""

    sizes: Mapping[str, int]
    inputs: Mapping[Element, Fraction]
    parameters: Mapping[Element, Fraction]


def draw(system: System, sizes: Mapping[str, int], random: Random, halvings: int = 0) -> Data:
    """Random exact data for these sizes; reals are never 0, so that no term is lost by accident.

    Each halving draws unbounded reals from half the range.
    """

    scale = Fraction(1, 2**halvings)

    def number(domain: Domain | Span) -> Fraction:
        return drawn_number(domain, sizes, random) * (scale if domain == RealInterval(None, None) else 1)

    def table(leaves: Mapping[str, Leaf]) -> dict[Element, Fraction]:
        found: dict[Element, Fraction] = {}
        for leaf in leaves.values():
            rows: dict[tuple[int, ...], list[Element]] = {}
            total = system.totals.get(leaf.name)
            for place in places(system, leaf.name, sizes):
                # Elements that are promised to add up are drawn together, all others one by one.
                row = place if total is None else place[: total.place] + place[total.place + 1 :]
                rows.setdefault(row, []).append((leaf.name, place))
            for elements in rows.values():
                if total is None:
                    found[elements[0]] = number(leaf.domain)
                else:
                    values = drawn_row(leaf, total.value, len(elements), partial(number, leaf.domain), random)
                    found.update(zip(elements, values, strict=True))
        return found

    return Data(sizes, table(system.inputs), table(system.parameters))


def places(system: System, name: str, sizes: Mapping[str, int]) -> Iterator[tuple[int, ...]]:
    """Every index tuple in the range of a name."""
    spans = system.spans_of(name)
    return product(*(range(index_value(s.low, sizes), index_value(s.high, sizes) + 1) for s in spans))


class Unrolled:
    """One run of the net. Values are computed once, derivatives once for each element asked about."""

    def __init__(self, system: System, data: Data, arithmetic: Arithmetic, watch: Watch = UNWATCHED) -> None:
        self.watch = watch
        self.system = system
        self.data = data
        self.arithmetic = arithmetic
        self._order = evaluation_order(system)
        self._ranges = {
            name: [
                (index_value(span.low, data.sizes), index_value(span.high, data.sizes))
                for span in system.spans_of(name)
            ]
            for name in system.kinds
        }
        self._values = _Run(self, None, {})
        self._values.ref((system.loss.name, ()))
        self._runs: dict[Element, _Run] = {}

    def ref(self, element: Element) -> Value:
        """The value of a name, or why there is none."""
        name = element[0]
        if self.before_start(element):
            if name in self.system.before:
                return self.arithmetic.number(self.system.before[name])
            return Undefined(f"there is no {spell(element)}: {name} has no value before time 0")
        if not self.in_range(element):
            return Undefined(f"there is no {spell(element)}{self._at_these_sizes()}")
        return self._values.ref(element)

    def derivative(self, total: bool, of: Element, by: Element) -> Value:
        """The true derivative; 0 by elements beyond the last time, and of constants before the first."""
        zero = self.arithmetic.number(0)
        if self.before_start(of):
            return zero
        if not self.in_range(of):
            return Undefined(f"there is no {spell(of)}{self._at_these_sizes()}")
        if self.beyond_end(by):
            return zero
        if not self.in_range(by):
            return Undefined(f"there is no {spell(by)} to differentiate by{self._at_these_sizes()}")
        slope = self._total(of, by) if total else self._partial(of, by)
        return slope.slope if isinstance(slope, Dual) else zero

    def in_range(self, element: Element) -> bool:
        name, place = element
        return all(low <= i <= high for i, (low, high) in zip(place, self._ranges[name], strict=True))

    def before_start(self, element: Element) -> bool:
        """At a time before 0, and otherwise in range."""
        name, place = element
        return self.system.timed(name) and place[0] < 0 and self.in_range((name, (0, *place[1:])))

    def beyond_end(self, element: Element) -> bool:
        """At a time after the last, and otherwise in range."""
        name, place = element
        return (
            self.system.timed(name)
            and place[0] > self._ranges[name][0][1]
            and self.in_range((name, (self._ranges[name][0][0], *place[1:])))
        )

    def _total(self, of: Element, by: Element) -> Value:
        if by not in self._runs:
            self._runs[by] = _Run(self, by, self._values.known)
        return self._runs[by].ref(of)

    def _partial(self, of: Element, by: Element) -> Value:
        explicit = _Explicit(self, by)
        return explicit.define(of)

    def define(self, element: Element, look: _Run | _Explicit) -> Value:
        """The right side that defines an element, in terms of what `look` finds."""
        name, place = element
        system = self.system
        if system.kinds[name] is Kind.LOSS:
            return self._loss(look)
        home = system.signals if name in system.signals else system.abbreviations
        at: Indices = {**self.data.sizes, **dict(zip(home[name].indices, place, strict=True))}
        return evaluate(home[name].formula, at, look, self.arithmetic)

    def _loss(self, look: _Run | _Explicit) -> Value:
        loss = self.system.loss
        if loss.formula is not None:
            return evaluate(loss.formula, self.data.sizes, look, self.arithmetic)
        # The linear loss whose partial derivatives are the given ones.
        total: Value = self.arithmetic.number(0)
        for signal, given in loss.given.items():
            for place in places(self.system, signal, self.data.sizes):
                product_ = self.arithmetic.multiply(look.ref((given, place)), look.ref((signal, place)))
                total = self.arithmetic.add(total, product_)
        return total

    def elements(self) -> Iterator[Element]:
        """Every element of every signal, each after what it needs."""
        timed = [name for name in self._order if self.system.timed(name)]
        if timed:
            _, last = self._ranges[timed[0]][0]
            for n in range(last + 1):
                for name in timed:
                    yield from ((name, place) for place in places(self.system, name, self.data.sizes) if place[0] == n)
        for name in self._order:
            if name not in timed:
                yield from ((name, place) for place in places(self.system, name, self.data.sizes))

    def _at_these_sizes(self) -> str:
        shown = ", ".join(f"{name} = {value}" for name, value in self.data.sizes.items())
        return f" ({shown})" if shown else ""


class _Run:
    """All values of a run; with a seed, dual numbers in which the seed alone was moved by ε."""

    def __init__(self, net: Unrolled, seed: Element | None, base: Mapping[Element, Value]) -> None:
        self._net = net
        self._seed = seed
        self.known: dict[Element, Value] = {}
        system = net.system
        # Signals may read inputs ahead, and one without a time index may hand later times on to earlier ones.
        if seed is not None and seed[0] in system.signals and system.all_timed:
            self.known.update({e: v for e, v in base.items() if e[0] in system.signals and e[1][0] < seed[1][0]})
        for element in net.elements():
            net.watch.check()
            self.ref(element)

    def ref(self, element: Element) -> Value:
        if element not in self.known:
            value = self._found(element)
            if element == self._seed:
                plain = value.value if isinstance(value, Dual) else value
                value = Dual(plain, self._net.arithmetic.number(1))
            self.known[element] = value
        return self.known[element]

    def derivative(self, total: bool, of: Element, by: Element) -> Value:
        raise AssertionError("definitions hold no derivatives")

    def _found(self, element: Element) -> Value:
        net, name = self._net, element[0]
        if net.before_start(element):
            return net.arithmetic.number(net.system.before[name])
        if element in net.data.inputs:
            return net.arithmetic.number(net.data.inputs[element])
        if element in net.data.parameters:
            return net.arithmetic.number(net.data.parameters[element])
        return net.define(element, self)


class _Explicit:
    """Plain values, except that one element carries an ε where it is written out."""

    def __init__(self, net: Unrolled, seed: Element) -> None:
        self._net = net
        self._seed = seed

    def define(self, element: Element) -> Value:
        return self._net.define(element, self)

    def ref(self, element: Element) -> Value:
        if self._net.system.kinds[element[0]] is Kind.ABBREVIATION:
            return self._net.define(element, self)
        value = self._net.ref(element)
        assert not isinstance(value, Undefined), "definitions were checked to stay in range"
        return Dual(value, self._net.arithmetic.number(1)) if element == self._seed else value

    def derivative(self, total: bool, of: Element, by: Element) -> Value:
        raise AssertionError("definitions hold no derivatives")


def spell(element: Element) -> str:
    name, place = element
    return f"{name}[{', '.join(map(str, place))}]" if place else name
