"""Mutation test of the claim checker: every slip in a correct claim is found, unless it makes no difference.

The mutants: a sign, an index shifted by 1, a term dropped or doubled, a name for another one of its
kind (swapped signals, a wrong parameter), a value for a slope, an end of a sum, a lost factor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from random import Random

import pytest

import lstmsolve
from lstmsolve.api.deriving import restated_derivations
from lstmsolve.derivation.claims.checking import Checker, Proved, Refuted
from lstmsolve.derivation.claims.edits import Slip, edits
from lstmsolve.derivation.claims.repairing import proof
from lstmsolve.derivation.claims.statements import Claim, flaws_of, free_indices, read_claims
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.derivation.trial.arithmetic import Arithmetic, Undefined
from lstmsolve.derivation.trial.evaluation import element_at, evaluate
from lstmsolve.derivation.trial.laboratory import Laboratory, Question
from lstmsolve.derivation.trial.unrolled import Unrolled, draw, places
from lstmsolve.model.derivations import ClaimFails
from tests.conftest import FULL

CASES = [name for name in lstmsolve.shipped_derivations() if name not in restated_derivations()]


@cache
def checked(case: str) -> tuple[System, Checker, tuple[Claim, ...]]:
    texts = lstmsolve.load_derivation(case)
    system = system_of(texts)
    claims = read_claims(texts, system)
    return system, Checker(system, claims), claims


def correct_claims(case: str) -> Iterator[Claim]:
    _, checker, claims = checked(case)
    for claim in claims:
        if isinstance(checker.settle(claim), Proved):
            yield claim


def mutants(case: str) -> Iterator[tuple[Slip, str, Claim]]:
    system, _, _ = checked(case)
    for claim in correct_claims(case):
        for edit in edits(claim.right, system):
            flaws = flaws_of(claim.left, edit.result, system)
            yield edit.slip, edit.says, replace(claim, right=edit.result, flaws=flaws)


@pytest.mark.parametrize("case", CASES)
def test_no_mutant_is_missed(case: str) -> None:
    system, checker, _ = checked(case)
    counted: Counter[str] = Counter()
    for slip, says, mutant in islice(mutants(case), None, None, 1 if FULL else 2):
        settled = checker.settle(mutant)
        counted[type(settled).__name__] += 1
        counted[slip.name] += 1
        assert isinstance(settled, Refuted | Proved), f"missed in {mutant.id}: {says}"
        if isinstance(settled, Proved):
            assert truly_equal(system, mutant), f"wrongly proved in {mutant.id}: {says}"
    assert counted["Refuted"] > (50 if FULL else 25)
    for slip in (Slip.SIGN, Slip.NAME, Slip.DOUBLED):
        assert counted[slip.name], f"no mutants of the kind {slip.value}"


def truly_equal(system: System, claim: Claim) -> bool:
    """Tried again, on other data and for more steps than the checker takes."""
    net = longer_net(system)
    sizes, left = net.data.sizes, claim.left
    indices = free_indices(left, system)
    name = left.by.name if left.by.indices else left.of.name
    for place in places(system, name, sizes):
        at = {**sizes, **dict(zip(system.indices_of(name), place, strict=True))}
        if not set(indices) <= set(at):
            continue
        true = net.derivative(left.total, element_at(left.of, at), element_at(left.by, at))
        said = evaluate(system.spelled_out(claim.right), at, net, net.arithmetic)
        if isinstance(said, Undefined) or not net.arithmetic.close(true, said):
            return False
    return True


NETS: dict[str, Unrolled] = {}


def longer_net(system: System) -> Unrolled:
    if system.name not in NETS:
        clock = system.spans[system.time].high.variables if system.time else ()
        sizes = {
            name: min(size.low + (9 if name in clock else 1), size.high or 99) for name, size in system.sizes.items()
        }
        NETS[system.name] = Unrolled(system, draw(system, sizes, Random("judge")), Arithmetic(None))
    return NETS[system.name]


@pytest.mark.parametrize("case", ["hw6-1", "hw6-2", "hw6-3", "iir", "elman"])
def test_the_prover_alone_never_proves_what_numbers_refute(case: str) -> None:
    """A claim holds only if proof and numbers agree; here each is shown not to need the other's help."""
    system, checker, _ = checked(case)
    refuted = [m for _, _, m in mutants(case) if not m.flaws and isinstance(checker.settle(m), Refuted)]
    for mutant in Random(0).sample(refuted, 3):  # giving up takes it long
        if isinstance(value_at(checker.laboratory, system, mutant), Undefined):
            continue  # speaks of times that do not exist; formally it may well be right
        assert proof(mutant.left, system.spelled_out(mutant.right), system) is None, mutant


def value_at(laboratory: Laboratory, system: System, claim: Claim) -> object:
    """The right side at the first place where it fails."""
    question = Question(claim.left, system.spelled_out(claim.right), free_indices(claim.left, system))
    return next(trial.right for trial in laboratory.trials(question, range(9)) if not trial.agrees)


@pytest.mark.parametrize("case", ["hw6-1", "hw6-3", "elman", "iir"])
def test_mutants_are_mended(case: str) -> None:
    """The correction of a mutant is a formula that the checker proves."""
    system, checker, _ = checked(case)
    random = Random(1)
    bad = [m for _, _, m in mutants(case) if isinstance(checker.settle(m), Refuted)]
    for mutant in random.sample(bad, 8):
        report = checker.judge(mutant)
        assert isinstance(report, ClaimFails)
        texts = lstmsolve.load_derivation(case)
        corrected = replace(texts.claims[0], text=report.corrected)
        (again,) = read_claims(replace(texts, claims=(corrected,)), system)
        assert isinstance(checker.settle(again), Proved), report.corrected
