"""What the outputs that are owed depend on, and proofs that leave open what the rest of the state holds.

An output reads some of h; h[k] needs c[k] and what its output gate reads, unless that gate is closed on every input;
c[k] needs what its three gates read. What nothing needs is *idle*: it may hold anything. A proof for the weights
without their idle parts is one for the weights as they are, where each idle component is a variable of every mode, of
which nothing is known ([certificate.md](../../../docs/certificate.md)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lstmsolve.kernel.base.affine import ZERO, Affine, dot
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.lstm.cells import Activation, Gate, GateWeights, State, Weights, nonzero, row_of
from lstmsolve.kernel.proofs.certificates import (
    Certificate,
)
from lstmsolve.kernel.spec.domains import enumerated
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.model.watch import Watch
from lstmsolve.obligations.stepping.systems import Inputs

MOST_STEPS: Final = 5_000
"""Steps of a reference machine that are taken to see which outputs it ever owes."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Units whose c, and units whose h, no output that is owed depends on."""

    c: frozenset[int]
    h: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.c or self.h)

    @property
    def names(self) -> tuple[str, ...]:
        return (*(f"c[{unit}]" for unit in sorted(self.c)), *(f"h[{unit}]" for unit in sorted(self.h)))


NOTHING: Final = Idle(frozenset(), frozenset())


def idle(problem: Problem, weights: Weights, watch: Watch) -> Idle:
    """What is idle; nothing where a condition of [property] may speak of all.

    Raises:
        LimitReached: the watch ran out.
    """
    spec, hidden = problem.spec, weights.cell.hidden
    if spec.always or not weights.cell.exact:
        return NOTHING
    outputs = _read(spec, watch)
    rows = None if weights.layer is None else weights.layer.V
    h = {unit for output in outputs for unit in ([output] if rows is None else [u for u, _ in nonzero(rows[output])])}
    closed = _closed(spec, weights)
    c: set[int] = set()
    pending = sorted(h)
    while pending:
        unit = pending.pop()
        gates = [Gate.OUTPUT]
        if unit not in closed and unit not in c:
            c.add(unit)
            gates = list(Gate)
        for gate in gates:
            for column, _ in nonzero(weights.gates[gate].u[unit]):
                if column not in h:
                    h.add(column)
                    pending.append(column)
    everything = frozenset(range(hidden))
    return Idle(everything - c, everything - h)


def _read(spec: Spec, watch: Watch) -> frozenset[int]:
    """The outputs that some demand of some step reads."""
    everything = frozenset(range(spec.width))
    inputs = Inputs(spec)
    if any(enumerated(entry.domain) is None for entry in spec.inputs) or not inputs.listable:
        return everything
    start: dict[str, Value] = dict(spec.initial)
    found, seen, read = [start], {frozenset(start.items())}, set[int]()
    steps = 0
    for registers in found:
        steps += len(inputs.cases)
        if steps > MOST_STEPS:
            return everything
        for _, given in inputs.cases:
            watch.check()
            if not spec.assumed(registers, given):
                continue
            after = spec.step(registers, given)
            for demand in spec.demands(after.outputs):
                read |= {output for output, _ in demand.terms}
            if read == everything:
                return everything
            state = dict(after.registers)
            if frozenset(state.items()) not in seen:
                seen.add(frozenset(state.items()))
                found.append(state)
    return frozenset(read)


def _closed(spec: Spec, weights: Weights) -> frozenset[int]:
    """Units whose output gate is 0 on every input, whatever h is."""
    inputs = Inputs(spec)
    if any(enumerated(entry.domain) is None for entry in spec.inputs) or not inputs.listable:
        return frozenset()
    if weights.cell.activation(Gate.OUTPUT) is not Activation.CRELU:
        return frozenset()
    part = weights.gates[Gate.OUTPUT]
    columns = [tuple(column.constant for column in spec.encode(given)) for _, given in inputs.cases]
    return frozenset(
        unit
        for unit, (w, u, b) in enumerate(zip(part.w, part.u, part.b, strict=True))
        if not any(nonzero(u)) and all(dot(zip(w, x, strict=True)) + b <= 0 for x in columns)
    )


def without(weights: Weights, parts: Idle) -> Weights:
    """The weights whose idle components stay 0."""
    hidden, inputs = weights.cell.hidden, weights.cell.inputs
    gates = {}
    for gate in Gate:
        part = weights.gates[gate]
        dropped = parts.h if gate is Gate.OUTPUT else parts.c
        gates[gate] = GateWeights(
            tuple(row_of({}, inputs) if unit in dropped else row for unit, row in enumerate(part.w)),
            tuple(row_of({}, hidden) if unit in dropped else row for unit, row in enumerate(part.u)),
            tuple(ZERO if unit in dropped else value for unit, value in enumerate(part.b)),
        )
    start = weights.initial
    initial = State(
        tuple(ZERO if unit in parts.c else value for unit, value in enumerate(start.c)),
        tuple(ZERO if unit in parts.h else value for unit, value in enumerate(start.h)),
    )
    return replace(weights, gates=gates, initial=initial)


def with_idle(certificate: Certificate, weights: Weights, parts: Idle) -> Certificate:
    """A certificate of `without(weights, parts)` as one of the weights: idle components are variables of their own."""

    def opened(label: str, forms: Sequence[Affine], units: frozenset[int]) -> tuple[Affine, ...]:
        return tuple(Affine.variable(f"{label}[{unit}]") if unit in units else form for unit, form in enumerate(forms))

    modes = {
        name: replace(
            mode,
            variables={**mode.variables, **dict.fromkeys(parts.names, False)},
            c=opened("c", mode.c, parts.c),
            h=opened("h", mode.h, parts.h),
        )
        for name, mode in certificate.modes.items()
    }
    start = weights.initial
    values = [*(start.c[unit] for unit in sorted(parts.c)), *(start.h[unit] for unit in sorted(parts.h))]
    start_values = {**certificate.start_values, **dict(zip(parts.names, values, strict=True))}
    return replace(certificate, weights=weights, modes=modes, start_values=start_values)
