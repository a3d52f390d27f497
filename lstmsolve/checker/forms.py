"""A step of a sigmoid and tanh cell on a set of states, in integers at scale 2^-80.

The set is given by affine forms over noise symbols e[s] in [-1, 1]:

    c[j] = centre + Σ factors[s] e[s]     h[j] likewise, with the same e

and by ranges of c and h that hold besides. `step` encloses the set after one step in the same way;
the rounding and the rest of every operation ends in one new symbol for each c and each h. Why each
line is an enclosure is said in docs/certificate.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from lstmsolve.checker.fixed_point import ONE, SCALE, Line, sigmoid_line, tanh_line, up
from lstmsolve.kernel.lstm.cells import Gate, Weights, nonzero
from lstmsolve.kernel.proofs.readouts import Demand

FLAT: Final = 50 << SCALE
"""tanh is taken for any value of its range where |c| may be larger."""

Range: TypeAlias = tuple[int | None, int | None]


class Form(NamedTuple):
    """`centre + Σ factors[s] e[s]`, and low <= value <= high; where a side is None, only the range counts."""

    centre: int
    factors: list[int]
    low: int | None
    high: int | None


class States(NamedTuple):
    c: list[Form]
    h: list[Form]


class Landed(NamedTuple):
    states: States
    o: list[tuple[int, int]]


class _Row(NamedTuple):
    """`Σ factors h + constant`, each number low by less than 1 unit; `exact` if by 0."""

    factors: tuple[tuple[int, int], ...]
    constant: int
    exact: bool


class Packed(NamedTuple):
    """The factors of each form as digits of one integer, so that a sum of all of them is one sum."""

    numbers: list[int]
    size: int
    width: int
    """Bytes of a digit."""
    halves: int
    """Half of the base in every digit: added, none is negative."""

    @staticmethod
    def of(forms: Sequence[Form], bits: int) -> Packed:
        """For factors of so many bits: |Σ u f| over all forms is below half of the base."""
        size = len(forms[0].factors)
        most = max(max(max(form.factors), -min(form.factors)) for form in forms)
        width = max((bits + most.bit_length() + len(forms).bit_length()) // 8, SCALE // 8) + 1
        half = 1 << 8 * width - 1
        halves = int.from_bytes(half.to_bytes(width, "little") * size, "little")
        digits = (b"".join((factor + half).to_bytes(width, "little") for factor in form.factors) for form in forms)
        return Packed([int.from_bytes(line, "little") - halves for line in digits], size, width, halves)

    def sums(self, factors: Sequence[tuple[int, int]]) -> list[int]:
        """Of each symbol Σ u f, times 2^-80, rounded down."""
        total = sum((u * self.numbers[unit] for unit, u in factors), self.halves)
        digits = total.to_bytes(self.size * self.width, "little")
        # The last bytes of a digit are what is left of it after a shift by SCALE.
        half, width = 1 << 8 * self.width - 1 - SCALE, self.width
        ends = range(width, len(digits) + 1, width)
        return [int.from_bytes(digits[end - width + SCALE // 8 : end], "little") - half for end in ends]


class _Seen(NamedTuple):
    """A pre-activation: centre, factors, what rounding may add, range."""

    centre: int
    factors: list[int]
    total: int
    low: int
    high: int
    rounding: int


class _Gate(NamedTuple):
    """A squashed value: `centre + slope (Σ factors e) ± error` with the factors of `seen`, within low..high."""

    centre: int
    slope: int
    seen: _Seen
    error: int
    low: int
    high: int
    apart: int
    """How far the value is from the centre, at most."""


@dataclass(frozen=True, slots=True)
class Stepper:
    """The cell of some weights, each number enclosed in an interval of one unit."""

    rows: tuple[tuple[tuple[_Row, ...], ...], ...]
    """For each combination of inputs, for f, i, g, o, for each unit."""
    bits: int
    """Of the largest factor."""
    error: int
    """What every c may be off by after a step."""

    @staticmethod
    def of(weights: Weights, columns: Sequence[Sequence[Fraction]], error: Fraction) -> Stepper:
        order = (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT)
        rows = []
        for x in columns:
            gates = []
            for gate in order:
                part = weights.gates[gate]
                gates.append(
                    tuple(
                        _row(
                            dict(nonzero(part.u[unit])),
                            part.b[unit] + sum((w * x[column] for column, w in nonzero(part.w[unit])), Fraction(0)),
                        )
                        for unit in range(weights.cell.hidden)
                    )
                )
            rows.append(tuple(gates))
        bits = max(map(_bits, (row for some in rows for part in some for row in part)))
        return Stepper(tuple(rows), bits, ceiling(error))

    def step(self, states: States, inputs: int, known: Sequence[Range] = ()) -> Landed | None:
        """The states after a step on the combination `inputs`, with c in `known` besides; None if there are none."""
        hidden, size = len(states.c), len(states.c[0].factors)
        packed = Packed.of(states.h, self.bits)
        gates = [
            [_squash(_seen(row, states.h, packed), kind) for row in part]
            for part, kind in zip(self.rows[inputs], (sigmoid_line, sigmoid_line, tanh_line, sigmoid_line), strict=True)
        ]
        new_c: list[Form] = []
        new_h: list[Form] = []
        outputs: list[tuple[int, int]] = []
        for unit in range(hidden):
            f, i, g, o = (part[unit] for part in gates)
            c: Form | None = self._cell(states.c[unit], f, i, g, unit, hidden)
            if c is not None and known:
                c = narrowed(c, known[unit], size + unit)
            if c is None:
                return None
            new_c.append(c)
            new_h.append(_output(c, o, 2 * self.error, size + hidden + unit))
            outputs.append((max(0, o.low), min(ONE, o.high)))
        return Landed(States(new_c, new_h), outputs)

    def _cell(self, c: Form, f: _Gate, i: _Gate, g: _Gate, unit: int, hidden: int) -> Form:
        """f c + i g, and a new symbol for its error."""
        size = len(c.factors)
        low, high = _times(f, c.low, c.high)
        new_low, new_high = _times(i, g.low, g.high)
        assert new_low is not None
        assert new_high is not None
        low = None if low is None else low + new_low - self.error
        high = None if high is None else high + new_high + self.error
        if low is None or high is None or c.low is None or c.high is None:
            return Form(0, [0] * (size + 2 * hidden), low, high)
        c_apart = max(c.high - c.centre, c.centre - c.low, 0)
        tilts = (c.centre * f.slope >> SCALE, g.centre * i.slope >> SCALE, i.centre * g.slope >> SCALE)
        # Each tilt is low by less than 1 unit, each factor and the centre are rounded down by less than 1.
        lost = sum(up(gate.seen.total) for gate in (f, i, g)) + size + 1
        error = (
            lost
            + self.error
            + up(
                abs(c.centre) * f.error
                + f.apart * c_apart
                + abs(i.centre) * g.error
                + abs(g.centre) * i.error
                + i.apart * g.apart
            )
        )
        a, b, d = tilts
        factors = [
            (f.centre * kept + a * one + b * two + d * three) >> SCALE
            for kept, one, two, three in zip(c.factors, f.seen.factors, i.seen.factors, g.seen.factors, strict=True)
        ]
        centre = (f.centre * c.centre + i.centre * g.centre) >> SCALE
        reach = sum(map(abs, factors)) + error
        fresh = [0] * (2 * hidden)
        fresh[unit] = error
        return Form(centre, factors + fresh, max(low, centre - reach), min(high, centre + reach))

    def boxed(self, c: Sequence[Range], o: Sequence[tuple[int, int]]) -> States:
        """The states of a box, with h = o tanh(c) up to the error: symbols c, o and the rest, one for each unit."""
        hidden = len(c)
        cells: list[Form] = []
        outputs: list[Form] = []
        for unit, ((low, high), (o_low, o_high)) in enumerate(zip(c, o, strict=True)):
            centre = radius = 0
            if low is not None and high is not None:
                centre = (low + high) >> 1
                radius = max(high - centre, centre - low)
            line = _tanh(low, high)
            o_centre = (o_low + o_high) >> 1
            o_radius = max(o_high - o_centre, o_centre - o_low)
            t_centre = (line.slope * centre >> SCALE) + line.offset
            t_apart = max(line.high - t_centre, t_centre - line.low)
            tilt = o_centre * line.slope >> SCALE
            error = 2 * self.error + 3 + up(radius) + up(abs(o_centre) * (line.error + 1) + o_radius * t_apart)
            c_factors, h_factors = [0] * (3 * hidden), [0] * (3 * hidden)
            c_factors[unit] = radius
            h_factors[unit] = tilt * radius >> SCALE
            h_factors[hidden + unit] = t_centre * o_radius >> SCALE
            h_factors[2 * hidden + unit] = error
            cells.append(Form(centre, c_factors, low, high))
            h_centre = o_centre * t_centre >> SCALE
            reach = sum(map(abs, h_factors))
            h_low, h_high = _bilinear(o_low, o_high, line.low, line.high)
            slip = 2 * self.error
            outputs.append(
                Form(h_centre, h_factors, max(h_low - slip, h_centre - reach), min(h_high + slip, h_centre + reach))
            )
        return States(cells, outputs)


class Reading:
    """One demand, `factors h + constant > 0` or `>= 0`, in integers."""

    def __init__(self, demand: Demand) -> None:
        self._row = _row(dict(nonzero(demand.factors)), demand.constant)
        self._strict = demand.strict

    def least(self, h: Sequence[Form]) -> int:
        """What is left of it at least, in all of the set."""
        return _seen(self._row, h, Packed.of(h, _bits(self._row))).low

    def met(self, left: int) -> bool:
        return left > 0 if self._strict else left >= 0


def point(c: Sequence[Fraction], h: Sequence[Fraction]) -> States:
    """One state."""
    hidden = len(c)

    def form(value: Fraction, symbol: int) -> Form:
        low, high = floor(value), ceiling(value)
        factors = [0] * (3 * hidden)
        factors[symbol] = high - low
        return Form(low, factors, low, high)

    return States(
        [form(value, unit) for unit, value in enumerate(c)],
        [form(value, 2 * hidden + unit) for unit, value in enumerate(h)],
    )


def narrowed(form: Form, side: Range, symbol: int) -> Form | None:
    """The values of c after a step that lie in a range besides; None if there are none.

    `symbol` is that of the error of c in this step; where the range is infinite the form was dropped, and it is free.
    """
    low, high = common((form.low, form.high), side)
    if empty((low, high)):
        return None
    if low is None or high is None or not (form.low is None or form.high is None):
        return Form(form.centre, form.factors, low, high)
    centre, factors = (low + high) >> 1, [0] * len(form.factors)
    factors[symbol] = max(high - centre, centre - low)
    return Form(centre, factors, low, high)


def common(one: Range, other: Range) -> Range:
    """What two ranges have in common."""
    low = one[0] if other[0] is None or (one[0] is not None and one[0] > other[0]) else other[0]
    high = one[1] if other[1] is None or (one[1] is not None and one[1] < other[1]) else other[1]
    return low, high


def empty(side: Range) -> bool:
    return side[0] is not None and side[1] is not None and side[0] > side[1]


def floor(value: Fraction) -> int:
    return (value.numerator << SCALE) // value.denominator


def ceiling(value: Fraction) -> int:
    return -((-value.numerator << SCALE) // value.denominator)


def _row(factors: dict[int, Fraction], constant: Fraction) -> _Row:
    values = [constant, *factors.values()]
    exact = all(floor(value) == ceiling(value) for value in values)
    return _Row(tuple((unit, floor(value)) for unit, value in factors.items()), floor(constant), exact)


def _bits(row: _Row) -> int:
    return max((abs(u).bit_length() for _, u in row.factors), default=0)


def _seen(row: _Row, h: Sequence[Form], packed: Packed) -> _Seen:
    """`row h`, and how far off it may be."""
    factors = packed.sums(row.factors)
    centre = low = high = 0
    rounding = len(factors) + 1
    for unit, u in row.factors:
        form = h[unit]
        assert form.low is not None
        assert form.high is not None
        centre += u * form.centre
        if u > 0:
            low += u * form.low
            high += u * form.high
        else:
            low += u * form.high
            high += u * form.low
        if not row.exact:
            rounding += 1 + (max(-form.low, form.high, 0) >> SCALE)
    if not row.exact:
        rounding += 1
    centre = (centre >> SCALE) + row.constant
    total = sum(map(abs, factors))
    reach = total + rounding
    low = max((low >> SCALE) + row.constant - rounding, centre - reach)
    high = min(up(high) + row.constant + rounding, centre + reach)
    return _Seen(centre, factors, total, low, high, rounding)


def _squash(seen: _Seen, kind: Callable[[int, int], Line]) -> _Gate:
    line = kind(seen.low, seen.high)
    centre = (line.slope * seen.centre >> SCALE) + line.offset
    error = line.error + up(line.slope * seen.rounding) + 1
    apart = max(line.high - centre, centre - line.low)
    return _Gate(centre, line.slope, seen, error, line.low, line.high, apart)


def _tanh(low: int | None, high: int | None) -> Line:
    """tanh on a range: between two lines, or any value of its range where c may be large."""
    if low is not None and high is not None and low >= -FLAT and high <= FLAT:
        return tanh_line(low, high)
    bottom = -ONE if low is None else tanh_line(low, low).low
    top = ONE if high is None else tanh_line(high, high).high
    offset = (bottom + top) >> 1
    return Line(0, offset, max(top - offset, offset - bottom), bottom, top)


def _output(c: Form, o: _Gate, slip: int, symbol: int) -> Form:
    """o tanh(c) ± slip, and a new symbol for its error."""
    line = _tanh(c.low, c.high)
    centre = (line.slope * c.centre >> SCALE) + line.offset
    apart = max(line.high - centre, centre - line.low)
    tilt, lean = o.centre * line.slope >> SCALE, centre * o.slope >> SCALE
    size = len(o.seen.factors)
    factors = [tilt * factor >> SCALE for factor in c.factors]
    for place, factor in enumerate(o.seen.factors):
        factors[place] = (tilt * c.factors[place] + lean * factor) >> SCALE
    assert size <= symbol
    # The two tilts are low by less than 1 unit, each factor and the centre are rounded down by less than 1.
    lost = up(sum(map(abs, c.factors))) + up(o.seen.total) + len(factors) + 1
    error = slip + lost + up(abs(o.centre) * (line.error + 1) + abs(centre) * o.error + o.apart * apart)
    factors[symbol] = error
    centre = o.centre * centre >> SCALE
    reach = sum(map(abs, factors))
    low, high = _bilinear(max(0, o.low), o.high, line.low, line.high)
    return Form(centre, factors, max(low - slip, centre - reach), min(high + slip, centre + reach))


def _times(gate: _Gate, low: int | None, high: int | None) -> Range:
    """The range of a gate times a value of a range; a gate is at least 0."""
    least, most = max(0, gate.low), gate.high
    return (
        None if low is None else (least if low >= 0 else most) * low >> SCALE,
        None if high is None else up((most if high >= 0 else least) * high),
    )


def _bilinear(least: int, most: int, low: int, high: int) -> tuple[int, int]:
    """The range of a product of a value of least..most, at least 0, and one of low..high."""
    return (least if low >= 0 else most) * low >> SCALE, up((most if high >= 0 else least) * high)
