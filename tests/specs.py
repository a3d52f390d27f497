"""Random runs of a case and what its spec says of them, for judging exported designs."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.spec.domains import IntegerRange, RealInterval, enumerated
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.obligations.stepping.systems import lifted


@dataclass(frozen=True)
class Told:
    """Input columns [T, D] and what each unit owes after each step [T, outputs]; None where nothing is owed."""

    inputs: tuple[Vector, ...]
    owed: tuple[tuple[Fraction | None, ...], ...]


def random_run(problem: Problem, length: int, seed: int) -> Told:
    """A run of legal inputs; from where a promise of [assume] would be broken another input is drawn."""
    rng, spec = random.Random(seed), problem.spec
    registers = spec.initial
    inputs: list[Vector] = []
    owed: list[tuple[Fraction | None, ...]] = []
    while len(inputs) < length:
        given = {entry.name: lifted(_drawn(entry.domain, rng)) for entry in spec.inputs}
        if not spec.assumed(registers, given):
            continue
        after = spec.step(registers, given)
        registers = dict(after.registers)
        inputs.append(tuple(column.constant for column in spec.encode(given)))
        owed.append(tuple(output.constant if isinstance(output, Affine) else None for output in after.outputs))
    return Told(tuple(inputs), tuple(owed))


def _drawn(domain: object, rng: random.Random) -> Constant:
    listed = enumerated(domain)  # type: ignore[arg-type]
    if listed is not None:
        return rng.choice(listed)
    assert isinstance(domain, IntegerRange | RealInterval)
    low = -4 if domain.low is None else int(domain.low)
    high = low + 8 if domain.high is None else int(domain.high)
    return Fraction(rng.randint(low, high)) if isinstance(domain, IntegerRange) else Fraction(rng.randint(0, 8), 8)
