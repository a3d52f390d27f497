"""Fixed point: a design whose numbers are fractions of powers of two, in integers and nothing else.

c is kept as c 2^kc and h as h 2^kh, with the least kc and kh that every mode of the certificate allows; x and z are
integers as they are. A gate's argument is an integer times 2^-F, with an F of its own, and is clipped to 0 … 2^F.
Products are brought to one scale, and what is stored is divided by a power of two. That leaves no remainder: the
certificate says that c and h are multiples of 2^-kc and 2^-kh in every state that is reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.affine import ONE, Affine
from lstmsolve.kernel.language.expressions import Anything
from lstmsolve.kernel.lstm.cells import Activation, Gate, crelu, nonzero
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.model.floats import dyadic_quantum

MOST_BITS: Final = 24
"""Fraction bits of a gate or of the state; beyond, floats are no worse."""


@dataclass(frozen=True, slots=True)
class Scales:
    """Fraction bits of what the step computes. All are 0 in a design of integers."""

    design: Design
    c: int = 0
    h: int = 0

    def gate(self, gate: Gate, unit: int) -> int:
        """F of a gate's argument."""
        part = self.design.weights.gates[gate]
        from_x, from_h = tuple(nonzero(part.w[unit])), tuple(nonzero(part.u[unit]))
        if not from_x and not from_h and self.design.weights.cell.activation(gate) is Activation.CRELU:
            return _bits([crelu(part.b[unit])])
        values = [value for _, value in from_x] + [part.b[unit]]
        return _bits([*values, *(value / 2**self.h for _, value in from_h)])

    def products(self, unit: int) -> int:
        """Of the sum f c + i g."""
        return max(self.gate(Gate.FORGET, unit) + self.c, self.gate(Gate.INPUT, unit) + self.gate(Gate.CANDIDATE, unit))

    def output(self, k: int) -> int:
        """Of the sum V h + d."""
        matrix, bias = self.design.readout
        return _bits([bias[k], *(value / 2**self.h for _, value in nonzero(matrix[k]))])

    def sizes(self) -> Iterator[tuple[Fraction, Fraction, Fraction, Fraction]]:
        """For every number of a step, how large it can be: factors of the greatest |x|, |c| and |h|, and a constant."""
        weights, zero = self.design.weights, Fraction(0)
        for unit in range(weights.cell.hidden):
            for gate in Gate:
                part, scale = weights.gates[gate], 2 ** self.gate(gate, unit)
                yield _size(part.w[unit]) * scale, zero, _size(part.u[unit]) * scale, abs(part.b[unit]) * scale
                yield zero, zero, zero, Fraction(scale)
            scale, part = 2 ** self.products(unit), weights.gates[Gate.CANDIDATE]
            if weights.cell.candidate is Activation.CRELU:
                yield zero, Fraction(scale), zero, Fraction(scale)
            else:
                yield (
                    _size(part.w[unit]) * scale,
                    Fraction(scale),
                    _size(part.u[unit]) * scale,
                    abs(part.b[unit]) * scale,
                )
            scale = 2 ** max(self.gate(Gate.OUTPUT, unit) + self.c, self.h)
            yield zero, Fraction(scale), zero, Fraction(scale)
        for k, (row, d) in enumerate(zip(*self.design.readout, strict=True)):
            scale = 2 ** self.output(k)
            yield zero, zero, _size(row) * scale, abs(d) * scale
        yield ONE, zero, zero, zero
        yield zero, Fraction(2**self.c), zero, zero
        yield zero, zero, Fraction(2**self.h), zero


def fixed_scales(design: Design) -> Scales | None:
    """The scales of a design that fixed point holds exactly; None if it does not, or nobody proved that it does."""
    certificate = design.certificate
    if certificate is None or dyadic_quantum(value for _, value in design.numbers()) is None:
        return None
    if not all(all(mode.variables.values()) for mode in certificate.modes.values()):
        return None  # what a mode holds is then no multiple of anything
    initial = design.weights.initial
    c = _state_bits((form for mode in certificate.modes.values() for form in mode.c), initial.c)
    h = _state_bits((form for mode in certificate.modes.values() for form in mode.h), initial.h)
    if c is None or h is None:
        return None
    scales = Scales(design, c, h)
    gates = (scales.gate(gate, unit) for gate in Gate for unit in range(design.weights.cell.hidden))
    if max(c, h, *gates) > MOST_BITS or not _whole_outputs(design, certificate):
        return None
    return scales


def _whole_outputs(design: Design, certificate: Certificate) -> bool:
    """Is every output that is ever owed, or that a condition may speak of, an integer in every mode?"""
    spec = certificate.problem.spec
    for k, (row, d) in enumerate(zip(*design.readout, strict=True)):
        if not spec.always and isinstance(spec.formula(k).tree, Anything):
            continue
        for mode in certificate.modes.values():
            terms = [mode.h[unit] * value for unit, value in nonzero(row)] + [Affine((), d)]
            if any(value.denominator != 1 for term in terms for value in _numbers(term)):
                return False
    return True


def _state_bits(forms: Iterable[Affine], initial: Iterable[Fraction]) -> int | None:
    """The bits that hold what these are at integers; None if no power of two divides them."""
    numbers = [value for form in forms for value in _numbers(form)] + list(initial)
    return None if any(value.denominator & (value.denominator - 1) for value in numbers) else _bits(numbers)


def _numbers(form: Affine) -> list[Fraction]:
    return [form.constant, *(factor for _, factor in form.terms)]


def _bits(values: Iterable[Fraction]) -> int:
    """The least k so that these times 2^k are integers."""
    return max((value.denominator.bit_length() - 1 for value in values), default=0)


def _size(row: Iterable[Fraction]) -> Fraction:
    return sum(map(abs, row), Fraction(0))


def largest(scales: Scales, x: Fraction, c: Fraction, h: Fraction) -> int:
    """The largest number of a step whose inputs and state are at most so large."""
    return max(ceil(a * x + b * c + d * h + e) for a, b, d, e in scales.sizes())


def largest_bound(scales: Scales, limit: int) -> int:
    """Inputs, c and h up to this size keep every number within the limit; 0 or less: none does."""
    sizes = [(a + b + d, e) for a, b, d, e in scales.sizes()]
    return min(((limit - e) // factor if factor else (limit if e <= limit else 0)) for factor, e in sizes) - 1
