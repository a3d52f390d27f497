"""The steps of a certificate: what the proof says of c, h and inputs at each leaf of its case trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from lstmsolve.kernel.base.affine import negated
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import each
from lstmsolve.kernel.lstm.symbolic import Entry, settled
from lstmsolve.kernel.proofs.certificates import (
    Broken,
    Certificate,
    Empty,
    Lands,
    Mode,
    Multiplied,
    Node,
    Pinned,
    Split,
)
from lstmsolve.kernel.proofs.regions import Region
from lstmsolve.obligations.stepping.systems import Inputs, bind_entries, bind_values, lifted


@dataclass(frozen=True)
class Place:
    """One step: on `region`, from `mode` with these inputs, the cell holds c and h, reads x, and lands."""

    mode: Mode
    inputs: Mapping[str, Constant]
    region: Region
    lands: Lands
    c: Sequence[Entry]
    h: Sequence[Entry]
    x: tuple[Entry, ...]

    @property
    def name(self) -> str:
        given = ", ".join(f"{name} = {value}" for name, value in self.inputs.items())
        return f"mode {self.mode.name!r}" + (f" at {given}" if given else "")


def places(certificate: Certificate) -> Iterator[Place]:
    """Every step that the proof is made of; steps that break the promise of [assume] owe nothing and are left out."""
    spec = certificate.problem.spec
    known = Inputs(spec)
    for mode in certificate.modes.values():
        for case in certificate.cases.get(mode.name, ()):
            free = {name: value for _, given in known.cases[:1] for name, value in given.items()}
            values: dict[str, Value] = free | {name: lifted(value) for name, value in case.inputs.items()}
            for region, lands in _leaves(case.tree, known.region(mode.where, mode.variables)):
                yield Place(
                    mode,
                    case.inputs,
                    region,
                    lands,
                    bind_entries(each(mode.c, settled), region),
                    bind_entries(each(mode.h, settled), region),
                    tuple(settled(column) for column in spec.encode(bind_values(values, region))),
                )


def _leaves(node: Node, region: Region) -> Iterator[tuple[Region, Lands]]:
    match node:
        case Split(condition, holds, fails):
            yield from _leaves(holds, region.add(condition))
            yield from _leaves(fails, region.add(negated(condition, region.integers)))
        case Pinned(variable, value, _, _, then):
            yield from _leaves(then, region.pin(variable, value))
        case Multiplied(variable, left, right, then):
            yield from _leaves(then, region.multiply(variable, left, right))
        case Lands():
            yield region, node
        case Empty() | Broken():
            return
        case _:
            assert_never(node)
