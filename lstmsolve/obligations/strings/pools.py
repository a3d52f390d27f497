"""Which strings to look at: short ones first, and ones with an endless parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import islice, product
from typing import Final

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.spec.domains import Domain, IntegerRange, RealInterval, contains, enumerated
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.strings.systems import EndlessString, Entry, K, String, StringStep

FEW_INPUTS: Final = 3
"""Inputs to build strings of, where there are more."""


def all_strings(spec: Spec, length: int, most: int) -> list[String] | None:
    """All strings of a length over a few telling inputs; None if there are more than `most`."""
    inputs = sample_inputs(spec)
    if any(enumerated(entry.domain) is None for entry in spec.inputs):
        inputs = inputs[:FEW_INPUTS]
    return list(product(inputs, repeat=length)) if len(inputs) ** length <= most else None


def string_pools(spec: Spec) -> Iterator[list[EndlessString]]:
    """Growing lists of strings that tell much: short ones, then ones with K, then longer ones."""
    plain = list(_plain_inputs(spec))
    few = plain[:FEW_INPUTS]
    far = list(_far_inputs(spec, few))
    few = few if far else plain[: FEW_INPUTS + 1]
    letters = [*few, *far]
    loops = [StringStep(given, repeated=True) for given in few]
    for length in (1, 2):
        yield [tuple(map(StringStep, word)) for word in product(plain, repeat=length)]
    yield [tuple(map(StringStep, word)) for word in product(letters, repeat=3)]
    for length in (2, 3):
        yield [(loop, *map(StringStep, word)) for loop in loops for word in product(letters, repeat=length)]


def _plain_inputs(spec: Spec) -> Iterator[Mapping[str, Entry]]:
    """A few inputs: the ends of ranges, and the numbers at which the spec changes its mind."""
    names = [entry.name for entry in spec.inputs]
    choices = [list(islice(_telling_values(entry.domain, spec), 2 * FEW_INPUTS)) for entry in spec.inputs]
    for values in islice(product(*choices), 2 * FEW_INPUTS):
        yield dict(zip(names, values, strict=True))


def _telling_values(domain: Domain, spec: Spec) -> Iterator[Constant]:
    listed = enumerated(domain)
    if listed is not None:
        yield from listed
        return
    assert isinstance(domain, IntegerRange | RealInterval)
    ends = [Fraction(end) for end in (domain.low, domain.high) if end is not None]
    marks = sorted(spec.constants, key=lambda mark: (-abs(mark), mark))
    near = [mark + shift for mark in marks for shift in (0, -1, 1)]
    wanted = dict.fromkeys([*ends, *near, *map(Fraction, range(2 * FEW_INPUTS))])
    yield from (value for value in wanted if contains(domain, value))


def _far_inputs(spec: Spec, few: list[Mapping[str, Entry]]) -> Iterator[Mapping[str, Entry]]:
    """Inputs with K in one unbounded place, the rest as in some plain input."""
    seen: set[tuple[Entry, ...]] = set()
    for entry in spec.inputs:
        for sign in (1, -1):
            if isinstance(entry.domain, IntegerRange | RealInterval):
                edge = entry.domain.high if sign > 0 else entry.domain.low
                if edge is not None:
                    continue
                for given in few:
                    found = {**given, entry.name: sign * Affine.variable(K)}
                    if tuple(found.values()) not in seen:
                        seen.add(tuple(found.values()))
                        yield found
