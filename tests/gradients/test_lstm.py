"""The full cell: BPTT for CReLU, sigmoid and tanh, against complex steps off the kinks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import lstmsolve
from lstmsolve.gradients.elementary import slope
from lstmsolve.gradients.lstm import Gradients, Parameters, backward, forward
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import (
    CANDIDATE_ACTIVATIONS,
    GATE_ACTIVATIONS,
    OUTPUT_ACTIVATIONS,
    Activation,
    Cell,
    Gate,
    Weights,
    parameters,
)
from lstmsolve.simulator.batched import Arrays, run
from tests.gradients import textbook
from tests.gradients.test_sigmoid_net import close

CELLS = [
    (gate, candidate, output)
    for gate in GATE_ACTIVATIONS
    for candidate in CANDIDATE_ACTIVATIONS
    for output in OUTPUT_ACTIVATIONS
]


def random_parameters(random: np.random.Generator, inputs: int, hidden: int, *lead: int) -> Parameters:
    shapes = [(4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,), (hidden,), (hidden,)]
    return Parameters(*(random.normal(size=(*lead, *shape)) * 0.6 for shape in shapes))


def split(p: Parameters) -> dict[str, textbook.Array]:
    """Parameters of one net under the textbook's names."""
    found = {"c": p.c, "h": p.h}
    for kind, values in (("w", p.w), ("u", p.u), ("b", p.b)):
        found |= {f"{kind}_{gate.value}": part for gate, part in zip(Gate, np.split(values, 4), strict=True)}
    return found


def textbook_gradient(cell: Cell, p: Parameters, x: textbook.Array, dh: textbook.Array, name: str) -> textbook.Array:
    names = cell.gate.value, cell.candidate.value, cell.output.value
    fixed = {key: value[None] for key, value in split(p).items()}
    return textbook.derivative(lambda moved: textbook.lstm(*names, {**fixed, name: moved}, x, dh), split(p)[name])


def away_from_kinks(cell: Cell, p: Parameters, x: textbook.Array) -> bool:
    ran = forward(cell, p, x)
    arguments = np.concatenate([ran.arguments.ravel(), ran.c.ravel()])
    return bool(np.minimum(np.abs(arguments), np.abs(arguments - 1)).min() > 1e-9)


@pytest.mark.parametrize(("gate", "candidate", "output"), CELLS)
@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 6))
def test_every_gradient_agrees_with_complex_steps(
    gate: Activation, candidate: Activation, output: Activation, seed: int, d: int, h: int, batch: int, steps: int
) -> None:
    random = np.random.default_rng(seed)
    cell = Cell(d, h, gate, candidate, output)
    p = random_parameters(random, d, h)
    x, dh = random.normal(size=(batch, steps, d)), random.normal(size=(batch, steps, h))
    if not away_from_kinks(cell, p, x):
        return
    ours = backward(cell, p, forward(cell, p, x), dh)
    for name, mine in split(ours.parameters).items():
        close(mine, textbook_gradient(cell, p, x, dh, name), 1e-12)
    names = gate.value, candidate.value, output.value
    fixed = {key: value[None] for key, value in split(p).items()}
    close(ours.x, textbook.derivative(lambda moved: textbook.lstm(*names, fixed, moved, dh), x), 1e-12)
    pushed = textbook.derivative(lambda push: textbook.lstm(*names, fixed, x, dh, push), np.zeros((batch, steps, h)))
    close(ours.c, pushed, 1e-12)


