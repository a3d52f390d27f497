"""LaTeX: weights, the refinement map and the proof as `booktabs` tables, to be read with \\input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from lstmsolve.interop.writing.design import Design, Files
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.lstm.cells import Gate, nonzero
from lstmsolve.kernel.proofs.certificates import Certificate, Lands, Multiplied, Node, Pinned, Split

MOST_ROWS: Final = 200
"""Rows of a table; a longer one breaks no page and says how many are left out."""

_ESCAPED: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",
    "]": "{]}",
}


def latex_file(design: Design) -> Files:
    """One file: a table of weights, and of a certificate its map and its steps."""
    parts = [
        f"% {_plain(design.name)}: needs \\usepackage{{booktabs, amsmath}} and \\usepackage[T1]{{fontenc}}\n",
        _weights(design),
    ]
    if design.certificate is not None:
        parts += [_map(design.certificate), _steps(design.certificate)]
    return {"": "\n".join(parts).encode()}


def escaped(text: str) -> str:
    """Text as LaTeX shows it, every special character harmless."""
    return "".join(_ESCAPED.get(c, c if c.isprintable() else " ") for c in text)


def number(value: Fraction) -> str:
    """A number in mathematics."""
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def form(value: Affine) -> str:
    """A form in mathematics, its variables as text."""
    text = ""
    for name, factor in value.terms:
        size = "" if abs(factor) == 1 else number(abs(factor)) + r"\,"
        text += f"{' - ' if factor < 0 else ' + '}{size}\\text{{{escaped(name)}}}"
    if value.constant or not text:
        text += f"{' - ' if value.constant < 0 else ' + '}{number(abs(value.constant))}"
    return f"-{text[3:]}" if text.startswith(" - ") else text[3:]


def _weights(design: Design) -> str:
    weights, rows = design.weights, []
    for gate in Gate:
        part = weights.gates[gate]
        for unit in range(weights.cell.hidden):
            terms = [(f"x_{{{k}}}", v) for k, v in nonzero(part.w[unit])]
            terms += [(f"h_{{{k}}}", v) for k, v in nonzero(part.u[unit])]
            argument = _argument(terms, part.b[unit])
            rows.append([f"${gate.value}_{{{unit}}}$", weights.cell.activation(gate).value, f"${argument}$"])
    return _table(["gate", "activation", "argument"], "lll", rows)


def _argument(terms: Sequence[tuple[str, Fraction]], bias: Fraction) -> str:
    text = ""
    for name, value in terms:
        size = "" if abs(value) == 1 else number(abs(value)) + r"\,"
        text += f"{' - ' if value < 0 else ' + '}{size}{name}"
    if bias or not text:
        text += f"{' - ' if bias < 0 else ' + '}{number(abs(bias))}"
    return f"-{text[3:]}" if text.startswith(" - ") else text[3:]


def _map(certificate: Certificate) -> str:
    rows = []
    for mode in certificate.modes.values():
        registers = [
            rf"{escaped(name)} = {escaped(value) if isinstance(value, str) else f'${form(value)}$'}"
            for name, value in mode.registers.items()
        ]
        where = [rf"${form(row.form)} {'>' if row.strict else chr(92) + 'ge'} 0$" for row in mode.where]
        rows.append([escaped(mode.name), "; ".join(registers), "; ".join(where), _vector(mode.c), _vector(mode.h)])
    return _table(["mode", "registers", "where", "$c$", "$h$"], "lllll", rows)


def _vector(forms: Sequence[Affine]) -> str:
    return "$(" + ",\\ ".join(map(form, forms)) + ")$"


def _steps(certificate: Certificate) -> str:
    rows = []
    for mode in certificate.modes.values():
        for case in certificate.cases.get(mode.name, ()):
            given = ", ".join(f"{escaped(name)} = {escaped(str(value))}" for name, value in case.inputs.items())
            for conditions, lands in _leaves(case.tree, []):
                values = ", ".join(rf"{escaped(name)} $= {form(value)}$" for name, value in lands.values.items())
                rows.append([escaped(mode.name), given, "; ".join(conditions), escaped(lands.mode), values])
    return _table(["from", "input", "if", "to", "with"], "lllll", rows)


def _leaves(node: Node, conditions: list[str]) -> Iterable[tuple[list[str], Lands]]:
    match node:
        case Split(condition, holds, fails):
            sign, against = (">", r"\le") if condition.strict else (r"\ge", "<")
            yield from _leaves(holds, [*conditions, f"${form(condition.form)} {sign} 0$"])
            yield from _leaves(fails, [*conditions, f"${form(condition.form)} {against} 0$"])
        case Pinned(_, _, _, _, then) | Multiplied(_, _, _, then):
            yield from _leaves(then, conditions)
        case Lands():
            yield conditions, node
        case _:
            return


def _table(header: Sequence[str], columns: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [f"\\begin{{tabular}}{{{columns}}}", r"\toprule", " & ".join(header) + r" \\", r"\midrule"]
    lines += [" & ".join(row) + r" \\" for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(rf"\multicolumn{{{len(header)}}}{{l}}{{\ldots\ and {len(rows) - MOST_ROWS} more rows}} \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
