"""The claim that no weights of any size meet a spec, by one string: what it owes at the end is out of reach.

The string is run through the spec, each of its steps an input of the case that keeps the promise. After its last step
some demand must be one that no cell can meet after so many steps (`kernel.proofs.bounds`).
"""

from __future__ import annotations

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import RejectedProof
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.proofs.bounds import cannot_be_met
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.spec.specs import Demand, Output


def check_beyond(claim: Impossibility) -> Demand:
    """Accept by returning the demand that cannot be met.

    Raises:
        RejectedProof: not one string, a promise broken, or nothing owed at its end that is out of reach.
        OutsideFragment: a formula of the spec has no value on the way.
    """
    spec = claim.problem.spec
    if len(claim.strings) != 1 or not claim.strings[0]:
        raise RejectedProof("a claim by bounds has one string, of one step or more")
    registers = spec.initial
    outputs: tuple[Output, ...] = ()
    for n, columns in enumerate(claim.strings[0]):
        if not spec.is_legal(columns):
            raise RejectedProof(f"step {n} is no input of the case")
        given = spec.decode(columns)
        inputs: dict[str, Value] = {k: v if isinstance(v, str) else Affine((), v) for k, v in given.items()}
        if not spec.assumed(registers, inputs):
            raise RejectedProof(f"step {n} breaks the promise of [assume], and nothing is owed")
        after = spec.step(registers, inputs)
        registers, outputs = dict(after.registers), after.outputs
    for demand in spec.demands(outputs):
        if cannot_be_met(claim.problem, demand, len(claim.strings[0])):
            return demand
    raise RejectedProof("some cell, as far as bounds tell, says what is owed after the string")
