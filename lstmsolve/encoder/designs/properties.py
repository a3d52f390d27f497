"""Conditions of [property] on the modes of a design that are single states: what c, h and z there must satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import z3

from lstmsolve.encoder.demands import Parts, places
from lstmsolve.encoder.designs.formulas import SymbolTerm, Value, condition
from lstmsolve.encoder.designs.queries import DesignQuery
from lstmsolve.encoder.terms import Term, real, times, total
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import names_in
from lstmsolve.kernel.spec.specs import PLACE
from lstmsolve.obligations.tables.transitions import START, SpecMode

Reading = Callable[[int, SpecMode], Parts]
"""What c, h or z is in a mode, by its number."""


def conditions(query: DesignQuery, c: Reading, h: Reading, z: Reading) -> Iterator[z3.BoolRef]:
    """What holds in every mode that is a single state. Conditions that mention inputs are left to the proof."""
    units, outputs = query.cell.hidden, query.cell.outputs or query.cell.hidden
    for mode in query.table.modes.values() if query.always else ():
        if mode.name == START or mode.variables or mode.name in query.table.sinks:
            continue
        registers = {name: _value(value) for name, value in mode.registers.items()}
        cell = places(
            c=[_total(c(unit, mode)) for unit in range(units)],
            h=[_total(h(unit, mode)) for unit in range(units)],
            z=[_total(z(output, mode)) for output in range(outputs)],
        )
        for formula in query.always:
            if all(name in registers or PLACE.fullmatch(name) for name in names_in(formula.tree)):
                yield condition(formula.tree, {**registers, **cell})


def _value(value: Affine | str) -> Value:
    return SymbolTerm({value: z3.BoolVal(True)}) if isinstance(value, str) else real(value.constant)


def _total(parts: Parts | Sequence[tuple[Affine, Term]]) -> Term:
    return total(times(term, form.constant) for form, term in parts)
