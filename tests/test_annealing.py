"""Codes for states by annealing, and designs mended out of them: random minimal automata, held to their own tables."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

import lstmsolve
from benchmarks.design import random_automaton
from lstmsolve.encoder import Design, DesignQuery, NoDesign, Undecided
from lstmsolve.encoder.designs.saturated import solve_saturated
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.affine import ONE, ZERO, Affine
from lstmsolve.kernel.lstm.cells import State
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Solved
from lstmsolve.obligations.stepping.induction import certify
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.transitions import START, transition_table
from lstmsolve.search.designs.annealing import near_designs
from lstmsolve.search.designs.codes import steps_of
from lstmsolve.search.designs.designer import Found
from lstmsolve.search.designs.neighbourhood import design_by_annealing
from lstmsolve.writing.weights import weights_record
from tests.textbook import textbook_run

LEVELS = (ZERO, ONE)


@pytest.fixture(autouse=True)
def _without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra `fast` is not installed; `test_native` is about the compiled search."""
    monkeypatch.setattr("lstmsolve.search.designs.neighbourhood.find_spec", lambda name: None)


def form(bit: object) -> Affine:
    return Affine((), ONE if bit else ZERO)


def expected(problem: Problem, string: tuple[int, ...]) -> list[Fraction]:
    """What the spec itself says, step by step."""
    registers, said = dict(problem.spec.initial), []
    for symbol in string:
        given = problem.spec.decode((Fraction(symbol),))
        moved = problem.spec.step(registers, {name: lifted(value) for name, value in given.items()})
        registers = dict(moved.registers)
        output = moved.outputs[0]
        assert isinstance(output, Affine)
        said.append(output.constant)
    return said


def asked(problem: Problem, initial: State | None = None) -> DesignQuery:
    cell = problem.cell()
    start = initial or problem.initial_state(cell.hidden)
    return DesignQuery(merged(transition_table(problem)), cell, start, problem.constraints, (), 0)


def automaton(states: int, seed: int, hidden: int) -> Problem:
    return parse_case(random_automaton(states, seed, hidden))


def machine(body: str, hidden: int) -> Problem:
    return parse_case(f'format = "lstmsolve/case/1"\nname = "test"\n[cell]\nhidden = {hidden}\n{body}')


@pytest.mark.parametrize(("states", "seed", "hidden"), [(8, 1, 5), (12, 2, 6), (16, 3, 7)])
def test_codes_without_a_wrong_bit_are_a_design(states: int, seed: int, hidden: int) -> None:
    """Annealing ends in codes that thresholds compute; z3 has only weights left to find for them."""
    query = asked(automaton(states, seed, hidden))
    steps = steps_of(query)
    assert steps is not None
    near = next(near for near in near_designs(steps, hidden, seed, 0))
    assert (near.wrong, list(near.broken)) == (0, [])
    given = {
        name: [(form(c), bool(h)) for c, h in zip(near.codes.c[n], near.codes.h[n], strict=True)]
        for n, name in enumerate(steps.names)
        if name != START
    }
    assert isinstance(solve_saturated(query, LEVELS, given), Design)


@pytest.mark.parametrize(("states", "seed", "hidden"), [(12, 1, 4), (13, 2, 4), (20, 3, 6)])
def test_annealed_designs_are_proved(states: int, seed: int, hidden: int) -> None:
    problem = automaton(states, seed, hidden)
    query = asked(problem)
    design = design_by_annealing(query)
    assert isinstance(design, Design)
    found = Found(design, problem)
    proof = certify(problem, design.weights, found.modes(), START, {})
    assert isinstance(proof, Certificate)
    assert isinstance(lstmsolve.check(proof), Accepted)


@pytest.mark.parametrize(
    "demands", ['bounds = "-4..4"', 'integer = true\nbounds = "-128..127"', "b_i = [1, 1, 1, 1, 1]"]
)
def test_annealed_designs_keep_what_the_case_demands_of_weights(demands: str) -> None:
    problem = parse_case(f"{random_automaton(13, 2, 5)}\n[weights]\n{demands}\n")
    design = design_by_annealing(asked(problem))
    assert isinstance(design, Design)
    assert list(problem.constraints.unmet(design.weights)) == []


@pytest.mark.parametrize(("states", "seed", "hidden"), [(13, 4, 5), (16, 5, 6)])
def test_solved_automata_are_right_on_all_short_strings_and_long_ones(states: int, seed: int, hidden: int) -> None:
    problem = automaton(states, seed, hidden)
    outcome = lstmsolve.solve(problem, seconds=120, objective="first")
    assert isinstance(outcome, Solved)
    record = weights_record(outcome.weights)
    random = Random(seed)
    strings = [*product((0, 1), repeat=7), tuple(random.randrange(2) for _ in range(500))]
    for string in strings:
        said = [h[0] for h in textbook_run(record, [[Fraction(x)] for x in string])]
        assert said == expected(problem, string)


def test_an_effort_that_is_too_small_leaves_it_undecided() -> None:
    assert isinstance(solve_saturated(asked(automaton(16, 2, 4)), LEVELS, effort=1000), Undecided)


def test_given_codes_are_kept() -> None:
    query = asked(automaton(6, 1, 4))
    free = solve_saturated(query, LEVELS)
    assert isinstance(free, Design)
    given = {
        name: [(c, not h.is_zero) for c, h in zip(free.c[name], free.h[name], strict=True)]
        for name in list(query.table.modes)[2:]
    }
    again = solve_saturated(query, LEVELS, given)
    assert isinstance(again, Design)
    assert {name: again.c[name] for name in given} == {name: free.c[name] for name in given}
    assert {name: again.h[name] for name in given} == {name: free.h[name] for name in given}


def test_given_codes_that_no_gate_computes_are_refuted() -> None:
    """All states alike cannot say different things."""
    query = asked(automaton(6, 1, 2))
    given = {name: [(form(False), False)] * 2 for name in query.table.modes if name != START}
    assert isinstance(solve_saturated(query, LEVELS, given), NoDesign)


def test_what_is_owed_is_given() -> None:
    query = asked(automaton(8, 1, 3))
    steps = steps_of(query)
    assert steps is not None
    for n, mode in enumerate(query.table.modes.values()):
        if mode.name == START:
            assert not steps.c[n].any()
            continue
        owed = mode.wanted[0]
        assert owed is not None
        loud = owed.bound.constant == 1
        assert np.isnan(steps.c[n, 0]) != loud
        assert steps.shown[n, 0] == (1 if loud else 0)
        assert np.isnan(steps.c[n, 1:]).all()


TWOS = (
    '[machine]\nalphabet = "01"\nstart = "a"\noutput = { a = 2, b = 0 }\n'
    '[machine.next]\na = { "0" = "b", "1" = "a" }\nb = { "0" = "a", "1" = "b" }\n'
)


def test_outputs_that_are_no_bits_have_no_codes() -> None:
    assert isinstance(design_by_annealing(asked(machine(TWOS, 2))), Undecided)


def test_an_initial_state_that_is_no_code_has_none() -> None:
    halves = State((Fraction(1, 2),) * 3, (ZERO,) * 3)
    assert isinstance(design_by_annealing(asked(automaton(6, 1, 3), halves)), Undecided)
