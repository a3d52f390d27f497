"""A map carried over to finer modes.

The finer the modes, the more weights keep the map with each gate in one phase on each step: a
gate that sees a register may then be in one phase where it is 0 and in another beyond.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lstmsolve.kernel.base.affine import ZERO, Affine, normalised
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.linear.polyhedra import prove
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.systems import Joint
from lstmsolve.obligations.tables.transitions import START, SpecMode, TransitionTable, edge_cuts, transition_table

Forms = Mapping[str, tuple[Affine, ...]]


@dataclass(frozen=True)
class MappedTable:
    """Modes, transitions, and c and h [H] in every mode."""

    table: TransitionTable
    c: Forms
    h: Forms


def refined(mapped: MappedTable, problem: Problem, watch: Watch = UNWATCHED) -> MappedTable | None:
    """The same map with the least values of registers told apart; None where there is nothing to tell apart."""
    cuts = () if mapped.table.sinks else edge_cuts(mapped.table)
    if not cuts:
        return None
    finer = transition_table(problem, watch, cuts)
    c: dict[str, tuple[Affine, ...]] = {START: mapped.c[START]}
    h: dict[str, tuple[Affine, ...]] = {START: mapped.h[START]}
    for name, mode in finer.modes.items():
        if name == START:
            continue
        homes = (
            (home, values)
            for home, wide in mapped.table.modes.items()
            if home != START and (values := _inside(mode, wide)) is not None
        )
        # A mode's name begins with that of the mode it was cut from.
        best = max(homes, key=lambda found: (name.startswith(found[0]), len(found[0])), default=None)
        if best is None:
            return None
        home, values = best
        c[name] = tuple(form.substitute(values) for form in mapped.c[home])
        h[name] = tuple(form.substitute(values) for form in mapped.h[home])
    return MappedTable(finer, c, h)


def _inside(mode: SpecMode, wide: SpecMode) -> dict[str, Affine] | None:
    """The wider mode's variables as forms over the other's, if that lies in it."""
    said = tuple(ZERO if owed is None else owed.bound * owed.terms[0][1] for owed in mode.wanted)
    try:
        values = {name: Joint(mode.registers, (), said).coordinate(name) for name in wide.variables}
    except OutsideFragment:
        return None
    for name, form in wide.registers.items():
        if (form if isinstance(form, str) else form.substitute(values)) != mode.registers[name]:
            return None
    if mode.owed != tuple(replace(demand, bound=demand.bound.substitute(values)) for demand in wide.owed):
        return None
    integers = {name for name, whole in mode.variables.items() if whole}
    rows = (normalised(row.form.substitute(values), row.strict, integers) for row in wide.where)
    return values if all(prove(mode.where, row, integers) is not None for row in rows) else None
