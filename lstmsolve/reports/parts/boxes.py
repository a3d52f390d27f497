"""Boxes of a proof over states of random runs, in the two coordinates that say most."""

from __future__ import annotations

from typing import Final

import numpy as np

from lstmsolve.kernel.base.affine import show
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.showing.plots import Span, boxes_plot
from lstmsolve.smooth.nets import net_of, table_of
from lstmsolve.smooth.runs import walks

WALKS: Final = 60
STEPS: Final = 40
MOST_POINTS: Final = 1_500
AROUND: Final = 0.15
"""What is shown around the states, as a part of where they are."""


def boxes_picture(certificate: EnclosureCertificate) -> str | None:
    """SVG; None where runs end at once."""
    weights = certificate.weights
    hidden = weights.cell.hidden
    table = table_of(certificate.problem.spec, weights)
    seen = list(walks(net_of(table, weights), WALKS, STEPS, 0.3))
    if not seen:
        return None
    state = np.concatenate([step.points.state for step in seen])
    values = np.concatenate([np.hstack([step.points.c, step.o]) for step in seen])
    state, values = state[-MOST_POINTS:], values[-MOST_POINTS:]
    # A c far out says no more than its sign: spread is measured as tanh sees it.
    spread = np.ptp(np.hstack([np.tanh(values[:, :hidden]), values[:, hidden:]]), axis=0)
    first, second = np.sort(np.argsort(-spread, kind="stable")[:2]).tolist()
    number = {_told(registers): place for place, registers in enumerate(certificate.states)}
    groups = [number.get(_told(registers), 0) for registers in table.states]
    limits = [_around(values[:, place]) for place in (first, second)]
    scale = 2.0**certificate.scale

    def side(box: int, place: int, limit: Span) -> Span:
        sides = certificate.boxes[box].c + certificate.boxes[box].o
        low, high = sides[place]
        return (
            limit[0] if low is None else min(max(low / scale, limit[0]), limit[1]),
            limit[1] if high is None else min(max(high / scale, limit[0]), limit[1]),
        )

    names = [f"c[{unit}]" for unit in range(hidden)] + [f"o[{unit}]" for unit in range(hidden)]
    pairs = zip(values[:, [first, second]].tolist(), state.tolist(), strict=True)
    return boxes_plot(
        (names[first], names[second]),
        (limits[0], limits[1]),
        [(x, y, groups[of]) for (x, y), of in pairs if of >= 0],
        [
            (side(number, first, limits[0]), side(number, second, limits[1]), box.state)
            for number, box in enumerate(certificate.boxes)
        ],
        [_told(registers) or "the only state" for registers in certificate.states],
    )


def _told(registers: object) -> str:
    assert isinstance(registers, dict)
    return ", ".join(f"{name} = {show(value)}" for name, value in sorted(registers.items()))


def _around(values: np.ndarray) -> Span:
    low, high = float(values.min()), float(values.max())
    more = AROUND * (high - low) or 0.1
    return low - more, high + more
