"""Designs out of codes that are almost right: annealing proposes, an exact solver mends.

Large-neighbourhood search (Shaw 1998): the codes of modes at both ends of a broken step, and of a
few more, are free again, all others are kept, and so most of what z3 would have to guess is known.
If that is refuted, more modes are freed; if it takes z3 too long, other codes are taken.

Where numba is installed (the extra `fast`), `search.native` does it all in compiled code instead.
"""

from __future__ import annotations

from importlib.util import find_spec
from random import Random
from typing import Final

from lstmsolve.encoder import Design, DesignAnswer, DesignQuery, NoDesign, Undecided
from lstmsolve.encoder.designs.codes import GivenCode
from lstmsolve.encoder.designs.saturated import solve_saturated
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.obligations.tables.transitions import START
from lstmsolve.search.designs.annealing import Near, near_designs
from lstmsolve.search.designs.codes import Codes, Steps, steps_of

MOST_WRONG: Final = 5
"""Bits that may be wrong in codes worth mending."""

LEAST_FREED: Final = 32
"""Codes of one unit in one mode that are free, at least."""

MOST_FREED: Final = 52
"""Where the broken steps end in more, mending takes too long."""

MORE_FREED: Final = 10
"""So many more after each refutation."""

EFFORT: Final = 10_000_000
"""z3's limit (`rlimit`) for one neighbourhood: a second or three."""


def design_by_annealing(query: DesignQuery) -> DesignAnswer:
    """A design with codes of 0s and 1s; runs on until there is one."""
    steps = steps_of(query)
    if steps is None:
        return Undecided("codes are bits, and the case wants other numbers")
    if find_spec("numba") is not None:
        return _compiled(query, steps)
    random = Random(query.seed)
    seen: set[bytes] = set()
    for near in near_designs(steps, query.cell.hidden, query.seed, MOST_WRONG):
        key = near.codes.c.tobytes() + near.codes.h.tobytes()
        if key not in seen:
            seen.add(key)
            found = _mended(query, steps, near, random)
            if found is not None:
                return found
    return Undecided("annealing ended")


def _compiled(query: DesignQuery, steps: Steps) -> Design | Undecided:
    """The same without z3 and in compiled code; z3 finds the weights alone where the case demands something of them."""
    from lstmsolve.search.native.searching import designs_natively

    for codes, design in designs_natively(query, steps):
        if design is not None:
            return design
        modes = [n for n, name in enumerate(steps.names) if name != START]
        answer = solve_saturated(query, (ZERO, ONE), _given(steps, codes, modes), EFFORT)
        if isinstance(answer, Design):
            return answer
    return Undecided("annealing ended")


def _mended(query: DesignQuery, steps: Steps, near: Near, random: Random) -> Design | None:
    """A design that differs from these codes in few modes."""
    first = steps.names.index(START)
    units = query.cell.hidden
    ends = {int(mode) for n in near.broken for mode in (steps.source[n], steps.target[n])} - {first}
    others = [mode for mode in range(len(steps.names)) if mode not in ends and mode != first]
    random.shuffle(others)
    order = [*sorted(ends), *others]
    if len(ends) * units > MOST_FREED:
        return None
    count = max(len(ends), LEAST_FREED // units) if ends else 0
    while True:
        kept = order[count:]
        answer = solve_saturated(query, (ZERO, ONE), _given(steps, near.codes, kept), EFFORT)
        if isinstance(answer, Design):
            return answer
        if not isinstance(answer, NoDesign) or not kept:
            return None
        count += -(-MORE_FREED // units)


def _given(steps: Steps, codes: Codes, kept: list[int]) -> dict[str, list[GivenCode]]:
    return {
        steps.names[mode]: [
            (Affine((), ONE if c else ZERO), bool(h)) for c, h in zip(codes.c[mode], codes.h[mode], strict=True)
        ]
        for mode in kept
    }
