"""A table in, a design out: chains are annealed, walked on, mended by programs, rounded, and compared exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

import numpy as np

from lstmsolve.encoder import Design, DesignQuery
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.kernel.lstm.cells import Gate, GateWeights, Weights
from lstmsolve.search.designs.codes import Codes, Floats, Steps
from lstmsolve.search.native.chains import Near, near_designs
from lstmsolve.search.native.units import mended
from lstmsolve.search.native.walking import improved
from lstmsolve.search.native.whole import whole_weights

WORTH_A_WALK: Final = 6
"""Wrong bits from which a walk sets out."""

WORTH_A_PROGRAM: Final = 2
"""Wrong bits that are put to linear and integer programs."""

_ORDER: Final = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)


def designs_natively(
    query: DesignQuery, steps: Steps, check: Callable[[], None] = lambda: None
) -> Iterator[tuple[Codes, Design | None]]:
    """Codes that thresholds compute, and the design with integer weights; None where the case demands others.

    Without end, unless `check`, which is called now and then, raises.
    """
    random = np.random.default_rng(query.seed)
    seen: set[bytes] = set()
    for near in near_designs(steps, query.cell.hidden, query.seed, WORTH_A_WALK):
        if near is None:
            check()
            continue
        key = near.codes.c.tobytes() + near.codes.h.tobytes()
        if key in seen:
            continue
        seen.add(key)
        found = _completed(near, steps, random)
        if found is not None:
            codes, weights = found
            design = _design(query, steps, codes, weights)
            kept = design is not None and query.constraints.met_by(design.weights)
            yield codes, design if kept else None


def _completed(near: Near, steps: Steps, random: np.random.Generator) -> tuple[Codes, Floats] | None:
    """Codes near these and weights that compute them."""
    if near.wrong:
        near = improved(near, steps, random)
    if near.wrong > WORTH_A_PROGRAM:
        return None
    weights = mended(near.weights, near.codes, steps)
    return None if weights is None else (near.codes, weights)


def _design(query: DesignQuery, steps: Steps, codes: Codes, weights: Floats) -> Design | None:
    """The design with these codes, its weights as integers; None if no integers do."""
    whole = whole_weights(weights, codes, steps, [step.x for step in query.table.transitions])
    if whole is None:
        return None
    units, end = query.cell.hidden, query.cell.hidden + query.cell.inputs
    gates = {
        gate: GateWeights(
            w=tuple(tuple(Fraction(int(v)) for v in row[units:end]) for row in rows),
            u=tuple(tuple(Fraction(int(v)) for v in row[:units]) for row in rows),
            b=tuple(Fraction(int(row[end])) for row in rows),
        )
        for gate, rows in zip(_ORDER, whole, strict=True)
    }
    c, h = (
        {name: tuple(Affine((), ONE if bit else ZERO) for bit in bits[n]) for n, name in enumerate(steps.names)}
        for bits in (codes.c, codes.h)
    )
    return Design(Weights(query.cell, gates, query.initial), c, h, query.table)
