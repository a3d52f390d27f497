"""Ghosts: registers that count how often others rise and fall, for a design to hold in their place.

A cell of CReLU factors never falls by one. Where a register does, the cell can count ups and downs
apart, and its gates compare them. The spec with these counts beside its registers says the same
about h, so weights that meet it meet the spec (history variables: Abadi & Lamport 1991).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lstmsolve.kernel.base.affine import ZERO, Affine, is_integral, normalised
from lstmsolve.kernel.language.expressions import (
    Arithmetic,
    Binary,
    Call,
    Expression,
    Function,
    IfElse,
    Name,
    Number,
    constant_value,
)
from lstmsolve.kernel.proofs.certificates import Mode
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Formula, Register
from lstmsolve.obligations.tables.transitions import TransitionTable


def with_ghosts(problem: Problem, table: TransitionTable) -> tuple[Problem, tuple[str, ...]]:
    """The problem with two counts for each register that falls by some number on some step, and their names."""
    falling = _falling(table)
    registers: list[Register] = []
    updates = dict(problem.spec.next)
    for register in problem.spec.registers:
        if register.name in falling:
            for word, sign in (("ups", 1), ("downs", -1)):
                ghost = f"{word} of {register.name}"
                registers.append(Register(ghost, register.kind, ZERO))
                tree = _counted(ghost, register, sign, problem.spec.next[register.name].tree)
                updates[ghost] = Formula(tree)
    # Ghosts come first, so that the others are forms over them: half their sum may be no integer.
    spec = replace(problem.spec, registers=(*registers, *problem.spec.registers), next=updates)
    return replace(problem, spec=spec), tuple(ghost.name for ghost in registers)


def _falling(table: TransitionTable) -> frozenset[str]:
    def found() -> Iterator[str]:
        for step in table.transitions:
            before, after = table.modes[step.source].registers, table.modes[step.target].registers
            for name, form in before.items():
                then = after[name]
                if isinstance(form, Affine) and isinstance(then, Affine) and not form.is_constant:
                    change = then.substitute(step.values) - step.region.bind(form)
                    if change.is_constant and change.constant < 0:
                        yield name

    return frozenset(found())


def _counted(ghost: str, register: Register, sign: int, update: Expression) -> Expression:
    """The next value of a count, so that the register is always where it began, plus ups, minus downs."""
    if isinstance(update, IfElse):
        branches = (_counted(ghost, register, sign, branch) for branch in (update.then, update.otherwise))
        return IfElse(update.condition, *branches)
    value = constant_value(update)
    if value is not None:
        # Set anew, and so are the counts: no cell could add how far that was.
        assert not isinstance(register.initial, str)
        return Number(max(ZERO, sign * (value - register.initial)))
    ends = (update, Name(register.name)) if sign > 0 else (Name(register.name), update)
    return Binary(Arithmetic.ADD, Name(ghost), Call(Function.MAX, (Number(ZERO), Binary(Arithmetic.SUBTRACT, *ends))))


def without_ghosts(mode: Mode, ghosts: Sequence[str]) -> Mode:
    """The mode of spec and cell alone: what holds a ghost takes its place, and one that nothing holds is forgotten."""
    registers = {name: form for name, form in mode.registers.items() if name not in ghosts}
    mode = replace(mode, registers=registers)
    for ghost in ghosts:
        if ghost in mode.variables:
            held = [(name, form) for name, form in mode.registers.items() if isinstance(form, Affine)]
            held += [(f"c[{unit}]", form) for unit, form in enumerate(mode.c)]
            holders = [(name, form) for name, form in held if form.coefficient(ghost)]
            whole = [(name, form) for name, form in holders if abs(form.coefficient(ghost)) == 1]
            mode = _replaced(mode, ghost, *[*whole, *holders][0]) if holders else _forgotten(mode, ghost)
    return mode


def _replaced(mode: Mode, ghost: str, name: str, form: Affine) -> Mode:
    """The mode over the value of a register or a cell in place of the ghost in it."""
    factor = form.coefficient(ghost)
    put = {ghost: (Affine.variable(name) - form) * (1 / factor) + Affine.variable(ghost)}
    variables = {n: whole for n, whole in mode.variables.items() if n != ghost}
    variables[name] = is_integral(form, _integers(mode.variables))
    rows = (normalised(r.form.substitute(put), r.strict, _integers(variables)) for r in mode.where)
    registers = {n: v if isinstance(v, str) else v.substitute(put) for n, v in mode.registers.items()}
    c, h = (tuple(form.substitute(put) for form in part) for part in (mode.c, mode.h))
    return Mode(mode.name, variables, tuple(rows), registers, c, h)


def _forgotten(mode: Mode, ghost: str) -> Mode:
    """The mode with no word of a ghost that neither registers nor cell hold (Fourier & Motzkin)."""
    variables = {name: whole for name, whole in mode.variables.items() if name != ghost}
    rows = [row for row in mode.where if not row.form.coefficient(ghost)]
    for low in (row for row in mode.where if row.form.coefficient(ghost) > 0):
        for high in (row for row in mode.where if row.form.coefficient(ghost) < 0):
            form = low.form * -high.form.coefficient(ghost) + high.form * low.form.coefficient(ghost)
            rows.append(normalised(form, low.strict or high.strict, _integers(variables)))
    return replace(mode, variables=variables, where=tuple(rows))


def _integers(variables: Mapping[str, bool]) -> set[str]:
    return {name for name, whole in variables.items() if whole}
