"""Impossible at any size, by signs: what no unit says alone, without a solver, and never where weights exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any, assert_never

import pytest

import lstmsolve
from lstmsolve.checker.signs import check_signs
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import InputError, LimitReached, RejectedProof
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Parameter, State, Vector, Weights, parameters
from lstmsolve.kernel.proofs.certificates import Impossibility
from lstmsolve.kernel.proofs.signs import Contradicted, Decided, Known, Lemma, Missed, SignNode, SignProof, shown_signs
from lstmsolve.kernel.records.certificates import certificate_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Impossible, Rejected, Solved
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.obligations.strings.signs import refuted_by_signs
from lstmsolve.obligations.strings.words import owed_words
from lstmsolve.simulator.exact import run
from lstmsolve.writing.certificates import certificate_record
from tests.conftest import FULL
from tests.planting import planted

ADDER = """
[input]
x = [0, 1]
y = [0, 1]
[state]
carry = 0
s = 0
[next]
s = "(x + y + carry) % 2"
carry = "(x + y + carry) // 2"
[output]
h = "s"
"""
PARITY_OF_DIGIT = '[input]\nx = "0..3"\n[output]\nh = "1 - x % 2"\n'
IDENTITY = '[cell]\nhidden = "minimal"\ncandidate = "identity"\n'
ABSOLUTE = f'[input]\nx = ".."\n[output]\nh = "abs(x)"\n{IDENTITY}'


def ruled(text: str) -> Impossible:
    outcome = lstmsolve.solve(parse_case(f'name = "case"\n{text}'), seconds=30)
    assert isinstance(outcome, Impossible), outcome.reason
    assert outcome.claim.signs is not None
    return outcome


def claimed(problem: Problem, most: int = 400) -> Impossibility | None:
    """A claim by signs, from the first sets of strings."""
    for owed in list(owed_words(problem))[:most]:
        for unit in range(problem.spec.width):
            try:
                found = refuted_by_signs(problem, unit, owed, UNWATCHED)
            except LimitReached:
                continue
            if found is not None:
                return Impossibility(problem, found.strings, signs=found.proof)
    return None


@pytest.mark.parametrize(
    "text",
    [
        ADDER,
        PARITY_OF_DIGIT,
        PARITY_OF_DIGIT + IDENTITY,
        ABSOLUTE,
        ADDER + "[cell]\nhidden = 3\n",
        PARITY_OF_DIGIT + '[cell]\nhidden = 1\ninitial = { c = [0], h = "free" }\n',
        PARITY_OF_DIGIT + "[cell]\nhidden = 2\ninitial = { c = [0, 2], h = [1, -3] }\n",
        PARITY_OF_DIGIT + '[readout]\naccept = ">= 3/4"\nreject = "<= 0"\n',
        '[input]\nx = "0..3"\n[output]\nh = ["x", "x % 2"]\n[cell]\nhidden = "minimal"\ncandidate = "identity"\n',
    ],
)
def test_what_no_unit_says_alone_is_ruled_out_without_a_solver(text: str) -> None:
    outcome = ruled(text)
    assert isinstance(lstmsolve.check(outcome.claim), Accepted)
    assert outcome.claim.any_size is ("initial" not in text)
    record = json.loads(json.dumps(certificate_record(outcome.claim)))
    assert certificate_from_record(record) == outcome.claim


@pytest.mark.parametrize(
    "text",
    [
        ADDER + "[cell]\nhidden = 2\ninitial = { c = [1, 0], h = [0, 0] }\n",
        PARITY_OF_DIGIT + '[readout]\naccept = ">= 3/4"\nreject = "<= 1/4"\n',
        PARITY_OF_DIGIT + "[readout]\nlayer = true\n",
        '[input]\nx = "0..2"\n[output]\nh = "x % 2"\n',
        PARITY_OF_DIGIT + '[assume]\nalways = "x <= 1"\n',
        PARITY_OF_DIGIT + '[cell]\nhidden = "minimal"\ninitial = "free"\n',
    ],
)
def test_what_can_be_said_is_not_ruled_out(text: str) -> None:
    problem = parse_case(f'name = "case"\n{text}')
    assert problem.spec.has_layer or claimed(problem, 20) is None


def test_with_a_layer_it_is_solved() -> None:
    outcome = lstmsolve.solve(parse_case(f'name = "case"\n{ADDER}[readout]\nlayer = true\n'), engine="construct")
    assert isinstance(outcome, Solved)


def test_right_weights_are_never_excluded() -> None:
    """Cases made of weights that meet them at every length."""
    for seed in range(200, 230):
        found = planted(seed)
        assert found.problem.spec.has_layer or claimed(found.problem, 4) is None, seed


def test_random_runs_are_never_excluded() -> None:
    """What random cells show on all short strings, in any of its units, taken for what is owed."""
    random = Random(11)
    for trial in range(25):
        problem, weights = drawn(random)
        letters = [(Fraction(a), Fraction(b)) for a in (0, 1) for b in (0, 1)]
        words: list[tuple[Vector, ...]] = [(x,) for x in letters] + [(x, y) for x in letters for y in letters]
        for unit in range(weights.cell.hidden):
            owed = {word: (Affine((), run(weights, list(word)).h[-1][unit]),) * (unit + 1) for word in words}
            with suppress(LimitReached):
                assert refuted_by_signs(problem, unit, owed, UNWATCHED) is None, trial


def test_signs_of_random_runs_are_among_those_told() -> None:
    """The rule of signs against cells, knowing some of their gates."""
    random = Random(12)
    for trial in range(40):
        problem, weights = drawn(random)
        word = tuple((Fraction(random.randint(0, 1)), Fraction(random.randint(-2, 2))) for _ in range(3))
        trace = run(weights, list(word))
        for unit in range(weights.cell.hidden):
            known = dict(conditions(weights, unit, word, random))
            choice = replace(problem.choice, hidden=weights.cell.hidden, initial=weights.initial)
            for n in range(3):
                h = trace.h[n][unit]
                assert (h > 0) - (h < 0) in shown_signs(choice, unit, known, word[: n + 1]), trial


def drawn(random: Random) -> tuple[Problem, Weights]:
    hidden = random.randint(1, 3)
    candidate = random.choice([Activation.CRELU, Activation.IDENTITY])
    output = random.choice([Activation.CRELU, Activation.IDENTITY])
    cell = Cell(2, hidden, candidate=candidate, output=output)
    numbers = {place: Fraction(random.randint(-5, 5), random.choice([1, 2])) for place in parameters(cell)}
    start = State(tuple(Fraction(random.randint(-1, 1)) for _ in range(hidden)), (Fraction(1),) * hidden)
    base = parse_case('name = "case"\n[input]\nx = [0, 1]\ny = [0, 1]\n[output]\nh = "any"\n')
    choice = replace(base.choice, hidden=hidden, candidate=candidate, output=output, initial=start)
    return replace(base, choice=choice), Weights.of(cell, numbers, start)


def conditions(weights: Weights, unit: int, word: Any, random: Random) -> Iterator[tuple[Any, bool]]:
    """Some of what is so: which gates' arguments, or their opposites, are above 0."""
    behind = [weights.initial.h, *run(weights, list(word)).h]
    for n, x in enumerate(word):
        for gate in Gate:
            argument = weights[Parameter("b", gate, unit)]
            argument += sum(weights[Parameter("w", gate, unit, k)] * value for k, value in enumerate(x))
            argument += sum(weights[Parameter("u", gate, unit, k)] * value for k, value in enumerate(behind[n]))
            for sign in (1, -1):
                if random.random() < 0.6:
                    yield (gate, sign, word[: n + 1]), sign * argument > 0


