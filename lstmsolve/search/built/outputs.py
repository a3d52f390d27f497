"""Saying an automaton's outputs: each with one unit, at the very step they are owed.

A unit sees the old state through one number a gate, so it cannot say everything: the products that
are tried here cover all outputs within [0, 1] for up to three inputs, and beyond that many of the
outputs 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, islice
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.base.errors import LstmSolveError
from lstmsolve.search.built.staircases import Factor, Order, Orders, Row, between, intervals, up_from

Table: TypeAlias = Mapping[int, Sequence[Fraction | None]]
"""What is owed: by state, then by input; None where nothing is."""

MAX_TRIED: Final = 20_000
"""Choices of three orders that are tried for one output."""


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
    candidates = list(orders.candidates(list(dict.fromkeys(rows.values()))))
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
        cut = {row: intervals(order, row) for row in set(rows.values()) if row.inside}
        spans = {row: found[0] for row, found in cut.items() if found is not None and len(found) == 1}
        if len(spans) == len(cut):
            factors = between(order, {state: spans[row] for state, row in rows.items() if row.inside}) + level
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
    """Everything but the lower ends of three orders."""
    kinds = {row for row in rows.values() if row.inside}
    for orders in islice(combinations(_both_ways(candidates), 3), MAX_TRIED):
        if all(_exact(row, orders) for row in kinds):
            lows = [{state: _low(row, order) for state, row in rows.items() if row.inside} for order in orders]
            return [up_from(orders[0], lows[0], silent=True), *map(up_from, orders[1:], lows[1:])]
    return None


def _low(row: Row, order: Order) -> Fraction:
    return min(order.heights[number] for number in row.inside)


def _exact(row: Row, orders: Sequence[Order]) -> bool:
    """Is every input that no order cuts off one that the row has inside?"""
    left = set(range(len(orders[0].heights))) - row.inside - row.free
    for order in orders:
        low = _low(row, order)
        left = {number for number in left if order.heights[number] >= low}
    return not left


def _both_ways(candidates: list[Order]) -> list[Order]:
    return [turned for order in candidates for turned in (order, order.reversed())]
