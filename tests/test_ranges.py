"""How large numbers get: what certificates prove, against what the textbook LSTM computes on random strings."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

import pytest

from lstmsolve.arithmetic.ranges import Ranged, Ranges, ranges, together
from lstmsolve.kernel.lstm.cells import Gate, Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.reports.parts.sizes import sizes_section
from lstmsolve.writing.weights import weights_record
from tests.conftest import solved
from tests.library import LIBRARY, Letter
from tests.textbook import Textbook

STEPS = 60


def proved(case: str) -> tuple[Weights, Ranges]:
    certificate = solved(case).certificate
    assert isinstance(certificate, Certificate)
    return certificate.weights, ranges(certificate)


def entries(found: Ranges) -> dict[str, Ranged]:
    return {entry.name: entry for vector in found.vectors for entry in vector}


def observed(case: str, weights: Weights) -> Iterator[tuple[str, list[Fraction]]]:
    """Each number of a random run by its name, as the terms that it is the sum of."""
    cell, letters = Textbook.of(weights_record(weights)), list(LIBRARY[case].letters)
    rng = random.Random(case)
    word: list[Letter] = []
    c, h = cell.initial
    while len(word) < STEPS:
        legal = [letter for letter in letters if LIBRARY[case].legal([*word, letter])]
        if not legal:
            return
        word.append(rng.choice(legal))
        x = list(LIBRARY[case].letters[word[-1]])
        for gate in Gate:
            name = "g" if gate is Gate.CANDIDATE else gate.value
            for unit in range(weights.cell.hidden):
                terms = [weight * value for weight, value in zip(cell.w[gate.value][unit], x, strict=True)]
                terms += [weight * value for weight, value in zip(cell.u[gate.value][unit], h, strict=True)]
                yield f"argument of {name}[{unit}]", [*terms, cell.b[gate.value][unit]]
        c, h = cell.step(c, h, x)
        for name, vector in (("x", x), ("c", c), ("h", h)):
            for place, value in enumerate(vector):
                yield f"{name}[{place}]", [value]


@pytest.mark.parametrize(
    "case", ["nonzero-counter", "anbn", "mod-3", "clipped-counter", "running-max", "ramp", "jk-flip-flop", "dyck-1"]
)
def test_runs_stay_within_what_is_proved(case: str) -> None:
    weights, found = proved(case)
    known = entries(found)
    for name, terms in observed(case, weights):
        entry, total, parts = known[name], sum(terms), sum(map(abs, terms))
        assert entry.range.low is None or entry.range.low <= total, (name, terms)
        assert entry.range.high is None or total <= entry.range.high, (name, terms)
        assert entry.range.unit is None or all((term / entry.range.unit).denominator == 1 for term in terms)
        if entry.bits is not None:
            assert entry.range.unit is not None
            assert parts <= (2 ** (entry.bits - 1) - 1) * entry.range.unit, (name, terms)


def test_the_numbers_of_the_homework_by_hand() -> None:
    known = entries(proved("nonzero-counter")[1])
    assert known["c[0]"].range.low == 0
    assert known["c[0]"].range.high is None
    assert known["argument of o[0]"].range.low is None
    assert known["argument of o[0]"].range.high == 1
    # 1 - x with x up to N takes N + 1 in the worst order.
    assert known["argument of o[0]"].largest(16) == 2**15 - 2
    assert known["argument of f[0]"].bits == 2


def test_counts_grow_by_what_a_step_adds() -> None:
    found = proved("anbn")[1]
    assert found.counts
    assert found.growth is not None
    assert found.growth.start == 0
    assert found.growth.rate == 1
    assert found.inputs is None
    summed = proved("pocket-calculator")[1]
    assert summed.growth is not None
    assert summed.growth.rate == summed.inputs == 1  # it adds its input, which nothing bounds
    assert not proved("mod-3")[1].counts


def test_several_units_as_one() -> None:
    vector = proved("anbn")[1].vectors[1]
    joined = together(vector, "c")
    assert joined.name == "c"
    assert joined.range.low == 0
    assert joined.range.high is None
    assert joined.largest(16) == 2**15 - 2  # enough for the largest constant and the largest count at once


def test_the_page_says_it() -> None:
    text, table, growth = sizes_section(proved("pocket-calculator")[1])
    assert "| argument of o[0] | no bound | 1 | 1 | 16 bits up to N = 32,766;" in table
    assert growth.startswith("N is the size of the largest of the inputs and counts that nothing bounds.")
    assert "while inputs are at most 1 in size" in growth
    assert "accumulator" in text
    assert len(sizes_section(proved("mod-3")[1])) == 2