def nodes(node: SignNode) -> Iterator[SignNode]:
    yield node
    if isinstance(node, Decided):
        yield from nodes(node.above)
        yield from nodes(node.not_above)


def replaced(node: SignNode, old: SignNode, new: SignNode) -> SignNode:
    """The tree with one of its nodes replaced."""
    if node is old:
        return new
    if isinstance(node, Decided):
        return replace(node, above=replaced(node.above, old, new), not_above=replaced(node.not_above, old, new))
    return node


def test_every_change_of_a_proof_is_rejected() -> None:
    """Sides exchanged, leaves of another kind, strings left out, gates and units renamed."""
    claim = ruled(PARITY_OF_DIGIT).claim
    assert claim.signs is not None
    proof = claim.signs
    kinds: set[type] = set()
    for node in nodes(proof.tree):
        kinds.add(type(node))
        for new in changes(node, 0):
            bad = replace(claim, signs=replace(proof, tree=replaced(proof.tree, node, new)))
            assert isinstance(lstmsolve.check(bad), Rejected), (node, new)
    assert kinds == {Decided, Contradicted, Missed}
    for strings in ((), claim.strings[:2]):
        with pytest.raises(RejectedProof):
            check_signs(replace(claim, strings=strings))
    for unit in (1, -1):
        with pytest.raises(RejectedProof):
            check_signs(replace(claim, signs=replace(proof, unit=unit)))


