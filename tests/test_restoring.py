"""Sigmoid and tanh weights of few units: codes for the states of an automaton, and gains that are proved."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from benchmarks.restoring import least_left, random_words, run_in_torch, smooth_case
from lstmsolve.api.checking import check
from lstmsolve.api.solving import solve
from lstmsolve.encoder import NoDesign, Restoring, RestoringAnswer, RestoringQuery, Shape
from lstmsolve.encoder.restoring import restoring as of_shape
from lstmsolve.formats.cases import case_from_table
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.lstm.cells import Gate, Parameter, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Demand, Relation
from lstmsolve.model.outcomes import Accepted, Solved
from lstmsolve.search.designs.restoring import quiet, restoring
from lstmsolve.smooth.built.gains import owed_by

BITS = ((Fraction(0),), (Fraction(1),))
ABOVE = Demand(0, ((0, 1),), Relation.ABOVE, Affine((), Fraction(0)))
BELOW = Demand(0, ((0, -1),), Relation.ABOVE, Affine((), Fraction(0)))
PARITY = ((0, 1), (1, 0))


def query(moves: Sequence[Sequence[int]], ones: set[int], hidden: int, shown: Fraction | None = None) -> RestoringQuery:
    owed = tuple((ABOVE,) if state in ones else (BELOW,) for state in range(len(moves)))
    return RestoringQuery(tuple(map(tuple, moves)), BITS, owed, hidden, shown)


def by_z3(asked: RestoringQuery) -> RestoringAnswer:
    """All units hear all, and show -1, 0 or 1."""
    return of_shape(asked, Shape((asked.hidden,), True))


def walked(found: Restoring, hidden: int, word: Sequence[int]) -> tuple[int, ...]:
    """What the threshold units show after a word, step by step by the rules at the top of the module."""

    def argument(gate: Gate, unit: int, x: int, h: Sequence[int]) -> Fraction:
        def weight(matrix: str, column: int | None = None) -> Fraction:
            return found.weights.get(Parameter(matrix, gate, unit, column), Fraction(0))

        return weight("b") + x * weight("w", 0) + sum(weight("u", k) * bit for k, bit in enumerate(h))

    h = (0,) * hidden
    for x in word:
        new = []
        for unit in range(hidden):
            i, g, o = (argument(gate, unit, x, h) for gate in (Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT))
            closed = i <= -1 or o <= -1
            assert closed or (min(i, o) >= 1 and abs(g) >= 1)
            new.append(0 if closed else 1 if g > 0 else -1)
        h = tuple(new)
    return h


@pytest.mark.parametrize("search", [by_z3, restoring])
def test_codes_and_thresholds_of_a_counter_modulo_five(search: Any) -> None:
    moves = [[state, (state + 1) % 5] for state in range(5)]
    found = search(query(moves, {0}, 2))
    assert isinstance(found, Restoring)
    random = Random(0)
    for _ in range(200):
        word = [random.randint(0, 1) for _ in range(random.randint(1, 30))]
        shown = walked(found, 2, word)
        assert shown == found.codes[sum(word) % 5]
        z = found.weights[Parameter("d", None, 0)]
        z += sum(found.weights[Parameter("V", None, 0, unit)] * bit for unit, bit in enumerate(shown))
        assert z >= 1 if sum(word) % 5 == 0 else z <= -1


def test_one_unit_has_three_codes() -> None:
    """Besides the start, which shows 0 and need not be one of them."""
    assert isinstance(by_z3(query(PARITY, {1}, 1)), Restoring)
    moves = [[state, (state + 1) % 4] for state in range(4)]
    assert isinstance(by_z3(query(moves, {0}, 1)), NoDesign)


def heard_before(found: Restoring, hidden: int) -> list[Parameter]:
    """Weights by which a unit hears one that comes before it."""
    places = [place for place, value in found.weights.items() if place.matrix == "u" and value]
    return [place for place in places if place.column is not None and place.column < place.unit < hidden]


@pytest.mark.parametrize("modulus", [8, 16])
def test_counters_modulo_powers_of_two_are_lines_of_units(modulus: int) -> None:
    units = modulus.bit_length() - 1
    asked = query([[state, (state + 1) % modulus] for state in range(modulus)], {0}, units)
    found = of_shape(asked, Shape((1,) * units, False))
    assert isinstance(found, Restoring)
    assert not heard_before(found, units)
    assert {bit for code in found.codes.values() for bit in code} == {0, 1}
    for ones in range(1, modulus + 3):
        assert walked(found, units, (1, 0) * ones) == found.codes[ones % modulus]
    assert isinstance(of_shape(replace(asked, hidden=units - 1), Shape((1,) * (units - 1), False)), NoDesign)


def test_a_line_with_a_pair_in_the_end_counts_modulo_twelve() -> None:
    """Three is counted by the pair; no line does, since no unit that hears itself alone counts modulo three."""
    asked = query([[state, (state + 1) % 12] for state in range(12)], {0}, 4)
    assert isinstance(of_shape(asked, Shape((1, 1, 1, 1), True)), NoDesign)
    found = of_shape(asked, Shape((1, 1, 2), False))
    assert isinstance(found, Restoring)
    assert {(place.unit, place.column) for place in heard_before(found, 4)} <= {(3, 2)}
    for ones in range(1, 15):
        assert walked(found, 4, (1,) * ones) == found.codes[ones % 12]


def test_states_of_which_one_may_say_anything_share_a_code() -> None:
    """They owe nothing that tells them apart, so no lemma may do so: three states, and one unit of 0 and 1."""
    moves = ((1, 2), (1, 2), (1, 2))
    asked = RestoringQuery(moves, BITS, ((), (ABOVE,), ()), 1, None)
    assert isinstance(of_shape(asked, Shape((1,), False)), Restoring)
    told_apart = RestoringQuery(moves, BITS, ((), (ABOVE,), (BELOW,)), 1, None)
    found = of_shape(told_apart, Shape((1,), False))
    assert isinstance(found, Restoring)
    assert found.codes[1] != found.codes[2]


def test_outputs_that_units_say_themselves() -> None:
    """What is on shows 3/4, so 1 is told from 0 at 1/2. At 0 it is not: the two codes would have to be 1 and -1."""
    shown = Fraction(3, 4)
    below_half = Demand(0, ((0, -1),), Relation.AT_LEAST, Affine((), Fraction(-1, 2)))
    asked = query(PARITY, {1}, 1, shown)
    found = by_z3(replace(asked, owed=((below_half,), (ABOVE,))))
    assert isinstance(found, Restoring)
    assert found.codes[1] == (1,)
    assert found.codes[0] != (1,)
    assert isinstance(by_z3(asked), NoDesign)


def test_weights_that_hear_little() -> None:
    """For the same codes, no gate hears more of errors than with the weights that z3 took."""
    moves = [[state, (state + 1) % 7] for state in range(7)]
    asked = query(moves, {0}, 3)
    first = by_z3(asked)
    assert isinstance(first, Restoring)
    second = replace(first, weights=quiet(asked, first))

    def heard(found: Restoring) -> Fraction:
        return sum((abs(value) for place, value in found.weights.items() if place.matrix == "u"), Fraction(0))

    assert heard(second) <= heard(first)
    for state in range(7):
        assert walked(second, 3, (1,) * (state + 7)) == first.codes[state]


def case(name: str) -> Problem:
    """A case of the library for sigmoid and tanh cells with a layer."""
    return smooth_case(Path(__file__).parents[1] / "cases" / f"{name}.toml")


@pytest.mark.parametrize(
    ("name", "units"),
    [("parity", 1), ("jk-flip-flop", 1), ("tomita-7", 2), ("binary-addition", 2), ("mod-16", 4)],
)
def test_cases_of_the_library_take_few_units(name: str, units: int) -> None:
    problem = case(name)
    outcome = solve(problem, seconds=120, jobs=1)
    assert isinstance(outcome, Solved)
    assert isinstance(check(outcome.certificate), Accepted)
    assert outcome.weights.cell.hidden == units
    assert all((value * 100).denominator == 1 for value in outcome.weights.nonzero().values())
    assert_right(problem, outcome.weights)


def test_a_size_that_is_asked_for() -> None:
    problem = case("tomita-7").with_hidden(3)
    outcome = solve(problem, seconds=120, jobs=1)
    assert isinstance(outcome, Solved)
    assert outcome.weights.cell.hidden == 3
    assert_right(problem, outcome.weights)


ARGMAX = """
[input]
x = [0, 1, 2]
[state]
n = 0
[next]
n = "(n + x) % 3"
[output]
reply = { symbols = ["none", "one", "two"], is = "'none' if n == 0 else 'one' if n == 1 else 'two'" }
[cell]
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
[readout]
layer = true
decide = "argmax"
margin = 1
"""


def test_replies_by_the_greatest_output() -> None:
    """The input 1 lies between the others, so the construction cannot ask for it, and the search can do without."""
    problem = case_from_table(tomllib.loads(ARGMAX))
    outcome = solve(problem, seconds=120, jobs=1)
    assert isinstance(outcome, Solved)
    assert isinstance(check(outcome.certificate), Accepted)
    assert_right(problem, outcome.weights)


def numbers(weights: Weights) -> tuple[dict[Gate, tuple[Any, Any, Any]], Any, Any]:
    """w, u and b of each gate, and V and d, as floats."""

    def floats(rows: Sequence[Sequence[Fraction]]) -> Any:
        return np.array([[float(value) for value in row] for row in rows])

    gates = {
        gate: (floats(part.w), floats(part.u), np.array([float(value) for value in part.b]))
        for gate, part in weights.gates.items()
    }
    assert weights.layer is not None
    return gates, floats(weights.layer.V), np.array([float(value) for value in weights.layer.d])


def all_words(symbols: int, most: int) -> Any:
    """All words of one length, up to 12; what comes after each step is told of all shorter ones as well."""
    length = next(n for n in range(12, 0, -1) if symbols**n <= most)
    return np.array(list(product(range(symbols), repeat=length)))


def assert_right(problem: Problem, weights: Weights) -> None:
    """On short words, in an LSTM of numpy."""
    gates, layer, constant = numbers(weights)
    columns = np.array([[float(value) for value in column] for column in owed_by(problem).columns])
    words = all_words(len(columns), 5_000)
    c = h = np.zeros((len(words), weights.cell.hidden))
    z = np.empty((*words.shape, len(constant)))
    for step in range(words.shape[1]):
        x = columns[words[:, step]]
        said = {gate: x @ w.T + h @ u.T + b for gate, (w, u, b) in gates.items()}
        f, i, o = (1 / (1 + np.exp(-said[gate])) for gate in (Gate.FORGET, Gate.INPUT, Gate.OUTPUT))
        c = f * c + i * np.tanh(said[Gate.CANDIDATE])
        h = o * np.tanh(c)
        z[:, step] = h @ layer.T + constant
    assert least_left(problem, words, z) > 0


@pytest.mark.skipif(not os.environ.get("LSTMSOLVE_TORCH"), reason="torch is asked for by LSTMSOLVE_TORCH=1")
@pytest.mark.parametrize("name", ["parity", "tomita-7", "set-reset-latch"])
def test_in_torch(name: str) -> None:
    """`torch.nn.LSTM` and `torch.nn.Linear`: all words up to length 12, and random ones of 100,000 steps."""
    problem = case(name)
    outcome = solve(problem, seconds=120, jobs=1)
    assert isinstance(outcome, Solved)
    symbols = len(owed_by(problem).columns)
    for words in (all_words(symbols, 300_000), random_words(problem, 3, 100_000)):
        z = run_in_torch(problem, outcome.weights, words)
        assert least_left(problem, words, z) > 0