def test_a_long_run_agrees_too() -> None:
    random = np.random.default_rng(0)
    cell = Cell(2, 3, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    p = random_parameters(random, 2, 3)
    x, dh = random.normal(size=(1, 1000, 2)), random.normal(size=(1, 1000, 3))
    ours = backward(cell, p, forward(cell, p, x), dh)
    for name, mine in split(ours.parameters).items():
        close(mine, textbook_gradient(cell, p, x, dh, name))


@pytest.mark.parametrize(("gate", "candidate", "output"), CELLS)
def test_the_forward_run_is_that_of_the_simulator(gate: Activation, candidate: Activation, output: Activation) -> None:
    random = np.random.default_rng(3)
    cell = Cell(2, 3, gate, candidate, output)
    weights = Weights.of(cell, {place: _eighths(random) for place in parameters(cell)})
    x = random.normal(size=(4, 7, 2))
    ours = forward(cell, Parameters.of(weights), x)
    c, h = run(Arrays.of(weights), x)
    np.testing.assert_allclose(ours.outputs, h, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(np.moveaxis(ours.c[1:], 0, 1), c, rtol=1e-12, atol=1e-14)


def _eighths(random: np.random.Generator) -> Fraction:
    return Fraction(int(random.integers(-12, 13)), 8)


def test_many_nets_at_once_are_each_net_alone() -> None:
    """Leading axes of the parameters: a search moves thousands of candidates in one call."""
    random = np.random.default_rng(4)
    cell = Cell(2, 2)
    many = random_parameters(random, 2, 2, 5)
    x, dh = random.normal(size=(3, 6, 2)), random.normal(size=(5, 3, 6, 2))
    together = backward(cell, many, forward(cell, many, x), dh)
    for k in range(5):
        alone_p = Parameters(*(getattr(many, name)[k] for name in ("w", "u", "b", "c", "h")))
        alone = backward(cell, alone_p, forward(cell, alone_p, x), dh[k])
        for name in ("w", "u", "b", "c", "h"):
            np.testing.assert_allclose(
                getattr(together.parameters, name)[k], getattr(alone.parameters, name), rtol=1e-12, atol=1e-13
            )
        np.testing.assert_allclose(together.x[k], alone.x, rtol=1e-12, atol=1e-13)


def test_one_net_on_several_groups_of_inputs_sums_over_them() -> None:
    random = np.random.default_rng(5)
    cell = Cell(1, 2, Activation.SIGMOID, Activation.TANH, Activation.IDENTITY)
    p = random_parameters(random, 1, 2)
    x, dh = random.normal(size=(4, 3, 5, 1)), random.normal(size=(4, 3, 5, 2))
    together = backward(cell, p, forward(cell, p, x), dh).parameters
    apart: list[Gradients] = [backward(cell, p, forward(cell, p, x[k]), dh[k]) for k in range(4)]
    for name in ("w", "u", "b", "c", "h"):
        assert getattr(together, name).shape == getattr(p, name).shape
        total = sum(getattr(found.parameters, name) for found in apart)
        np.testing.assert_allclose(getattr(together, name), total, rtol=1e-12, atol=1e-13)


def test_at_the_kinks_of_crelu_the_slope_is_1() -> None:
    """The documented convention; with slope 0 a search that starts at all zeros would never move."""
    at = np.array([-1e-300, 0.0, 0.5, 1.0, 1.0 + 1e-15])
    np.testing.assert_array_equal(slope(Activation.CRELU, at), [0, 1, 1, 1, 0])


@pytest.mark.parametrize("activation", [Activation.SIGMOID, Activation.TANH])
def test_slopes_keep_their_digits_where_activations_saturate(activation: Activation) -> None:
    at = np.array([-700.0, -300.0, -40.0, -1.0, 0.0, 1.0, 20.0, 40.0, 300.0, 340.0])
    with mp.workdps(700):
        exact = [
            mp.exp(-a) / (1 + mp.exp(-a)) ** 2 if activation is Activation.SIGMOID else 1 - mp.tanh(a) ** 2
            for a in map(mp.mpf, at)
        ]
        for mine, wanted in zip(slope(activation, at), exact, strict=True):
            if wanted > 1e-300:
                assert abs(mp.mpf(float(mine)) - wanted) <= wanted * 1e-15


def test_a_homework_solution_has_gradient_zero_where_it_is_right() -> None:
    """The tally net meets its spec, so the squared error and its gradient vanish."""
    weights = lstmsolve.load_weights("b_f=1 w_i=1 w_c=1 b_o=1 w_o=-1", lstmsolve.load_case("nonzero-counter"))
    p = Parameters.of(weights)
    x = np.array([[[2.0], [0.0], [5.0], [0.0], [0.0]]])
    ran = forward(weights.cell, p, x)
    np.testing.assert_array_equal(ran.outputs.ravel(), [0, 1, 0, 2, 2])
    target = np.array([0.0, 1, 0, 2, 2]).reshape(1, 5, 1)
    found = backward(weights.cell, p, ran, ran.outputs - target).parameters
    assert not any(getattr(found, name).any() for name in ("w", "u", "b", "c", "h"))
    shifted = replace(p, b=p.b - 0.25)
    ran = forward(weights.cell, shifted, x)
    assert backward(weights.cell, shifted, ran, ran.outputs - target).parameters.b.any()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"w": np.zeros((4, 2))}, "w: must end in the shape"),
        ({"u": np.zeros((8, 3))}, "u: must end in the shape"),
        ({"b": np.zeros(7)}, "b: must end in the shape"),
        ({"c": np.zeros(3)}, "c: must end in the shape"),
    ],
)
def test_parameters_must_fit_the_cell(change: dict[str, textbook.Array], said: str) -> None:
    p = random_parameters(np.random.default_rng(0), 1, 2)
    with pytest.raises(InputError, match=said):
        forward(Cell(1, 2), replace(p, **change), np.zeros((1, 1, 1)))


def test_inputs_and_given_derivatives_must_fit() -> None:
    p = random_parameters(np.random.default_rng(0), 1, 2)
    with pytest.raises(InputError, match="x: must have the shape"):
        forward(Cell(1, 2), p, np.zeros((1, 1, 2)))
    ran = forward(Cell(1, 2), p, np.zeros((2, 3, 1)))
    with pytest.raises(InputError, match="dh: must have the shape"):
        backward(Cell(1, 2), p, ran, np.zeros((2, 4, 2)))
