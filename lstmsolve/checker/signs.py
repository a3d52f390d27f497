"""The claim that no weights of any size meet a spec, since one unit alone cannot say an output (`kernel.proofs.signs`).

The strings are run through the spec, each step an input of the case that keeps the promise. The tree is walked: what an
inner node says holds on one side and not on the other, whatever it is, so that nothing is left out; every leaf has to
show that its side cannot be. Lemmas are walked before, each with those before it at hand.
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
    Known,
    Lemma,
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
    for lemma in proof.lemmas:
        walk.add(lemma)
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
    lemmas: list[dict[Condition, bool]] = field(default_factory=list)
    """What was shown to be impossible so far."""

    def add(self, lemma: Lemma) -> None:
        """The lemma's tree is walked with its conditions on the way; then it is one that others may use."""
        known: dict[Condition, bool] = {}
        rows: tuple[Row, ...] = ()
        for gate, sign, string, step, above in lemma.conditions:
            word = self._word(string, step)
            rows = (*rows, self._row(gate, sign, word, above))
            if known.setdefault((gate, sign, word), above) is not above:
                raise RejectedProof("a lemma takes a condition both ways")
        self.require(lemma.tree, known, rows)
        self.lemmas.append(known)

    def require(self, node: SignNode, known: dict[Condition, bool], rows: tuple[Row, ...]) -> None:
        match node:
            case Decided(gate, sign, string, step, above, not_above):
                word = self._word(string, step)
                if (gate, sign, word) in known:
                    raise RejectedProof(f"gate {gate.value} at step {step} of string {string} is decided twice")
                for side, holds in ((above, True), (not_above, False)):
                    row = self._row(gate, sign, word, holds)
                    self.require(side, {**known, (gate, sign, word): holds}, (*rows, row))
            case Known(number):
                if not 0 <= number < len(self.lemmas):
                    raise RejectedProof(f"there is no lemma {number} so far")
                if any(known.get(condition) is not holds for condition, holds in self.lemmas[number].items()):
                    raise RejectedProof(f"not all conditions of lemma {number} are on the way")
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

    def _row(self, gate: Gate, sign: int, word: tuple[Vector, ...], above: bool) -> Row:
        """Sign times the gate's argument is above 0, or is not."""
        if sign not in (1, -1):
            raise RejectedProof(f"{sign} is no sign")
        argument = self._argument(gate, word) * sign
        return Row(argument, strict=True) if above else Row(-argument)

    def _argument(self, gate: Gate, word: tuple[Vector, ...]) -> Affine:
        """s = w x + a, for the last input x of the word, and a of what is before it."""
        behind = self.numbers.setdefault(word[:-1], len(self.numbers))
        terms = {f"w_{gate.value}[{column}]": value for column, value in enumerate(word[-1])}
        return Affine.of({**terms, f"a_{gate.value} after {behind}": Fraction(1)})
