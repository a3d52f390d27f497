"""Floats: the order-free criterion, horizons of counters, and runs that fail."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import isinf
from pathlib import Path

import numpy as np
import pytest

import lstmsolve
from lstmsolve.api.passes.floats import ALL_FORMATS, in_floats, with_floats
from lstmsolve.api.passes.searching.designing import NOT_HELD
from lstmsolve.arithmetic import failing
from lstmsolve.arithmetic.failing import Closed, short_failure
from lstmsolve.arithmetic.judging import Judge, NotExact, Proven
from lstmsolve.arithmetic.verdicts import float_verdicts
from lstmsolve.checker.check import check
from lstmsolve.formats.results import result_record
from lstmsolve.kernel.lstm.cells import Gate, GateWeights, Vector, Weights
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.model.floats import (
    FLOAT_FORMATS,
    FloatFormat,
    FloatName,
    FloatRun,
    FloatsExact,
    FloatsHorizon,
    FloatsOpen,
    FloatsWrong,
)
from lstmsolve.model.outcomes import Accepted, Proved, RefutedInFloats, Solved, Unknown
from lstmsolve.model.watch import UNWATCHED
from lstmsolve.simulator.rounded import ORDERS, RoundedArithmetic, nearest, rounder
from lstmsolve.workers import Stopwatch
from tests.test_cli import lstmsolve as command

CERTIFICATES = Path(__file__).resolve().parents[1] / "reports" / "certificates"
IN_THE_FIELD = {
    "tomita-5": "w_f[1,0]=-1/3 u_f[1,0]=-2/3 u_f[1,1]=-2 b_f[1]=8/3 w_i[0,0]=1 u_i[0,1]=-3 b_i[0]=2 u_i[1,0]=1 "
    "u_i[1,1]=-1 b_i[1]=1 w_c[0,0]=-1 u_c[0,1]=3 w_c[1,0]=1/3 u_c[1,0]=-2 u_c[1,1]=2 b_c[1]=1/3 b_o[0]=1 b_o[1]=1",
    "clipped-counter": "w_f=4/3 u_f=2/3 u_i=-1 b_i=3 w_c=1 u_c=1 b_o=1",
}
"""Proved over the fractions, and wrong where they run."""

FINITE = [
    "parity",
    "clipped-counter",
    "tomita-5",
    "tomita-1",
    "tomita-3",
    "tomita-7",
    "delay-2",
    "mod-5",
    "debounce",
    "binary-addition",
    "d-2",
]


def certificate(name: str) -> Certificate:
    found = lstmsolve.load_certificate(CERTIFICATES / f"{name}.json")
    assert isinstance(found, Certificate)
    return found


def proof(outcome: object) -> Certificate:
    assert isinstance(outcome, Proved)
    assert isinstance(outcome.certificate, Certificate)
    return outcome.certificate


def proved(case: str, weights: str) -> Proved:
    problem = lstmsolve.load_case(case)
    outcome = lstmsolve.verify(problem, lstmsolve.load_weights(weights, problem), seconds=60)
    assert isinstance(outcome, Proved)
    return outcome


def verdict(name: str, arithmetic: FloatName) -> object:
    return float_verdicts(certificate(name), Stopwatch(60), (arithmetic,))[arithmetic]


@pytest.mark.parametrize("kind", FLOAT_FORMATS.values(), ids=str)
def test_rounding_is_to_the_nearest_number_ties_to_even(kind: FloatFormat) -> None:
    rng = random.Random(1)
    rounded = rounder(kind)
    for _ in range(2_000):
        value = rng.choice([-1, 1]) * rng.randrange(1, 2**40) * 2.0 ** rng.randrange(-60, -20)
        found = rounded(value)
        assert found == nearest(Fraction(value), kind)
        assert isinf(found) or kind.holds(Fraction(found)) or abs(found) < kind.least
    half = 1 + kind.unit
    assert rounded(float(half)) == 1
    assert rounded(float(1 + 3 * kind.unit)) == 1 + 4 * kind.unit


@pytest.mark.parametrize(("name", "dtype"), [("float32", np.float32), ("float16", np.float16)])
def test_rounded_sums_and_products_are_those_of_numpy(name: FloatName, dtype: type[np.floating]) -> None:
    rng, rounded = random.Random(2), rounder(FLOAT_FORMATS[name])
    for _ in range(3_000):
        a, b = (rounded(rng.uniform(-2, 2) * 2.0 ** rng.randrange(-6, 6)) for _ in range(2))
        assert rounded(a + b) == float(dtype(a) + dtype(b))
        assert rounded(a * b) == float(dtype(a) * dtype(b))


@pytest.mark.parametrize("name", FINITE)
def test_finite_designs_are_exact_and_their_float_states_close(name: str) -> None:
    given = certificate(name)
    for arithmetic, found in float_verdicts(given, Stopwatch(60), ALL_FORMATS).items():
        assert found == FloatsExact()
        assert short_failure(given, FLOAT_FORMATS[arithmetic], Stopwatch(60)) == Closed(len(ORDERS))


@pytest.mark.parametrize(("arithmetic", "length"), [("float32", 2**24), ("float16", 2**11), ("bfloat16", 2**8)])
def test_the_tally_is_exact_up_to_its_horizon_and_no_further(arithmetic: FloatName, length: int) -> None:
    found = verdict("nonzero-counter", arithmetic)
    assert isinstance(found, FloatsHorizon)
    assert found.length == length
    assert found.inputs is not None
    assert found.inputs >= 2**15
    assert found.beyond is not None
    assert found.beyond.length == length + 2
    assert found.beyond.repeated == (((Fraction(1),), length + 1), ((Fraction(0),), 1))
    assert found.beyond.expected == (Fraction(length + 1),)
    assert found.beyond.actual == (float(length),)


def test_anbn_accepts_257_a_and_256_b_in_bfloat16() -> None:
    found = verdict("anbn", "bfloat16")
    assert isinstance(found, FloatsHorizon)
    assert found.beyond is not None
    a, b = (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))
    assert found.beyond.repeated == ((a, 257), (b, 256))
    assert found.beyond.expected[0] == Fraction(0)
    assert found.beyond.actual[0] == 1.0


def test_what_is_no_number_is_called_nan() -> None:
    weights = "b_f = 1, w_i = 1e5, w_c = 1, w_o = -1e5, b_o = 1e5"
    outcome = lstmsolve.verify("nonzero-counter", weights, arithmetic="float16")
    assert isinstance(outcome, RefutedInFloats)
    record = result_record("verify", "nonzero-counter", outcome, None, 0.0)["counterexample"]
    assert isinstance(record, dict)
    assert record["actual"] == ["nan"]
    assert record["trace"] == {"c": [["nan"]], "h": [["nan"]]}
    assert "at step 0 h is (nan), the spec says (0)" in outcome.reason


@pytest.mark.parametrize("name", IN_THE_FIELD)
def test_designs_that_fail_in_the_field_are_caught(name: str) -> None:
    given = proof(proved(name, IN_THE_FIELD[name]))
    found = float_verdicts(given, Stopwatch(60), ("float32",))["float32"]
    assert isinstance(found, FloatsWrong)
    inputs = [x for x, times in found.run.repeated for _ in range(times)]
    if found.run.order == ORDERS[0].value:
        assert Fraction(float(float32_run(given.weights, inputs)[-1][0])) == found.run.actual[0]
    assert found.run.actual[0] != found.run.expected[0]


@pytest.mark.parametrize("name", IN_THE_FIELD)
def test_blocks_are_tried_where_states_are_too_many_to_follow(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failing, "MAX_STATES", 1)
    found = failing.short_failure(proof(proved(name, IN_THE_FIELD[name])), FLOAT_FORMATS["float32"], Stopwatch(60))
    assert isinstance(found, FloatRun)
    assert found.expected != found.actual


def float32_run(weights: Weights, inputs: Sequence[Vector]) -> list[list[np.float32]]:
    """A textbook run in float32, left to right, written without the project's simulators."""

    def numbers(row: Sequence[Fraction]) -> list[np.float32]:
        return [np.float32(float(value)) for value in row]

    def clip(value: np.float32) -> np.float32:
        return min(max(value, np.float32(0)), np.float32(1))

    hidden = range(weights.cell.hidden)
    c, h = numbers(weights.initial.c), numbers(weights.initial.h)
    told = []
    for x in map(numbers, inputs):
        values = {}
        for gate in Gate:
            part = weights.gates[gate]
            sums = []
            for unit in hidden:
                total = np.float32(0)
                for weight, value in [
                    *zip(numbers(part.w[unit]), x, strict=True),
                    *zip(numbers(part.u[unit]), h, strict=True),
                ]:
                    total = total + weight * value
                sums.append(total + np.float32(float(part.b[unit])))
            crelu = gate is not Gate.CANDIDATE or weights.cell.candidate.value == "crelu"
            values[gate] = [clip(value) for value in sums] if crelu else sums
        c = [values[Gate.FORGET][j] * c[j] + values[Gate.INPUT][j] * values[Gate.CANDIDATE][j] for j in hidden]
        out = [clip(value) for value in c] if weights.cell.output.value == "crelu" else c
        h = [values[Gate.OUTPUT][j] * out[j] for j in hidden]
        told.append(h)
    return told


