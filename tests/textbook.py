"""The outside oracle: a textbook LSTM, written from the seed's equations and sharing no code with the package.

f[n] = CReLU(w_f x[n] + u_f h[n-1] + b_f)        i, o likewise
c[n] = f[n] c[n-1] + i[n] CReLU(w_c x[n] + u_c h[n-1] + b_c)
h[n] = o[n] c[n]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Number = Any  # Fraction or float: the same formulas serve both

ACTIVATIONS: dict[str, Callable[[Number], Number]] = {
    "crelu": lambda a: max(a * 0, min(a * 0 + 1, a)),
    "identity": lambda a: a,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "tanh": math.tanh,
}


@dataclass(frozen=True)
class Textbook:
    """A weights record as the file format writes it (dense), ready to step."""

    activations: tuple[Callable[[Number], Number], Callable[[Number], Number], Callable[[Number], Number]]
    w: dict[str, list[list[Number]]]
    u: dict[str, list[list[Number]]]
    b: dict[str, list[Number]]
    initial: tuple[list[Number], list[Number]]
    """c[-1] and h[-1]."""

    @classmethod
    def of(cls, record: dict[str, Any], number: type = Fraction) -> Textbook:
        cell, weights = record["cell"], record["weights"]
        hidden = cell["hidden"]
        initial = record.get("initial", {"c": ["0"] * hidden, "h": ["0"] * hidden})
        return cls(
            (ACTIVATIONS[cell["gate"]], ACTIVATIONS[cell["candidate"]], ACTIVATIONS[cell["output"]]),
            {g: [[number(Fraction(v)) for v in row] for row in weights[f"w_{g}"]] for g in "fico"},
            {g: [[number(Fraction(v)) for v in row] for row in weights[f"u_{g}"]] for g in "fico"},
            {g: [number(Fraction(v)) for v in weights[f"b_{g}"]] for g in "fico"},
            ([number(Fraction(v)) for v in initial["c"]], [number(Fraction(v)) for v in initial["h"]]),
        )

    def step(self, c: Sequence[Number], h: Sequence[Number], x: Sequence[Number]) -> tuple[list[Number], list[Number]]:
        """c and h after one more input."""
        sigma_g, sigma_h, sigma_o = self.activations

        def argument(gate: str, j: int) -> Number:
            from_input = sum(self.w[gate][j][d] * x[d] for d in range(len(x)))
            from_output = sum(self.u[gate][j][k] * h[k] for k in range(len(h)))
            return from_input + from_output + self.b[gate][j]

        units = range(len(h))
        new_c = [
            sigma_g(argument("f", j)) * c[j] + sigma_g(argument("i", j)) * sigma_h(argument("c", j)) for j in units
        ]
        return new_c, [sigma_g(argument("o", j)) * sigma_o(new_c[j]) for j in units]


def textbook_run(record: dict[str, Any], xs: Sequence[Sequence[Number]], number: type = Fraction) -> list[list[Number]]:
    """h after every step, [T][H]."""
    cell = Textbook.of(record, number)
    c, h = cell.initial
    outputs = []
    for x in xs:
        c, h = cell.step(c, h, x)
        outputs.append(h)
    return outputs
