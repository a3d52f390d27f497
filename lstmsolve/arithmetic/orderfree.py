"""One step of a certificate in floats: up to which size of counts it computes what the fractions do.

The induction: c and h are exact before the step and inputs are numbers of the format, so each sum of the step is
judged on its exact terms (`sums`). What multiplies an exact 0 need only be finite. `cells.step` itself is run, on
values that know their limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from lstmsolve.arithmetic.places import Place
from lstmsolve.arithmetic.sums import NEVER, Limit, Sums, certain, least
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.lstm.cells import Activation, Gate, Weights, nonzero, step
from lstmsolve.kernel.lstm.symbolic import MOST_INPUTS_KEPT, Entry, Phase, settled
from lstmsolve.model.floats import FloatFormat


class Tracked:
    """A value of the step, and the size of counts below which floats have it exactly."""

    def __init__(self, entry: Entry | None, limit: Callable[[], Limit], stored: bool) -> None:
        self.entry = entry
        """None for a gate that multiplies 0, whose value nobody proved anything about."""
        self._limit = limit
        self.stored = stored
        """Is it a number of the format without any rounding: an input, a component of c or h, 0 or 1?"""

    @cached_property
    def limit(self) -> Limit:
        return self._limit()


Tracks: TypeAlias = dict[int, Tracked]
"""A vector by its components that are not exactly 0."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Up to which size of counts a step is exact, and the first of its sums that is not beyond."""

    limit: Limit
    where: str


@dataclass(frozen=True, slots=True)
class _Argument:
    """The sum that a gate is of."""

    terms: list[Affine]
    exact: bool
    """Are the terms exact in floats?"""
    alone: bool
    """Is it one number as it is?"""


