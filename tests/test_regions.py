"""Regions: all weights that keep a map, compared with derivations by hand, with z3, and with `verify`."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from random import Random

import pytest
import z3
from hypothesis import example, given
from hypothesis import strategies as st

import lstmsolve
from lstmsolve.api.regions import region
from lstmsolve.encoder.designs.formulas import weight_condition
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.families import parse_family
from lstmsolve.formats.region_results import region_family
from lstmsolve.kernel.base.affine import Affine, Row
from lstmsolve.kernel.lstm.cells import Weights, parameters
from lstmsolve.kernel.spec.problems import Problem, weight_names
from lstmsolve.kernel.spec.specs import Formula
from lstmsolve.model.outcomes import Impossible, Proved, Refuted, Unknown
from lstmsolve.model.regions import NoOthers, Others, Region, RegionFound
from lstmsolve.model.weight_sets import All, Some, WeightSet, complement, contains, formula, weights_at
from lstmsolve.obligations.weights.points import is_within, point_of
from lstmsolve.obligations.weights.regions import weights_allowed
from lstmsolve.showing.regions import condition_texts
from tests.conftest import FULL


@cache
def region_of(case: str, others: bool = False) -> Region:
    outcome = region(case, others=others)
    assert isinstance(outcome, RegionFound)
    return outcome.region


def stated(problem: Problem, *where: str) -> WeightSet:
    """The weights that satisfy conditions written as in a case."""
    text = 'format = "lstmsolve/family/1"\nwhere = [' + ", ".join(f"'{condition}'" for condition in where) + "]"
    return weights_allowed(parse_family(text, "by hand").constraints, problem.cell())


BY_HAND = {
    # THEORY: the tally over all naturals.
    "nonzero-counter": [
        "b_f >= 1 and w_f >= 0 and u_f >= 0",
        "b_o >= 1 and u_o == 0 and w_o <= -b_o",
        "w_i >= 0 and u_i >= 0 and w_i + b_i >= 1",
        "w_c >= 0 and u_c >= 0 and w_c + b_c >= 1",
        "(u_i == 0 and b_i <= 0) or (u_c == 0 and b_c <= 0)",
    ],
    # docs/regions.md: either c is cleared by the reset, or it is hidden by o and forgotten by f.
    "ramp": [
        "b_i >= 1 and b_c >= 1 and b_o >= 1 and u_i >= 0 and u_c >= 0 and u_o >= 0",
        "(b_f >= 1 and u_f == 0 and w_f <= -b_f"
        " and ((u_i == 0 and b_i + w_i <= 0) or (u_c == 0 and b_c + w_c <= 0)))"
        " or (b_f <= 0 and b_f + u_f >= 1 and u_o == 0 and b_o + w_o <= 0)",
    ],
    # docs/regions.md: what was said is either forgotten by f, or taken off again by u_c.
    "pocket-calculator": [
        "w_c == 1 and b_c == 0 and b_f >= 1 and b_o >= 1 and u_o <= 0 and b_o + w_o <= 0",
        "w_i >= 0 and b_i + w_i >= 1 and u_i >= 0 and w_f >= 0",
        "(u_c == -1 and u_f >= 0 and b_i + u_i >= 1) or (u_c == 0 and w_f == 0 and b_f + u_f <= 0)",
    ],
}


@pytest.mark.parametrize("case", BY_HAND)
def test_regions_derived_by_hand(case: str) -> None:
    """Both inclusions, by z3 and by our own linear programs."""
    found = region_of(case)
    names = {place.name: z3.Real(place.name) for place in parameters(found.cell)}
    terms = {name: names[place.name] for name, place in weight_names(found.cell).items()}

    def in_z3(weights: WeightSet) -> z3.BoolRef:
        return weight_condition(formula(weights).tree, names)

    by_hand = parse_family(
        'format = "lstmsolve/family/1"\nwhere = [' + ", ".join(f"'{c}'" for c in BY_HAND[case]) + "]", case
    )
    conditions: list[Formula] = list(by_hand.constraints.where)
    hand_in_z3 = z3.And([weight_condition(condition.tree, terms) for condition in conditions])
    hand = weights_allowed(by_hand.constraints, found.cell)
    differences = [
        z3.And(in_z3(found.weights), z3.Not(hand_in_z3)),
        z3.And(hand_in_z3, z3.Not(in_z3(found.weights))),
        z3.And(hand_in_z3, in_z3(complement(hand))),
    ]
    for difference in differences:
        solver = z3.SolverFor("QF_LRA")
        solver.add(difference)
        assert solver.check() == z3.unsat, solver.model()
    assert is_within(found.weights, hand)
    assert is_within(hand, found.weights)


def test_nothing_but_the_region_solves_the_counter() -> None:
    others = region_of("nonzero-counter", others=True).others
    assert isinstance(others, NoOthers)
    assert others.solvers == "z3 agrees, cvc5 agrees"
    assert any("K" in string for string in others.strings)


def test_others_are_proved_and_elsewhere() -> None:
    found = region_of("parity", others=True)
    assert isinstance(found.others, Others)
    assert not found.holds(found.others.weights)
    assert isinstance(lstmsolve.verify("parity", found.others.weights), Proved)


def near_the_edges(found: Region, count: int, seed: int) -> list[Weights]:
    """Weights on the edges of the region's half-spaces, or a small step to either side of some."""
    random = Random(seed)
    names = [place.name for place in parameters(found.cell)]
    rows = sorted(set(rows_of(found.weights)), key=str)
    members: list[dict[str, Fraction]] = []
    while len(members) < 12:
        centre = {name: Fraction(random.randint(-3, 3)) for name in names}
        point = point_of(found.weights, (), centre=centre)
        assert point is not None
        members.append(point)
    picked: list[Weights] = []
    for _ in range(count):
        point = dict(random.choice(members))
        for row in random.sample(rows, random.randint(1, 2)):
            name, factor = random.choice(row.form.terms)
            value = row.form.at({n: point.get(n, Fraction(0)) for n in row.form.variables})
            step = Fraction(random.choice([-1, 0, 0, 0, 1]), random.choice([2, 3, 7]))
            point[name] = point.get(name, Fraction(0)) - value / factor + step
        picked.append(weights_at(point, found.problem))
    return picked


