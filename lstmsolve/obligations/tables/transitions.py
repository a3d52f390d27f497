"""The steps of a spec, mode by mode: what a cell, whatever its weights, has to keep up with.

`transition_table` cuts a spec into modes and transitions. On one transition every register, input
and output is an affine form over the variables of one region, so a design has to answer for
finitely many of them. `encoder/` and `search/` put them to solvers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import ONE, Affine, Row, negated, normalised, show
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.language.expressions import ANY
from lstmsolve.kernel.proofs.certificates import Mode
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Demand, Output, Spec
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.modes.abstraction import Abstraction, Arrival, BrokenPromise, find_modes
from lstmsolve.obligations.modes.partitions import Control, Partition, Said, partition_of, sample_inputs
from lstmsolve.obligations.stepping.branching import Leaf, Outside
from lstmsolve.obligations.stepping.coordinates import OfSpec
from lstmsolve.obligations.stepping.systems import IdealSystem

START: Final = "start"


Wanted: TypeAlias = Demand | None
"""What one unit's h must be in a mode, over the mode's variables. None: h is free."""


@dataclass(frozen=True, slots=True)
class SpecMode:
    """A mode of the spec: `Mode` without the map, which is the design's to choose."""

    name: str
    variables: Mapping[str, bool]
    where: tuple[Row, ...]
    registers: Mapping[str, Affine | str]
    wanted: tuple[Wanted, ...]
    """For units 0, 1, …; further units are free, and all are where there is a layer."""
    mixed: tuple[Demand, ...] = ()
    """What else the outputs z owe: of a layer, or of several units at once."""

    @property
    def owed(self) -> tuple[Demand, ...]:
        """All that is owed."""
        return (*(demand for demand in self.wanted if demand is not None), *self.mixed)


@dataclass(frozen=True, slots=True)
class Transition:
    """One way to go from a mode to a mode; forms are over the region's variables."""

    source: str
    target: str
    region: Region
    x: tuple[Affine, ...]
    """The input columns, [D]."""
    values: Mapping[str, Affine]
    """The target's variables after the step."""


@dataclass(frozen=True)
class TransitionTable:
    """A spec cut into modes and transitions. The mode `start` is the initial state, left at once."""

    modes: Mapping[str, SpecMode]
    transitions: tuple[Transition, ...]
    partition: Partition = field(compare=False)
    merged: Mapping[str, tuple[SpecMode, ...]] = field(default_factory=dict)
    """Further modes of the spec that a mode stands for (see `quotients` and `sinks`)."""
    sinks: tuple[str, ...] = ()
    """Modes that stand for those in `merged` alone, and are about the cell and no register (see `sinks`)."""
    ghosts: tuple[str, ...] = ()
    """Registers that the spec does not have (see `ghosts`)."""

    @property
    def is_finite(self) -> bool:
        """Is every mode a single joint state?"""
        return not any(mode.variables for mode in self.modes.values())


def transition_table(
    problem: Problem, watch: Watch = UNWATCHED, cuts: Iterable[Row] = (), *, by_update: bool = True
) -> TransitionTable:
    """The modes and transitions of a problem's spec.

    Modes that differ in the last update of a register alone are one unless `by_update`.

    Raises:
        OutsideFragment: a reachable step of the spec is not piecewise affine.
        LimitReached: too many modes or cases, or the watch ran out.
    """
    spec = problem.spec
    system = IdealSystem(spec, problem.initial_state(problem.cell().hidden).h)
    partition = replace(_coarsest(spec, system), by_update=by_update).cut(cuts)
    found = find_modes(system, partition, watch)
    names = mode_names(found)
    shaped = {control: found.mode(control, name) for control, name in names.items()}
    transitions: list[Transition] = []
    for control in found.shapes:
        for leaf in found.steps(control):
            match leaf:
                case Outside(_, reason):
                    raise OutsideFragment(reason)
                case Leaf(_, _, BrokenPromise()):
                    continue
                case Leaf(region, _, Arrival(target, moved, inputs)):
                    values = {name: moved.joint.coordinate(name) for name in shaped[target].variables}
                    x = spec.encode(inputs)
                    transitions.append(Transition(names[control], names[target], region, x, values))
    modes = {names[control]: _spec_mode(spec, control, mode) for control, mode in shaped.items()}
    return TransitionTable(modes, tuple(transitions), found.partition)