def changes(node: SignNode, place: int) -> list[SignNode]:
    """Nodes that say something else, in the tree of the lemma of this number."""
    match node:
        case Decided():
            return [
                replace(node, above=node.not_above, not_above=node.above),
                replace(node, sign=-node.sign),
                replace(node, string=9),
                replace(node, above=node),
                Known(place),
                Known(-1),
            ]
        case Contradicted(multipliers):
            negative = Contradicted({position: -factor for position, factor in multipliers.items()})
            more = Contradicted({**multipliers, 0: Fraction(7)})
            return [Contradicted({}), negative, more, Contradicted({77: Fraction(1)})]
        case Missed(string, step):
            return [Missed(string, step + 1), Missed(string + 50, step), Missed((string + 1) % 3, step)]
        case Known():
            return [Known(place), Known(place + 1), Contradicted({})]
        case _:
            assert_never(node)


def with_lemma(proof: SignProof, place: int, lemma: Lemma) -> SignProof:
    return replace(proof, lemmas=(*proof.lemmas[:place], lemma, *proof.lemmas[place + 1 :]))


def test_a_lemma_says_no_more_than_its_tree_shows() -> None:
    """Conditions left out, turned around or taken both ways; lemmas left out, too late, or used by themselves."""
    claim = ruled(ADDER).claim
    assert claim.signs is not None
    proof = claim.signs
    assert proof.lemmas
    changed = [replace(proof, lemmas=proof.lemmas[:-1])]
    for place, lemma in enumerate(proof.lemmas):
        for n, (gate, sign, string, step, above) in enumerate(lemma.conditions):
            fewer = (*lemma.conditions[:n], *lemma.conditions[n + 1 :])
            turned = (gate, sign, string, step, not above)
            others = (fewer, (*fewer, turned), (*lemma.conditions, turned))
            changed += [with_lemma(proof, place, replace(lemma, conditions=other)) for other in others]
        for node in nodes(lemma.tree):
            new = [Known(place), Known(place + 1), *(changes(node, place) if isinstance(node, Known) else ())]
            trees = [replaced(lemma.tree, node, one) for one in new]
            changed += [with_lemma(proof, place, replace(lemma, tree=tree)) for tree in trees]
    for bad in changed if FULL else Random(1).sample(changed, 100):
        assert isinstance(lstmsolve.check(replace(claim, signs=bad)), Rejected)


def test_a_claim_by_signs_is_none_about_another_case() -> None:
    claim = ruled(PARITY_OF_DIGIT).claim
    for other in (
        PARITY_OF_DIGIT.replace("1 - x % 2", "x"),
        PARITY_OF_DIGIT.replace("1 - x % 2", "any"),
        PARITY_OF_DIGIT + "[readout]\nlayer = true\n",
        PARITY_OF_DIGIT + '[assume]\nalways = "x <= 1"\n',
        PARITY_OF_DIGIT + '[readout]\naccept = ">= 3/4"\nreject = "<= 1/4"\n',
        PARITY_OF_DIGIT + '[cell]\nhidden = "minimal"\ngate = "sigmoid"\ncandidate = "tanh"\noutput = "tanh"\n',
    ):
        bad = replace(claim, problem=parse_case(f'name = "case"\n{other}'))
        assert isinstance(lstmsolve.check(bad), Rejected), other


@pytest.mark.parametrize(
    "change",
    [
        {"proof": "bounds"},
        {"proof": "sign"},
        {"tree": None},
        {"tree": {"missed": 0}},
        {"tree": {"missed": True, "step": 0}},
        {"tree": {"empty": {"0": 0.5}}},
        {"tree": {"lemma": -1}},
        {"tree": {"lemma": 0, "step": 0}},
        {"lemmas": {}},
        {"lemmas": [{"tree": {"missed": 0, "step": 0}}]},
        {"lemmas": [{"conditions": [["f", 1, 0, 0, True]], "tree": {"missed": 0, "step": 0}}]},
        {"unit": -1},
        {"format": "lstmsolve/certificate/1"},
        {"more": 1},
    ],
)
def test_records_that_say_something_else_are_refused(change: dict[str, Any]) -> None:
    record = {**certificate_record(ruled(PARITY_OF_DIGIT).claim), **change}
    with pytest.raises(InputError):
        certificate_from_record(record)


def test_a_search_goes_on_where_no_rows_are_left() -> None:
    """A perceptron that failed leaves no trace when its rows are taken back."""
    random = Random(77)
    for trial in range(60):
        problem, weights = drawn(random)
        letters = [(Fraction(a), Fraction(b)) for a in (0, 1) for b in (0, 1)]
        path = [random.choice(letters) for _ in range(2)]
        words: list[tuple[Vector, ...]] = [(*path[:n], x) for n in range(3) for x in letters]
        owed = {word: (Affine((), run(weights, list(word)).h[-1][0]),) for word in words}
        with suppress(LimitReached):
            assert refuted_by_signs(problem, 0, owed, UNWATCHED) is None, trial
