"""A net run over all its states."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from campaign.oracle.textbook import Row, Textbook

TRIES: Final = 60
"""Nets that are drawn before none is found."""

Machine = dict[tuple[Row, Row], list[tuple[tuple[Row, Row], Row]]]
"""By joint state (c, h), for each letter, the state afterwards and h."""


def states_of(cell: Textbook, columns: Sequence[Sequence[Fraction]], most: int) -> Machine | None:
    """All joint states that these columns reach; None where there are more than `most`, or numbers grow long."""
    machine: Machine = {}
    todo = deque([cell.start])
    while todo:
        state = todo.popleft()
        if state in machine:
            continue
        if len(machine) == most:
            return None
        after = [cell.step(*state, x) for x in columns]
        if any(v.numerator.bit_length() + v.denominator.bit_length() > 24 for c, h in after for v in (*c, *h)):
            return None
        machine[state] = [(there, there[1]) for there in after]
        todo.extend(after)
    return machine