def scaled(given: Certificate, rng: random.Random) -> Weights:
    """The same design with awkward weights: gates that are 0 or 1 everywhere keep that when they are scaled up."""
    weights = given.weights
    gates = {}
    for gate, part in weights.gates.items():
        factors = [Fraction(rng.randrange(100, 300), 97) for _ in part.b]
        gates[gate] = GateWeights(
            tuple(tuple(v * k for v in row) for row, k in zip(part.w, factors, strict=True)),
            tuple(tuple(v * k for v in row) for row, k in zip(part.u, factors, strict=True)),
            tuple(v * k for v, k in zip(part.b, factors, strict=True)),
        )
    return Weights(weights.cell, gates, weights.initial)


@pytest.mark.parametrize("name", ["parity", "tomita-2", "tomita-4", "delay-1", "set-reset-latch"])
@pytest.mark.parametrize("seed", range(3))
def test_awkward_weights_are_judged_by_their_margins(name: str, seed: int) -> None:
    """What the criterion calls exact is exact in random orders; what it does not was looked at with care."""
    rng = random.Random(seed)
    weights = scaled(certificate(name), rng)
    found = proof(lstmsolve.verify(name, weights, seconds=20))
    for kind in FLOAT_FORMATS.values():
        if Judge.of(found).horizons(kind) == (Proven(None, None),):
            assert short_failure(found, kind, Stopwatch(60)) == Closed(len(ORDERS))


