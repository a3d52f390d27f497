"""Stated families: the seed's answer three times over, others by hand, and bad ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

import lstmsolve
from lstmsolve.api.passes.judging import Known, judged
from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.families import parse_family
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import FamilyJudged
from lstmsolve.model.outcomes import Proved, Refuted
from lstmsolve.model.regions import OthersUnknown, RegionFound
from lstmsolve.model.weight_sets import NOTHING, contains, point_from
from lstmsolve.obligations.weights.regions import weights_allowed
from lstmsolve.verifier.replay import replayed
from lstmsolve.workers import Stopwatch


@cache
def known(case: str) -> Known:
    outcome = lstmsolve.region(case)
    assert isinstance(outcome, RegionFound)
    return Known(outcome.region.problem, outcome.region.weights, outcome.region.others)


def judge(case: str, *where: str, others: str = "") -> FamilyJudged:
    conditions = ", ".join(f"'{condition}'" for condition in where)
    text = f'format = "lstmsolve/family/1"\n{others}\nwhere = [{conditions}]\n'
    result = judged(parse_family(text, "stated"), known(case), Stopwatch(60.0), jobs=2)
    check_evidence(lstmsolve.load_case(case), result)
    return result


def check_evidence(problem: Problem, result: FamilyJudged) -> None:
    """The weights that tell are in, or out, and verify as they should."""
    stated = weights_allowed(result.family.constraints, problem.cell())
    assert (result.failing is None) == (result.sound is not False)
    assert (result.outside is None) == (result.complete is not False)
    if result.failing is not None:
        member, run = result.failing.weights, result.failing.counterexample
        assert contains(stated, point_from(member))
        assert not list(result.family.constraints.unmet(member))
        assert isinstance(lstmsolve.verify(problem, member), Refuted)
        assert replayed(problem, member, [problem.spec.decode(x) for x in run.trace.inputs]) == run
    if result.outside is not None:
        assert list(result.family.constraints.unmet(result.outside))
        assert isinstance(lstmsolve.verify(problem, result.outside), Proved)


@pytest.mark.parametrize(
    ("family", "verdict", "complete"),
    [("printed", "unsound", False), ("mended", "unsound", False), ("exact", "exact", True)],
)
def test_the_seeds_answer(family: str, verdict: str, complete: bool) -> None:
    stated = lstmsolve.load_family(f"nonzero-counter-{family}")
    result = judged(stated, known("nonzero-counter"), Stopwatch(60.0), jobs=2)
    check_evidence(lstmsolve.load_case("nonzero-counter"), result)
    assert result.verdict == verdict
    assert result.complete is complete
    if result.failing is not None and family == "mended":
        weights = result.failing.weights
        assert sum(abs(value) for value in weights.values().values()) <= 7  # a person can check it


COUNTER = ["b_f >= 1 and w_f >= 0 and u_f >= 0", "b_o >= 1 and u_o == 0 and w_o <= -b_o"]
ADDS = "w_i >= 0 and u_i >= 0 and w_i + b_i >= 1 and w_c >= 0 and u_c >= 0 and w_c + b_c >= 1"
RAMP = ["min(b_i, b_c, b_o) >= 1 and min(u_i, u_c, u_o) >= 0"]


@pytest.mark.parametrize(
    ("case", "where", "verdict", "complete"),
    [
        ("nonzero-counter", [*COUNTER, ADDS, "u_i == 0 and b_i <= 0"], "sound", False),
        ("nonzero-counter", [*COUNTER, ADDS, "not (u_i > 0 or b_i > 0) or not (u_c != 0 or b_c > 0)"], "exact", True),
        ("nonzero-counter", [*COUNTER, ADDS], "unsound", True),
        ("nonzero-counter", ["b_f >= 1"], "unsound", True),
        ("nonzero-counter", ["b_f > 1"], "unsound", False),
        ("ramp", [*RAMP, "b_f >= 1", "u_f == 0", "w_f <= -b_f", "u_i == 0", "b_i + w_i <= 0"], "sound", False),
        ("ramp", [*RAMP, "b_f <= 0", "b_f + u_f >= 1", "u_o == 0", "b_o + w_o <= 0"], "sound", False),
        ("ramp", RAMP, "unsound", True),
        ("parity", ["b_f == 1", "w_f == -1", "u_f == 0", "w_i == 1", "b_i == 0", "u_i == -1", "b_c >= 1 - min(w_c, 0)",
                    "b_o >= 1 - min(w_o, 0) - min(u_o, 0)"], "sound", False),
        ("parity", ["b_f == 1", "w_f == -1", "u_f <= 0", "w_i == 1", "b_i == 0", "u_i == -1", "w_c == 1", "u_c == 0",
                    "b_c == 0", "w_o == 0", "u_o == 0", "b_o == 1"], "unsound", False),
    ],
)  # fmt: skip
def test_families_by_hand(case: str, where: list[str], verdict: str, complete: bool) -> None:
    result = judge(case, *where)
    assert result.verdict == verdict, result.reason
    assert result.complete is complete


def test_families_of_whole_weights() -> None:
    result = judge("nonzero-counter", *COUNTER, ADDS, "u_i == 0 and b_i <= 0", others="integer = true")
    assert result.verdict == "sound"
    assert result.complete is False
    unsound = judge("nonzero-counter", *COUNTER, ADDS, "b_i >= 0 and 2 * b_i < 3", others="integer = true")
    assert unsound.verdict == "unsound"
    assert unsound.failing is not None
    assert all(value.denominator == 1 for value in unsound.failing.weights.values().values())


def test_whole_weights_leave_out_the_solutions_with_fractions() -> None:
    """Among whole weights the family has all that meet the spec: only a fraction shows that there are others."""
    shipped = lstmsolve.load_family("nonzero-counter-exact")
    whole = replace(shipped, constraints=replace(shipped.constraints, integer=True))
    result = lstmsolve.family("nonzero-counter", whole)
    assert result.verdict == "sound"
    assert result.complete is False
    assert result.outside is not None
    assert any(value.denominator != 1 for value in result.outside.values().values())
    assert isinstance(lstmsolve.verify("nonzero-counter", result.outside), Proved)


def test_without_a_region_failing_members_are_found_all_the_same() -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    nothing = Known(problem, NOTHING, OthersUnknown("for this test"))
    result = judged(lstmsolve.load_family("nonzero-counter-mended"), nothing, Stopwatch(30.0))
    assert result.verdict == "unsound"
    assert result.complete is None


def test_only_members_that_the_case_allows_are_judged() -> None:
    base = lstmsolve.shipped_cases()["nonzero-counter"].read_text()
    problem = parse_case(base + '\n[weights]\nw_o = -1\nb_o = 1\nwhere = ["b_i == 0", "w_i >= 1"]\n')
    stated = parse_family(
        lstmsolve.load_family("nonzero-counter-exact").title
        and 'format = "lstmsolve/family/1"\nb_f = 1\nw_f = 0\nu_f = 0\nu_i = 0\nb_c = 0\nu_c = 0\nw_c = 1\nu_o = 0\n',
        "loose",
    )
    assert lstmsolve.family(problem, stated).verdict == "sound"
    assert lstmsolve.family("nonzero-counter", stated).verdict == "unsound"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("b_q = 1", "b_q is no weight: did you mean b_o"),
        ('where = ["b_q >= 1"]', "b_q is no weight"),
        ('where = ["b_i * w_i >= 1"]', "non-linear"),
        ('where = ["b_i + w_i"]', "a condition is needed"),
        ('where = ["b_i >= 1 and b_i <= 0"]', "the family is empty"),
        ("b_f = 1\nwhere = [\"b_f == 2\"]", "the family is empty"),
        ("integer = true\nwhere = [\"2 * b_f == 1\"]", "the family is empty"),
        ("b_f = 0.5\n[weights]\nb_f = 1", "b_f: unknown key"),
        ("b_f = true", "boolean"),
        ("b_f = nan", "not exact"),
        ('where = ["b_f >= ' + "+".join(["1"] * 500) + '"]', "nested more than"),
        ('where = ["' + "not " * 400 + 'b_f >= 1"]', "nested"),
        ("b_f = ", "not valid TOML"),
    ],
)  # fmt: skip
def test_bad_families_are_refused_with_a_reason(text: str, fragment: str) -> None:
    with pytest.raises(InputError, match=fragment):
        lstmsolve.family("nonzero-counter", parse_family(f'format = "lstmsolve/family/1"\n{text}\n', "bad"))


def test_both_ways_to_write_a_family() -> None:
    flat = parse_family('format = "lstmsolve/family/1"\nb_f = 1\nwhere = ["w_f >= 0"]\n', "f")
    table = parse_family('format = "lstmsolve/family/1"\n[weights]\nb_f = 1\nwhere = ["w_f >= 0"]\n', "f")
    assert flat == table
    assert parse_family("b_f = 1\nwhere = ['w_f >= 0']", "f") == flat
    with pytest.raises(InputError, match="format"):
        parse_family('format = "lstmsolve/family/2"\nb_f = 1', "f")


def test_a_free_start_is_the_one_that_is_found() -> None:
    """Weights that flip what was shown need a start that shows 1; nobody has to say which."""
    problem = parse_case(
        """
[input]
x = [0, 1]
[state]
p = 1
[next]
p = "1 - p if x == 1 else p"
[output]
h = "p"
[cell]
hidden = 1
initial = "free"
"""
    )
    right = "w_i = -1, u_i = -1, b_i = 2, w_c = 1, u_c = 1, w_o = 1, u_o = 1"
    zeros = [f"{name} = 0" for name in ("w_f", "u_f", "b_f", "b_c", "b_o")]
    point = parse_family("\n".join(["format = 'lstmsolve/family/1'", *right.split(", "), *zeros]), "stated")
    result = lstmsolve.family(problem, point)
    assert result.verdict == "sound"
    assert result.complete is False
    assert "with the start that was found, c[-1] = (0), h[-1] = (1)" in result.reason