def rows_of(weights: WeightSet) -> list[Row]:
    return [weights] if isinstance(weights, Row) else [row for part in weights.parts for row in rows_of(part)]


"""Proofs take their time: unless all are asked for, few of the members are proved."""


@pytest.mark.parametrize("case", ["nonzero-counter", "ramp"])
def test_membership_agrees_with_verify_at_the_edges_of_an_exact_region(case: str) -> None:
    found = region_of(case, others=True)
    assert isinstance(found.others, NoOthers)
    weights = near_the_edges(found, 1000, seed=0)
    members = [w for w in weights if found.holds(w)]
    strangers = [w for w in weights if not found.holds(w)]
    assert min(len(members), len(strangers)) > 100
    for w in strangers if FULL else strangers[:60]:
        assert isinstance(lstmsolve.verify(case, w), Refuted), w
    for w in members if FULL else members[:8]:
        assert isinstance(lstmsolve.verify(case, w), Proved), w


@pytest.mark.parametrize("case", ["parity", "pocket-calculator"])
def test_whatever_is_in_a_region_verifies(case: str) -> None:
    found = region_of(case)
    for weights in [w for w in near_the_edges(found, 60, seed=1) if found.holds(w)][:8]:
        assert isinstance(lstmsolve.verify(case, weights), Proved), weights


def test_a_region_is_a_family_that_can_be_read_back() -> None:
    found = region_of("ramp")
    again = parse_family(region_family(found), "ramp")
    weights = weights_allowed(again.constraints, found.cell)
    assert is_within(weights, found.weights)
    assert is_within(found.weights, weights)


def test_the_counter_is_printed_as_a_person_would() -> None:
    found = region_of("nonzero-counter")
    assert condition_texts(found.weights, found.cell)[-1] == "(b_i <= 0 and u_i == 0) or (b_c <= 0 and u_c == 0)"


TWO_UNITS = """
format = "lstmsolve/case/1"
name = "two-tallies"
[input]
x = { symbols = ["a", "b"] }
[state]
a = 0
b = 0
[next]
a = "a + (1 if x == 'a' else 0)"
b = "b + (1 if x == 'b' else 0)"
[output]
h = ["a", "b"]
[cell]
hidden = 2
"""
REAL = """
format = "lstmsolve/case/1"
name = "hold"
[input]
x = "real 0..1"
[output]
h = "x"
[cell]
hidden = 1
[weights]
bounds = "-3..3"
u_c = 0
"""


@pytest.mark.parametrize("text", [TWO_UNITS, REAL])
def test_other_shapes_of_cases(text: str) -> None:
    problem = parse_case(text)
    outcome = region(problem, others=False)
    assert isinstance(outcome, RegionFound)
    found = outcome.region
    for weights in [w for w in near_the_edges(found, 60, seed=2) if found.holds(w)][:5]:
        assert isinstance(lstmsolve.verify(problem, weights), Proved), weights


def test_demands_of_the_case_narrow_the_region() -> None:
    base = lstmsolve.shipped_cases()["nonzero-counter"].read_text()
    outcome = region(parse_case(base + '\n[weights]\nu_f = 0\nwhere = ["b_f <= 2"]\n'))
    assert isinstance(outcome, RegionFound)
    wide, narrow = region_of("nonzero-counter"), outcome.region
    assert is_within(narrow.weights, wide.weights)
    assert not is_within(wide.weights, narrow.weights)
    assert isinstance(narrow.others, NoOthers)


FLAG = """
[input]
x = [0, 1]
[output]
h = "x"
[property]
always = ["{condition}"]
[cell]
hidden = 1
"""


