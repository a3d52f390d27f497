"""Sigmoid and tanh nets that the literature sets by hand: a one-unit parity, and the golden net of aⁿbⁿ."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from lstmsolve.formats.cases import parse_case
from lstmsolve.formats.weights.reading import parse_weights
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem

CELL: Final = """
[cell]
hidden = %d
gate = "sigmoid"
candidate = "tanh"
output = "tanh"
"""
PARITY: Final = """
name = "parity-by-hand"
title = "Parity with one sigmoid and tanh unit, set by hand"
[input]
x = [0, 1]
[state]
p = 0
[next]
p = "(p + x) % 2"
[output]
h = "p"
[readout]
accept = "> 1/2"
reject = "< 1/2"
"""
ANBN: Final = """
name = "golden-anbn"
title = "The golden net of # aⁿ bⁿ: which symbol was read, and how many b's are still to come"
[input]
x = { symbols = ["#", "a", "b"] }
[state]
phase = { symbols = ["new", "as", "bs"], init = "new" }
k = 0
[next]
phase = "'as' if x != 'b' else 'bs'"
k = "k + (1 if x == 'a' else 0) - (1 if x == 'b' else 0)"
[assume]
always = "(phase == 'new' if x == '#' else phase == 'as' if x == 'a' else phase != 'new' and k >= 1)"
[output]
h = ["1 if x == '#' else 0", "1 if x == 'a' else 0", "1 if x == 'b' and k >= 1 else 0"]
[readout]
accept = ">= 0.6616"
reject = "<= 0.1"
"""


def parity(scale: Fraction) -> tuple[Problem, Weights]:
    """i = σ(100x + 100h - 50), f = σ(-100), g = tanh 100, o = σ(-100x - 100h + 150), all times `scale`."""
    values = {"w_i": 100, "u_i": 100, "b_i": -50, "b_f": -100, "b_c": 100, "w_o": -100, "u_o": -100, "b_o": 150}
    return _given(PARITY, 1, {name: scale * value for name, value in values.items()})


def golden() -> tuple[Problem, Weights]:
    """w_c = 127 [[1, 0, 0], [1, 0, 0], [0, 1, -1]], w_o = 254 I, b_o = -127, b_i = b_f = 127."""
    values = {"w_c[0,0]": 127, "w_c[1,0]": 127, "w_c[2,1]": 127, "w_c[2,2]": -127}
    for unit in range(3):
        values |= {f"w_o[{unit},{unit}]": 254, f"b_o[{unit}]": -127, f"b_i[{unit}]": 127, f"b_f[{unit}]": 127}
    return _given(ANBN, 3, {name: Fraction(value) for name, value in values.items()})


def _given(case: str, hidden: int, values: dict[str, Fraction]) -> tuple[Problem, Weights]:
    problem = parse_case(case + CELL % hidden)
    return problem, parse_weights(" ".join(f"{name}={value}" for name, value in values.items()), problem)
