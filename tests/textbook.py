"""The outside oracle: a textbook LSTM, written from the seed's equations and sharing no code with the package.

f[n] = CReLU(w_f x[n] + u_f h[n-1] + b_f)        i, o likewise
c[n] = f[n] c[n-1] + i[n] CReLU(w_c x[n] + u_c h[n-1] + b_c)
h[n] = o[n] c[n]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

Number = Any  # Fraction or float: the same formulas serve both

ACTIVATIONS: dict[str, Callable[[Number], Number]] = {
    "crelu": lambda a: max(a * 0, min(a * 0 + 1, a)),
    "identity": lambda a: a,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "tanh": math.tanh,
}


def textbook_run(record: dict[str, Any], xs: Sequence[Sequence[Number]], number: type = Fraction) -> list[list[Number]]:
    """h after every step, [T][H], for a weights record as the file format writes it (dense)."""
    cell, weights = record["cell"], record["weights"]
    hidden = cell["hidden"]
    w = {g: [[number(Fraction(v)) for v in row] for row in weights[f"w_{g}"]] for g in "fico"}
    u = {g: [[number(Fraction(v)) for v in row] for row in weights[f"u_{g}"]] for g in "fico"}
    b = {g: [number(Fraction(v)) for v in weights[f"b_{g}"]] for g in "fico"}
    initial = record.get("initial", {"c": ["0"] * hidden, "h": ["0"] * hidden})
    c = [number(Fraction(v)) for v in initial["c"]]
    h = [number(Fraction(v)) for v in initial["h"]]
    sigma_g, sigma_h = ACTIVATIONS[cell["gate"]], ACTIVATIONS[cell["candidate"]]
    sigma_o = ACTIVATIONS[cell["output"]]
    outputs = []
    for x in xs:
        before = list(h)

        def argument(gate: str, j: int, x: Sequence[Number] = x, before: list[Number] = before) -> Number:
            from_input = sum(w[gate][j][d] * x[d] for d in range(len(x)))
            from_output = sum(u[gate][j][k] * before[k] for k in range(hidden))
            return from_input + from_output + b[gate][j]

        for j in range(hidden):
            f, i, o = (sigma_g(argument(gate, j)) for gate in "fio")
            c[j] = f * c[j] + i * sigma_h(argument("c", j))
            h[j] = o * sigma_o(c[j])
        outputs.append(list(h))
    return outputs
