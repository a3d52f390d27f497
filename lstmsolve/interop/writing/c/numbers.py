"""Which C types a design's numbers take, and how its numbers are written in C."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from lstmsolve.interop.writing.c.fixed import Scales, fixed_scales, largest, largest_bound
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.affine import ONE, Affine
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.lstm.cells import Gate, nonzero
from lstmsolve.kernel.spec.domains import Symbols, enumerated
from lstmsolve.model.floats import FLOAT_FORMATS

WIDTHS: Final = (8, 16, 32)
ACCUMULATOR: Final = 31
"""Bits that a sum has besides its sign."""
LEAST_BOUND: Final = 2**15
"""A counter in fixed point that could not get so far is written in floats."""


@dataclass(frozen=True, slots=True)
class Types:
    """C types: of x and z, of c, of h, and of the sums in between."""

    number: str
    c: str
    h: str
    sums: str
    bound: int | None
    """Numbers that nothing bounds may be so large; None where everything is bounded."""
    scales: Scales | None = None
    """For fixed point: how many of their bits are those of fractions. Else integers and floats are what they are."""

    @property
    def whole(self) -> bool:
        return self.sums != "float" and self.sums != "double"

    def literal(self, value: Fraction) -> str:
        """A constant of the type of sums: integers as they are, floats in decimals where short, else in hex."""
        if self.whole:
            return str(value.numerator)
        suffix = "f" if self.sums == "float" else ""
        if value.denominator == 1 and abs(value) < 10**6:
            return f"{value.numerator}.0{suffix}"
        return f"{float(value).hex()}{suffix}"

    def form(self, form: Affine, names: dict[str, str]) -> str:
        """A form over C variables. In integers its factors have to be integers."""
        parts = [
            f"{names[name]}" if factor == ONE else f"({self.literal(factor)} * {names[name]})"
            for name, factor in form.terms
        ]
        if form.constant or not parts:
            parts.append(self.literal(form.constant))
        return " + ".join(f"({part})" if part.startswith("-") else part for part in parts)


def types_of(design: Design) -> Types:
    """Integers as narrow as the certificate allows, in fixed point where fractions need it; else floats.

    Raises:
        InputError: a number is too large for C.
    """
    whole = all(value.denominator == 1 for _, value in design.numbers()) and design.weights.cell.exact
    fixed = None if whole or not _whole_inputs(design) else _fixed(design)
    if fixed is not None:
        return fixed
    if not whole or not _whole_inputs(design):
        kind = FLOAT_FORMATS["float32"]
        exact = all(kind.holds(value) for _, value in design.numbers())
        name = "float" if exact and design.weights.cell.exact else "double"
        for where, value in design.numbers():
            if abs(value) > sys.float_info.max:
                raise InputError.single(where, "is too large for a double of C", value)
        return Types(name, name, name, name, _bound(design, 2**24 if name == "float" else 2**53))
    limit = 2**ACCUMULATOR - 1
    x, c, h = (_range(values) for values in _known(design))
    z = None if h is None else _readout_range(design, h)
    inputs = x or 2**15
    if _largest_sum(design, inputs, h or 1) > limit:
        raise InputError.single("weights", f"sums of more than {ACCUMULATOR + 1} bits are not exported to C")
    bound = None if x is not None and h is not None and c is not None else _bound(design, limit)
    both = None if x is None or z is None else max(x, z)
    return Types(_narrowest(both), _narrowest(c), _narrowest(h), "int32_t", bound)


def _fixed(design: Design) -> Types | None:
    """Fixed point with sums of 32 or 64 bits; None where it is not exact, or not proved to be."""
    scales = fixed_scales(design) if design.weights.cell.exact else None
    if scales is None:
        return None
    x, c, h = (_range(values) for values in _known(design))
    for bits in (ACCUMULATOR, 2 * ACCUMULATOR + 1):
        limit = 2**bits - 1
        if x is not None and c is not None and h is not None:
            if largest(scales, Fraction(x), Fraction(c), Fraction(h)) > limit:
                continue
            z = _readout_range(design, h)
            kept = (_narrowest(c * 2**scales.c), _narrowest(h * 2**scales.h))
            return Types(_narrowest(max(x, z)), *kept, f"int{bits + 1}_t", None, scales)
        bound = min(largest_bound(scales, limit), (2**ACCUMULATOR - 1) >> max(scales.c, scales.h))
        if bound >= LEAST_BOUND:
            return Types("int32_t", "int32_t", "int32_t", f"int{bits + 1}_t", bound, scales)
    return None


def _whole_inputs(design: Design) -> bool:
    if design.problem is None:
        return True
    return all(
        entry.kind != NumericKind(False)
        and all(not isinstance(v, Fraction) or v.denominator == 1 for v in enumerated(entry.domain) or ())
        for entry in design.problem.spec.inputs
    )


def _known(design: Design) -> tuple[list[Affine] | None, list[Affine] | None, list[Affine] | None]:
    """What inputs, c and h can be, as constant forms; None where that is not known or not bounded."""
    x: list[Affine] | None = None
    if design.problem is not None:
        listed = [() if isinstance(e.domain, Symbols) else enumerated(e.domain) for e in design.problem.spec.inputs]
        if None not in listed:
            numbers = [v for values in listed for v in values or () if isinstance(v, Fraction)]
            x = [Affine((), value) for value in [*numbers, ONE]]
    if design.certificate is None:
        return x, None, None
    modes = design.certificate.modes.values()
    c, h = [form for mode in modes for form in mode.c], [form for mode in modes for form in mode.h]
    return x, c if all(f.is_constant for f in c) else None, h if all(f.is_constant for f in h) else None


def _range(values: Sequence[Affine] | None) -> int | None:
    """The largest size of these, rounded up."""
    return None if values is None else max((ceil(abs(form.constant)) for form in values), default=0)


def _readout_range(design: Design, h: int) -> int:
    matrix, bias = design.readout
    return max((int(_size(row) * h + abs(d)) for row, d in zip(matrix, bias, strict=True)), default=0)


def _narrowest(size: int | None) -> str:
    if size is None:
        return "int32_t"
    return next((f"int{width}_t" for width in WIDTHS if size < 2 ** (width - 1)), "int32_t")


def _sums(design: Design) -> Iterable[tuple[Fraction, Fraction, Fraction]]:
    """For each sum of the step: the size of its weights of x, of h, and of its bias."""
    for gate in Gate:
        part = design.weights.gates[gate]
        for w, u, b in zip(part.w, part.u, part.b, strict=True):
            yield (
                sum((abs(v) for _, v in nonzero(w)), Fraction(0)),
                sum((abs(v) for _, v in nonzero(u)), Fraction(0)),
                abs(b),
            )
    matrix, bias = design.readout
    for row, d in zip(matrix, bias, strict=True):
        yield Fraction(0), _size(row), abs(d)


def _size(row: Sequence[Fraction]) -> Fraction:
    return sum((abs(value) for _, value in nonzero(row)), Fraction(0))


def _largest_sum(design: Design, x: int, h: int) -> Fraction:
    return max(of_x * x + of_h * h + b for of_x, of_h, b in _sums(design))


def _bound(design: Design, limit: int) -> int:
    """Inputs, c and h up to this size keep every sum within the limit."""
    sizes = [(of_x + of_h, b) for of_x, of_h, b in _sums(design) if of_x or of_h]
    least = min((int((limit - b) / max(of, ONE)) for of, b in sizes), default=limit)
    return max(1, least - 1)
