"""A spec over classes of its counters, as a table for the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Final

import numpy as np

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.counting import Compared, Move, counting, moves, value_of
from lstmsolve.kernel.proofs.horizons import Counter, Counting, Span
from lstmsolve.kernel.proofs.readouts import demands
from lstmsolve.kernel.spec.specs import Spec
from lstmsolve.smooth.lines import Floats
from lstmsolve.smooth.nets import BROKEN, Table, combinations

FEW: Final = 16
"""A register of no more values is no counter."""
MOST_STATES: Final = 2_000


@dataclass(frozen=True)
class Machine:
    """The states that a spec reaches over classes of its counters, and every way that a step may go."""

    counters: tuple[Counter, ...]
    registers: Mapping[str, Affine]
    """The registers that they are made of."""
    states: tuple[Counting, ...]
    choices: int
    moves: tuple[tuple[Move | None, ...], ...]
    """State, symbol -> the step; a symbol is a combination of inputs and a choice."""
    table: Table

    @property
    def endless(self) -> bool:
        """Does a counter go on and on in one direction?"""
        return any(
            update.kept and ((update.amount > 0 and span[1] is None) or (update.amount < 0 and span[0] is None))
            for row in self.moves
            for step in row
            if step is not None
            for span, update in zip(step.before, step.updates, strict=True)
        )


def counts(spec: Spec, weights: Weights, table: Table) -> bool:
    """Is this a spec of counters that have no end? `table` has some of its states."""
    try:
        return machine_of(spec, weights, table, 2).endless
    except OutsideFragment:
        return False


def machine_of(spec: Spec, weights: Weights, table: Table, end: int) -> Machine:
    """The machine whose counters are told apart up to `end` from 0; `table` has some states of the spec itself.

    Raises:
        OutsideFragment: there are no counters, or they do more than move by constants.
    """
    names = _names(spec, table)
    if not names:
        raise OutsideFragment("no register takes many integers")
    compared: list[Affine] = []
    while True:
        forms, registers = _basis(names, compared)
        try:
            # Where differences are compared, what is needed besides them is not told apart.
            ends = [end if not compared or form in compared else 1 for form in forms]
            counters = [_counter(table, form, some) for form, some in zip(forms, ends, strict=True)]
            return _machine(spec, weights, table, counters, registers)
        except Compared as asked:
            by_register = asked.form.substitute({str(form): form for form in forms})
            compared.append(_primitive(by_register))


def _machine(
    spec: Spec, weights: Weights, table: Table, counters: list[Counter], registers: Mapping[str, Affine]
) -> Machine:
    given = combinations(spec)
    states = [counting(counters, spec.initial)]
    numbers = {states[0].key: 0}
    found: list[list[list[Move]]] = []
    for state in states:
        row = [moves(spec, counters, registers, state, inputs) for inputs in given]
        for step in (step for steps in row for step in steps):
            if step.after.key not in numbers:
                numbers[step.after.key] = len(states)
                states.append(step.after)
        if len(states) > MOST_STATES:
            raise OutsideFragment(f"over classes of its counters the spec has more than {MOST_STATES} states")
        found.append(row)
    choices = max(len(steps) for row in found for steps in row)
    moved = tuple(
        tuple(steps[choice] if choice < len(steps) else None for steps in row for choice in range(choices))
        for row in found
    )
    counters = _paced(counters, spec, [step for row in moved for step in row if step is not None])
    return Machine(
        tuple(counters),
        registers,
        tuple(states),
        max(1, choices),
        moved,
        Table(
            tuple(_told(counters, state) for state in states),
            tuple(column for column in table.columns for _ in range(choices)),
            tuple(tuple(BROKEN if step is None else numbers[step.after.key] for step in row) for row in moved),
            tuple(tuple(() if step is None else step.outputs for step in row) for row in moved),
            tuple(
                tuple(() if step is None else tuple(demands(spec, weights, step.outputs, step.besides)) for step in row)
                for row in moved
            ),
        ),
    )


def _names(spec: Spec, table: Table) -> list[str]:
    return [
        register.name
        for register in spec.registers
        if register.kind == NumericKind(True) and len(_values(table, Affine.variable(register.name))) > FEW
    ]


def _values(table: Table, form: Affine) -> set[Fraction]:
    return {value_of(state, Counter(str(form), form, -1, 1, 1, 0)) for state in table.states}


def _counter(table: Table, form: Affine, end: int) -> Counter:
    values = _values(table, form)
    return Counter(str(form), form, -end if min(values) < 0 else -1, end if max(values) > 0 else 1, 1, 0)


def _basis(names: Sequence[str], compared: Sequence[Affine]) -> tuple[list[Affine], dict[str, Affine]]:
    """What is compared and as many registers as are needed besides; and all registers as forms over these.

    Raises:
        OutsideFragment: more is compared than there are registers.
    """
    forms: list[Affine] = []
    for place, form in enumerate([*compared, *map(Affine.variable, names)]):
        if np.linalg.matrix_rank(_matrix(names, [*forms, form])) > len(forms):
            forms.append(form)
        elif place < len(compared):
            raise OutsideFragment(f"the spec compares its counters in too many ways, in {form} as well")
    inverse = np.linalg.inv(_matrix(names, forms))
    made = {
        name: Affine.of({str(form): Fraction(inverse[i, j]).limit_denominator(1000) for j, form in enumerate(forms)})
        for i, name in enumerate(names)
    }
    if any(made[name].substitute({str(form): form for form in forms}) != Affine.variable(name) for name in names):
        raise OutsideFragment("the spec compares its counters times large numbers")
    return forms, made


def _matrix(names: Sequence[str], forms: Sequence[Affine]) -> Floats:
    return np.array([[float(form.coefficient(name)) for name in names] for form in forms])


def _primitive(form: Affine) -> Affine:
    """The form without its constant, as integers without a common factor."""
    size = Fraction(
        gcd(*(factor.numerator for _, factor in form.terms)), lcm(*(factor.denominator for _, factor in form.terms))
    )
    return Affine(form.terms, Fraction(0)) * (1 / size)


def _paced(counters: Sequence[Counter], spec: Spec, steps: Sequence[Move]) -> list[Counter]:
    """The same counters with how far they move, and how far from 0 they are set."""
    found = []
    for place, counter in enumerate(counters):
        kept = [abs(step.updates[place].amount) for step in steps if step.updates[place].kept]
        counter = replace(counter, step=max(1, *kept, 0))
        reach = [abs(value_of(spec.initial, counter))]
        for step in steps:
            span, update = step.before[place], step.updates[place]
            near = span[0] is not None and span[0] == span[1] and abs(update.amount - span[0]) <= counter.step
            if not update.kept and not near:
                reach.append(Fraction(abs(update.amount)))
        found.append(replace(counter, reach=int(max(reach))))
    return found


def _told(counters: Sequence[Counter], state: Counting) -> dict[str, Value]:
    """A state as people read it."""

    def span(ends: Span) -> str:
        low, high = ends
        if low is None:
            return f"{high} or less"
        return f"{low} or more" if high is None else str(low)

    classes = {c.name: span(c.span(number)) for c, number in zip(counters, state.classes, strict=True)}
    return {**state.known, **classes}
