"""Machines whose states stand on a line: what is built is held to the machine's own table, and proved."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import lstmsolve
from benchmarks.mealy import drawn_mealy, random_mealy
from lstmsolve.encoder import Design, Undecided
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Solved
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.obligations.stepping.induction import certify
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.transitions import START, transition_table
from lstmsolve.search.built.lines import LinesQuery, design_on_a_line, goes_on_a_line
from lstmsolve.search.designs.designer import Found
from lstmsolve.simulator.exact import run
from lstmsolve.verifier.prover import prove

pytest.importorskip("numba", reason="needs the extra `fast`")

import numpy as np

from lstmsolve.search.native.lines import placed

COUNTER = """
name = "five"
[machine]
alphabet = "ab"
start = "q0"
output = { q0 = 0, q1 = 1, q2 = 0, q3 = 1, q4 = 1 }
[machine.next]
q0 = { a = "q1", b = "q3" }
q1 = { a = "q2", b = "q0" }
q2 = { a = "q3", b = "q3" }
q3 = { a = "q4", b = "q1" }
q4 = { a = "q0", b = "q2" }
"""

SYMBOLS = """
name = "promise"
[input]
x = { symbols = ["a", "b", "c"] }
[state]
n = 0
[next]
n = "(n + 1) % 4 if x == 'a' else (n * 3 + 1) % 4 if x == 'b' else 3 - n"
[output]
h = "any if x == 'b' and n == 2 else 1 if n >= 2 else 0"
[assume]
always = "not (x == 'c' and n == 1)"
[readout]
layer = true
accept = "> 3"
reject = "<= -1/2"
"""


def found(problem: Problem, hidden: int | None = None, *, fewer: int = 0, seed: int = 0) -> Design:
    query = LinesQuery(problem, merged(transition_table(problem)), seed, hidden, fewer)
    design = design_on_a_line(query)
    assert isinstance(design, Design)
    return design


def proved(problem: Problem, design: Design) -> bool:
    sized = problem.with_hidden(design.weights.cell.hidden)
    proof = certify(sized, design.weights, Found(design, sized).modes(), START, {})
    return isinstance(proof, Certificate) and isinstance(lstmsolve.check(proof), Accepted)


@pytest.mark.parametrize(("states", "symbols", "replies", "seed"), [(4, 2, 2, 1), (6, 3, 3, 2), (8, 5, 4, 3)])
def test_random_machines_are_answered_as_their_tables_say(states: int, symbols: int, replies: int, seed: int) -> None:
    problem = parse_case(random_mealy(states, symbols, replies, seed))
    design = found(problem)
    moves, said = drawn_mealy(states, symbols, replies, seed)
    assert problem.spec.replies is not None
    random = Random(seed)
    word = [random.randrange(symbols) for _ in range(400)]
    columns = problem.spec.columns
    one_hot = [tuple(Fraction(letter == symbol) for letter in range(columns)) for symbol in word]
    trace = run(design.weights, one_hot if columns == symbols else [(Fraction(symbol),) for symbol in word])
    assert trace.z is not None
    state = 0
    for symbol, z in zip(word, trace.z, strict=True):
        right = problem.spec.replies.index(f"r{said[state][symbol]}")
        assert all(z[right] > value for reply, value in enumerate(z) if reply != right)
        state = moves[state][symbol]
    assert proved(problem, design)


def test_sides_of_thresholds_and_steps_that_owe_nothing() -> None:
    problem = parse_case(SYMBOLS)
    assert proved(problem, found(problem))


def test_margins_are_kept() -> None:
    text = random_mealy(5, 3, 3, 1).replace('decide = "argmax"', 'decide = "argmax"\nmargin = 7')
    problem = parse_case(text)
    assert problem.spec.readout is not None
    assert problem.spec.readout.margin == 7
    assert proved(problem, found(problem))


def test_fewer_units_are_looked_for() -> None:
    problem = parse_case(random_mealy(9, 3, 4, 1))
    some = found(problem).weights.cell.hidden
    fewer = found(problem, fewer=1)
    assert fewer.weights.cell.hidden == some - 1
    assert proved(problem, fewer)
    query = LinesQuery(problem, merged(transition_table(problem)), 0, None, some)
    assert isinstance(design_on_a_line(query), Undecided)


def test_the_map_is_about_what_spec_and_cell_reach_together() -> None:
    problem = parse_case(random_mealy(6, 3, 3, 4))
    design = found(problem)
    reached = {(design.c[name], design.h[name], mode.mixed) for name, mode in design.table.modes.items()}
    assert len(reached) <= len(design.table.modes)
    names = set(design.table.modes)
    for source, x in product(names, {step.x for step in design.table.transitions}):
        (step,) = (one for one in design.table.transitions if one.source == source and one.x == x)
        assert step.target in names
    sized = problem.with_hidden(design.weights.cell.hidden)
    assert isinstance(prove(sized, design.weights, UNWATCHED), Certificate)


def test_states_may_be_called_what_copies_are_called() -> None:
    text = random_mealy(6, 3, 3, 4)
    for state, name in enumerate(["q", "q (2)", "q (3)", "r", "r (2)", "q (4)"]):
        text = text.replace(f"q{state} =", f'"{name}" =').replace(f'"q{state}"', f'"{name}"')
    problem = parse_case(text)
    design = found(problem)
    assert len(design.table.modes) == len({(mode, design.c[mode], design.h[mode]) for mode in design.table.modes})
    assert proved(problem, design)


@pytest.mark.parametrize("readout", ["", "[readout]\nlayer = true", '[readout]\naccept = ">= 3/4"\nreject = "<= 1/4"'])
def test_other_readouts_are_not_of_this_kind(readout: str) -> None:
    assert not goes_on_a_line(parse_case(f"{COUNTER}\n{readout}"))


THRESHOLDS = '[readout]\nlayer = true\naccept = ">= 3/4"\nreject = "<= 1/4"'


def test_two_letters_of_one_column() -> None:
    problem = parse_case(f"{COUNTER}\n{THRESHOLDS}")
    assert problem.spec.columns == 1
    assert proved(problem, found(problem))


def test_three_numbers_of_one_column_are_not_of_this_kind() -> None:
    text = '[input]\nx = [0, 1, 2]\n[state]\ns = 0\n[next]\ns = "(s + x) % 4"\n[output]\nh = "1 if s == 3 else 0"'
    problem = parse_case(f'name = "mod"\n{text}\n{THRESHOLDS}')
    assert goes_on_a_line(problem)
    assert isinstance(design_on_a_line(LinesQuery(problem, merged(transition_table(problem)), 0, None)), Undecided)


def test_wrong_replies_are_counted_as_all_groups_have_them() -> None:
    """One input, one unit: states 0 and 1 go to each other, and a unit has one reply for each place."""
    moves, said = np.array([[1], [0]]), np.array([[0], [1]])
    assert placed(moves, said, 2, 1, 0, 200).wrong == 0
    # Three states that go to themselves fill one turn only if the places ascend to the middle; two turns do.
    stay, say = np.array([[0], [1], [2], [3]]), np.array([[0], [0], [0], [0]])
    assert placed(stay, say, 2, 1, 0, 200).wrong > 0
    assert placed(stay, say, 2, 3, 0, 200).wrong == 0


def test_solve_finds_few_units_for_a_random_machine() -> None:
    problem = parse_case(random_mealy(8, 4, 3, 1))
    outcome = lstmsolve.solve(problem, hidden=6, engine="linear", objective="first", seconds=120)
    assert isinstance(outcome, Solved)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