def test_margins_make_awkward_weights_exact() -> None:
    """A gate at least 1/3 beyond its threshold does not mind thirds; one that only just meets it does."""
    given = certificate("delay-1")
    part = given.weights.gates[Gate.INPUT]
    assert any(part.b) or any(any(row) for row in part.w)

    def with_factor(factor: Fraction) -> object:
        gates = dict(given.weights.gates)
        for gate in Gate:
            old = gates[gate]
            gates[gate] = GateWeights(
                tuple(tuple(v * factor for v in row) for row in old.w),
                tuple(tuple(v * factor for v in row) for row in old.u),
                tuple(v * factor for v in old.b),
            )
        changed = replace(given, weights=replace(given.weights, gates=gates))
        return Judge.of(proof(lstmsolve.verify("delay-1", changed.weights))).horizons(FLOAT_FORMATS["float16"])

    assert with_factor(Fraction(4, 1)) == (Proven(None, None),)
    assert isinstance(with_factor(Fraction(7, 3)), tuple | NotExact)


def test_a_float_verdict_is_the_verdict() -> None:
    problem = lstmsolve.load_case("tomita-5")
    outcome = proved("tomita-5", IN_THE_FIELD["tomita-5"])
    assert isinstance(in_floats(outcome, problem, "float32", Stopwatch(20)), RefutedInFloats)
    parity = lstmsolve.load_case("parity")
    exact = lstmsolve.verify(parity, certificate("parity").weights)
    assert isinstance(in_floats(exact, parity, "bfloat16", Stopwatch(20)), Proved)
    told = with_floats(exact, Stopwatch(20))
    assert isinstance(told, Proved)
    assert set(told.floats) == set(ALL_FORMATS)


def test_weights_that_are_wrong_are_wrong_in_floats_on_the_same_run() -> None:
    problem = lstmsolve.load_case("nonzero-counter")
    weights = lstmsolve.load_weights("b_f=1 w_i=1 w_c=1 b_o=1", problem)
    outcome = lstmsolve.verify(problem, weights)
    found = in_floats(outcome, problem.for_weights(weights), "float16", Stopwatch(20))
    assert isinstance(found, RefutedInFloats)
    assert found.run.length <= 3


def test_a_design_in_reals_is_wrong_in_floats() -> None:
    assert isinstance(verdict("leaky-average", "float32"), FloatsWrong)


def test_a_start_that_floats_do_not_have_is_no_exact_start() -> None:
    given = certificate("parity")
    check(given)
    awkward = replace(
        given, weights=replace(given.weights, initial=replace(given.weights.initial, c=(Fraction(1, 3),)))
    )
    assert isinstance(Judge.of(awkward).horizons(FLOAT_FORMATS["float32"]), NotExact)


def test_rounded_runs_agree_with_numpy() -> None:
    rng = random.Random(3)
    for given in [certificate("mod-5"), *(proved(name, text).certificate for name, text in IN_THE_FIELD.items())]:
        inputs = [(Fraction(rng.choice([0, 1])),) for _ in range(60)]
        arithmetic = RoundedArithmetic(given.weights, FLOAT_FORMATS["float32"], ORDERS[0])
        c, h = arithmetic.initial
        for x, wanted in zip(inputs, float32_run(given.weights, inputs), strict=True):
            c, h = arithmetic.step(c, h, arithmetic.given(x))
            assert list(h) == [float(value) for value in wanted]


