"""Sets of inputs as products of gates.

A gate that knows the state q only through a shift is CReLU(shift(q) + slope·x): for each state it is
1 from some input on, in the order that `slope` puts the inputs in. Two gates with opposite slopes
leave an interval of that order, and an interval is what one unit can recognise of a state's inputs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice, pairwise, permutations, product
from typing import Final, TypeVar

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.spec.domains import Symbols, enumerated
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.obligations.tables.automata import Automaton, Step

K = TypeVar("K", bound=Hashable)

MAX_ORDERS: Final = 48
"""Orders of the inputs that are tried for one unit."""


@dataclass(frozen=True)
class Order:
    """A linear function of the input columns; where its values differ, they do so by 1 at least."""

    slope: Vector
    """[D]"""
    heights: tuple[Fraction, ...]
    """Its value at each input."""

    @cached_property
    def levels(self) -> tuple[tuple[Fraction, frozenset[int]], ...]:
        """The heights there are, from below, and the inputs at each."""
        at: dict[Fraction, set[int]] = {}
        for number, height in enumerate(self.heights):
            at.setdefault(height, set()).add(number)
        return tuple((height, frozenset(at[height])) for height in sorted(at))

    def reversed(self) -> Order:
        return Order(tuple(-s for s in self.slope), tuple(-h for h in self.heights))


@dataclass(frozen=True, slots=True)
class Row:
    """What a unit should do in one state: be 1 at `inside`, 0 elsewhere; at `free` it does not matter."""

    inside: frozenset[int]
    free: frozenset[int] = frozenset()


def rows_by(automaton: Automaton, key: Callable[[Step, int], K | None]) -> dict[K, dict[int, Row]]:
    """For each key of steps and inputs, by state, the inputs that have it; steps that are missing are free."""
    inside: dict[K, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for source, row in enumerate(automaton.steps):
        for number, step in enumerate(row):
            if step is not None and (found := key(step, number)) is not None:
                inside[found][source].add(number)
    free = [frozenset(n for n, step in enumerate(row) if step is None) for row in automaton.steps]
    return {
        found: {source: Row(frozenset(numbers), free[source]) for source, numbers in rows.items()}
        for found, rows in inside.items()
    }


@dataclass(frozen=True, slots=True)
class Interval:
    """The inputs whose heights lie between these."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Factor:
    """CReLU(shift(q) + slope·x)."""

    slope: Vector
    shifts: Mapping[int, Fraction]
    """By state."""
    otherwise: Fraction
    """The shift of states that are not listed."""

    def shift(self, state: int) -> Fraction:
        return self.shifts.get(state, self.otherwise)


class Orders:
    """The orders that one linear function of the columns can put a spec's inputs in."""

    def __init__(self, spec: Spec) -> None:
        self._domains = [(entry.domain, enumerated(entry.domain) or ()) for entry in spec.inputs]
        self._inputs = list(product(*(values for _, values in self._domains)))

    def candidates(self, rows: Sequence[Row]) -> Iterator[Order]:
        """Some of them, those that suit the rows first."""
        return islice(self._all(rows), MAX_ORDERS)

    def _all(self, rows: Sequence[Row]) -> Iterator[Order]:
        places = range(len(self._domains))
        ways = [list(self._ways(place, rows)) for place in places]
        for significance in permutations(places):
            for chosen in product(*ways):
                yield self._order(chosen, self._lexicographic(significance, chosen))
                if len(places) > 1 and significance == tuple(places):
                    # All of the same weight: how many of several conditions hold, say.
                    equal = self._order(chosen, [ONE] * len(places))
                    if all(b - a >= 1 for a, b in pairwise(sorted(set(equal.heights)))):
                        yield equal

    def _ways(self, place: int, rows: Sequence[Row]) -> Iterator[dict[Constant, Fraction]]:
        """Heights of the values of one input, 1 apart at least, that are linear in its columns."""
        domain, values = self._domains[place]
        if not isinstance(domain, Symbols):
            numbers = sorted(value for value in values if isinstance(value, Fraction))
            gap = min((b - a for a, b in pairwise(numbers)), default=ONE)
            yield {value: value / gap for value in numbers}
            yield {value: -value / gap for value in numbers}
            return

        def behaviour(value: Constant) -> tuple[int, list[bool]]:
            mine = [number for number, given in enumerate(self._inputs) if given[place] == value]
            inside = [number in row.inside for row in rows for number in mine]
            return sum(inside), inside

        # Symbols that the rows treat alike stand side by side.
        for order in islice(permutations(sorted(values, key=behaviour)), MAX_ORDERS):
            yield {value: Fraction(height) for height, value in enumerate(order)}

    @staticmethod
    def _lexicographic(significance: Sequence[int], chosen: Sequence[Mapping[Constant, Fraction]]) -> list[Fraction]:
        """The scale of each input in an order by the most significant one first, then the next one, and so on."""
        scales = [ONE] * len(chosen)
        scale = ONE
        for place in reversed(significance):
            scales[place] = scale
            scale *= max(chosen[place].values()) - min(chosen[place].values()) + 1
        return scales

    def _order(self, chosen: Sequence[Mapping[Constant, Fraction]], scales: Sequence[Fraction]) -> Order:
        slope: list[Fraction] = []
        for (domain, values), height, scale in zip(self._domains, chosen, scales, strict=True):
            if isinstance(domain, Symbols):
                slope += [scale * height[value] for value in values]
            else:
                # Heights are proportional to values.
                slope.append(scale * next((h / v for v, h in height.items() if isinstance(v, Fraction) and v), ZERO))
        return Order(
            tuple(slope),
            tuple(
                sum((scale * height[v] for v, height, scale in zip(given, chosen, scales, strict=True)), ZERO)
                for given in self._inputs
            ),
        )


def intervals(order: Order, row: Row) -> list[Interval] | None:
    """The row's inside as a union of as few intervals as possible; None if the order does not tell it apart."""
    found: list[Interval] = []
    extending = False
    for height, level in order.levels:
        bound = level - row.free
        inside = bound & row.inside
        if inside and len(inside) < len(bound):
            return None
        if inside:
            found.append(Interval(found.pop().low if extending else height, height))
        extending = bool(inside) or (extending and not bound)
    return found


def between(order: Order, wanted: Mapping[int, Interval]) -> list[Factor]:
    """One or two factors whose product is 1 where a state's input lies in its interval, else 0.

    States without an interval are always 0.
    """
    down = order.reversed()
    lows = {state: interval.low for state, interval in wanted.items()}
    highs = {state: -interval.high for state, interval in wanted.items()}
    if set(highs.values()) <= {min(down.heights)}:
        return [up_from(order, lows, silent=True)]
    if set(lows.values()) <= {min(order.heights)}:
        return [up_from(down, highs, silent=True)]
    # Once the first factor has silenced the other states, the second may do with them as it likes.
    return [up_from(order, lows, silent=True), up_from(down, highs)]


def up_from(order: Order, lows: Mapping[int, Fraction], *, silent: bool = False) -> Factor:
    """1 where a state's input is at least so high, else 0; states that are not listed are 0 if `silent`."""
    shifts = {state: ONE - low for state, low in lows.items()}
    return Factor(order.slope, shifts, -max(order.heights) if silent else _commonest(shifts))


def _commonest(shifts: Mapping[int, Fraction]) -> Fraction:
    """The shift of the initial state 0, which goes into the bias, where it has one; else the most frequent."""
    if 0 in shifts or not shifts:
        return shifts.get(0, ONE)
    return Counter(shifts.values()).most_common(1)[0][0]
