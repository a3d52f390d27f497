"""k-induction: modes that remember the last steps, on which the outputs were right.

The modes of an abstraction may be too wide for the outputs to follow. Then every mode is followed
for some steps, along each way that keeps the outputs right, and a state at the end is described by
the state at the beginning and the inputs since (Sheeran, Singh & Stålmarck 2000, with the paths as
modes of an ordinary induction). A step takes a path to the one without its first step; that the
outputs were right on it is part of what is known there.

As with all modes, what is found here is proved afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.proofs.certificates import Mode
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.specs import Relation, Spec
from lstmsolve.linear.polyhedra import prove
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.modes.abstraction import Abstraction
from lstmsolve.obligations.modes.partitions import Control
from lstmsolve.obligations.stepping.branching import Forking, Leaf, Outside, explore, leaves
from lstmsolve.obligations.stepping.systems import Inputs, Joint, Moved, StepOracle, bind_values, holds

MAX_HISTORIES: Final = 500
"""Paths of one proof."""


@dataclass(frozen=True)
class History:
    """Some steps from a mode of the abstraction; every output on the way was right."""

    controls: tuple[Control, ...]
    """Where it began, and where each step led."""
    joints: tuple[Joint, ...]
    """The states there, over the region's variables."""
    inputs: tuple[Mapping[str, Value], ...]
    region: Region

    @property
    def steps(self) -> int:
        return len(self.inputs)


class Histories:
    """All paths of a number of steps, and shorter ones from the initial state.

    Raises:
        LimitReached: there are more than `MAX_HISTORIES`, some step is not affine, or the watch ran out.
    """

    def __init__(self, found: Abstraction, names: Mapping[Control, str], steps: int, watch: Watch = UNWATCHED) -> None:
        self._found = found
        self._inputs = Inputs(found.system.spec)
        self._watch = watch
        self._known: dict[str, History] = {}
        self._from: dict[Control, list[str]] = {control: [] for control in found.shapes}
        self.modes: dict[str, Mode] = {}
        self.steps = steps
        for control, name in names.items():
            now = [self._beginning(control)]
            for done in range(steps + 1):
                if done == steps or control == found.start:
                    self._keep(control, name, now)
                if done < steps:
                    now = [longer for history in now for longer in self._longer(history)]

    def landings(
        self, mode: Mode, region: Region, given: Mapping[str, Value], joint: Joint
    ) -> Iterator[tuple[Mode, dict[str, Affine]]]:
        """The paths that one more step from a path may give, and what their variables are there."""
        here = self._known[mode.name]
        forgotten = 1 if here.steps == self.steps else 0
        beginning = here.joints[forgotten].bind(region)
        inputs = [*(bind_values(values, region) for values in here.inputs), given][forgotten:]
        for name in self._from[here.controls[forgotten] if here.steps else self._found.start]:
            history, target = self._known[name], self.modes[name]
            if history.steps != len(inputs):
                continue
            named = {_at(name, age): value for age, values in enumerate(inputs, 1) for name, value in values.items()}
            values: dict[str, Affine] = {}
            for variable in target.variables:
                value = named.get(variable)
                values[variable] = value if isinstance(value, Affine) else beginning.coordinate(variable)
            yield target, values

    # --- walking -----------------------------------------------------------------------------

    def _beginning(self, control: Control) -> History:
        shape = self._found.shapes[control]
        variables = self._found.variables(shape)
        whole = frozenset(name for name, integer in variables.items() if integer)
        region = Region.of(self._found.rows(shape), whole, frozenset(variables))
        return History((control,), (self._found.joint(control, shape),), (), region)

    def _longer(self, history: History) -> Iterator[History]:
        """Every way to take one more step with the outputs right."""
        variables = {name: name in history.region.integers for name in history.region.variables}
        region = self._inputs.region(history.region.rows, variables)
        age = history.steps + 1
        for _, inputs in self._inputs.cases:
            for leaf in leaves(explore(region, partial(self._step, history.joints[-1], inputs), self._watch)):
                match leaf:
                    case Outside(_, reason):
                        raise LimitReached(reason)
                    case Leaf(_, _, None):
                        continue
                    case Leaf(where, _, (control, moved)):
                        yield self._taken(history, where, control, moved.joint, inputs, age)

    def _step(self, joint: Joint, inputs: Mapping[str, Value], oracle: Forking) -> tuple[Control, Moved] | None:
        region = oracle.region
        given, before = bind_values(inputs, region), joint.bind(region)
        system = self._found.system
        moved = system.step(before, given, oracle)
        if moved is None or not _right(system.spec, moved, oracle):
            return None
        return self._found.partition.control(before, given, moved, system.spec, oracle), moved

    def _taken(
        self,
        history: History,
        where: Region,
        control: Control,
        joint: Joint,
        inputs: Mapping[str, Value],
        age: int,
    ) -> History:
        """The longer path: the step's free inputs become variables, named by when they came."""
        free = {name: Affine.variable(_at(name, age)) for name in inputs if name in where.integers | where.variables}
        integers = frozenset(_at(name, age) if name in free else name for name in where.integers)
        rows = tuple(row.substitute(free, integers) for row in where.rows)
        names = frozenset(_at(name, age) if name in free else name for name in where.variables)
        pins = {**free, **{name: form.substitute(free) for name, form in where.pins.items()}}
        renamed = Region(rows, integers, names, pins)
        return History(
            (*history.controls, control),
            tuple(state.bind(renamed) for state in (*history.joints, joint)),
            tuple(bind_values(values, renamed) for values in (*history.inputs, inputs)),
            Region(rows, integers, names),
        )

    def _keep(self, control: Control, name: str, histories: list[History]) -> None:
        if len(self._known) + len(histories) > MAX_HISTORIES:
            raise LimitReached(f"more than {MAX_HISTORIES} ways to take {self.steps} steps")
        for history in histories:
            full = f"{name} + {history.steps}" if history.steps else name
            label = full if full not in self._known else f"{full} ({len(self._known)})"
            self._known[label] = history
            self._from[control].append(label)
            self.modes[label] = _mode(label, history)


def _at(name: str, age: int) -> str:
    """An input some steps after the beginning of a path."""
    return f"{name}@{age}"


def _right(spec: Spec, moved: Moved, oracle: StepOracle) -> bool:
    """Are all outputs what the spec says? Asks where it is open."""
    for demand in spec.demands(moved.outputs):
        goal = demand.goal(moved.z)
        if not holds(goal, oracle):
            return False
        if demand.relation is Relation.EQUAL and not holds(Row(-goal.form), oracle):
            return False
    cell = {"c": moved.joint.c, "h": moved.joint.h, "z": moved.z}
    return spec.broken(moved.joint.registers, moved.inputs, cell, oracle) is None


def _mode(name: str, history: History) -> Mode:
    region, joint = history.region, history.joints[-1]
    rows: list[Row] = [row for row in dict.fromkeys(region.rows) if not row.is_constant]
    for row in list(rows):
        others = [other for other in rows if other is not row]
        if prove(others, row, region.integers) is not None:
            rows = others
    return Mode(
        name,
        {variable: variable in region.integers for variable in sorted(region.variables)},
        tuple(rows),
        joint.registers,
        tuple(Affine.lift(entry) for entry in joint.c),
        tuple(Affine.lift(entry) for entry in joint.h),
    )
