"""Saying an automaton's outputs: each with one unit, at the very step they are owed.

A unit sees the old state through one number a gate, so it cannot say everything: the products that
are tried here cover all outputs within [0, 1] for up to three inputs, and beyond that outputs
whose inputs lie side by side in some order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from lstmsolve.model.affine import ONE, ZERO
from lstmsolve.model.errors import LstmSolveError
from lstmsolve.search.staircases import Factor, Interval, Order, Orders, Row, between, from_below, intervals

Table: TypeAlias = Mapping[int, Sequence[Fraction | None]]
"""What is owed: by state, then by input; None where nothing is."""


class NotSayable(LstmSolveError):
    """No product of gates that is known here says these outputs."""


def output_factors(table: Table, orders: Orders, most: int) -> list[Factor]:
    """At most so many factors whose product is what the table says.

    Raises:
        NotSayable: a value outside of [0, 1], or states that differ too much from one another.
    """
    values = {value for said in table.values() for value in said if value is not None}
    beyond = [value for value in values if not 0 <= value <= 1]
    if beyond:
        raise NotSayable(f"the case says {max(beyond, key=abs)}, and a constructed unit stays within 0 and 1")
    rows = {state: _row(said) for state, said in table.items()}
    candidates = list(orders.candidates(list(rows.values())))
    found = _side_by_side(table, rows, candidates, most)
    if found is None and all(len(said) <= most for said in table.values()):
        found = _input_by_input(table, candidates)
    if found is None and values <= {ZERO, ONE} and most >= 3:
        found = _cut_off(rows, candidates)
    if found is None:
        raise NotSayable("no product of the gates of one unit is known that says the output at once")
    return found


def _row(said: Sequence[Fraction | None]) -> Row:
    inside = frozenset(number for number, value in enumerate(said) if value)
    return Row(inside, frozenset(number for number, value in enumerate(said) if value is None))


def _side_by_side(table: Table, rows: Mapping[int, Row], candidates: list[Order], most: int) -> list[Factor] | None:
    """In each state one value, at inputs that are neighbours in some order, and 0 elsewhere."""
    levels: dict[int, Fraction] = {}
    for state, said in table.items():
        values = {value for value in said if value}
        if len(values) > 1:
            return None
        if values:
            levels[state] = values.pop()
    level = [] if set(levels.values()) <= {ONE} else [Factor((ZERO,) * len(candidates[0].slope), levels, ONE)]
    for order in candidates:
        cut = {state: intervals(order, row) for state, row in rows.items() if row.inside}
        spans = {state: found[0] for state, found in cut.items() if found is not None and len(found) == 1}
        if len(spans) == len(cut):
            factors = between(order, spans) + level
            if len(factors) <= most:
                return factors
    return None


def _input_by_input(table: Table, candidates: list[Order]) -> list[Factor] | None:
    """One factor an input: what is owed there, and 1 at every other input."""
    found: list[Factor] = []
    for number in range(max(map(len, table.values()))):
        lowest = next((order for order in _both_ways(candidates) if _is_lowest(number, order)), None)
        if lowest is None:
            return None
        shifts = {state: (said[number] or ZERO) - lowest.heights[number] for state, said in table.items()}
        found.append(Factor(lowest.slope, shifts, ONE))
    return found


def _is_lowest(number: int, order: Order) -> bool:
    return all(height > order.heights[number] for n, height in enumerate(order.heights) if n != number)


def _cut_off(rows: Mapping[int, Row], candidates: list[Order]) -> list[Factor] | None:
    """An interval of one order, less the lower end of another."""
    for order, other in product(candidates, _both_ways(candidates)):
        hulls, lows = {}, {}
        for state, row in rows.items():
            if row.inside:
                heights = [order.heights[number] for number in row.inside]
                hulls[state] = Interval(min(heights), max(heights))
                lows[state] = min(other.heights[number] for number in row.inside)
        if all(_exact(row, order, hulls[state], other, lows[state]) for state, row in rows.items() if row.inside):
            return [*between(order, hulls), from_below(other, lows)]
    return None


def _exact(row: Row, order: Order, hull: Interval, other: Order, low: Fraction) -> bool:
    """Is every input within the hull, and not cut off, one that the row has inside?"""
    return all(
        number in row.inside | row.free or not hull.low <= height <= hull.high or other.heights[number] < low
        for number, height in enumerate(order.heights)
    )


def _both_ways(candidates: list[Order]) -> list[Order]:
    return [turned for order in candidates for turned in (order, order.reversed())]
