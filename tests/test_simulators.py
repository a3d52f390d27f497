"""Both simulators against the textbook, on random cells of all shapes and activations."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import get_args
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmsolve.api.loading.cases import load_case
from lstmsolve.api.loading.weights import load_weights
from lstmsolve.api.simulating import Arithmetic, gates_along, simulate
from lstmsolve.kernel.base.errors import InputError, LimitReached
from lstmsolve.kernel.lstm.cells import (
    CANDIDATE_ACTIVATIONS,
    GATE_ACTIVATIONS,
    OUTPUT_ACTIVATIONS,
    Activation,
    Cell,
    Gate,
    Parameter,
    State,
    Weights,
    parameters,
)
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.model.floats import FLOAT_FORMATS
from lstmsolve.model.traces import FloatGates
from lstmsolve.simulator import batched, exact, integers
from lstmsolve.simulator.activations import activate
from lstmsolve.simulator.rounded import rounder
from lstmsolve.writing.weights import weights_record
from tests.textbook import textbook_run

SMALL = st.fractions(min_value=-3, max_value=3, max_denominator=7)


@st.composite
def cells(draw: st.DrawFn, exact_only: bool) -> Weights:
    gates = [a for a in GATE_ACTIVATIONS if a.piecewise_linear or not exact_only]
    candidates = [a for a in CANDIDATE_ACTIVATIONS if a.piecewise_linear or not exact_only]
    outputs = [a for a in OUTPUT_ACTIVATIONS if a.piecewise_linear or not exact_only]
    cell = Cell(
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.sampled_from(gates)),
        draw(st.sampled_from(candidates)),
        draw(st.sampled_from(outputs)),
    )
    values = {place: draw(SMALL) for place in parameters(cell)}
    vector = st.tuples(*[SMALL] * cell.hidden)
    return Weights.of(cell, values, State(draw(vector), draw(vector)))


@given(cells(exact_only=True), st.data())
def test_exact_runs_are_the_textbook_s(weights: Weights, data: st.DataObject) -> None:
    columns = st.tuples(*[SMALL] * weights.cell.inputs)
    xs = data.draw(st.lists(columns, min_size=1, max_size=5))
    trace = exact.run(weights, xs)
    assert [list(h) for h in trace.h] == textbook_run(weights_record(weights), xs)


@given(cells(exact_only=True), st.data(), st.sampled_from([0, 1, 30, 2**1_000]))
def test_integers_say_what_fractions_say(weights: Weights, data: st.DataObject, largest: int) -> None:
    """Also where numbers are short at first only, and where states and inputs come again."""
    columns = st.tuples(*[SMALL] * weights.cell.inputs)
    few = data.draw(st.lists(columns, min_size=1, max_size=3))
    xs = data.draw(st.lists(st.sampled_from(few), max_size=12))
    stepped = exact.on_fractions(weights, weights.initial)
    with mock.patch.object(integers, "LARGEST", largest):
        trace = exact.run(weights, xs)
    assert list(zip(trace.c, trace.h, strict=True)) == [stepped(x) for x in xs]


def test_integers_and_fractions_become_too_long_at_the_same_step() -> None:
    """c becomes c² with each step, from 2/3."""
    squared = {Parameter("u", Gate.FORGET, 0, 0): Fraction(1), Parameter("b", Gate.OUTPUT, 0): Fraction(1)}
    start = State((Fraction(2, 3),), (Fraction(2, 3),))
    weights = Weights.of(Cell(1, 1), squared, start)
    xs = [(Fraction(0),)] * 30
    stepped, steps = exact.on_fractions(weights, start), 0
    with suppress(LimitReached):
        for x in xs:
            stepped(x)
            steps += 1
    assert steps < len(xs)
    with pytest.raises(LimitReached, match=rf"longer than \d+ bits \(after {steps} steps"):
        exact.run(weights, xs)


@given(cells(exact_only=False), st.data())
def test_float_runs_are_the_textbook_s(weights: Weights, data: st.DataObject) -> None:
    columns = st.tuples(*[st.floats(-3, 3, width=32)] * weights.cell.inputs)
    length = data.draw(st.integers(1, 5))
    strings = data.draw(st.lists(st.tuples(*[columns] * length), min_size=1, max_size=4))
    _, h = batched.run(batched.Arrays.of(weights), np.array(strings))
    for row, xs in zip(h, strings, strict=True):
        np.testing.assert_allclose(row, textbook_run(weights_record(weights), xs, float), rtol=1e-9, atol=1e-9)


@given(cells(exact_only=False))
def test_weights_survive_their_file(weights: Weights) -> None:
    assert weights_from_record(weights_record(weights)) == weights


@pytest.mark.parametrize("precision", get_args(batched.Precision))
def test_floats_keep_their_precision(precision: batched.Precision) -> None:
    cell = Cell(1, 2)
    arrays = batched.Arrays.of(Weights.of(cell, dict.fromkeys(parameters(cell), Fraction(1, 3))), precision)
    c, h = batched.run(arrays, np.zeros((3, 4, 1)))
    assert c.dtype == h.dtype == np.dtype(precision)
    assert h.shape == (3, 4, 2)


def test_saturated_sigmoids_do_not_overflow() -> None:
    values = activate(Activation.SIGMOID, np.array([-1e5, 0.0, 1e5]))
    np.testing.assert_array_equal(values, [0.0, 0.5, 1.0])


def test_exact_runs_refuse_sigmoids_and_wrong_shapes() -> None:
    sigmoid = Weights.of(Cell(1, 1, gate=Activation.SIGMOID), {})
    with pytest.raises(InputError, match="float64"):
        exact.run(sigmoid, [(Fraction(1),)])
    with pytest.raises(InputError, match=r"inputs\[1\]: needs 1 columns, has 2"):
        exact.run(Weights.of(Cell(1, 1), {}), [(Fraction(1),), (Fraction(1), Fraction(0))])


@pytest.mark.parametrize(("arithmetic", "bits"), [("float32", 24), ("float16", 11), ("bfloat16", 8)])
def test_a_tally_stops_where_the_format_has_no_next_number(arithmetic: Arithmetic, bits: int) -> None:
    """From 2^(bits) on, one more is lost; told by the format alone."""
    start = State((Fraction(2**bits - 1),), (Fraction(0),))
    tally = replace(load_weights("b_f=1 w_i=1 w_c=1 b_o=1", load_case("nonzero-counter")), initial=start)
    trace = simulate(tally, [(Fraction(1),)] * 3, arithmetic)
    assert [c for (c,) in trace.c] == [2**bits] * 3


def test_sigmoid_and_tanh_in_bfloat16_are_near_those_in_double_precision() -> None:
    cell = Cell(1, 1, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    weights = Weights.of(cell, {place: Fraction(1, 2) for place in parameters(cell)}, State.zero(1))
    xs = [(Fraction(n % 3),) for n in range(8)]
    rough, fine = simulate(weights, xs, "bfloat16"), simulate(weights, xs, "float64")
    np.testing.assert_allclose(np.array(rough.h, float), np.array(fine.h, float), rtol=0.05)
    gates = gates_along(weights, rough, "bfloat16")
    assert isinstance(gates, FloatGates)
    assert all(value == rounder(FLOAT_FORMATS["bfloat16"])(float(value)) for row in gates.f for value in row)


def drawn(
    hidden: int, columns: int, precision: batched.Precision, seed: int, *, smooth: bool = False
) -> batched.Arrays:
    """A random cell; in floats only, so that sums depend on their order."""
    random = np.random.default_rng(seed)
    squash = random.random() < 0.5
    if smooth:
        cell = Cell(columns, hidden, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    else:
        candidate = Activation.CRELU if squash else Activation.IDENTITY
        cell = Cell(columns, hidden, Activation.CRELU, candidate, Activation.IDENTITY)

    def array(*shape: int) -> batched.Floats:
        found: batched.Floats = (random.standard_normal(shape) * 2 / hidden**0.5).astype(precision)
        return found

    return batched.Arrays(
        cell,
        {gate: array(hidden, columns) for gate in Gate},
        {gate: array(hidden, hidden) for gate in Gate},
        {gate: array(hidden) for gate in Gate},
        array(hidden),
        array(hidden),
    )


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize("smooth", [False, True])
def test_a_row_has_the_same_bits_alone_and_in_a_batch(precision: batched.Precision, smooth: bool) -> None:
    for seed, (hidden, columns) in enumerate([(1, 1), (5, 3), (33, 2)]):
        arrays = drawn(hidden, columns, precision, seed, smooth=smooth)
        x = np.random.default_rng(seed).standard_normal((20, 6, columns))
        c, h = batched.run(arrays, x)
        for row in (0, 7, 19):
            alone_c, alone_h = batched.run(arrays, x[row : row + 1])
            assert alone_c.tobytes() == c[row : row + 1].tobytes()
            assert alone_h.tobytes() == h[row : row + 1].tobytes()


def test_large_matrices_are_kept_sparse_where_they_are_mostly_zero() -> None:
    cell = Cell(1, 256)
    few = {Parameter("u", Gate.INPUT, unit, 255 - unit): Fraction(1) for unit in range(256)}
    many = {
        Parameter("u", Gate.INPUT, unit, column): Fraction(1, 4) for unit in range(256) for column in range(0, 256, 3)
    }
    x = np.random.default_rng(0).standard_normal((2, 5, 1))
    for values, dense in ((few, False), (many, True)):
        arrays = batched.Arrays.of(Weights.of(cell, values | {Parameter("b", gate, 3): Fraction(1) for gate in Gate}))
        assert isinstance(arrays.u[Gate.INPUT], np.ndarray) is dense
        assert (arrays.packed is not None) is dense
        assert batched.run(arrays, x)[1].shape == (2, 5, 256)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(("hidden", "batch"), [(1, 1), (2, 40), (3, 2), (5, 1), (8, 4), (33, 6), (150, 20)])
def test_compiled_runs_have_the_same_bits(
    hidden: int, batch: int, precision: batched.Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba", reason="needs the extra `fast`")
    for seed in range(3):
        arrays = drawn(hidden, 20, precision, seed)
        x = 3 * np.random.default_rng(seed).standard_normal((batch, 9, 20))
        x[0, 5, :2] = [-0.0, np.inf] if seed == 2 else x[0, 5, :2]  # what is no number afterwards stays none
        monkeypatch.setattr(batched, "LONG", 10**9)
        with np.errstate(invalid="ignore"):
            plain = batched.run(arrays, x)
        monkeypatch.setattr(batched, "LONG", 0)
        fast = batched.run(arrays, x)
        assert [part.tobytes() for part in plain] == [np.ascontiguousarray(part).tobytes() for part in fast]
