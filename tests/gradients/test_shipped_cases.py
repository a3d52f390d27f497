"""The derivation cases that come with the package, against each other and against oracles."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from random import Random

import numpy as np
import pytest

import lstmsolve
from lstmsolve.api.deriving import restated_derivations
from lstmsolve.derivation.recurrences.systems import System
from lstmsolve.derivation.recurrences.validation import system_of
from lstmsolve.derivation.trial.arithmetic import Arithmetic, Dual, Undefined
from lstmsolve.derivation.trial.backward import Backward
from lstmsolve.derivation.trial.unrolled import Data, Unrolled, draw, places
from lstmsolve.gradients import lstm, one_gate, sigmoid_net
from lstmsolve.kernel.lstm.cells import Activation, Cell
from lstmsolve.model.derivations import ClaimHolds
from tests.gradients import textbook
from tests.gradients.replay import Element, total_derivative

SHIPPED = [name for name in lstmsolve.shipped_derivations() if name not in restated_derivations()]
BEYOND_THE_SEED = ["elman", "gru", "iir", "lstm", "two-layer"]


@cache
def system(case: str) -> System:
    return system_of(lstmsolve.load_derivation(case))


def net(case: str, seed: int, digits: int | None = None, **sizes: int) -> Unrolled:
    return Unrolled(system(case), draw(system(case), sizes, Random(seed)), Arithmetic(digits))


def some_sizes(case: str, seed: int) -> dict[str, int]:
    random = Random(seed)
    return {name: size.low + random.randint(0, 2) for name, size in system(case).sizes.items()}


def test_the_issue_s_cases_are_there() -> None:
    assert set(SHIPPED) >= {"hw6-1", "hw6-2", "hw6-3", *BEYOND_THE_SEED}


@pytest.mark.parametrize("case", BEYOND_THE_SEED)
def test_every_claim_beyond_the_seed_holds(case: str) -> None:
    found = lstmsolve.derive(case)
    assert found.verdict == "holds"
    assert len(found.claims) >= 8
    assert all(isinstance(report, ClaimHolds) for report in found.claims)


@pytest.mark.parametrize("case", SHIPPED)
@pytest.mark.parametrize("seed", range(3))
def test_unrolled_net_and_derived_formulas_agree_with_complex_steps(case: str, seed: int) -> None:
    sizes = some_sizes(case, seed)
    unrolled = net(case, seed, **sizes)
    backward = Backward(unrolled)
    texts = lstmsolve.load_derivation(case)
    data = {**unrolled.data.inputs, **unrolled.data.parameters}
    for name in (*system(case).signals, *system(case).parameters):
        for place in places(system(case), name, sizes):
            true = total_derivative(texts, sizes, data, (name, place))
            dual = unrolled.derivative(True, (system(case).loss.name, ()), (name, place))
            assert dual == pytest.approx(true, rel=1e-11, abs=1e-12)
            assert backward.number((name, place)) == pytest.approx(true, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("case", SHIPPED)
def test_derived_formulas_agree_with_dual_numbers_to_50_digits(case: str) -> None:
    sizes = some_sizes(case, 7)
    unrolled = net(case, 7, 50, **sizes)
    backward = Backward(unrolled)
    for name in (*system(case).signals, *system(case).parameters):
        for place in places(system(case), name, sizes):
            dual = unrolled.derivative(True, (system(case).loss.name, ()), (name, place))
            derived = backward.total((name, place))
            assert not isinstance(dual, Dual | Undefined)
            assert not isinstance(derived, Dual | Undefined)
            assert abs(dual - derived) <= 1e-50 * max(1, abs(dual))


def _column(data: Data, name: str, steps: int) -> list[float]:
    return [float(data.inputs[name, (n,)]) for n in range(steps)]


def test_the_derived_recurrence_of_6_1_is_what_the_numpy_module_computes() -> None:
    unrolled = net("hw6-1", 0, N=12, M=6)
    backward = Backward(unrolled)
    w = [float(unrolled.data.parameters["w", (m,)]) for m in range(1, 6)]
    x, y = (_column(unrolled.data, name, 12) for name in "xy")
    found = sigmoid_net.backward(w, sigmoid_net.forward(w, [x]), [y])
    np.testing.assert_allclose(found.h[0], [backward.number(("h", (n,))) for n in range(12)], rtol=1e-12)
    np.testing.assert_allclose(found.w[0], [backward.number(("w", (m,))) for m in range(1, 6)], rtol=1e-12)


def test_the_derived_recurrence_of_6_3_is_what_the_numpy_module_computes() -> None:
    unrolled = net("hw6-3", 0, N=9)
    backward = Backward(unrolled)
    names = ("w_c", "u_c", "b_c", "w_o", "u_o", "b_o")
    p = one_gate.Parameters(*(float(unrolled.data.parameters[name, ()]) for name in names))
    x, epsilon = (_column(unrolled.data, name, 9) for name in "xε")
    found = one_gate.backward(p, one_gate.forward(p, [x]), [epsilon])
    for name in "hoc":
        deltas = [backward.number((name, (n,))) for n in range(9)]
        np.testing.assert_allclose(getattr(found, name)[0], deltas, rtol=1e-12)
    for name in names:
        np.testing.assert_allclose(getattr(found, name)[0], backward.number((name, ())), rtol=1e-12)


def test_the_derived_recurrence_of_the_lstm_is_what_the_numpy_module_computes() -> None:
    sizes = {"N": 4, "H": 2, "D": 3}
    unrolled = net("lstm", 0, **sizes)
    backward = Backward(unrolled)

    def array(table: Mapping[Element, Fraction], name: str) -> textbook.Array:
        elements = list(places(system("lstm"), name, sizes))
        shape = [last + 1 for last in elements[-1]]
        return np.array([float(table[name, place]) for place in elements]).reshape(shape)

    parameters, inputs = unrolled.data.parameters, unrolled.data.inputs
    w, u, b = (np.concatenate([array(parameters, f"{kind}_{gate}") for gate in "fico"]) for kind in "wub")
    p = lstm.Parameters(w, u, b, np.zeros(2), np.zeros(2))
    cell = Cell(3, 2, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    x, dh = array(inputs, "x")[None], array(inputs, "ε")[None]
    found = lstm.backward(cell, p, lstm.forward(cell, p, x), dh)
    for n in range(4):
        for j in range(2):
            np.testing.assert_allclose(found.h[0, n, j], backward.number(("h", (n, j))), rtol=1e-11)
            np.testing.assert_allclose(found.c[0, n, j], backward.number(("c", (n, j))), rtol=1e-11)
    for number, gate in enumerate("fico"):
        for j in range(2):
            row = 2 * number + j
            np.testing.assert_allclose(found.parameters.b[row], backward.number((f"b_{gate}", (j,))), rtol=1e-11)
            for k in range(2):
                wanted = backward.number((f"u_{gate}", (j, k)))
                np.testing.assert_allclose(found.parameters.u[row, k], wanted, rtol=1e-11)
            for d in range(3):
                wanted = backward.number((f"w_{gate}", (j, d)))
                np.testing.assert_allclose(found.parameters.w[row, d], wanted, rtol=1e-11)
