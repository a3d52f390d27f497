"""Weights of few bits: the nearest that fit, judged on their own."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest

import lstmsolve
from lstmsolve.arithmetic.fixed import nearest_fit
from lstmsolve.checker.check import check
from lstmsolve.kernel.lstm.cells import Cell, Parameter, Weights, parameters
from lstmsolve.kernel.proofs.certificates import Certificate
from lstmsolve.model.floats import INT_BITS, IntName
from lstmsolve.model.outcomes import Proved, Refuted, RefutedInFloats
from tests.test_cli import lstmsolve as command
from tests.test_floats import IN_THE_FIELD

COUNTER = "b_f=1 w_i=1 w_c=1 w_o=-1 b_o=1"
NETS = Path(__file__).resolve().parents[1] / "benchmarks" / "nets"


def drawn(rng: random.Random) -> Weights:
    cell = Cell(2, 2)
    units = [Fraction(1), Fraction(1, 64), Fraction(1, 3), Fraction(100, 7), Fraction(2**40), Fraction(1, 10**9)]
    values: dict[Parameter, Fraction] = {}
    for place in parameters(cell):
        if rng.random() < 0.7:
            values[place] = rng.randrange(-140, 140) * rng.choice(units[: rng.randrange(1, 7)])
    return Weights.of(cell, values)


def tensors(weights: Weights) -> dict[str, list[tuple[str, Fraction]]]:
    found: dict[str, list[tuple[str, Fraction]]] = {}
    for place, value in weights.nonzero().items():
        found.setdefault(place.name.split("[")[0], []).append((place.name, value))
    return found


def fits_at(values: list[Fraction], scale: Fraction, bits: int) -> bool:
    quotients = [value / scale for value in values]
    return all(q.denominator == 1 and -(2 ** (bits - 1)) <= q < 2 ** (bits - 1) for q in quotients)


@pytest.mark.parametrize("arithmetic", ["int8", "int16"])
@pytest.mark.parametrize("seed", range(20))
def test_the_nearest_that_fit(arithmetic: IntName, seed: int) -> None:
    """Against brute force over all scales that could matter."""
    given = drawn(random.Random(seed))
    found, rounding = nearest_fit(given, arithmetic)
    bits = INT_BITS[arithmetic]
    after = {place.name: value for place, value in found.values().items()}
    every = [Fraction(2) ** k for k in range(-80, 80)]
    assert set(rounding.scales) == set(tensors(given))
    for tensor, entries in tensors(given).items():
        values, scale = [value for _, value in entries], rounding.scales[tensor]
        assert scale in every
        assert fits_at([after[name] for name, _ in entries], scale, bits)
        if any(fits_at(values, one, bits) for one in every):
            assert [after[name] for name, _ in entries] == values
            assert not rounding.changed.keys() & {name for name, _ in entries}
            continue
        for one in every:
            clipped = any(not -(2 ** (bits - 1)) <= round(value / one) < 2 ** (bits - 1) for value in values)
            if one < scale:
                assert clipped
            elif not clipped:
                assert all(abs(value - after[name]) <= abs(value - round(value / one) * one) for name, value in entries)
    assert rounding.changed == {
        place.name: (value, after[place.name]) for place, value in given.nonzero().items() if after[place.name] != value
    }
    again, fitting = nearest_fit(found, arithmetic)
    assert again == found
    assert fitting.fits


def test_weights_that_fit_are_said_to_fit() -> None:
    result = command("verify", "nonzero-counter", COUNTER, "--arithmetic", "int8", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["verdict"]) == (0, "proved")
    assert "int8: the weights fit" in told["reason"]
    ones = {"b_f": "1", "w_i": "1", "w_c": "1", "w_o": "1", "b_o": "1"}
    assert told["rounding"] == {"arithmetic": "int8", "fits": True, "scales": ones, "changed": {}, "given": None}
    assert told["floats"]["float16"]["horizon"]["length"] == 2048


def test_saturated_gates_bear_rounding() -> None:
    outcome = lstmsolve.verify("nonzero-counter", COUNTER.replace("b_f=1", "b_f=10/7"), arithmetic="int8")
    assert isinstance(outcome, Proved)
    assert isinstance(outcome.certificate, Certificate)
    check(outcome.certificate)
    assert outcome.rounding is not None
    assert outcome.rounding.changed == {"b_f[0]": (Fraction(10, 7), Fraction(91, 64))}
    assert outcome.rounding.given == "proved"
    assert outcome.weights == outcome.certificate.weights
    assert Fraction(91, 64) in outcome.weights.values().values()


@pytest.mark.parametrize("case", IN_THE_FIELD)
@pytest.mark.parametrize("arithmetic", ["int8", "int16"])
def test_thirds_that_matter_are_refuted(case: str, arithmetic: IntName) -> None:
    outcome = lstmsolve.verify(case, IN_THE_FIELD[case], arithmetic=arithmetic)
    assert isinstance(outcome, Refuted)
    assert outcome.rounding is not None
    assert outcome.rounding.given == "proved"
    exact = lstmsolve.verify(case, outcome.weights)
    assert isinstance(exact, Refuted)
    assert exact.counterexample == outcome.counterexample


def test_wrong_weights_are_wrong_as_given(tmp_path: Path) -> None:
    given = COUNTER.replace("w_c=1", "w_c=1/3")
    result = command("verify", "nonzero-counter", given, "--arithmetic", "int16", "--json", "--out", str(tmp_path))
    told = json.loads(result.stdout)
    assert (result.exit_code, told["verdict"], told["rounding"]["given"]) == (10, "refuted", "refuted")
    assert told["rounding"]["changed"] == {"w_c[0,0]": ["1/3", "21845/65536"]}
    assert json.loads((tmp_path / "weights.json").read_text())["weights"]["w_c"] == [["21845/65536"]]


def test_trained_nets_are_rounded_as_well() -> None:
    outcome = lstmsolve.verify(
        NETS / "tomita1-net.toml", NETS / "tomita1-h3-s0.safetensors", arithmetic="int16", seconds=60
    )
    assert outcome.rounding is not None
    assert not outcome.rounding.fits
    assert outcome.verdict == "proved"


def test_floats_can_be_asked_for_in_python() -> None:
    outcome = lstmsolve.verify("clipped-counter", IN_THE_FIELD["clipped-counter"], arithmetic="float32")
    assert isinstance(outcome, RefutedInFloats)


def test_other_arithmetics_are_refused() -> None:
    assert command("verify", "nonzero-counter", COUNTER, "--arithmetic", "int4").exit_code == 2
    assert command("solve", "nonzero-counter", "--arithmetic", "int8").exit_code == 2
