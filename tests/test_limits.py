"""Strings with an endless parameter: what they claim of all large K holds on long concrete runs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest

import lstmsolve
from lstmsolve.encoder.limits import limits_smtlib, solve_limits
from lstmsolve.encoder.queries import Candidate, LimitQuery, NoWeights
from lstmsolve.formats.cases import parse_case
from lstmsolve.model.affine import Affine
from lstmsolve.model.cells import Weights, parameters
from lstmsolve.model.problems import Constraints, Problem
from lstmsolve.obligations.limits import LAPS, K, LimitStep, LimitString, limit_tree, string_pools, written
from lstmsolve.verifier.replay import replayed

FAR = Affine.variable(K)


def steps(*parts: object) -> LimitString:
    """`1`, `"1^K"` and `K` as steps of a case with one input x."""
    found = []
    for part in parts:
        if isinstance(part, str):
            found.append(LimitStep({"x": Fraction(part.removesuffix("^K"))}, repeated=True))
        else:
            found.append(LimitStep({"x": part if isinstance(part, Affine) else Fraction(str(part))}))
    return tuple(found)


def concrete(string: LimitString, large: int) -> list[dict[str, Fraction | str]]:
    """The string for one K."""
    found: list[dict[str, Fraction | str]] = []
    for step in string:
        given = {
            name: value.at({K: Fraction(large)}) if isinstance(value, Affine) else value
            for name, value in step.given.items()
        }
        found += [given] * (large + LAPS if step.repeated else 1)
    return found


def query(problem: Problem, strings: Sequence[LimitString], weights: Weights | None = None) -> LimitQuery:
    fixed = {} if weights is None else {place.name: value for place, value in weights.values().items()}
    cell = problem.cell()
    return LimitQuery(problem.spec, tuple(strings), cell, problem.initial_state(cell.hidden), Constraints(fixed))


STRINGS = {
    "nonzero-counter": [steps("1^K", 0, 0), steps("2^K", FAR, 0, 0), steps(FAR, 0, 1, 0), steps("1^K", 0, 1, 0)],
    "ramp": [steps("0^K", 1, 0), steps("0^K", 0), steps(1, "0^K", 1)],
    "pocket-calculator": [steps(FAR, 0, 0), steps("1^K", 0, FAR, 0), steps("1^K", FAR, 0)],
}


@pytest.mark.parametrize("case", STRINGS)
def test_weights_that_are_right_for_large_k_are_never_ruled_out(case: str) -> None:
    problem = lstmsolve.load_case(case)
    random = Random(0)
    design = lstmsolve.solve(case).weights  # type: ignore[union-attr]
    assert design is not None
    ruled_out = 0
    for _ in range(25):
        values = dict(design.values())
        for place in random.sample(list(parameters(design.cell)), random.randint(0, 3)):
            values[place] += random.choice([Fraction(n, d) for n in (-2, -1, 1, 2) for d in (1, 2, 5)])
        weights = Weights.of(design.cell, values)
        for string in STRINGS[case]:
            answer = solve_limits(query(problem, [string], weights))
            assert isinstance(answer, Candidate | NoWeights)
            if all(replayed(problem, weights, concrete(string, large)) is None for large in (60, 61, 97)):
                assert isinstance(answer, Candidate), (written(string), weights)
            ruled_out += isinstance(answer, NoWeights)
    assert ruled_out > 20


def test_what_finite_strings_cannot_see() -> None:
    """u_o slightly below 0 is right on every short string; only the limit rules it out."""
    problem = lstmsolve.load_case("nonzero-counter")
    slow = "b_f=1 w_i=1 w_c=1 w_o=-9 b_o=9 u_o=-1/100"
    weights = lstmsolve.verify(problem, slow).weights
    assert weights is not None
    assert isinstance(solve_limits(query(problem, [steps(1, 1, 0, 0)], weights)), Candidate)
    assert isinstance(solve_limits(query(problem, [steps("1^K", 0, 0)], weights)), NoWeights)


def test_registers_outputs_and_inputs_become_forms_in_k() -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    tree = limit_tree(problem.spec, 1, [steps("1^K", 0, FAR)])
    last, said = tree.prefixes[-1], tree.prefixes[-2]
    assert str(said.demands[0].value) == f"K + {LAPS}"  # type: ignore[union-attr]
    assert last.x == (FAR,)
    assert last.demands[0].value.is_zero  # type: ignore[union-attr]
    ramp = limit_tree(lstmsolve.load_case("ramp").spec, 1, [steps("0^K")])
    assert str(ramp.prefixes[-1].demands[0].value) == f"K + {LAPS}"  # type: ignore[union-attr]
    assert [str(form) for form in ramp.prefixes[-1].repeated or ()] == [f"K + {LAPS - 1}"]


@pytest.mark.parametrize("update", ["n + x if n < 5 else 0", "n // 2 + 3", "(n + 1) % 3"])
def test_loops_that_are_no_straight_lines_end_the_string(update: str) -> None:
    problem = parse_case(
        f'format = "lstmsolve/case/1"\nname = "bent"\n[input]\nx = "0.."\n[state]\nn = 1\n[next]\nn = "{update}"\n'
        '[output]\nh = "n"\n[cell]\nhidden = 1\n'
    )
    tree = limit_tree(problem.spec, 1, [steps("1^K", 0)])
    assert all(prefix.repeated is None for prefix in tree.prefixes)


def test_pools_start_short_and_hold_far_inputs_where_there_are_any() -> None:
    counter = list(string_pools(lstmsolve.load_case("nonzero-counter").spec))
    assert max(map(len, counter[0])) == 1
    assert any("K" in written(string) and "^" not in written(string) for pool in counter for string in pool)
    parity = list(string_pools(lstmsolve.load_case("parity").spec))
    assert not any(step.given["x"] == FAR for pool in parity for string in pool for step in string)


def test_the_query_can_be_asked_of_other_solvers() -> None:
    text = limits_smtlib(query(lstmsolve.load_case("nonzero-counter"), STRINGS["nonzero-counter"]))
    assert text.startswith("(set-logic QF_NRA)")
