"""The steps of a proof as rows of text: from where, on what, to where, with which gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lstmsolve.kernel.base.affine import Row, negated, show
from lstmsolve.kernel.language.expressions import NumericKind
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
from lstmsolve.kernel.spec.specs import Spec


@dataclass(frozen=True, slots=True)
class Step:
    """One leaf of a case tree."""

    source: str
    given: str
    """The input, and the conditions of the case."""
    target: str
    becomes: str
    """The target's variables."""
    gates: str
    """Phases that had to be proved."""


def proof_steps(certificate: Certificate) -> list[Step]:
    """Every case of every step that the certificate proves, in order."""
    found: list[Step] = []
    spec = certificate.problem.spec
    for name, mode in certificate.modes.items():
        whole = _integers(mode, spec)
        for case in certificate.cases[name]:
            given = [f"{entry} = {show(value)}" for entry, value in case.inputs.items()]
            for conditions, leaf in _leaves(case.tree, [], whole):
                text = ", ".join([*given, *conditions]) or "any input"
                becomes = ", ".join(f"{variable} = {show(form)}" for variable, form in leaf.values.items())
                gates = ", ".join(f"{place} {proof.phase.value}" for place, proof in leaf.gates.items())
                found.append(Step(name, text, leaf.mode, becomes, gates))
    return found


def _leaves(node: Node, path: list[Row], whole: Mapping[str, bool]) -> Iterator[tuple[list[str], Lands]]:
    """The leaves that land somewhere, each with its conditions as text."""
    match node:
        case Split(condition, holds, fails):
            # A side that is empty adds nothing to what is known on the other.
            forced = isinstance(holds, Empty) or isinstance(fails, Empty)
            opposite = negated(condition, [name for name, integer in whole.items() if integer])
            for row, side in ((condition, holds), (opposite, fails)):
                yield from _leaves(side, path if forced else [*path, row], whole)
        case Pinned(variable, value, _, _, then):
            # An equation says all that rows about this variable alone had to say.
            rest = [row for row in path if row.form.variables != (variable,)]
            for conditions, leaf in _leaves(then, rest, whole):
                yield [*conditions, f"{variable} = {show(value)}"], leaf
        case Multiplied(variable, left, right, then):
            for conditions, leaf in _leaves(then, path, whole):
                yield [*conditions, f"{variable} = ({show(left.form)}) ({show(right.form)})"], leaf
        case Lands():
            yield [show(row) for row in path], node
        case Empty() | Broken():
            return


def _integers(mode: Mode, spec: Spec) -> dict[str, bool]:
    inputs = {entry.name: entry.kind == NumericKind(True) for entry in spec.inputs}
    return {**mode.variables, **inputs}
