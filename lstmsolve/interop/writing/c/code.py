"""C99: a header and a step without allocation, recursion or loops over anything but the given arrays.

Weights are constants of the code, one line a gate; gates that do not hang on anything are constants themselves.
Integers wherever the design is one, fixed point where that is exact (`c.fixed`), else float or double.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lstmsolve.interop.writing.c.fixed import Scales
from lstmsolve.interop.writing.c.harness import harness_source
from lstmsolve.interop.writing.c.numbers import Types, types_of
from lstmsolve.interop.writing.c.vectors import test_source, vectors_header
from lstmsolve.interop.writing.design import Design, Files
from lstmsolve.kernel.base.affine import ONE, ZERO
from lstmsolve.kernel.base.characters import ascii_only
from lstmsolve.kernel.lstm.cells import Activation, Gate, crelu, nonzero
from lstmsolve.kernel.proofs.certificates import Certificate

_LETTERS = {Gate.FORGET: "f", Gate.INPUT: "i", Gate.CANDIDATE: "g", Gate.OUTPUT: "o"}


def c_files(design: Design) -> Files:
    """NAME.h, NAME.c, NAME_vectors.h, NAME_test.c and, for a certificate over integers, NAME_harness.c."""
    name, types = design.identifier, types_of(design)
    files = {
        f"{name}.h": _header(design, types),
        f"{name}.c": _source(design, types),
        f"{name}_vectors.h": vectors_header(design, types),
        f"{name}_test.c": test_source(design, types),
    }
    if design.certificate is not None and _inductive(design.certificate, types):
        files[f"{name}_harness.c"] = harness_source(design, design.certificate, types)
    return {file: text.encode("ascii") for file, text in files.items()}


def _inductive(certificate: Certificate, types: Types) -> bool:
    """Is there a harness? Its variables are integers, its steps are affine, and [property] is compared in integers."""
    whole = all(all(mode.variables.values()) for mode in certificate.modes.values())
    return (
        whole
        and not certificate.multiplies
        and not certificate.leaves_open
        and (types.whole or not certificate.problem.spec.always)
    )


def comment(text: str) -> str:
    """Lines of a comment; nothing in them can end it."""
    lines = []
    for line in text.splitlines():
        told = ascii_only(line)
        for ends, harmless in (("*/", "* /"), ("/*", "/ *"), ("\\", "/"), ("??", "? ?")):
            told = told.replace(ends, harmless)
        lines.append(f" * {told}".rstrip() + "\n")
    return "".join(lines)


def _header(design: Design, types: Types) -> str:
    name, hidden = design.identifier, design.weights.cell.hidden
    guard = f"{name.upper()}_H"
    told = f"{design.name}: an LSTM cell with {hidden} units.\n"
    told += "x: " + ", ".join(design.columns) + "\n"
    if design.statement:
        told += f"\n{design.statement}\n\nSHA-256 of the certificate: {design.digest}\n"
    if types.bound is not None:
        told += f"\nInputs, c and h may be up to {types.bound} in size; beyond, sums would overflow or round.\n"
    if types.scales is not None:
        told += f"\nFixed point: state c holds c * {2**types.scales.c} and state h holds h * {2**types.scales.h}. "
        told += "x and z are integers.\n"
    include = "#include <stdint.h>\n\n" if types.whole else ""
    bound = "" if types.bound is None else f"#define {name.upper()}_BOUND {types.bound}\n"
    return (
        f"/*\n{comment(told)} */\n#ifndef {guard}\n#define {guard}\n\n{include}"
        f"#define {name.upper()}_INPUTS {design.weights.cell.inputs}\n"
        f"#define {name.upper()}_OUTPUTS {design.outputs}\n"
        f"#define {name.upper()}_UNITS {hidden}\n{bound}\n"
        f"typedef {types.number} {name}_number;\n\n"
        f"typedef struct {{\n    {types.c} c[{hidden}];\n    {types.h} h[{hidden}];\n}} {name}_state;\n\n"
        f"/* The state before any input. */\nvoid {name}_reset({name}_state *state);\n\n"
        f"/* One step: reads x, writes z and the next state. */\n"
        f"void {name}_step({name}_state *state, const {name}_number x[{design.weights.cell.inputs}], "
        f"{name}_number z[{design.outputs}]);\n\n#endif\n"
    )


def _source(design: Design, types: Types) -> str:
    name, weights = design.identifier, design.weights
    body, helpers = _Step(design, types).written()
    scales = types.scales or Scales(design)
    reset = "".join(
        f"    state->{part}[{unit}] = ({kind}){types.literal(value * 2**bits)};\n"
        for part, kind, bits, values in (
            ("c", types.c, scales.c, weights.initial.c),
            ("h", types.h, scales.h, weights.initial.h),
        )
        for unit, value in enumerate(values)
    )
    math = "" if weights.cell.exact else "#include <math.h>\n\n"
    return (
        f'/* {name}.c: see {name}.h. */\n{math}#include "{name}.h"\n\n{helpers}'
        f"void {name}_reset({name}_state *state)\n{{\n{reset}}}\n\n"
        f"void {name}_step({name}_state *state, const {name}_number x[{weights.cell.inputs}], "
        f"{name}_number z[{design.outputs}])\n{{\n{body}}}\n"
    )


class _Step:
    """The statements of one step. Only what is used is declared."""

    def __init__(self, design: Design, types: Types) -> None:
        self._design = design
        self._types = types
        self._cell = design.weights.cell
        self._scales = types.scales
        self._used: set[str] = set()
        self._called: set[Activation] = set()

    def written(self) -> tuple[str, str]:
        """The body, and the functions that it calls."""
        hidden, kind = self._cell.hidden, self._types.sums
        gates = [self._gate(gate, unit) for unit in range(hidden) for gate in Gate]
        after: list[str] = []
        c_bits, h_bits = (0, 0) if self._scales is None else (self._scales.c, self._scales.h)
        for unit in range(hidden):
            f, i, g, o = (self._bits(gate, unit) for gate in (Gate.FORGET, Gate.INPUT, Gate.CANDIDATE, Gate.OUTPUT))
            bits = max(f + c_bits, i + g)
            kept = _shifted(f"f{unit} * ({kind})state->c[{unit}]", bits - f - c_bits)
            written = _shifted(f"i{unit} * g{unit}", bits - i - g)
            after.append(f"    const {kind} c{unit} = {_shifted(f'({kept}) + ({written})', c_bits - bits)};\n")
            shown = self._activated(self._cell.output, f"c{unit}", c_bits)
            after.append(f"    const {kind} n{unit} = {_shifted(f'o{unit} * {shown}', h_bits - o - c_bits)};\n")
        stored = [
            f"    state->{part}[{unit}] = ({narrow}){value}{unit};\n"
            for part, narrow, value in (("c", self._types.c, "c"), ("h", self._types.h, "n"))
            for unit in range(hidden)
        ]
        matrix, bias = self._design.readout
        number = f"{self._design.identifier}_number"
        outputs = []
        for k, (row, d) in enumerate(zip(matrix, bias, strict=True)):
            bits = 0 if self._scales is None else self._scales.output(k)
            terms = [(v * Fraction(2) ** (bits - h_bits), f"n{u}") for u, v in nonzero(row)]
            outputs.append(f"    z[{k}] = ({number})({_shifted(self._sum(terms, d * 2**bits), -bits)});\n")
        given = [f"    const {kind} {name} = ({kind}){_place(name)};\n" for name in sorted(self._used, key=_order)]
        idle = "" if any(name.startswith("x") for name in self._used) else "    (void)x;\n"
        return "".join([idle, *given, *gates, *after, *stored, *outputs]), self._helpers()

    def _gate(self, gate: Gate, unit: int) -> str:
        part = self._design.weights.gates[gate]
        bits = self._bits(gate, unit)
        of_h = Fraction(2) ** (0 if self._scales is None else bits - self._scales.h)
        terms = [(value * 2**bits, f"x{column}") for column, value in nonzero(part.w[unit])]
        terms += [(value * of_h, f"h{column}") for column, value in nonzero(part.u[unit])]
        activation = self._cell.activation(gate)
        declared = f"    const {self._types.sums} {_LETTERS[gate]}{unit} = "
        if not terms and activation in (Activation.CRELU, Activation.IDENTITY):
            value = part.b[unit] if activation is Activation.IDENTITY else crelu(part.b[unit])
            return f"{declared}{self._types.literal(value * 2**bits)};\n"
        self._used |= {name for _, name in terms}
        return f"{declared}{self._activated(activation, self._sum(terms, part.b[unit] * 2**bits), bits)};\n"

    def _bits(self, gate: Gate, unit: int) -> int:
        return 0 if self._scales is None else self._scales.gate(gate, unit)

    def _sum(self, terms: Sequence[tuple[Fraction, str]], constant: Fraction) -> str:
        text = self._types.literal(constant) if constant or not terms else ""
        for value, name in terms:
            size = name if abs(value) == ONE else f"({self._types.literal(abs(value))} * {name})"
            sign = "-" if value < ZERO else "+"
            text = f"{text} {sign} {size}" if text else size if value > ZERO else f"-{size}"
        return text

    def _activated(self, activation: Activation, argument: str, bits: int) -> str:
        """The activation of an argument with so many fraction bits; in fixed point what stands for 1 is told."""
        if activation is Activation.IDENTITY:
            return f"({argument})" if " " in argument else argument
        self._called.add(activation)
        one = "" if self._scales is None else f", {2**bits}"
        return f"{self._function(activation)}({argument}{one})"

    def _function(self, activation: Activation) -> str:
        return f"{self._design.identifier}_{ {Activation.CRELU: 'clip'}.get(activation, activation.value) }"

    def _helpers(self) -> str:
        kind, zero, one = self._types.sums, self._types.literal(ZERO), self._types.literal(ONE)
        text = ""
        suffix = "f" if kind == "float" else ""
        for activation in sorted(self._called, key=lambda a: a.value):
            given = f"{kind} a" if self._scales is None else f"{kind} a, {kind} one"
            one = one if self._scales is None else "one"
            head = f"static {kind} {self._function(activation)}({given})\n{{\n"
            match activation:
                case Activation.CRELU:
                    body = (
                        f"    {kind} value = a;\n    if (value < {zero}) {{\n        value = {zero};\n"
                        f"    }} else if (value > {one}) {{\n        value = {one};\n    }} else {{\n"
                        f"        /* between 0 and 1 it is the argument */\n    }}\n    return value;\n"
                    )
                case Activation.SIGMOID:
                    body = f"    return {one} / ({one} + exp{suffix}(-a));\n"
                case Activation.TANH:
                    body = f"    return tanh{suffix}(a);\n"
                case Activation.IDENTITY:
                    continue
            text += f"{head}{body}}}\n\n"
        return text


def _shifted(text: str, bits: int) -> str:
    """A number of integers times or over a power of two; over it there is no remainder (`c.fixed`)."""
    if bits == 0:
        return text
    operand = f"({text})" if " " in text else text
    return f"{operand} * {2**bits}" if bits > 0 else f"{operand} / {2**-bits}"


def _place(name: str) -> str:
    return f"x[{name[1:]}]" if name.startswith("x") else f"state->h[{name[1:]}]"


def _order(name: str) -> tuple[bool, int]:
    return name.startswith("h"), int(name[1:])
