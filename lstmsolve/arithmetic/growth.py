"""How large the counts of a certificate can be after so many steps.

What a mode's conditions leave unbounded, among its variables, the registers, c and h, are *counts*. Let K bound them
all. If on every step every count is at most K + g afterwards, counts are at most K(0) + n g after n steps. The least
such g is a linear program at each step of the proof, and it is finite wherever counts are added to and carried on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lstmsolve.arithmetic.places import Place
from lstmsolve.arithmetic.sums import COUNTS
from lstmsolve.kernel.base.affine import ZERO, Affine, Row
from lstmsolve.kernel.lstm.cells import nonzero
from lstmsolve.kernel.proofs.certificates import Certificate, Mode
from lstmsolve.linear.polyhedra import minimum, refute
from lstmsolve.obligations.stepping.systems import Inputs


@dataclass(frozen=True, slots=True)
class Growth:
    """Counts are at most `start + n * rate` in size after n steps."""

    start: Fraction
    rate: Fraction


Counts: TypeAlias = Mapping[str, tuple[Affine, ...]]
"""The counts of each mode, as forms over its variables."""


def counts_of(certificate: Certificate) -> Counts:
    """Variables, registers and components of c and h that a mode's conditions leave unbounded."""
    known = Inputs(certificate.problem.spec)
    return {name: _unbounded(mode, known) for name, mode in certificate.modes.items()}


def _unbounded(mode: Mode, known: Inputs) -> tuple[Affine, ...]:
    if not mode.variables:
        return ()
    region = known.region(mode.where, mode.variables)
    if refute(region.rows) is not None:
        return ()
    forms = [Affine.variable(name) for name in mode.variables]
    forms += [form for form in mode.registers.values() if isinstance(form, Affine)]
    forms += [form for part in (mode.c, mode.h) for _, form in nonzero(part)]
    # What differs by a constant grows alike.
    different = {form.terms: form for form in forms if form.terms}
    return tuple(
        form for form in different.values() if any(minimum(region.rows, form * sign) is None for sign in (1, -1))
    )


def bounded(place: Place, counts: Sequence[Affine], inputs: Fraction | None, least_count: Fraction) -> tuple[Row, ...]:
    """The rows of a step, its counts bounded by `COUNTS`, and unbounded inputs by `inputs`."""
    region, bound = place.region, Affine.variable(COUNTS)
    rows = [*region.rows, Row(bound - least_count)]
    for count in counts:
        form = region.bind(count)
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
    counts: Counts,
    inputs: Fraction | None,
    least_count: Fraction,
) -> Growth | None:
    """How counts grow, for inputs of at most this size; None if by no constant rate."""
    start = max(
        [least_count, *(abs(form.at(certificate.start_values)) for form in counts[certificate.start])], default=ZERO
    )
    rate = ZERO
    for place in steps:
        landing = counts[place.lands.mode]
        if not landing:
            continue
        rows = bounded(place, counts[place.mode.name], inputs, start)
        if refute(rows) is not None:
            continue
        for count in landing:
            if not place.lands.values.keys() >= set(count.variables):
                return None  # the proof leaves open what it becomes
            form = count.substitute(place.lands.values)
            for sign in (1, -1):
                spare = minimum(rows, Affine.variable(COUNTS) - form * sign)
                if spare is None:
                    return None
                rate = max(rate, -spare[0])
    return Growth(start, rate)