@pytest.mark.parametrize("condition", ["c[0] == 1", "c[0] == h[0]", "c[0] == 1 or x == 0"])
def test_conditions_narrow_the_region_to_maps_that_keep_them(condition: str) -> None:
    """Where c is hidden it may be anything, unless a condition reads it."""
    problem = parse_case(FLAG.format(condition=condition))
    wide = region(parse_case(FLAG.replace("[property]", "").replace('always = ["{condition}"]', "")), others=False)
    narrow = region(problem, others=False)
    assert isinstance(wide, RegionFound)
    assert isinstance(narrow, RegionFound)
    members = [w for w in near_the_edges(narrow.region, 60, seed=3) if narrow.region.holds(w)]
    assert len(members) > 3
    for weights in members[:6]:
        assert isinstance(lstmsolve.verify(problem, weights), Proved), weights
    for weights in [w for w in near_the_edges(wide.region, 60, seed=4) if wide.region.holds(w)][:12]:
        if isinstance(lstmsolve.verify(problem, weights), Refuted):
            assert not narrow.region.holds(weights)


LAYER = """
[input]
x = {{ symbols = ["a", "b"] }}
[state]
n = 0
[next]
n = "1 - n if x == 'b' else n"
[output]
h = ["n", "any"]
[readout]
layer = true
accept = ">= 2"
reject = "<= -1"
{property}
[cell]
hidden = 1
"""


@cache
def without_conditions() -> RegionFound:
    found = region(parse_case(LAYER.format(property="")), others=False)
    assert isinstance(found, RegionFound)
    return found


@pytest.mark.parametrize(
    "condition",
    [
        "z[1] <= 3 * n",
        "x == 'a' or z[1] == z[0] + (1 if n == 1 else 2)",
        "not abs(z[1] - 2) < h[0]",
    ],
)
def test_conditions_on_a_layer_narrow_the_region(condition: str) -> None:
    """Weights that keep the map of the wide region meet the condition if, and only if, they are in the narrow one."""
    problem = parse_case(LAYER.format(property=f'[property]\nalways = ["{condition}"]'))
    wide, narrow = without_conditions(), region(problem, others=False)
    assert isinstance(narrow, RegionFound)
    assert is_within(narrow.region.weights, wide.region.weights)
    for found, seed in ((narrow.region, 5), (wide.region, 6)):
        members = [w for w in near_the_edges(found, 40, seed=seed) if found.holds(w)]
        assert len(members) > 3
        for weights in members[:5]:
            assert isinstance(lstmsolve.verify(problem, weights), Proved) is narrow.region.holds(weights), weights


def test_conditions_on_a_layer_over_endlessly_many_states_are_open() -> None:
    text = '[input]\nx = "0.."\n[output]\nh = "x"\n[property]\nalways = ["z[0] <= 2 * x"]\n[readout]\nlayer = true\n'
    outcome = region(parse_case(f'{text}[cell]\nhidden = 1\ncandidate = "identity"\n'))
    assert isinstance(outcome, Unknown)
    assert "finitely many states" in outcome.reason


def test_no_weights_no_region() -> None:
    problem = parse_case(
        """
format = "lstmsolve/case/1"
name = "delay"
[input]
x = [0, 1]
[state]
a = 0
[next]
a = "x"
b = "a"
[output]
h = "b"
[cell]
hidden = 1
""".replace("a = 0\n", "a = 0\nb = 0\n")
    )
    assert isinstance(region(problem), Impossible)


# --- the exact search for points, against brute force ---------------------------------------------

NAMES = ["b_f[0]", "b_i[0]"]
numbers = st.integers(-3, 3)
rows = st.builds(
    lambda a, b, c, strict: Row(Affine.of({NAMES[0]: a, NAMES[1]: b}, c), strict),
    numbers,
    numbers,
    numbers,
    st.booleans(),
)
sets: st.SearchStrategy[WeightSet] = st.recursive(
    rows,
    lambda inner: st.lists(inner, max_size=3).map(tuple).flatmap(lambda p: st.sampled_from([All(p), Some(p)])),
    max_leaves=6,
)


@given(sets)
def test_points_are_found_where_there_are_any(weights: WeightSet) -> None:
    point = point_of(weights)
    grid = [Fraction(n, 4) for n in range(-24, 25)]
    if point is None:
        assert not any(contains(weights, dict(zip(NAMES, (x, y), strict=True))) for x in grid for y in grid)
    else:
        assert contains(weights, point)
        assert not contains(complement(weights), point)


NO_WHOLE_POINT = All(
    (
        Row(Affine.of({NAMES[0]: Fraction(-2), NAMES[1]: Fraction(-3)}, Fraction(-2)), True),
        Row(Affine.of({NAMES[0]: Fraction(1), NAMES[1]: Fraction(3)}, Fraction(0)), True),
    )
)
"""A thin triangle: fractions lie in it, integers do not."""


@given(sets)
@example(NO_WHOLE_POINT)
def test_whole_points_are_found_where_whole_ones_are_asked_for(weights: WeightSet) -> None:
    point = point_of(All((weights, *(Row(sign * Affine.variable(n) + 4) for n in NAMES for sign in (1, -1)))), NAMES)
    found = any(
        contains(weights, {NAMES[0]: Fraction(x), NAMES[1]: Fraction(y)}) for x in range(-4, 5) for y in range(-4, 5)
    )
    assert (point is not None) == found
    assert point is None or all(value.denominator == 1 for value in point.values())
