"""Weights for counters: a unit for each register, or form over registers, that a cell can hold as it is.

Each unit holds one form of the spec and shows it: what is owed, a register, a tally (`encoder.designs.tallies`), or 1
in some modes and 0 in the others. That fixes the refinement map, so units do not wait for each other: whether one can
be kept on every step, given what all of them show, is a small question about its own gates (`encoder.designs.single`).
Units that cannot are left out, and then, one after another, those that the others can do without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from lstmsolve.encoder import Design, NoDesign, RegistersQuery
from lstmsolve.encoder.designs.single import UnitMap, Units
from lstmsolve.encoder.designs.tallies import tallies
from lstmsolve.kernel.base.affine import ONE_FORM, ZERO_FORM, Affine
from lstmsolve.kernel.lstm.cells import Activation, Cell, Parameter, Weights
from lstmsolve.kernel.spec.specs import Relation
from lstmsolve.obligations.stepping.coordinates import Whole
from lstmsolve.obligations.tables.transitions import START, SpecMode, TransitionTable

MOST_MODES: Final = 40
"""Each mode is a unit that may be needed."""


Gates: TypeAlias = Mapping[Parameter, Fraction]
"""The weights of one unit."""


def design_by_registers(query: RegistersQuery) -> Design | NoDesign:
    """A design with few units, or that there is none of this kind."""
    for table in query.tables:
        said = _said(table, query.width)
        if said is None or len(table.modes) > MOST_MODES:
            continue
        units = list(dict.fromkeys(map(_Unit.of, (*said, *_candidates(table, query.cell)))))
        outputs = [units.index(_Unit.of(unit)) for unit in said]
        if len(set(outputs)) < len(outputs):
            continue  # two outputs that are the same at every step: units 0 and 1 hold it both
        building = _Building(table, query.cell, [unit.map() for unit in units])
        found = building.built(query.width)
        if found is None or (query.exactly and len(found) > query.cell.hidden):
            continue
        return building.design(found, query.cell.hidden if query.exactly else len(found))
    return NoDesign()


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a unit holds, as a value that can be looked up."""

    forms: tuple[tuple[str, Affine], ...]

    @staticmethod
    def of(forms: UnitMap) -> _Unit:
        return _Unit(tuple(forms.items()))

    def map(self) -> UnitMap:
        return dict(self.forms)


def _said(table: TransitionTable, width: int) -> list[UnitMap] | None:
    """What is owed of each unit that says an output; None where that is no form."""
    demands = [demand for mode in table.modes.values() for demand in (*mode.wanted, *mode.mixed)]
    if any(demand is not None and demand.relation is not Relation.EQUAL for demand in demands):
        return None
    if any(mode.mixed for mode in table.modes.values()):
        return None

    def owed(mode: SpecMode, unit: int) -> Affine:
        wanted = mode.wanted[unit] if unit < len(mode.wanted) else None
        return ZERO_FORM if wanted is None else wanted.bound

    return [{name: owed(mode, unit) for name, mode in table.modes.items()} for unit in range(width)]


def _candidates(table: TransitionTable, cell: Cell) -> Iterator[UnitMap]:
    """Registers or tallies; which value a register has that takes few; which mode it is."""
    modes, partition = table.modes, table.partition
    if cell.candidate is Activation.IDENTITY:
        first = next(iter(modes.values()))
        for register, value in first.registers.items():
            if isinstance(value, Affine):
                yield {name: _numeric(mode, register) for name, mode in modes.items()}
    else:
        yield from tallies(table, [one.name for one in partition.infinite if isinstance(one, Whole)])
    for one in partition.finite:
        if isinstance(one, Whole):
            values = dict.fromkeys(mode.registers[one.name] for mode in modes.values())
            for value in values:
                yield _indicator(table, [n for n, mode in modes.items() if mode.registers[one.name] == value])
    for name in modes:
        yield _indicator(table, [name])


def _numeric(mode: SpecMode, register: str) -> Affine:
    value = mode.registers[register]
    assert isinstance(value, Affine)
    return ZERO_FORM if mode.name == START else value


def _indicator(table: TransitionTable, inside: Collection[str]) -> UnitMap:
    """1 in these modes. At the start every unit is 0."""
    return {name: ONE_FORM if name in inside and name != START else ZERO_FORM for name in table.modes}


class _Building:
    """Units that hold what they are to, and the gates of those that can."""

    def __init__(self, table: TransitionTable, cell: Cell, maps: Sequence[UnitMap]) -> None:
        self._table = table
        self._cell = cell
        self._maps = maps
        self._units = Units(table, maps, cell)

    def built(self, outputs: int) -> Mapping[int, Gates] | None:
        """The units that are needed, with their gates. The first ones say the outputs."""
        gates: dict[int, Gates] = {}
        kept = list(range(len(self._maps)))
        while True:
            missing = [unit for unit in kept if unit not in gates]
            found = {unit: self._units.gates(unit, kept) for unit in missing}
            lost = [unit for unit, own in found.items() if own is None]
            gates |= {unit: own for unit, own in found.items() if own is not None}
            if any(unit < outputs for unit in lost):
                return None
            if not lost:
                break
            kept = [unit for unit in kept if unit not in lost]
            gates = {unit: own for unit, own in gates.items() if unit in kept and not _reads(own, lost)}
        for unit in reversed(kept[outputs:]):
            fewer = [other for other in kept if other != unit]
            again = {other: self._units.gates(other, fewer) for other in fewer if _reads(gates[other], [unit])}
            solved = {other: own for other, own in again.items() if own is not None}
            if len(solved) == len(again):
                kept, gates = fewer, {**{other: gates[other] for other in fewer}, **solved}
        return {unit: gates[unit] for unit in kept}

    def design(self, gates: Mapping[int, Gates], hidden: int) -> Design:
        """The units side by side, and further ones that hold nothing."""
        place = {unit: number for number, unit in enumerate(gates)}
        weights: dict[Parameter, Fraction] = {}
        for unit, own in gates.items():
            for at, value in own.items():
                column = place[at.column] if at.matrix == "u" and at.column is not None else at.column
                weights[replace(at, unit=place[unit], column=column)] = value
        idle = (ZERO_FORM,) * (hidden - len(place))
        forms = {name: (*(self._maps[unit][name] for unit in gates), *idle) for name in self._table.modes}
        return Design(Weights.of(replace(self._cell, hidden=hidden), weights), forms, forms, self._table)


def _reads(gates: Gates, units: Collection[int]) -> bool:
    """Does one of the gates look at what one of these units shows?"""
    return any(place.matrix == "u" and place.column in units and value for place, value in gates.items())
