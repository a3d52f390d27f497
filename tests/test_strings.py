"""Strings: what they claim of any weights at all holds, for all large K, of weights that are right by construction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

import pytest

import lstmsolve
from lstmsolve.api.regions import region
from lstmsolve.encoder.designs.queries import Candidate, NoWeights, StringsQuery
from lstmsolve.encoder.strings.systems import solve_strings, strings_smtlib
from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.lstm.cells import Weights, parameters
from lstmsolve.kernel.spec.problems import Constraints, Problem
from lstmsolve.model.outcomes import Proved
from lstmsolve.model.regions import NoOthers, RegionFound
from lstmsolve.obligations.strings.pools import string_pools
from lstmsolve.obligations.strings.systems import FEWEST_LAPS, EndlessString, K, StringStep, prefix_tree, written
from lstmsolve.verifier.replay import replayed
from tests.conftest import FULL
from tests.planting import Planted, counted, planted

FAR = Affine.variable(K)


def steps(*parts: object) -> EndlessString:
    """`1`, `"1^K"` and `K` as steps of a case with one input x."""
    found = []
    for part in parts:
        if isinstance(part, str):
            found.append(StringStep({"x": Fraction(part.removesuffix("^K"))}, repeated=True))
        else:
            found.append(StringStep({"x": part if isinstance(part, Affine) else Fraction(str(part))}))
    return tuple(found)


def concrete(string: EndlessString, large: int) -> list[dict[str, Fraction | str]]:
    """The string for one K."""
    found: list[dict[str, Fraction | str]] = []
    for step in string:
        given = {
            name: value.at({K: Fraction(large)}) if isinstance(value, Affine) else value
            for name, value in step.given.items()
        }
        found += [given] * (large + FEWEST_LAPS if step.repeated else 1)
    return found


def query(problem: Problem, strings: Sequence[EndlessString], weights: Weights | None = None) -> StringsQuery:
    fixed = {} if weights is None else {place.name: value for place, value in weights.values().items()}
    cell = problem.cell()
    return StringsQuery(problem.spec, tuple(strings), cell, problem.initial_state(cell.hidden), Constraints(fixed))


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
    for _ in range(15):
        values = dict(design.values())
        for place in random.sample(list(parameters(design.cell)), random.randint(0, 3)):
            values[place] += random.choice([Fraction(n, d) for n in (-2, -1, 1, 2) for d in (1, 2, 5)])
        weights = Weights.of(design.cell, values)
        for string in STRINGS[case]:
            answer = solve_strings(query(problem, [string], weights))
            assert isinstance(answer, Candidate | NoWeights)
            if all(replayed(problem, weights, concrete(string, large)) is None for large in (60, 61, 97)):
                assert isinstance(answer, Candidate), (written(string), weights)
            ruled_out += isinstance(answer, NoWeights)
    assert ruled_out > 12


def test_what_finite_strings_cannot_see() -> None:
    """u_o slightly below 0 is right on every short string; only the limit rules it out."""
    problem = lstmsolve.load_case("nonzero-counter")
    slow = "b_f=1 w_i=1 w_c=1 w_o=-9 b_o=9 u_o=-1/100"
    weights = lstmsolve.verify(problem, slow).weights
    assert weights is not None
    assert isinstance(solve_strings(query(problem, [steps(1, 1, 0, 0)], weights)), Candidate)
    assert isinstance(solve_strings(query(problem, [steps("1^K", 0, 0)], weights)), NoWeights)


def test_registers_outputs_and_inputs_become_forms_in_k() -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    tree = prefix_tree(problem.spec, [steps("1^K", 0, FAR)], 1)
    last, said = tree.prefixes[-1], tree.prefixes[-2]
    assert str(said.demands[0].bound) == f"K + {FEWEST_LAPS}"
    assert last.x == (FAR,)
    assert last.demands[0].bound.is_zero
    ramp = prefix_tree(lstmsolve.load_case("ramp").spec, [steps("0^K")], 1)
    assert str(ramp.prefixes[-1].demands[0].bound) == f"K + {FEWEST_LAPS}"
    assert [str(form) for form in ramp.prefixes[-1].lap or ()] == [f"K + {FEWEST_LAPS - 1}"]


@pytest.mark.parametrize("update", ["n + x if n < 5 else 0", "2 * n", "(n + 1) % 3"])
def test_loops_that_are_no_straight_lines_end_the_string(update: str) -> None:
    problem = parse_case(
        f'format = "lstmsolve/case/1"\nname = "bent"\n[input]\nx = "0.."\n[state]\nn = 1\n[next]\nn = "{update}"\n'
        '[output]\nh = "n"\n[cell]\nhidden = 1\n'
    )
    tree = prefix_tree(problem.spec, [steps("1^K", 0)], 1)
    assert all(prefix.lap is None for prefix in tree.prefixes)


def test_laps_begin_where_the_line_begins() -> None:
    """Registers that come to rest, and an output that bends: K counts the laps from there on."""
    resting = parse_case(
        'format = "lstmsolve/case/1"\nname = "resting"\n[input]\nx = "0.."\n[state]\nn = 1\n[next]\nn = "n // 2 + 3"\n'
        '[output]\nh = "n"\n[cell]\nhidden = 1\n'
    )
    before_the_laps = prefix_tree(resting.spec, [steps("1^K")], 1).prefixes[-2]
    assert [str(demand.bound) for demand in before_the_laps.demands] == ["5"]
    tree = prefix_tree(clipped().spec, [steps("1^K")], 1)
    assert [str(p.demands[0].bound) for p in tree.prefixes[1:]] == ["1", "2", "3", "3"]


# --- the two queries that once excluded weights that are right ------------------------------------


def clipped() -> Problem:
    return parse_case(
        'format = "lstmsolve/case/1"\nname = "clipped"\n[input]\nx = [0, 1]\n[state]\nn = 0\n[next]\nn = "n + x"\n'
        '[output]\nh = "n if n < 3 else 3"\n[cell]\nhidden = 1\n'
    )


def tally_on_asking() -> Problem:
    return parse_case(
        'format = "lstmsolve/case/1"\nname = "asked"\n[input]\nx = { symbols = ["inc", "skip", "ask"] }\n'
        "[state]\nn = 0\n[next]\nn = \"n + 1 if x == 'inc' else n\"\n"
        "[output]\nh = \"n if x == 'ask' else (0 if x == 'inc' else any)\"\n[cell]\nhidden = 1\n"
    )


RIGHT = {
    "h settles later than the registers move in a line": (clipped(), "b_f=1 w_i=1 b_c=3 u_c=-1 b_o=1"),
    "h grows where nothing is owed": (
        tally_on_asking(),
        "b_f=1 b_i=1 w_c[0,0]=1 w_o[0,1]=1/2 w_o[0,2]=1",
    ),
}


@pytest.mark.parametrize(("problem", "text"), RIGHT.values(), ids=RIGHT.keys())
def test_right_weights_do_right_on_all_pools(problem: Problem, text: str) -> None:
    proved = lstmsolve.verify(problem, text)
    assert isinstance(proved, Proved)
    for pool in string_pools(problem.spec):
        assert isinstance(solve_strings(query(problem, pool, proved.weights)), Candidate)


@pytest.mark.parametrize(("problem", "text"), RIGHT.values(), ids=RIGHT.keys())
def test_no_region_without_them_is_called_complete(problem: Problem, text: str) -> None:
    weights = lstmsolve.verify(problem, text).weights
    outcome = region(problem, seconds=10)
    assert isinstance(outcome, RegionFound)
    assert weights is not None
    assert outcome.region.holds(weights) or not isinstance(outcome.region.others, NoOthers)


# --- planting: what is right by construction is never excluded ------------------------------------

BLOCKS, SEEDS = (30, 100) if FULL else (3, 25)


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("plant", [planted, counted])
def test_planted_weights_do_right_on_every_string(plant: Callable[[int], Planted | None], block: int) -> None:
    endless = 0
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        found = plant(seed)
        if found is None:
            continue
        strings = found.strings(Random(seed), 12)
        answer = solve_strings(query(found.problem, strings, found.weights))
        assert isinstance(answer, Candidate), (seed, answer)
        tree = prefix_tree(found.problem.spec, strings, found.weights.cell.hidden)
        endless += sum(prefix.lap is not None or prefix.endless for prefix in tree.prefixes)
    assert endless > SEEDS


@pytest.mark.parametrize("block", range(4))
def test_planted_weights_are_found_or_missed_but_never_impossible(block: int) -> None:
    """Without being told the weights, the solver may give up; it may not say that there are none."""
    for seed in range(block * 15, (block + 1) * 15):
        found = planted(seed)
        strings = found.strings(Random(seed), 6)
        assert not isinstance(solve_strings(query(found.problem, strings), 1_000), NoWeights), seed


def test_pools_start_short_and_hold_far_inputs_where_there_are_any() -> None:
    counter = list(string_pools(lstmsolve.load_case("nonzero-counter").spec))
    assert max(map(len, counter[0])) == 1
    assert any("K" in written(string) and "^" not in written(string) for pool in counter for string in pool)
    parity = list(string_pools(lstmsolve.load_case("parity").spec))
    assert not any(step.given["x"] == FAR for pool in parity for string in pool for step in string)


def test_the_query_can_be_asked_of_other_solvers() -> None:
    text = strings_smtlib(query(lstmsolve.load_case("nonzero-counter"), STRINGS["nonzero-counter"]))
    assert text.startswith("(set-logic QF_NRA)")
