"""The induction: the start is in a mode, and every step from a mode lands in a mode.

The rules, in words. A mode's region is its `where` together with the domains of the inputs that
are not enumerated. Walking a case tree, `Split` adds the condition on one side and its negation
on the other, so the leaves cover the region whatever the conditions are. `Pinned` replaces a
variable. At a leaf, the spec's expressions and the cell's step are evaluated on the mode's forms:
a comparison may be answered only by a row of the region, a gate only by its proved phase. A gate
without a phase, and a product that no variable stands for, is a number of which nothing is known: what depends on it
may go nowhere but into a variable of the target that is one component of c or h and is mentioned nowhere else, which
has no value then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import product
from math import prod
from typing import Final, assert_never

from lstmsolve.checker.clocks import untimed
from lstmsolve.checker.farkas import require_empty, require_follows
from lstmsolve.kernel.base.affine import ONE, Affine, Row, is_integral, negated, normalised, show
from lstmsolve.kernel.base.errors import InputError, OutsideFragment, RejectedProof
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import NumericKind, SymbolKind
from lstmsolve.kernel.lstm.cells import each, nonzero
from lstmsolve.kernel.lstm.symbolic import (
    Entry,
    Phase,
    SymbolicArithmetic,
    SymbolicCell,
    read_out,
    settled,
    symbolic_step,
)
from lstmsolve.kernel.proofs.certificates import (
    Broken,
    Case,
    Certificate,
    Empty,
    GateProof,
    Lands,
    Mode,
    Multiplied,
    Node,
    Pinned,
    Split,
)
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.kernel.spec.domains import domain_rows, enumerated
from lstmsolve.kernel.spec.specs import Output, Relation, Spec

UNKNOWN: Final = "?"
"""What names begin with that stand for a number of one step of which nothing is known; no variable is called so."""


def check(certificate: Certificate, tick: Callable[[], None] = untimed) -> None:
    """Accept by returning.

    Raises:
        RejectedProof: names the first place that proves nothing, and why.
        LimitReached: the numbers become too long to add up, or `tick` raised it; nothing is accepted then.
    """
    try:
        problem = certificate.problem.for_weights(certificate.weights)
        broken = next(problem.constraints.unmet(certificate.weights), None)
        cell = SymbolicCell(certificate.weights)
    except (InputError, OutsideFragment) as error:
        raise RejectedProof(f"weights: {error}") from None
    if broken is not None:
        raise RejectedProof(f"weights: {broken}")
    for mode in certificate.modes.values():
        tick()
        _check_mode(mode, problem.spec, certificate.weights.cell.hidden)
    _check_start(certificate)
    checker = _StepChecker(certificate, cell, tick)
    for mode in certificate.modes.values():
        checker.check_cases(mode, certificate.cases.get(mode.name, ()))


def _check_mode(mode: Mode, spec: Spec, hidden: int) -> None:
    place = f"mode {mode.name!r}"
    known = set(mode.variables)
    if any(name.startswith(UNKNOWN) for name in known):
        raise RejectedProof(f"{place}: names of variables do not begin with {UNKNOWN}")
    clash = known & {entry.name for entry in spec.inputs}
    if clash:
        raise RejectedProof(f"{place}: {sorted(clash)[0]} is an input and a variable of the mode")
    if set(mode.registers) != {register.name for register in spec.registers}:
        raise RejectedProof(f"{place}: its registers are not those of the spec")
    for register in spec.registers:
        value = mode.registers[register.name]
        match register.kind:
            case SymbolKind(symbols) if isinstance(value, str) and value in symbols:
                pass
            case NumericKind() if isinstance(value, Affine):
                pass
            case _:
                raise RejectedProof(f"{place}: register {register.name} cannot be {show(value)}")
    if not len(mode.c) == len(mode.h) == hidden:
        raise RejectedProof(f"{place}: c and h need {hidden} entries")
    for form in _forms(mode):
        if not form.is_constant:
            _require_known(form, known, place)


def _check_start(certificate: Certificate) -> None:
    mode = _target(certificate, certificate.start, "start")
    values = certificate.start_values
    if set(values) != set(mode.variables):
        raise RejectedProof("start: every variable of the mode needs one value")
    for name, whole in mode.variables.items():
        if whole and values[name].denominator != 1:
            raise RejectedProof(f"start: {name} is an integer, not {show(values[name])}")
    for row in mode.where:
        if not row.holds_at(values):
            raise RejectedProof(f"start: {show(row)} does not hold")
    for name, wanted in certificate.problem.spec.initial.items():
        value = mode.registers[name]
        if (value if isinstance(value, str) else Affine((), value.at(values))) != wanted:
            raise RejectedProof(f"start: register {name} is not {show(wanted)}")
    initial = certificate.weights.initial
    for name, forms, numbers in (("c", mode.c, initial.c), ("h", mode.h, initial.h)):
        if tuple(form.at(values) for form in forms) != numbers:
            raise RejectedProof(f"start: the map gives another {name}[-1] than the cell starts with")


class _Facts:
    """Answers a comparison from the rows of a region, or rejects the proof."""

    def __init__(self, region: Region, place: str) -> None:
        self._rows = frozenset(region.rows)
        self._integers = region.integers
        self._place = place

    def at_least_zero(self, form: Affine) -> bool:
        row = normalised(form, False, self._integers)
        if row in self._rows:
            return True
        if negated(row, self._integers) in self._rows:
            return False
        raise RejectedProof(f"{self._place}: the case leaves open whether {show(row)}")

    def is_integer(self, variable: str) -> bool:
        return variable in self._integers


class _Phases:
    """Answers for a gate with the phase that the certificate proves, or rejects the proof."""

    def __init__(self, region: Region, gates: Mapping[str, GateProof], place: str) -> None:
        self._region = region
        self._gates = gates
        self._place = place
        self.used: set[str] = set()
        self.missing: list[str] = []
        """What would have to be known, in words."""
        self._stand_ins: dict[str | frozenset[Affine], Affine] = {}

    def _stand_in(self, number: str | frozenset[Affine], missing: str) -> Affine:
        """One symbol for one number: a gate by its place, a product by its factors."""
        if number not in self._stand_ins:
            self._stand_ins[number] = Affine.variable(f"{UNKNOWN}{len(self._stand_ins)}")
            self.missing.append(missing)
        return self._stand_ins[number]

    def phase(self, place: str, form: Affine) -> Phase | Affine:
        if place not in self._gates:
            return self._stand_in(place, f"the phase of {place} is missing")
        proof = self._gates[place]
        match proof.phase:
            case Phase.LOW:
                goals = [-form]
            case Phase.HIGH:
                goals = [form - ONE]
            case Phase.LINEAR:
                goals = [form, -form + ONE]
        if len(proof.proofs) != len(goals):
            raise RejectedProof(f"{self._place}: phase {proof.phase.value} of {place} needs {len(goals)} proofs")
        for goal, multipliers in zip(goals, proof.proofs, strict=True):
            where = f"{self._place}, {place} {proof.phase.value}"
            require_follows(self._region.rows, Row(goal), multipliers, self._region.integers, where)
        self.used.add(place)
        return proof.phase

    def product(self, left: Affine, right: Affine) -> Affine:
        factors = frozenset((left, right))
        found = self._region.products.get(factors)
        if found is None:
            return self._stand_in(factors, f"the product of {show(left)} and {show(right)} is not affine")
        return found


class _StepChecker:
    """Checks the case trees of one certificate."""

    def __init__(self, certificate: Certificate, cell: SymbolicCell, tick: Callable[[], None]) -> None:
        self._certificate = certificate
        self._tick = tick
        self._spec = certificate.problem.spec
        self._cell = cell
        self._map = {name: (each(mode.c, settled), each(mode.h, settled)) for name, mode in certificate.modes.items()}
        self._open = {name: _open(mode) for name, mode in certificate.modes.items()}

    def check_cases(self, mode: Mode, cases: Sequence[Case]) -> None:
        """The mode's cases are all combinations of enumerated inputs, in order, and each tree proves its step."""
        listed = [
            (entry.name, values) for entry in self._spec.inputs if (values := enumerated(entry.domain)) is not None
        ]
        names = [name for name, _ in listed]
        # Counted first: of many inputs there are too many combinations to list.
        complete = len(cases) == prod(len(values) for _, values in listed) and all(
            case.inputs == dict(zip(names, combination, strict=True))
            for case, combination in zip(cases, product(*(values for _, values in listed)), strict=True)
        )
        if not complete:
            raise RejectedProof(
                f"mode {mode.name!r}: its cases are not all combinations of the listed inputs, in order"
            )
        free = [entry for entry in self._spec.inputs if enumerated(entry.domain) is None]
        integers = {name for name, whole in mode.variables.items() if whole}
        integers |= {entry.name for entry in free if entry.kind == NumericKind(True)}
        rows = [row for entry in free for row in domain_rows(entry.domain, entry.name)]
        names_here = frozenset(mode.variables) | {entry.name for entry in free}
        region = Region.of((*mode.where, *rows), frozenset(integers), names_here)
        for case in cases:
            inputs: dict[str, Value] = {entry.name: Affine.variable(entry.name) for entry in free}
            for name, value in case.inputs.items():
                inputs[name] = value if isinstance(value, str) else Affine((), value)
            given = ", ".join(f"{name}={show(value)}" for name, value in case.inputs.items())
            self._walk(mode, inputs, region, case.tree, f"mode {mode.name!r}, input {given or 'any'}")

    def _walk(self, mode: Mode, inputs: Mapping[str, Value], region: Region, node: Node, place: str) -> None:
        self._tick()
        match node:
            case Split(condition, holds, fails):
                form = condition.form.substitute(region.pins)
                _require_known(form, region.variables, place)
                row = normalised(form, condition.strict, region.integers)
                opposite = negated(row, region.integers)
                self._walk(mode, inputs, region.add(row), holds, f"{place}, {show(row)}")
                self._walk(mode, inputs, region.add(opposite), fails, f"{place}, {show(opposite)}")
            case Pinned(variable, value, at_least, at_most, then):
                _require_known(value, region.variables - {variable}, place)
                if variable not in region.variables:
                    raise RejectedProof(f"{place}: {variable} is no variable here")
                difference = Affine.variable(variable) - value
                place = f"{place}, {variable} = {show(value)}"
                for goal, proof in ((difference, at_least), (-difference, at_most)):
                    require_follows(region.rows, Row(goal), proof, region.integers, place)
                self._walk(mode, inputs, region.pin(variable, value), then, place)
            case Multiplied(variable, left, right, then):
                taken = region.variables | region.pins.keys() | inputs.keys()
                if variable in taken or variable.startswith(UNKNOWN):
                    raise RejectedProof(f"{place}: {variable} is a variable already")
                for factor in (left, right):
                    _require_known(factor.form, region.variables, place)
                    for sign, end in ((1, factor.least), (-1, factor.greatest)):
                        if end is not None:
                            distance = Row((factor.form - end.value) * sign)
                            require_follows(region.rows, distance, end.proof, region.integers, place)
                product_of = f"{variable} = ({show(left.form)}) ({show(right.form)})"
                self._walk(mode, inputs, region.multiply(variable, left, right), then, f"{place}, {product_of}")
            case Empty(multipliers):
                require_empty(region.rows, multipliers, f"{place} (said to be empty)")
            case Broken() | Lands():
                try:
                    self._leaf(mode, inputs, region, node, place)
                except OutsideFragment as error:
                    raise RejectedProof(f"{place}: {error}") from None
            case _:
                assert_never(node)

    def _leaf(self, mode: Mode, inputs: Mapping[str, Value], region: Region, node: Broken | Lands, place: str) -> None:
        facts = _Facts(region, place)
        here = {name: _bound(value, region) for name, value in inputs.items()}
        registers = {name: _bound(value, region) for name, value in mode.registers.items()}
        if self._spec.assumed(registers, here, facts) is isinstance(node, Broken):
            raise RejectedProof(
                f"{place}: the promise of [assume] is {'kept' if isinstance(node, Broken) else 'broken'}"
            )
        if isinstance(node, Broken):
            return
        after = self._spec.step(registers, here, facts)
        phases = _Phases(region, node.gates, place)
        c, h = (_substituted(part, region.pins) for part in self._map[mode.name])
        x = tuple(settled(column) for column in self._spec.encode(here))
        cell = symbolic_step(SymbolicArithmetic(self._cell, phases), c, h, x)
        if phases.used != set(node.gates):
            raise RejectedProof(f"{place}: phases are given that no gate asks for")

        target = _target(self._certificate, node.mode, place)
        left_open = target.variables.keys() - node.values.keys()
        if not node.values.keys() <= target.variables.keys() or not left_open <= self._open[target.name]:
            raise RejectedProof(f"{place}: every variable of {target.name!r} needs one value")
        for name, form in node.values.items():
            _require_known(form, region.variables, place)
            if target.variables[name] and not is_integral(form, region.integers):
                raise RejectedProof(f"{place}: {name} must be an integer, and {show(form)} need not be one")
        self._check_arrival(target, node, after.registers, cell.c, cell.h, phases.missing, place)
        if len(node.conditions) != len(target.where):
            raise RejectedProof(f"{place}: every condition of {target.name!r} needs one proof")
        for row, proof in zip(target.where, node.conditions, strict=True):
            goal = normalised(row.form.substitute(node.values), row.strict, region.integers)
            require_follows(region.rows, goal, proof, region.integers, f"{place}, arriving with {show(goal)}")
        self._check_outputs(after.outputs, cell.h, node, region, place)
        parts = {"c": cell.c, "h": cell.h, "z": read_out(self._certificate.weights.layer, cell.h)}
        broken = self._spec.broken(after.registers, here, parts, facts)
        if broken is not None:
            raise RejectedProof(f"{place}: the condition {broken.text} does not hold")

    def _check_arrival(
        self,
        target: Mode,
        node: Lands,
        registers: Mapping[str, Value],
        c: Sequence[Entry],
        h: Sequence[Entry],
        missing: Sequence[str],
        place: str,
    ) -> None:
        for name, value in registers.items():
            wanted = target.registers[name]
            if (wanted if isinstance(wanted, str) else wanted.substitute(node.values)) != value:
                raise RejectedProof(
                    f"{place}: register {name} becomes {show(value)}, mode {target.name!r} says otherwise"
                )
        for label, got, mapped in zip("ch", (c, h), self._map[target.name], strict=True):
            wanted_entries = _substituted(mapped, node.values)
            if got == wanted_entries:
                continue
            # The target's own form says what is open: a value may mention a variable of this mode that is called alike.
            left_open = {Affine.variable(name) for name in target.variables.keys() - node.values.keys()}
            for unit, (found, form, entry) in enumerate(zip(got, mapped, wanted_entries, strict=True)):
                if found == entry or form in left_open:
                    continue
                if any(name.startswith(UNKNOWN) for name in Affine.lift(found).variables):
                    raise RejectedProof(f"{place}: {missing[0]}")
                raise RejectedProof(f"{place}: {label}[{unit}] becomes {show(found)}, the map says {show(entry)}")

    def _check_outputs(
        self, outputs: Sequence[Output], h: Sequence[Entry], node: Lands, region: Region, place: str
    ) -> None:
        """What is owed of z = V h + d, or of h itself, holds."""
        layer = self._certificate.weights.layer
        z, label = read_out(layer, h), "h" if layer is None else "z"
        read = set()
        for demand in self._spec.demands(outputs):
            if demand.relation is Relation.EQUAL:
                if not demand.form(z).is_zero:
                    said = show(Affine.lift(z[demand.place]))
                    raise RejectedProof(
                        f"{place}: {label}[{demand.place}] is {said}, the spec says {show(demand.bound)}"
                    )
                continue
            read.add(demand.place)
            proof = node.readout.get(demand.place, {})
            where = f"{place}, reading {label}[{demand.place}]"
            require_follows(region.rows, demand.goal(z), proof, region.integers, where)
        if not set(node.readout) <= read:
            raise RejectedProof(f"{place}: a readout is proved that nobody asks for")