class OrderFree:
    """`cells.CellArithmetic` for one weights file and one format; `at` moves it from step to step."""

    def __init__(self, weights: Weights, kind: FloatFormat) -> None:
        self._weights = weights
        self._kind = kind
        self._rows = {gate: _rows(weights, gate) for gate in Gate}
        self._reached: dict[Gate, dict[int, list[int]]] = {gate: {} for gate in Gate}
        """The units that each component of h reaches."""
        for gate, rows in self._rows.items():
            for unit, (_, from_h, _) in rows.items():
                for column in from_h:
                    self._reached[gate].setdefault(column, []).append(unit)
        self._kept: dict[object, tuple[Tracks, Set[int]]] = {}
        self._sums: Sums
        self._phases: Mapping[str, Phase]
        self._judged: list[tuple[Limit, str]]

    def judge(self, place: Place, sums: Sums) -> Judged:
        """The step at `place`, whose region and bounds `sums` has."""
        self._sums, self._judged = sums, []
        for label, entries in (("c", place.c), ("h", place.h)):
            for unit, entry in nonzero(entries):
                if isinstance(entry, Fraction) and not self._kind.holds(entry):
                    return Judged(NEVER, f"{label}[{unit}], which no {self._kind.name} can hold")
        self._phases = {name: proof.phase for name, proof in place.lands.gates.items()}
        try:
            after = step(self, self._given(place.c), self._given(place.h), self._given(place.x))
        except OutsideFragment as error:
            return Judged(NEVER, str(error))
        for label, part in (("c", after.c), ("h", after.h)):
            for unit, value in part.items():
                limit = value.limit
                if label == "h" and not value.stored and value.entry is not None:
                    # A sum of one term: o σ_o(c) has to be a number of the format.
                    limit = least(limit, sums.exact([Affine.lift(value.entry)]))
                self._judged.append((limit, f"{label}[{unit}]"))
        self._judge_layer(after.h)
        bounded = [(limit, where) for limit, where in self._judged if limit is not None]
        if not bounded:
            return Judged(None, "")
        limit, where = min(bounded, key=lambda pair: pair[0])
        return Judged(limit, where)

    def _judge_layer(self, h: Tracks) -> None:
        layer = self._weights.layer
        if layer is None:
            return
        for k, (row, bias) in enumerate(zip(layer.V, layer.d, strict=True)):
            parts = [(row[unit], value) for unit, value in h.items() if row[unit] and value.entry != ZERO]
            terms = [Affine.lift(value.entry) * weight for weight, value in parts if value.entry is not None]
            terms += [Affine((), bias)] if bias else []
            held = all(map(self._kind.holds, [weight for weight, _ in parts] + [bias]))
            self._judged.append((self._sums.exact(terms) if held else NEVER, f"z[{k}]"))

    def gate(self, gate: Gate, x: Tracks, h: Tracks) -> Tracks:
        saturates = self._weights.cell.activation(gate) is Activation.CRELU
        before, open_ = self._before_h(gate, x)
        reached = {unit for column in h for unit in self._reached[gate].get(column, ())}
        if not reached and not open_:
            return before
        found = dict(before)
        for unit in sorted(reached | open_):
            found.pop(unit, None)
            argument = self._argument(gate, unit, x, h)
            if argument.terms:
                name = f"{gate.value}[{unit}]"
                self._judged.append((self._sums.finite(argument.terms), f"{name}, which overflows"))
                entry = self._value(name, argument.terms, saturates)
                stored = argument.alone or entry in (ZERO, ONE)
                found[unit] = Tracked(entry, self._deferred(argument, saturates), stored)
        return found

    def _before_h(self, gate: Gate, x: Tracks) -> tuple[Tracks, Set[int]]:
        """Of units that h does not reach: values that are right on any region, and which units are to be looked at."""
        key = gate, tuple((column, value.entry) for column, value in x.items())
        if any(isinstance(value.entry, Affine) for value in x.values()):
            return {}, self._rows[gate].keys()
        if key not in self._kept:
            if len(self._kept) >= MOST_INPUTS_KEPT:
                self._kept.clear()
            saturates = self._weights.cell.activation(gate) is Activation.CRELU
            values: Tracks = {}
            open_: set[int] = set()
            for unit in self._rows[gate]:
                argument = self._argument(gate, unit, x, {})
                if certain(self._kind, argument.terms, exact=argument.exact, saturates=saturates):
                    entry = self._value("", argument.terms, saturates)
                    if entry != ZERO:
                        values[unit] = Tracked(entry, lambda: None, argument.alone or entry == ONE)
                else:
                    open_.add(unit)
            self._kept[key] = values, open_
        return self._kept[key]

    def _argument(self, gate: Gate, unit: int, x: Tracks, h: Tracks) -> _Argument:
        from_x, from_h, bias = self._rows[gate][unit]
        parts = [
            (weights[column], value)
            for weights, vector in ((from_x, x), (from_h, h))
            for column, value in vector.items()
            if column in weights
        ]
        terms = [Affine.lift(value.entry) * weight for weight, value in parts if value.entry is not None]
        terms += [Affine((), bias)] if bias else []
        weights = [weight for weight, _ in parts] + ([bias] if bias else [])
        exact = all(map(self._kind.holds, weights)) and all(value.limit is None for _, value in parts)
        return _Argument(terms, exact, exact and len(parts) == 1 and not bias and parts[0][0] == 1)

    def output(self, c: Tracks) -> Tracks:
        if self._weights.cell.output is Activation.IDENTITY:
            return c
        found: Tracks = {}
        for unit, value in c.items():
            assert value.entry is not None
            entry = self._value(f"out[{unit}]", [Affine.lift(value.entry)], True)
            found[unit] = Tracked(entry, lambda value=value: value.limit, True)  # type: ignore[misc]
        return found

    def multiply(self, a: Tracks, b: Tracks) -> Tracks:
        return {unit: _product(a[unit], b[unit]) for unit in sorted(a.keys() & b.keys())}

    def add(self, a: Tracks, b: Tracks) -> Tracks:
        found: Tracks = {}
        for unit in sorted(a.keys() | b.keys()):
            terms = [part[unit] for part in (a, b) if unit in part]
            limits = [term.limit for term in terms]
            kept = [term for term in terms if term.entry != ZERO]
            forms = [Affine.lift(term.entry) for term in kept if term.entry is not None]
            stored = not kept or (len(kept) == 1 and kept[0].stored)
            own = None if stored else self._sums.exact(forms)
            total = settled(sum(forms[1:], forms[0])) if forms else ZERO
            limit = least(own, *limits)
            found[unit] = Tracked(total, lambda limit=limit: limit, True)  # type: ignore[misc]
        return found

    def _given(self, entries: Sequence[Entry]) -> Tracks:
        found: Tracks = {}
        for place, entry in nonzero(entries):
            limit: Limit = NEVER if isinstance(entry, Fraction) and not self._kind.holds(entry) else None
            found[place] = Tracked(entry, lambda limit=limit: limit, limit is None)  # type: ignore[misc]
        return found

    def _deferred(self, argument: _Argument, saturates: bool) -> Callable[[], Limit]:
        sums, terms, exact = self._sums, argument.terms, argument.exact
        if argument.alone:
            return lambda: None
        if saturates:
            return lambda: sums.saturated(terms, exact)
        return lambda: sums.exact(terms) if exact else NEVER

    def _value(self, name: str, terms: Sequence[Affine], saturates: bool) -> Entry | None:
        argument = settled(sum(terms[1:], terms[0])) if terms else ZERO
        if not saturates:
            return argument
        if not isinstance(argument, Affine):
            return max(ZERO, min(ONE, argument))
        match self._phases.get(name):
            case Phase.LOW:
                return ZERO
            case Phase.HIGH:
                return ONE
            case Phase.LINEAR:
                return argument
            case None:
                return None


def _product(a: Tracked, b: Tracked) -> Tracked:
    zeros = [value for value in (a, b) if value.entry == ZERO]
    if zeros:
        # One factor that floats have as 0 is enough; the other is finite.
        return Tracked(ZERO, lambda: _loosest([zero.limit for zero in zeros]), True)
    if a.entry is None or b.entry is None:
        raise OutsideFragment("a gate or a product that the certificate leaves open")
    left, right = (a.entry, b.entry) if not isinstance(a.entry, Affine) else (b.entry, a.entry)
    if isinstance(left, Affine):
        raise OutsideFragment("a product of two numbers that both vary")
    entry = settled(Affine.lift(right) * left)
    stored = (a.stored and b.entry == ONE) or (b.stored and a.entry == ONE)
    return Tracked(entry, lambda: least(a.limit, b.limit), stored)


def _loosest(limits: Sequence[Limit]) -> Limit:
    return None if any(limit is None for limit in limits) else max(limit for limit in limits if limit is not None)


_Row: TypeAlias = tuple[Mapping[int, Fraction], Mapping[int, Fraction], Fraction]
"""What a gate of one unit reads: columns of x and h with their weights, and the bias."""


def _rows(weights: Weights, gate: Gate) -> dict[int, _Row]:
    part = weights.gates[gate]
    found: dict[int, _Row] = {}
    for unit, (w, u, b) in enumerate(zip(part.w, part.u, part.b, strict=True)):
        row = dict(nonzero(w)), dict(nonzero(u)), b
        if row[0] or row[1] or b:
            found[unit] = row
    return found
