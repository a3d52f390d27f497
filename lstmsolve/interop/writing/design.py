"""What exporters are given: weights, what is proved of them, and the names of a case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.lstm.cells import Gate, Matrix, Vector, Weights, nonzero, row_of
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.domains import Symbols, enumerated
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.floats import dyadic_quantum

IOFC: Final = (Gate.INPUT, Gate.OUTPUT, Gate.FORGET, Gate.CANDIDATE)
"""The order of ONNX."""

IFGO: Final = (Gate.INPUT, Gate.FORGET, Gate.CANDIDATE, Gate.OUTPUT)
"""The order of torch."""

Files = Mapping[str, bytes]
"""What an export is made of: one file called "", or the files of a folder by name."""


@dataclass(frozen=True)
class Design:
    """Weights to be exported. A certificate here has been accepted by the checker."""

    weights: Weights
    problem: Problem | None = None
    certificate: Certificate | None = None
    statement: str = ""
    """What the certificate proves."""
    digest: str = ""
    """SHA-256 of the certificate's file."""

    @property
    def name(self) -> str:
        return self.problem.name if self.problem is not None else "lstm"

    @property
    def identifier(self) -> str:
        """The name as an identifier of C and Python."""
        found = re.sub(r"[^A-Za-z0-9_]", "_", self.name)
        return found if found and not found[0].isdigit() else f"n_{found}"

    @property
    def outputs(self) -> int:
        """How many z there are."""
        if self.weights.layer is not None:
            return len(self.weights.layer.d)
        # A case that owes conditions alone reads all of h.
        return (0 if self.problem is None else self.problem.spec.width) or self.weights.cell.hidden

    @property
    def columns(self) -> list[str]:
        """What each input column is, in the case's words."""
        if self.problem is None:
            return [f"x[{column}]" for column in range(self.weights.cell.inputs)]
        names: list[str] = []
        for entry in self.problem.spec.inputs:
            if isinstance(entry.domain, Symbols):
                names += [f"{entry.name} == {symbol!r}" for symbol in entry.domain.names]
            else:
                names.append(entry.name)
        return names

    @property
    def readout(self) -> tuple[Matrix, Vector]:
        """V [outputs, H] and d [outputs] of z = V h + d; z[k] is h[k] where the cell has no layer."""
        layer = self.weights.layer
        if layer is not None:
            return layer.V, layer.d
        hidden = self.weights.cell.hidden
        return tuple(row_of({k: ONE}, hidden) for k in range(self.outputs)), (ZERO,) * self.outputs

    @property
    def plain(self) -> bool:
        """Is z[k] just h[k]?"""
        return self.weights.layer is None

    def stacked(self, order: Sequence[Gate]) -> tuple[Matrix, Matrix, Vector]:
        """w [4H, D], u [4H, H] and b [4H], gate below gate."""
        gates = [self.weights.gates[gate] for gate in order]
        return (
            tuple(row for gate in gates for row in gate.w),
            tuple(row for gate in gates for row in gate.u),
            tuple(value for gate in gates for value in gate.b),
        )

    def numbers(self) -> Iterator[tuple[str, Fraction]]:
        """Every number that is not zero, by name."""
        for place, value in self.weights.nonzero().items():
            yield place.name, value
        for label, vector in (("c", self.weights.initial.c), ("h", self.weights.initial.h)):
            for unit, value in enumerate(vector):
                if value:
                    yield f"{label}[-1][{unit}]", value
        if not self.plain:
            matrix, bias = self.readout
            for k, row in enumerate(matrix):
                for unit, value in nonzero(row):
                    yield f"V[{k},{unit}]", value
            for k, value in enumerate(bias):
                if value:
                    yield f"d[{k}]", value

    def about(self) -> dict[str, str]:
        """What a file says of where it comes from."""
        cell = self.weights.cell
        told = {
            "lstmsolve.case": self.name,
            "lstmsolve.columns": ", ".join(self.columns),
            "lstmsolve.gate": cell.gate.value,
            "lstmsolve.candidate": cell.candidate.value,
            "lstmsolve.output": cell.output.value,
            "lstmsolve.initial_c": ", ".join(map(format_number, self.weights.initial.c)),
            "lstmsolve.initial_h": ", ".join(map(format_number, self.weights.initial.h)),
        }
        if self.statement:
            told |= {"lstmsolve.statement": self.statement, "lstmsolve.certificate_sha256": self.digest}
        return told


def integers(design: Design, what: str) -> None:
    """Refuse a design that integers cannot run: its weights, its start and its inputs are to be integers.

    With CReLU gates every gate is then 0 or 1, and c and h stay integers.

    Raises:
        InputError: names each number that is none.
    """
    cell = design.weights.cell
    if not cell.exact:
        raise InputError.single("cell", f"{what} needs crelu gates; sigmoid and tanh have no exact values")
    broken = [(name, value) for name, value in design.numbers() if value.denominator != 1]
    if broken:
        name, value = broken[0]
        message = (
            f"{what} needs integers, and {len(broken)} of the numbers are none; scale or solve with `integer = true`"
        )
        raise InputError.single(name, message, value)
    if design.problem is not None:
        for entry in design.problem.spec.inputs:
            listed = enumerated(entry.domain)
            if entry.kind == NumericKind(False) or any(
                isinstance(v, Fraction) and v.denominator != 1 for v in listed or ()
            ):
                raise InputError.single(f"input.{entry.name}", f"{what} needs integer inputs")


def rounded_names(design: Design, bits: int) -> list[str]:
    """The numbers that floats with so many bits do not have."""

    def held(value: Fraction) -> bool:
        quantum = dyadic_quantum([value])
        return quantum is not None and abs(value) < 2**bits * quantum

    return [name for name, value in design.numbers() if not held(value)]
