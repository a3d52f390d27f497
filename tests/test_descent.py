"""Weights by descent in floats: proved like any others, the same for the same seed, within what the case allows."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from typer.testing import CliRunner

import lstmsolve
from lstmsolve.api.loading.cases import load_case
from lstmsolve.cli.main import app
from lstmsolve.formats.cases import parse_case
from lstmsolve.gradients.elementary import Floats
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem, weight_names
from lstmsolve.model.outcomes import Accepted, Proved, Solved, Unknown
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.search.floats.descent import first_strings
from lstmsolve.search.floats.losses import Loss, Sample, does_right
from lstmsolve.search.floats.rounding import Box, rounded
from lstmsolve.simulator.exact import run
from lstmsolve.writing.weights import weights_record
from tests.library import LIBRARY
from tests.textbook import textbook_run


def case(given: str, state: str, following: str, says: str, more: str = "", cell: str = "hidden = 1") -> Problem:
    return parse_case(
        f"""
format = "lstmsolve/case/1"
name = "test"
[input]
{given}
[state]
{state}
[next]
{following}
[output]
h = {says}
[cell]
{cell}
{more}
"""
    )


def average(kept: str, taken: str, more: str = "", x: str = "real 0..1", cell: str = "hidden = 1") -> Problem:
    """h becomes kept*h + taken*x."""
    return case(f'x = "{x}"', 'a = { init = 0, type = "real" }', f'a = "{kept}*a + {taken}*x"', '"a"', more, cell)


def toggle(more: str = "") -> Problem:
    return case("x = [0, 1]", "q = 0", 'q = "1 - q if x == 1 else q"', '"q"', more)


def found(problem: Problem | str, seed: int = 0) -> Solved:
    outcome = lstmsolve.solve(problem, engine="scipy", seed=seed)
    assert isinstance(outcome, Solved), outcome
    return outcome


# --- what is found -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["leaky-average", "running-max", "nonzero-counter", "parity", "set-reset-latch", "ramp", "delay-1"]
)
def test_shipped_cases_are_found_and_right_by_a_textbook_cell(name: str) -> None:
    outcome = found(name)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
    entry = LIBRARY[name]
    words = [*product(entry.letters, repeat=3), Random(1).choices(list(entry.letters), k=30)]
    for word in words:
        legal = next((n for n in range(len(word)) if not entry.legal(word[: n + 1])), len(word))
        h = textbook_run(weights_record(outcome.weights), [entry.letters[letter] for letter in word[:legal]])
        for n in range(legal):
            wanted = entry.says(word[: n + 1])
            assert wanted is None or h[n][0] == wanted, word[: n + 1]


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(average("0.75", "0.25"), id="three quarters kept"),
        pytest.param(average("0.9", "0.1"), id="nine tenths kept"),
        pytest.param(average("0.625", "0.375"), id="eighths"),
        pytest.param(average("0.5", "1", x="real -1..1", cell='hidden = 1\ncandidate = "identity"'), id="a leaky sum"),
        pytest.param(average("1", "1", x="real ..", cell='hidden = 1\ncandidate = "identity"'), id="a sum"),
        pytest.param(average("1", "1", x="..", cell='hidden = 1\ncandidate = "identity"'), id="a sum of integers"),
        pytest.param(toggle('[readout]\naccept = ">= 3/4"\nreject = "<= 1/4"'), id="thresholds"),
        pytest.param(
            case(
                'x = "real 0..1"\nopen = [0, 1]',
                'a = { init = 0, type = "real" }',
                'a = "0.5*a + 0.5*x if open == 1 else a"',
                '"a"',
            ),
            id="an average with a gate",
        ),
        pytest.param(
            case(
                'x = "real 0..1"',
                'a = { init = 0, type = "real" }\nb = { init = 0, type = "real" }',
                'a = "0.5*a + 0.5*x"\nb = "0.75*b + 0.25*x"',
                '["a", "b"]',
                cell="hidden = 2",
            ),
            id="two averages",
        ),
        pytest.param(
            case(
                "s = [0, 1]\nr = [0, 1]", "q = 0", 'q = "1 if s == 1 else 0 if r == 1 else q"', '"any if r == 1 else q"'
            ),
            id="outputs nobody cares about",
        ),
    ],
)
def test_other_behaviours_are_found_and_proved(problem: Problem) -> None:
    outcome = found(problem)
    assert isinstance(lstmsolve.check(outcome.certificate), Accepted)
    assert isinstance(lstmsolve.verify(problem, outcome.weights), Proved)


def test_the_least_size_comes_first() -> None:
    assert found(case("x = [0, 1]", "p = 0", 'p = "x"', '"p"', cell='hidden = "minimal"')).weights.cell.hidden == 1


# --- what is promised of it ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["parity", "leaky-average"])
def test_the_same_seed_finds_the_same_weights(name: str) -> None:
    assert found(name, seed=3).weights == found(name, seed=3).weights


def test_seeds_differ() -> None:
    assert len({str(weights_record(found("parity", seed).weights)) for seed in range(3)}) > 1


@pytest.mark.parametrize(
    ("problem", "conditions"),
    [
        (average("0.5", "0.5", '[weights]\nb_i = "3/4"\nu_f = 0'), {"b_i": Fraction(3, 4), "u_f": Fraction(0)}),
        (average("0.75", "0.25", "[weights]\nb_o = 2"), {"b_o": Fraction(2)}),
    ],
)
def test_fixed_weights_keep_their_values(problem: Problem, conditions: dict[str, Fraction]) -> None:
    weights = found(problem).weights
    assert {name: weights[weight_names(weights.cell)[name]] for name in conditions} == conditions


@pytest.mark.parametrize(
    ("more", "low", "high"),
    [('[weights]\nbounds = "-2..2"\ninteger = true', -2, 2), ('[weights]\nbounds = "-1..3"', -1, 3)],
)
def test_weights_stay_within_their_bounds(more: str, low: int, high: int) -> None:
    weights = found(toggle(more)).weights
    assert all(low <= value <= high for value in weights.values().values())
    if "integer" in more:
        assert all(value.denominator == 1 for value in weights.values().values())


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param(load_case("delay-1-one-unit"), id="no weights exist"),
        pytest.param(average("0.5", "0.5", "[weights]\nb_o = 0\nw_o = 0\nu_o = 0"), id="no output at all"),
    ],
)
def test_what_cannot_be_had_is_unknown_with_a_reason(problem: Problem) -> None:
    outcome = lstmsolve.solve(problem, engine="scipy", seconds=5.0)
    assert isinstance(outcome, Unknown)
    assert "descent" in outcome.reason


# --- its parts -----------------------------------------------------------------------------------


def loss_of(problem: Problem) -> Loss:
    cell = problem.cell()
    strings = first_strings(problem, 0)
    return Loss(cell, problem.initial_state(cell.hidden), Sample.of(problem.spec, strings))


LARGER = """
name = "larger"
[input]
a = "real 0..1"
b = "real 0..1"
[output]
reply = { symbols = ["a", "b"], is = "'a' if a >= b + 1/2 else 'b' if b >= a + 1/2 else any" }
[readout]
decide = "argmax"
"""
"""Which of two real inputs is larger, where that is clear: nothing that has states."""


@pytest.mark.parametrize("readout", ["layer = true", 'margin = "1/5"'])
def test_outputs_are_compared_with_one_another(readout: str) -> None:
    problem = parse_case(f"{LARGER}{readout}\n[cell]\nhidden = 2\n")
    outcome = lstmsolve.solve(problem, engine="scipy")
    assert isinstance(outcome, Solved), outcome
    random = Random(1)
    x = [(Fraction(random.randint(0, 16), 16), Fraction(random.randint(0, 16), 16)) for _ in range(60)]
    said = run(outcome.weights, x).outputs
    for (a, b), z in zip(x, said, strict=True):
        if abs(a - b) >= Fraction(1, 2):
            assert (z[0] > z[1]) is (a > b)
            assert z[0] != z[1]


@pytest.mark.parametrize("name", ["leaky-average", "set-reset-latch", "running-max", "delay-1", "argmax"])
def test_the_gradient_of_the_loss_is_that_of_finite_differences(name: str) -> None:
    compared = f"{LARGER}layer = true\n[cell]\nhidden = 2\n"
    loss = loss_of(parse_case(compared) if name == "argmax" else load_case(name))
    vector = np.random.default_rng(5).uniform(-0.9, 0.9, len(loss.places))
    value, gradient = loss.with_gradient(vector)
    assert value == pytest.approx(loss.values(vector[None])[0])

    def losses(v: Floats) -> float:
        return float(loss.values(v[None])[0])

    assert gradient == pytest.approx(approx_fprime(vector, losses, 1e-7), abs=1e-5, rel=1e-4)


@pytest.mark.parametrize("name", ["parity", "running-max", "set-reset-latch"])
def test_the_loss_is_zero_exactly_where_weights_do_right(name: str) -> None:
    problem = load_case(name)
    loss, weights, strings = loss_of(problem), found(name).weights, first_strings(problem, 0)
    vector = np.array([float(weights[place]) for place in loss.places])
    assert loss.values(vector[None])[0] == 0
    assert does_right(problem.spec, weights, strings)
    for number, place in enumerate(loss.places):
        bent = vector.copy()
        bent[number] -= 0.5
        other = Weights.of(loss.cell, {**weights.values(), place: weights[place] - Fraction(1, 2)}, weights.initial)
        assert does_right(problem.spec, other, strings) is bool(loss.values(bent[None])[0] == 0), place.name


def test_rounding_finds_the_fractions_under_the_noise() -> None:
    problem = average("0.75", "0.25")
    loss = loss_of(problem)
    exact = {"b_f": 0.75, "b_i": 0.61, "w_c": 0.25 / 0.61, "b_o": 1.37}
    names = weight_names(loss.cell)
    vector = np.zeros(len(loss.places))
    for name, value in exact.items():
        vector[loss.places.index(names[name])] = value + 1e-9
    values = rounded(loss, vector, np.ones(len(vector), dtype=bool), Box(None, None, False), UNWATCHED)
    assert values is not None
    told = {loss.places[number].short_name(loss.cell): value for number, value in values.items() if value}
    # The product b_i w_c is settled, its factors are not: the simplest are taken.
    assert told == {"b_f": Fraction(3, 4), "b_i": 1, "w_c": Fraction(1, 4), "b_o": 1}


def test_steps_beyond_a_broken_promise_are_owed_nothing() -> None:
    problem = load_case("set-reset-latch")
    both, reset = ({"s": Fraction(1), "r": Fraction(1)}, {"s": Fraction(0), "r": Fraction(1)})
    names = [entry.name for entry in problem.spec.inputs]
    strings = [tuple(dict(zip(names, step.values(), strict=True)) for step in (reset, both, reset))]
    assert Sample.of(problem.spec, strings).owed == 1


def test_the_command_line_takes_the_engine(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["solve", "parity", "--engine", "scipy", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert "weights found by descent" in result.stdout
    assert isinstance(lstmsolve.check(tmp_path / "certificate.json"), Accepted)
