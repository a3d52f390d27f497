"""The LSTM of the textbook, in fractions.

f[n] = CReLU(w_f x[n] + u_f h[n-1] + b_f)        i, o likewise
c[n] = f[n] c[n-1] + i[n] σ_h(w_c x[n] + u_c h[n-1] + b_c)
h[n] = o[n] σ_o(c[n])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

Row: TypeAlias = tuple[Fraction, ...]
Record: TypeAlias = dict[str, Any]
"""A weights file, read as JSON."""


ZERO, ONE = Fraction(0), Fraction(1)


def crelu(a: Fraction) -> Fraction:
    return ZERO if a.numerator <= 0 else ONE if a.numerator >= a.denominator else a


def _product(level: Fraction, value: Fraction) -> Fraction:
    """Gates are mostly 0 or 1, and fractions slow."""
    return ZERO if level is ZERO else value if level is ONE else level * value


@dataclass(frozen=True)
class Textbook:
    """One layer. Matrices [H, D] and [H, H] by gate, f i c o."""

    candidate: str
    output: str
    w: Mapping[str, tuple[Row, ...]]
    u: Mapping[str, tuple[Row, ...]]
    b: Mapping[str, Row]
    start: tuple[Row, Row]
    """c[-1] and h[-1]."""
    layer: tuple[tuple[Row, ...], Row] | None = None
    """V [outputs, H] and d [outputs] of z = V h + d."""

    @classmethod
    def of(cls, record: Record) -> Textbook:
        """The cell of a weights file."""
        cell, weights = record["cell"], record["weights"]
        assert cell.get("gate", "crelu") == "crelu"
        hidden, width = cell["hidden"], cell["inputs"]
        initial = record.get("initial", {"c": [0] * hidden, "h": [0] * hidden})
        layer = None
        if "readout" in record:
            rows, d = record["readout"]["V"], record["readout"]["d"]
            layer = tuple(_row(row, hidden) for row in rows), _row(d, len(rows))
        return cls(
            # A record may leave these out.
            cell.get("candidate", "crelu"),
            cell.get("output", "identity"),
            {g: tuple(_row(row, width) for row in weights[f"w_{g}"]) for g in "fico"},
            {g: tuple(_row(row, hidden) for row in weights[f"u_{g}"]) for g in "fico"},
            {g: _row(weights[f"b_{g}"], hidden) for g in "fico"},
            (_row(initial["c"], hidden), _row(initial["h"], hidden)),
            layer,
        )

    def read(self, h: Row) -> Row:
        """z [outputs], or h where there is no layer."""
        if self.layer is None:
            return h
        return tuple(sum((a * b for a, b in zip(row, h, strict=True)), d) for row, d in zip(*self.layer, strict=True))

    def step(self, c: Row, h: Row, x: Sequence[Fraction]) -> tuple[Row, Row]:
        """c and h after one more input x [D]."""

        def argument(gate: str, j: int) -> Fraction:
            total = self.b[gate][j]
            for weight, seen in ((self.w[gate][j], x), (self.u[gate][j], h)):
                for factor, value in zip(weight, seen, strict=True):
                    if factor and value:
                        total += factor * value
            return total

        new_c, new_h = [], []
        for j in range(len(h)):
            g = argument("c", j)
            g = crelu(g) if self.candidate == "crelu" else g
            now = _product(crelu(argument("f", j)), c[j]) + _product(crelu(argument("i", j)), g)
            new_c.append(now)
            new_h.append(_product(crelu(argument("o", j)), crelu(now) if self.output == "crelu" else now))
        return tuple(new_c), tuple(new_h)


def _row(row: Sequence[Any] | Mapping[str, Any], width: int) -> Row:
    if isinstance(row, Mapping):
        return tuple(Fraction(row.get(str(place), 0)) for place in range(width))
    return tuple(map(Fraction, row))


def named(record: Record) -> dict[str, Fraction]:
    """Every weight by the names that conditions may use: `w_o[0,0]`, `u_f[1,0]`, `b_i[0]`, and without an index."""
    cell = Textbook.of(record)
    found: dict[str, Fraction] = {}
    for gate in "fico":
        for matrix, rows in (("w", cell.w[gate]), ("u", cell.u[gate])):
            for j, row in enumerate(rows):
                found |= {f"{matrix}_{gate}[{j},{k}]": value for k, value in enumerate(row)}
                if len(row) == 1:
                    found[f"{matrix}_{gate}[{j}]"] = row[0]
        found |= {f"b_{gate}[{j}]": value for j, value in enumerate(cell.b[gate])}
    for k, (row, d) in enumerate(zip(*cell.layer, strict=True)) if cell.layer is not None else ():
        found |= {f"V[{k},{j}]": value for j, value in enumerate(row)} | {f"d[{k}]": d}
    return found | {name.partition("[")[0]: v for name, v in found.items() if _alone(name, found)}


def _alone(name: str, found: Mapping[str, Fraction]) -> bool:
    stem = name.partition("[")[0] + "["
    entries = [other for other in found if other.startswith(stem) and other.count(",") == name.count(",")]
    return len(entries) == 1