def test_no_time_is_no_verdict() -> None:
    problem = lstmsolve.load_case("anbn")
    weights = certificate("anbn").weights
    outcome = Proved(weights, certificate("anbn"), "")
    assert isinstance(in_floats(outcome, problem, "float32", Stopwatch(0.0)), Unknown)


def test_designs_are_asked_for_that_are_exact_in_a_format() -> None:
    result = command("solve", "parity", "--arithmetic", "float16", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["verdict"]) == (0, "solved")
    assert found["floats"] == {"float16": {"exact": True, "horizon": None}}
    counter = command("solve", "nonzero-counter", "--arithmetic", "bfloat16", "--json")
    told = json.loads(counter.stdout)
    assert (counter.exit_code, told["verdict"]) == (5, "unknown")
    assert told["floats"]["bfloat16"]["horizon"]["length"] == 256
    assert told["weights"] is not None


def test_solve_and_verify_say_what_holds_in_floats(tmp_path: Path) -> None:
    solved = json.loads(command("solve", "parity", "--json", "--out", str(tmp_path)).stdout)
    verified = json.loads(command("verify", "parity", str(tmp_path / "weights.json"), "--json").stdout)
    exact = {"exact": True, "horizon": None}
    assert solved["floats"] == verified["floats"] == dict.fromkeys(ALL_FORMATS, exact)


def test_a_run_that_fails_is_a_counterexample() -> None:
    result = command("verify", "clipped-counter", IN_THE_FIELD["clipped-counter"], "--arithmetic", "float32", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["verdict"], found["scope"]) == (10, "refuted", None)
    run = found["counterexample"]
    assert run["inputs"] == [x for x, times in run["run"] for _ in range(times)]
    assert run["step"] == len(run["inputs"]) - 1
    assert run["expected"] != run["actual"]


def test_check_says_what_the_criterion_proves(tmp_path: Path) -> None:
    result = command("check", str(CERTIFICATES / "anbn.json"), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["verdict"]) == (0, "accepted")
    assert told["floats"]["bfloat16"]["horizon"]["length"] == 128
    assert told["floats"]["bfloat16"]["fails"] is None, "no run is made"
    wrong = proved("tomita-5", IN_THE_FIELD["tomita-5"])
    found = lstmsolve.check(proof(wrong), floats=True)
    assert isinstance(found, Accepted)
    assert all(isinstance(verdict, FloatsOpen) for verdict in found.floats.values())
    parity = lstmsolve.check(certificate("parity"), floats=True)
    assert isinstance(parity, Accepted)
    assert parity.floats == dict.fromkeys(ALL_FORMATS, FloatsExact())
    record = json.loads((CERTIFICATES / "parity.json").read_text())
    (tmp_path / "c.json").write_text(json.dumps({**record, "floats": {"float32": {"exact": True}}}))
    assert command("check", str(tmp_path / "c.json")).exit_code == 2


def test_weights_that_floats_hold_are_preferred() -> None:
    outcome = lstmsolve.solve("clipped-counter", seconds=120)
    assert isinstance(outcome, Solved)
    assert all(value.denominator & (value.denominator - 1) == 0 for value in outcome.weights.values().values())
    assert isinstance(outcome.certificate, Certificate)
    assert set(float_verdicts(outcome.certificate, Stopwatch(60), ALL_FORMATS).values()) == {FloatsExact()}


def test_where_no_such_weights_are_found_the_reason_says_so() -> None:
    """A third is demanded here, so that margins decide."""
    problem = replace(
        lstmsolve.load_case("clipped-counter"),
        constraints=replace(lstmsolve.load_case("clipped-counter").constraints, fixed={"w_f": Fraction(4, 3)}),
    )
    outcome = lstmsolve.solve(problem, seconds=60)
    assert isinstance(outcome, Solved)
    exact = isinstance(outcome.certificate, Certificate) and set(
        float_verdicts(outcome.certificate, Stopwatch(60), ALL_FORMATS).values()
    ) == {FloatsExact()}
    assert exact != (NOT_HELD in outcome.reason)


def test_how_far_exact_runs_are_right_is_not_said_of_floats() -> None:
    """A sum that no length settles: its exact runs say nothing of runs that round."""
    problem = lstmsolve.load_case("nonzero-counter")
    open_ = in_floats(Unknown("the time limit was reached", 40), problem, "float32", UNWATCHED)
    assert isinstance(open_, Unknown)
    assert open_.max_length is None
    assert "not settled in exact arithmetic" in open_.reason
