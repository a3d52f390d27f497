"""Counters whose units hold registers as they are: which forms a cell can hold, and designs made of them."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from random import Random

import pytest

import lstmsolve
from lstmsolve.checker.check import check
from lstmsolve.encoder import Design, NoDesign, RegistersQuery
from lstmsolve.encoder.designs.tallies import across, tallies
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Solved
from lstmsolve.obligations.stepping.induction import certify
from lstmsolve.obligations.tables.transitions import START, transition_table
from lstmsolve.search.built.registers import design_by_registers
from lstmsolve.search.designs.designer import Found
from lstmsolve.writing.weights import weights_record
from tests.textbook import textbook_run

SQUARES = """
[input]
x = [0, 1]
[state]
left = 0
odd = 1
s = 0
[next]
s = "(1 if left == 0 else 0) if x == 1 else 0"
left = "left if x == 0 else (odd + 1 if left == 0 else left - 1)"
odd = "odd if x == 0 or left > 0 else odd + 2"
[output]
h = "s"
"""
EDGES = """
[input]
up = [0, 1]
down = [0, 1]
[state]
n = 0
u = 0
d = 0
[next]
n = "n + (1 if up == 1 and u == 0 else 0) - (1 if down == 1 and d == 0 else 0)"
u = "up"
d = "down"
[output]
h = "n"
[cell]
hidden = "minimal"
candidate = "identity"
"""
RUNS = """
[input]
x = [0, 1]
[state]
n = 0
l = -1
[next]
n = "n + 1 if x == l else 1"
l = "x"
[output]
h = "n"
"""


def problem_of(text: str) -> Problem:
    return parse_case(f'name = "case"\n{text}')


def designed(text: str, *, hidden: int | None = None) -> Design | NoDesign:
    problem = problem_of(text)
    table = transition_table(problem, by_update=False)
    cell = problem.cell(hidden or 1)
    return design_by_registers(RegistersQuery((table,), cell, problem.spec.width, hidden is not None))


def proved(text: str, design: Design | NoDesign) -> Weights:
    """The design's weights, once the checker accepts the proof that goes with its map."""
    assert isinstance(design, Design)
    found = Found(design, problem_of(text).with_hidden(design.weights.cell.hidden))
    proof = certify(found.problem, design.weights, found.modes(), START, {})
    assert isinstance(proof, Certificate)
    check(proof)
    return design.weights


def said(weights: Weights, word: list[list[int]]) -> list[Fraction]:
    return [h[0] for h in textbook_run(weights_record(weights), word)]


def test_squares_need_half_of_one_register_and_a_difference_of_two() -> None:
    """`odd` rises by two and `left` falls, so that a cell holds neither as it is."""
    table = transition_table(problem_of(SQUARES), by_update=False)
    forms = [form["s = 0, h[0] = 0"] for form in tallies(table, ["left", "odd"])]
    assert sorted(map(str, forms)) == ["(1/2)*odd - 1/2", "-left + odd - 1"]


def test_a_design_for_squares() -> None:
    weights = proved(SQUARES, designed(SQUARES))
    assert weights.cell.hidden == 3
    generator, ones, word, wanted = Random(1), 0, [], []
    for _ in range(400):
        bit = generator.choice((0, 1, 1))
        ones += bit
        word.append([bit])
        wanted.append(int(bit == 1 and isqrt(ones) ** 2 == ones))
    assert said(weights, word) == wanted


def test_a_design_that_counts_edges_both_ways() -> None:
    weights = proved(EDGES, designed(EDGES))
    assert weights.cell.hidden == 3
    generator, count, before, word, wanted = Random(2), 0, (0, 0), [], []
    for _ in range(300):
        now = generator.choice((0, 1)), generator.choice((0, 1, 1))
        count += (now[0] > before[0]) - (now[1] > before[1])
        before = now
        word.append(list(now))
        wanted.append(count)
    assert said(weights, word) == wanted


@pytest.mark.parametrize("hidden", [3, 5])
def test_a_size_that_the_case_asks_for_is_kept(hidden: int) -> None:
    assert proved(EDGES, designed(EDGES, hidden=hidden)).cell.hidden == hidden


def test_no_design_of_this_kind() -> None:
    """Too few units, or a fall from any height to 1, which no gate of a unit that holds the count tells."""
    assert designed(EDGES, hidden=2) == NoDesign()
    assert designed(RUNS) == NoDesign()


def test_solve_takes_such_a_design() -> None:
    outcome = lstmsolve.solve(problem_of(SQUARES), seconds=20)
    assert isinstance(outcome, Solved), outcome
    assert outcome.weights.cell.hidden <= 3
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)


def test_what_lies_across_some_vectors() -> None:
    one, two = Fraction(1), Fraction(2)
    assert across([], ["a", "b"]) == [{"a": 1}, {"b": 1}]
    assert across([{"a": one, "b": two}, {"a": two, "b": one}], ["a", "b"]) == []
    for row in across([{"a": one, "b": two, "c": one}], ["a", "b", "c"]):
        assert row.get("a", 0) + 2 * row.get("b", 0) + row.get("c", 0) == 0
