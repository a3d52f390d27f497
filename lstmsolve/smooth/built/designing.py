"""Sigmoid and tanh weights built from an automaton: every unit is written afresh at each step.

A unit stands for a state and the symbol that led there, and shows tanh 1 or 0: its cell forgets
(f = σ(-G)), its candidate is tanh G, i asks whether the old state is a predecessor, and o asks for
the symbol. At the start all units show 0, so a set of old states that holds the start is asked for
by its complement. With two symbols one unit does for both: i asks about the old state where the
symbol is the first one, and o where it is the second. Errors shrink as long as the gain G is large
enough, which is for a proof to say.

Source: the restoring constructions for first- and second-order nets (Omlin & Giles 1996; Carrasco
et al. 2000), with gates in the place of their products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import tanh
from typing import Final, TypeAlias

from lstmsolve.automata.merging import indistinguishable
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Layer, Parameter, State, Vector, Weights
from lstmsolve.kernel.spec.specs import Decide, Readout
from lstmsolve.smooth.nets import BROKEN, Table

SHOWN: Final = Fraction(round(tanh(1.0) * 1000), 1000)
"""What a unit that is on shows, nearly."""

MOST_UNITS: Final = 200

Said: TypeAlias = tuple[Fraction | None, ...]
"""What is owed on entering a state, for each output; None is `any`."""


@dataclass(frozen=True, slots=True)
class Impracticable:
    """This construction has no weights for the case."""

    reason: str


@dataclass(frozen=True, slots=True)
class Automaton:
    """A Moore automaton. State 0 is the start."""

    next: tuple[tuple[int, ...], ...]
    said: tuple[Said, ...]

    def sources(self, entered: frozenset[int], symbol: int) -> frozenset[int]:
        """The states from which a symbol leads into these."""
        return frozenset(state for state, row in enumerate(self.next) if row[symbol] in entered)


@dataclass(frozen=True, slots=True)
class _Unit:
    entered: frozenset[int]
    """It is on after a step into one of these states …"""
    symbol: int | None
    """… by this symbol, or None: by either of two."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Thresholds for the outputs 1 and 0, on z of a layer or on h."""

    accept: Fraction
    reject: Fraction
    layer: bool


@dataclass(frozen=True, slots=True)
class Design:
    """What the weights of every gain have in common."""

    automaton: Automaton
    columns: tuple[Vector, ...]
    sides: Sides
    units: tuple[_Unit, ...]
    hidden: int
    """Units in all; those beyond `units` show 0."""

    def showing(self) -> dict[int, list[int]]:
        """The units that show each state but the start."""
        shown: dict[int, list[int]] = {state: [] for state in range(1, len(self.automaton.next))}
        for number, unit in enumerate(self.units):
            if len(unit.entered) == 1 and not unit.entered <= {0}:
                shown[next(iter(unit.entered))].append(number)
        return shown

    def weights(self, gain: Fraction) -> Weights:
        """The weights of this gain, in short decimals."""
        return _weights(self, gain)


def designed(table: Table, readout: Readout, hidden: int | None) -> Design | Impracticable:
    """The construction for a spec, with the units that the case asks for or the least that it takes."""
    if not table.closed:
        return Impracticable(f"the spec has more than {len(table.states)} states")
    if not separable(table.columns):
        return Impracticable("some input is no corner of the convex hull of all, so no gate can ask for it alone")
    sides = _sides(readout)
    if isinstance(sides, Impracticable):
        return sides
    automaton = automaton_of(table)
    units = _units(automaton, len(table.columns), sides)
    if isinstance(units, Impracticable):
        return units
    least = max(1, len(units))
    if least > MOST_UNITS:
        return Impracticable(f"it takes {least} units; at most {MOST_UNITS} are proved")
    if hidden is not None and hidden < least:
        return Impracticable(f"it takes {least} units")
    return Design(automaton, table.columns, sides, units, hidden or least)


def _sides(readout: Readout) -> Sides | Impracticable:
    if readout.decide is Decide.ARGMAX:
        half = (readout.margin or Fraction(0)) / 2
        return Sides(half, -half, True) if readout.layer else Impracticable("the greatest output takes a layer")
    if readout.accept is None or readout.reject is None:
        return Impracticable('outputs are told by thresholds: give [readout] accept = ">= 3/4" and reject = "<= 1/4"')
    return Sides(readout.accept.bound, readout.reject.bound, readout.layer)


def automaton_of(table: Table) -> Automaton:
    """The states of a closed table, each with what is owed on entering it, merged where nobody can tell them apart."""
    nothing: Said = (None,) * max(len(out) for row in table.outputs for out in row)
    start = (0, nothing)
    numbers: dict[tuple[int, Said], int] = {start: 0}
    order = [start]
    moves: list[list[int]] = []
    for state, _ in order:
        row: list[int] = []
        for symbol, target in enumerate(table.next[state]):
            outputs = table.outputs[state][symbol]
            said = tuple(out.constant if isinstance(out, Affine) else None for out in outputs)
            # Nothing is owed from a broken promise on, so any state will do.
            pair = start if target == BROKEN else (target, said)
            if pair not in numbers:
                numbers[pair] = len(order)
                order.append(pair)
            row.append(numbers[pair])
        moves.append(row)
    labels = [said for _, said in order]
    # Nothing is owed at the start, so it may be one with a state that is entered and goes the same ways.
    labels[0] = next((labels[place] for place in range(1, len(order)) if moves[place] == moves[0]), nothing)
    classes = indistinguishable(labels, moves)
    firsts = {number: state for state, number in reversed(list(enumerate(classes)))}
    return Automaton(
        tuple(tuple(classes[target] for target in moves[firsts[number]]) for number in sorted(firsts)),
        tuple(labels[firsts[number]] for number in sorted(firsts)),
    )


