"""Graphviz: the automaton that a finite design is, one node for each mode of its certificate.

Drawn as a Moore machine: `mode|z` in a node, inputs on edges. `new --from` reads it again. What c, h and the registers
are in a mode is its tooltip.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from lstmsolve.interop.writing.design import Design, Files
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.lstm.cells import nonzero
from lstmsolve.kernel.proofs.certificates import Broken, Case, Certificate, Lands, Mode
from lstmsolve.showing.media import dot

START: Final = "__start"
"""The point from which an edge leads to the start."""


def dot_file(design: Design) -> Files:
    """One file.

    Raises:
        InputError: there is no certificate, or its modes are no states of an automaton.
    """
    certificate = design.certificate
    if certificate is None:
        message = (
            "DOT draws the modes of a proof over the fractions, and needs its certificate: `solve` or `verify --out`"
        )
        raise InputError.single("", message)
    said = {mode.name: _said(design, mode) for mode in certificate.modes.values()}
    accepts = {("0",), ("1",)} >= set(said.values())
    lines = [f"digraph {dot(design.name)} {{", "    rankdir=LR;", "    node [shape=circle];"]
    lines += [f"    {START} [shape=point];", f"    {START} -> {dot(certificate.start)};"]
    for mode in certificate.modes.values():
        outputs = said[mode.name]
        shape = ", shape=doublecircle" if accepts and outputs == ("1",) else ""
        label = dot(f"{mode.name}|{', '.join(outputs)}")
        lines.append(f"    {dot(mode.name)} [label={label}, tooltip={dot(_about(mode))}{shape}];")
    for source, target, label in _edges(certificate):
        lines.append(f"    {dot(source)} -> {dot(target)} [label={dot(label)}];")
    return {"": "\n".join([*lines, "}", ""]).encode()}


def _said(design: Design, mode: Mode) -> tuple[str, ...]:
    """z in a mode."""
    h = [_constant(mode, form.is_constant, form.constant) for form in mode.h]
    matrix, bias = design.readout
    z = (sum((v * h[unit] for unit, v in nonzero(row)), d) for row, d in zip(matrix, bias, strict=True))
    return tuple(map(format_number, z))


def _constant(mode: Mode, constant: bool, value: Fraction) -> Fraction:
    if mode.variables or not constant:
        message = (
            f"mode {mode.name!r} is no state but a set of them (it counts or holds reals); DOT draws finite automata"
        )
        raise InputError.single("certificate", message)
    return value


def _about(mode: Mode) -> str:
    registers = [
        f"{name} = {value if isinstance(value, str) else format_number(value.constant)}"
        for name, value in mode.registers.items()
    ]
    cells = [
        f"{label} = ({', '.join(format_number(form.constant) for form in forms)})"
        for label, forms in (("c", mode.c), ("h", mode.h))
    ]
    return ", ".join([*registers, *cells])


def _edges(certificate: Certificate) -> Iterator[tuple[str, str, str]]:
    """Source, target and all inputs that lead there. Steps that break the promise of [assume] are left out."""
    for mode in certificate.modes.values():
        labels: dict[str, list[str]] = {}
        for case in certificate.cases.get(mode.name, ()):
            target = _target(mode, case)
            if target is not None:
                labels.setdefault(target, []).append(_given(case))
        for target, told in labels.items():
            yield mode.name, target, ", ".join(told)


def _target(mode: Mode, case: Case) -> str | None:
    match case.tree:
        case Lands(target):
            return target
        case Broken():
            return None
        case _:
            message = f"mode {mode.name!r} reads inputs that are not listed value by value; DOT draws finite automata"
            raise InputError.single("certificate", message)


def _given(case: Case) -> str:
    """The inputs of a step: one by its value alone, several by name."""
    values = {name: value if isinstance(value, str) else format_number(value) for name, value in case.inputs.items()}
    if len(values) == 1:
        return next(iter(values.values()))
    return " ".join(f"{name}={value}" for name, value in values.items())
