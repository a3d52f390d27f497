"""The compiled search for threshold units: what it finds is held to the spec itself, exactly."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import lstmsolve
from benchmarks.automata import counting_bound, drawn_automaton, random_automaton
from lstmsolve.encoder import Design, DesignQuery
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted
from lstmsolve.obligations.stepping.induction import certify
from lstmsolve.obligations.tables.quotients import merged
from lstmsolve.obligations.tables.transitions import START, transition_table
from lstmsolve.search.designs.codes import Codes, Floats, Steps, steps_of
from lstmsolve.search.designs.designer import Found
from lstmsolve.search.designs.neighbourhood import design_by_annealing

pytest.importorskip("numba", reason="needs the extra `fast`")

from lstmsolve.search.native.chains import Near
from lstmsolve.search.native.searching import designs_natively
from lstmsolve.search.native.units import mended, wrong_units
from lstmsolve.search.native.walking import improved
from lstmsolve.search.native.whole import whole_weights


def asked(problem: Problem, seed: int = 0) -> DesignQuery:
    cell = problem.cell()
    start = problem.initial_state(cell.hidden)
    return DesignQuery(merged(transition_table(problem)), cell, start, problem.constraints, (), seed)


def found(problem: Problem, seed: int = 0) -> tuple[Steps, Codes, Design, DesignQuery]:
    query = asked(problem, seed)
    steps = steps_of(query)
    assert steps is not None
    codes, design = next(designs_natively(query, steps))
    assert design is not None
    return steps, codes, design, query


def proved(problem: Problem, design: Design) -> bool:
    proof = certify(problem, design.weights, Found(design, problem).modes(), START, {})
    return isinstance(proof, Certificate) and isinstance(lstmsolve.check(proof), Accepted)


def array(design: Design, units: int, columns: int) -> Floats:
    gates = [
        design.weights.gates[gate] for gate in sorted(design.weights.gates, key=lambda gate: "fico".index(gate.value))
    ]
    rows = [[[*u, *w, b] for u, w, b in zip(gate.u, gate.w, gate.b, strict=True)] for gate in gates]
    return np.array(rows, dtype=object).astype(np.float64).reshape(4, units, units + columns + 1)


@pytest.mark.parametrize(("states", "seed", "hidden"), [(20, 1, 6), (24, 2, 7)])
def test_designs_are_proved_and_the_same_again(states: int, seed: int, hidden: int) -> None:
    problem = parse_case(random_automaton(states, 2, seed, hidden))
    steps, codes, design, _ = found(problem)
    assert proved(problem, design)
    assert all(value.denominator == 1 for value in design.weights.values().values())
    assert not wrong_units(array(design, hidden, 1), codes, steps).any()
    assert found(problem)[2].weights == design.weights


def test_more_symbols_have_a_column_each() -> None:
    problem = parse_case(random_automaton(14, 3, 1, 7))
    _, _, design, _ = found(problem)
    assert design.weights.cell.inputs == 3
    assert proved(problem, design)


def test_inputs_that_are_no_integers_are_compared_exactly() -> None:
    """At x = 1/3 no float is exact, and arguments of 1/3 are neither 0 nor 1."""
    moves, said = drawn_automaton(13, 2, 3)
    names = ", ".join(f'"q{state}"' for state in range(13))
    following = "'q0'"
    for state, (on_zero, on_third) in enumerate(moves):
        following = f"('q{on_zero}' if x == 0 else 'q{on_third}') if q == 'q{state}' else {following}"
    loud = " or ".join(f"q == 'q{state}'" for state, output in enumerate(said) if output)
    problem = parse_case(
        f'[input]\nx = [0, "1/3"]\n[state]\nq = {{ symbols = [{names}], init = "q0" }}\n[next]\nq = "{following}"\n'
        f'[output]\nh = "1 if {loud} else 0"\n[cell]\nhidden = 6\n'
    )
    assert proved(problem, found(problem)[2])


@pytest.mark.parametrize("demands", ['bounds = "-3..3"', "b_i = [1, 1, 1, 1, 1, 1, 1]", "integer = true"])
def test_what_a_case_demands_of_weights_is_kept(demands: str) -> None:
    problem = parse_case(f"{random_automaton(16, 2, 1, 7)}\n[weights]\n{demands}\n")
    design = design_by_annealing(asked(problem))
    assert isinstance(design, Design)
    assert list(problem.constraints.unmet(design.weights)) == []
    assert proved(problem, design)


def test_units_are_mended_one_by_one_and_only_where_that_is_possible() -> None:
    problem = parse_case(random_automaton(16, 2, 1, 7))
    steps, codes, design, _ = found(problem)
    weights = array(design, 7, 1)
    broken = weights.copy()
    broken[:, [0, 3]] = Random(1).random()
    assert wrong_units(broken, codes, steps)[:, [0, 3]].any()
    again = mended(broken, codes, steps)
    assert again is not None
    assert not wrong_units(again, codes, steps).any()
    assert np.array_equal(again[:, [1, 2, 4, 5, 6]], weights[:, [1, 2, 4, 5, 6]])
    # All states alike cannot say different things.
    nothing = Codes(codes.c.copy(), codes.h.copy())
    nothing.h[:] = False
    assert mended(np.zeros_like(weights), nothing, steps) is None


def test_a_walk_never_does_worse_and_keeps_what_is_given() -> None:
    problem = parse_case(random_automaton(16, 2, 2, 7))
    steps, codes, design, _ = found(problem)
    weights = array(design, 7, 1)
    h = codes.h.copy()
    random = np.random.default_rng(1)
    for _ in range(3):  # states lose what they show
        q, k = random.integers(1, len(h)), random.integers(1, 7)
        h[q, k] = codes.c[q, k] and not h[q, k]
    off = Near(Codes(codes.c, h), weights, int(wrong_units(weights, Codes(codes.c, h), steps).sum()))
    better = improved(off, steps, random)
    assert better.wrong <= off.wrong
    assert int(wrong_units(better.weights, better.codes, steps).sum()) == better.wrong
    given = ~np.isnan(steps.c)
    assert np.array_equal(better.codes.c[given], steps.c[given] > 0)
    shown = ~np.isnan(steps.shown) & better.codes.c
    assert np.array_equal(better.codes.h[shown], steps.shown[shown] > 0)


def test_rounding_that_changes_a_gate_is_refused() -> None:
    problem = parse_case(random_automaton(16, 2, 2, 7))
    steps, codes, design, query = found(problem)
    x = [step.x for step in query.table.transitions]
    weights = array(design, 7, 1)
    whole = whole_weights(weights / 7, codes, steps, x)
    assert whole is not None
    assert not wrong_units(whole.astype(np.float64), codes, steps).any()
    assert whole_weights(np.zeros_like(weights), codes, steps, x) is None
    assert whole_weights(weights * 1e15, codes, steps, x) is None  # beyond what integers of 64 bits hold


def test_the_counting_bound_is_that_of_small_cases() -> None:
    assert [counting_bound(states, 2) for states in (16, 24, 32, 48, 64, 96)] == [3, 4, 4, 5, 6, 7]