def separable(columns: Sequence[Vector]) -> bool:
    """Can a gate ask for each symbol alone?"""
    return all(_apart(columns, symbol) is not None for symbol in range(len(columns)))


def _units(automaton: Automaton, symbols: int, sides: Sides) -> tuple[_Unit, ...] | Impracticable:
    units: list[_Unit] = []
    if not sides.layer:
        if symbols > 2:
            return Impracticable("with more than two symbols no unit says an output alone: give [readout] layer = true")
        if sides.accept >= SHOWN or sides.reject <= 0:
            return Impracticable(
                "units show between 0 and tanh 1 = 0.76, and the thresholds are not in there: "
                "move them, or give [readout] layer = true"
            )
        for place in range(len(automaton.said[0])):
            ones = frozenset(state for state, said in enumerate(automaton.said) if said[place] == 1)
            units.append(_Unit(ones, None if symbols == 2 else 0))
    for state in range(1, len(automaton.next)):
        single = frozenset({state})
        if any(unit.entered == single for unit in units):
            continue
        if symbols == 2:
            units.append(_Unit(single, None))
            continue
        units += [_Unit(single, symbol) for symbol in range(symbols) if automaton.sources(single, symbol)]
    return tuple(units)


def _weights(design: Design, gain: Fraction) -> Weights:
    values: dict[Parameter, Fraction] = {}
    for number in range(design.hidden):
        values[Parameter("b", Gate.FORGET, number)] = -gain
    for number, unit in enumerate(design.units):
        values[Parameter("b", Gate.CANDIDATE, number)] = gain
        if unit.symbol is None:
            slopes, base = _known(_apart(design.columns, 1))
            closed = [-slope for slope in slopes], 1 - base
            # Where a gate does not ask, it is open whatever the old state is.
            _ask(values, design, Gate.INPUT, number, unit.entered, 0, gain)
            _add(values, Gate.INPUT, number, slopes, base, gain)
            _ask(values, design, Gate.OUTPUT, number, unit.entered, 1, gain)
            _add(values, Gate.OUTPUT, number, *closed, gain)
        else:
            _ask(values, design, Gate.INPUT, number, unit.entered, unit.symbol, gain)
            slopes, base = _known(_apart(design.columns, unit.symbol))
            _add(values, Gate.OUTPUT, number, slopes, base - Fraction(1, 2), gain)
    width = len(design.columns[0])
    cell = Cell(width, design.hidden, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    made = Weights.of(cell, {place: short(value) for place, value in values.items()}, State.zero(design.hidden))
    return replace(made, layer=_layer(design)) if design.sides.layer else made


def _ask(
    values: dict[Parameter, Fraction],
    design: Design,
    gate: Gate,
    unit: int,
    entered: frozenset[int],
    symbol: int,
    gain: Fraction,
) -> None:
    """Open the gate by G / 2 iff the old state is one from which the symbol leads into these."""
    states = design.automaton.sources(entered, symbol)
    complement = 0 in states
    for state, shown in design.showing().items():
        if (state in states) != complement:
            for number in shown:
                values[Parameter("u", gate, unit, number)] = (-gain if complement else gain) / SHOWN
    values[Parameter("b", gate, unit)] = gain / 2 if complement else -gain / 2


def _add(
    values: dict[Parameter, Fraction], gate: Gate, unit: int, slopes: Sequence[Fraction], base: Fraction, gain: Fraction
) -> None:
    """Add G (slopes x + base) to the gate."""
    bias = Parameter("b", gate, unit)
    values[bias] = values.get(bias, Fraction(0)) + gain * base
    for column, slope in enumerate(slopes):
        values[Parameter("w", gate, unit, column)] = gain * slope


def _apart(columns: Sequence[Vector], symbol: int) -> tuple[list[Fraction], Fraction] | None:
    """`slopes x + base` that is 1 at a symbol and at most 0 at all others, in the direction away from their middle."""
    x = columns[symbol]
    others = [column for place, column in enumerate(columns) if place != symbol]
    if not others:
        return [Fraction(0)] * len(x), Fraction(1)
    away = [value - sum((other[k] for other in others), Fraction(0)) / len(others) for k, value in enumerate(x)]

    def along(column: Vector) -> Fraction:
        return sum((a * b for a, b in zip(away, column, strict=True)), Fraction(0))

    highest = max(map(along, others))
    gap = along(x) - highest
    return ([value / gap for value in away], -highest / gap) if gap > 0 else None


def _known(apart: tuple[list[Fraction], Fraction] | None) -> tuple[list[Fraction], Fraction]:
    assert apart is not None, "designs are made for symbols that are separable"
    return apart


def _layer(design: Design) -> Layer:
    """z is beyond its threshold by 1 in every state that owes something."""
    accept, reject = design.sides.accept, design.sides.reject
    targets: Mapping[Fraction | None, Fraction] = {
        Fraction(1): accept + 1,
        Fraction(0): reject - 1,
        None: (accept + reject) / 2,
    }
    said, showing = design.automaton.said, design.showing()
    rows, constants = [], []
    for place in range(len(said[0])):
        base = targets[said[0][place]]
        row = [Fraction(0)] * design.hidden
        for state, units in showing.items():
            for unit in units:
                row[unit] = short((targets[said[state][place]] - base) / SHOWN)
        rows.append(tuple(row))
        constants.append(base)
    return Layer(tuple(rows), tuple(constants))


def short(value: Fraction) -> Fraction:
    """In two decimals."""
    return Fraction(round(value * 100), 100)
