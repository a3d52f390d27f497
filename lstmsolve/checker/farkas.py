"""The one rule of inference: rows that add up to a contradiction have no common point.

If nonnegative multiples of rows `form_i >= 0` sum to a constant below zero, no point satisfies
all of them (Farkas). The sum 0 contradicts too when a strict row takes part. That a goal follows
is shown by adding its negation, which over integers is `-goal - 1 >= 0`, to the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lstmsolve.kernel.base.affine import ONE, Row, linear_sum, negated, show
from lstmsolve.kernel.base.errors import RejectedProof
from lstmsolve.kernel.proofs.certificates import Multipliers


def require_empty(rows: Sequence[Row], multipliers: Multipliers, place: str) -> None:
    """Reject unless the multipliers show that no point satisfies all rows."""
    _require_contradiction(rows, multipliers, None, place)


def require_follows(
    rows: Sequence[Row], goal: Row, multipliers: Multipliers, integers: Collection[str], place: str
) -> None:
    """Reject unless the multipliers show that every point of the rows satisfies the goal."""
    _require_contradiction(rows, multipliers, negated(goal, integers), place)


def _require_contradiction(rows: Sequence[Row], multipliers: Multipliers, against: Row | None, place: str) -> None:
    for position, factor in multipliers.items():
        if position >= len(rows):
            raise RejectedProof(f"{place}: there is no row {position}, only {len(rows)} rows")
        if factor <= 0:
            raise RejectedProof(f"{place}: the multiplier of row {position} is {show(factor)}, not positive")
    parts = [(rows[position], factor) for position, factor in multipliers.items()]
    if against is not None:
        parts.append((against, ONE))
    total = linear_sum((row.form, factor) for row, factor in parts)
    if not total.is_constant:
        raise RejectedProof(f"{place}: the rows add up to {total}, which is not constant")
    if total.constant > 0 or (total.constant == 0 and not any(row.strict for row, _ in parts)):
        raise RejectedProof(f"{place}: the rows add up to {show(total.constant)}, which contradicts nothing")