def _open(mode: Mode) -> frozenset[str]:
    """The variables that are one component of c or h, real, and mentioned nowhere else."""
    counted = Counter(name for form in _forms(mode) for name in form.variables)
    alone = {Affine.variable(name): name for name, times in counted.items() if times == 1 and not mode.variables[name]}
    return frozenset(alone[form] for part in (mode.c, mode.h) for _, form in nonzero(part) if alone and form in alone)


def _forms(mode: Mode) -> list[Affine]:
    """All forms of a mode but zeros."""
    said = [form for part in (mode.c, mode.h) for _, form in nonzero(part)] + [row.form for row in mode.where]
    return said + [value for value in mode.registers.values() if isinstance(value, Affine)]


def _target(certificate: Certificate, name: str, place: str) -> Mode:
    if name not in certificate.modes:
        raise RejectedProof(f"{place}: there is no mode {name!r}")
    return certificate.modes[name]


def _require_known(form: Affine, known: Collection[str], place: str) -> None:
    unknown = [name for name in form.variables if name not in known]
    if unknown:
        raise RejectedProof(f"{place}: {unknown[0]} is no variable here")


def _bound(value: Value, region: Region) -> Value:
    return value if isinstance(value, str) else value.substitute(region.pins)


def _substituted(entries: Sequence[Entry], values: Mapping[str, Affine]) -> Sequence[Entry]:
    if not values:
        return entries
    return each(entries, lambda entry: settled(entry.substitute(values)) if isinstance(entry, Affine) else entry)