_KNOWN: Final[deque[tuple[Spec, Sequence[object], Partition]]] = deque(maxlen=4)
"""Partitions of the specs that were looked at last: several tables are made of each."""


def _coarsest(spec: Spec, system: IdealSystem) -> Partition:
    start = system.start().h
    for known, at, partition in _KNOWN:
        if known is spec and at == start:
            return partition
    found = partition_of(system, sample_inputs(spec))
    _KNOWN.append((spec, start, found))
    return found


def _spec_mode(spec: Spec, control: Control, mode: Mode) -> SpecMode:
    free = {update.output for update in control.updates if isinstance(update, Said) and update.form is None}
    outputs: list[Output] = [ANY if place in free else z for place, z in enumerate(mode.h)]
    demands = [] if mode.name == START else list(spec.demands(outputs))
    wanted: list[Wanted] = [None] * (0 if spec.has_layer else spec.width)
    mixed: list[Demand] = []
    for demand in demands:
        if spec.has_layer or len(demand.terms) > 1:
            mixed.append(demand)
        else:
            wanted[demand.place] = demand
    return SpecMode(mode.name, mode.variables, mode.where, mode.registers, tuple(wanted), tuple(mixed))


def mode_names(found: Abstraction, unsaid: Collection[str] = ()) -> dict[Control, str]:
    """A short name for each control: what is needed to tell them apart, for people to read.

    Coordinates whose names are `unsaid` are left out.
    """
    names: dict[Control, str] = {}
    taken: set[str] = set()
    for control in found.shapes:
        candidates = list(_candidate_names(control, found, unsaid)) if control != found.start else [START]
        last = candidates[-1]
        numbered = (f"{last} #{number}" for number in count(2))
        name = next(name for name in chain(candidates, numbered) if name not in taken)
        taken.add(name)
        names[control] = name
    return names


def _candidate_names(control: Control, found: Abstraction, unsaid: Collection[str]) -> Iterator[str]:
    values = [(one, f"{one.name} = {show(value)}") for one, value in control.values if one.name not in unsaid]
    registers = [text for one, text in values if isinstance(one, OfSpec)]
    outputs = [text for one, text in values if not isinstance(one, OfSpec)]
    said = [str(update) for update in control.updates if isinstance(update, Said)]
    cuts = [
        str(row if side else negated(row, _everything(row)))
        for row, side in zip(found.partition.cuts, control.sides, strict=True)
    ]
    for parts in ([*registers, *(said or outputs)], [*registers, *outputs, *map(str, control.updates)]):
        yield ", ".join(parts) or "always"
        yield ", ".join([*parts, *cuts]) or "always"


def _everything(row: Row) -> frozenset[str]:
    return frozenset(row.form.variables)


def edge_cuts(table: TransitionTable) -> tuple[Row, ...]:
    """Rows that set the least value of a register apart where h shows it.

    A gate sees a register through h alone, and 0 there looks like "nothing said": the cell can
    often act on "h is 0" and on "h is at least 1", but on no phase that covers both.
    """
    found: dict[Row, None] = {}
    for mode in table.modes.values():
        shown = {name for demand in mode.owed for name in demand.bound.variables}
        for row in mode.where:
            names = row.form.variables
            if len(names) == 1 and names[0] in shown and mode.variables[names[0]] and not row.strict:
                found[normalised(row.form - ONE, False, names)] = None
    return tuple(found)
