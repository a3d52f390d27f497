"""How large the counts of a certificate can be after so many steps.

A mode's variables that its conditions leave unbounded are *counts*. Let K bound them all. If on every step every
count is at most K + g afterwards, counts are at most K(0) + n g after n steps. The least such g is a linear program
at each step of the proof, and g is finite wherever counts are added to and carried on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.arithmetic.places import Place
from lstmsolve.arithmetic.sums import COUNTS
from lstmsolve.model.affine import ZERO, Affine, Row
from lstmsolve.model.certificates import Certificate, Mode
from lstmsolve.obligations.polyhedra import minimum, refute
from lstmsolve.obligations.systems import Inputs


@dataclass(frozen=True, slots=True)
class Growth:
    """Counts are at most `start + n * rate` in size after n steps."""

    start: Fraction
    rate: Fraction


def counts_of(certificate: Certificate) -> dict[str, frozenset[str]]:
    """The counts of each mode."""
    known = Inputs(certificate.problem.spec)
    return {name: _unbounded(mode, known) for name, mode in certificate.modes.items()}


def _unbounded(mode: Mode, known: Inputs) -> frozenset[str]:
    if not mode.variables:
        return frozenset()
    region = known.region(mode.where, mode.variables)
    if refute(region.rows) is not None:
        return frozenset()
    return frozenset(
        name
        for name in mode.variables
        if any(minimum(region.rows, Affine.variable(name) * sign) is None for sign in (1, -1))
    )


def bounded(place: Place, counts: Collection[str], inputs: Fraction | None, least_count: Fraction) -> tuple[Row, ...]:
    """The rows of a step, its counts bounded by `COUNTS`, and unbounded inputs by `inputs`."""
    region, bound = place.region, Affine.variable(COUNTS)
    rows = [*region.rows, Row(bound - least_count)]
    for name in sorted(counts):
        form = region.pins.get(name, Affine.variable(name))
        rows += [Row(bound - form), Row(bound + form)]
    if inputs is not None:
        for name in sorted(free_inputs(place)):
            form = region.pins.get(name, Affine.variable(name))
            rows += [Row(-form + inputs), Row(form + inputs)]
    return tuple(rows)


def free_inputs(place: Place) -> frozenset[str]:
    """The inputs that are not enumerated."""
    return frozenset((place.region.variables | place.region.pins.keys()) - place.mode.variables.keys())


def growth(
    certificate: Certificate,
    steps: Iterable[Place],
    counts: Mapping[str, frozenset[str]],
    inputs: Fraction | None,
    least_count: Fraction,
) -> Growth | None:
    """How counts grow, for inputs of at most this size; None if by no constant rate."""
    start = max(
        [least_count, *(abs(certificate.start_values[name]) for name in counts[certificate.start])], default=ZERO
    )
    rate = ZERO
    for place in steps:
        landing = counts[place.lands.mode]
        if not landing:
            continue
        rows = bounded(place, counts[place.mode.name], inputs, start)
        if refute(rows) is not None:
            continue
        for name in landing:
            for sign in (1, -1):
                spare = minimum(rows, Affine.variable(COUNTS) - place.lands.values[name] * sign)
                if spare is None:
                    return None
                rate = max(rate, -spare[0])
    return Growth(start, rate)


