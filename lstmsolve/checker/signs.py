"""The claim that no weights of any size meet a spec, since one unit alone cannot say an output (`kernel.proofs.signs`).

The strings are run through the spec, each step an input of the case that keeps the promise. The tree is walked: what an
inner node says holds on one side and not on the other, whatever it is, so that nothing is left out; every leaf has to
show that its side cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from lstmsolve.checker.farkas import require_empty
from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.base.errors import RejectedProof
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.lstm.cells import Gate, Vector
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.proofs.signs import (
    Condition,
    Contradicted,
    Decided,
    Missed,
    SignNode,
    has_signs,
    owed_signs,
    shown_signs,
)
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output


def check_signs(claim: Impossibility) -> None:
    """Accept by returning.

    Raises:
        RejectedProof: another kind of cell, a promise broken, or a leaf that does not show what it has to.
        OutsideFragment: a formula of the spec has no value on the way.
    """
    proof, problem = claim.signs, claim.problem
    if proof is None or not has_signs(problem):
        raise RejectedProof("signs tell nothing of this kind of cell")
    if not 0 <= proof.unit < problem.spec.width:
        raise RejectedProof(f"unit {proof.unit} says no output of the case")
    walk = _Walk(problem, proof.unit, claim.strings, tuple(_owed(problem, string) for string in claim.strings))
    walk.require(proof.tree, {}, ())


def _owed(problem: Problem, string: tuple[Vector, ...]) -> tuple[tuple[Output, ...], ...]:
    """What is owed after each step of a string."""
    spec = problem.spec
    registers = spec.initial
    owed: list[tuple[Output, ...]] = []
    for n, columns in enumerate(string):
        if not spec.is_legal(columns):
            raise RejectedProof(f"step {n} of a string is no input of the case")
        given = spec.decode(columns)
        inputs: dict[str, Value] = {k: v if isinstance(v, str) else Affine((), v) for k, v in given.items()}
        if not spec.assumed(registers, inputs):
            raise RejectedProof(f"step {n} of a string breaks the promise of [assume], and nothing is owed")
        after = spec.step(registers, inputs)
        registers = dict(after.registers)
        owed.append(after.outputs)
    return tuple(owed)


@dataclass
class _Walk:
    problem: Problem
    unit: int
    strings: tuple[tuple[Vector, ...], ...]
    owed: tuple[tuple[tuple[Output, ...], ...], ...]
    numbers: dict[tuple[Vector, ...], int] = field(default_factory=dict)
    """What lies behind a step, numbered: equal strings have equal numbers."""

    def require(self, node: SignNode, known: dict[Condition, bool], rows: tuple[Row, ...]) -> None:
        match node:
            case Decided(gate, sign, string, step, above, not_above):
                word = self._word(string, step)
                if sign not in (1, -1):
                    raise RejectedProof(f"{sign} is no sign")
                if (gate, sign, word) in known:
                    raise RejectedProof(f"gate {gate.value} at step {step} of string {string} is decided twice")
                argument = self._argument(gate, word) * sign
                self.require(above, {**known, (gate, sign, word): True}, (*rows, Row(argument, strict=True)))
                self.require(not_above, {**known, (gate, sign, word): False}, (*rows, Row(-argument)))
            case Contradicted(multipliers):
                require_empty(rows, multipliers, "signs")
            case Missed(string, step):
                shown = shown_signs(self.problem.choice, self.unit, known, self._word(string, step))
                allowed = owed_signs(self.problem.spec.demands(self.owed[string][step]), self.unit)
                if shown & allowed:
                    raise RejectedProof(f"signs leave room for what is owed at step {step} of string {string}")
            case _:
                assert_never(node)

    def _word(self, string: int, step: int) -> tuple[Vector, ...]:
        if not (0 <= string < len(self.strings) and 0 <= step < len(self.strings[string])):
            raise RejectedProof(f"there is no step {step} of a string {string}")
        return self.strings[string][: step + 1]

    def _argument(self, gate: Gate, word: tuple[Vector, ...]) -> Affine:
        """s = w x + a, for the last input x of the word, and a of what is before it."""
        behind = self.numbers.setdefault(word[:-1], len(self.numbers))
        terms = {f"w_{gate.value}[{column}]": value for column, value in enumerate(word[-1])}
        return Affine.of({**terms, f"a_{gate.value} after {behind}": Fraction(1)})
