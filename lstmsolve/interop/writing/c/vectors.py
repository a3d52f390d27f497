"""Test vectors in C, and a program that replays them.

With a case, what is expected is what its spec says, step by step; else what the weights give in exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from lstmsolve.interop.writing.c.numbers import Types
from lstmsolve.interop.writing.design import Design
from lstmsolve.interop.writing.drawing import Drawing, Expected, owed_run
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.model.floats import FLOAT_FORMATS, dyadic_quantum
from lstmsolve.model.traces import Trace
from lstmsolve.simulator.exact import run

STEPS: Final = 256
"""Steps of the vectors."""


def vectors_header(design: Design, types: Types) -> str:
    """NAME_vectors.h: inputs, expected outputs, and which of them are owed."""
    name, upper = design.identifier, design.identifier.upper()
    vectors = _vectors(design)
    rows = {
        "x": [[types.literal(value) for value in x] for x, _ in vectors],
        "z": [[types.literal(value or Fraction(0)) for value in z] for _, z in vectors],
        "owed": [["0" if value is None else "1" for value in z] for _, z in vectors],
    }
    text = f"/* {len(vectors)} steps, and what is owed after each. */\n"
    text += f"#ifndef {upper}_VECTORS_H\n#define {upper}_VECTORS_H\n\n"
    text += f'#include "{name}.h"\n\n#define {upper}_STEPS {len(vectors)}\n'
    for label, kind, width in (
        ("x", f"{name}_number", f"{upper}_INPUTS"),
        ("z", f"{name}_number", f"{upper}_OUTPUTS"),
        ("owed", "unsigned char", f"{upper}_OUTPUTS"),
    ):
        lines = ",\n".join("    {" + ", ".join(row) + "}" for row in rows[label])
        text += f"\nstatic const {kind} {name}_vector_{label}[{upper}_STEPS][{width}] = {{\n{lines}\n}};\n"
    return f"{text}\n#endif\n"


def test_source(design: Design, types: Types) -> str:
    """NAME_test.c: exits with 0 if every vector comes out."""
    name, upper = design.identifier, design.identifier.upper()
    value, wanted = "z[k]", f"{name}_vector_z[n][k]"
    differs = f"({value} != {wanted})"
    if not _comes_out_exactly(design, types):
        # Sums are rounded, so what comes out may differ in the last places.
        size = f"(({wanted} < 0) ? -{wanted} : {wanted})"
        near = f"({types.literal(Fraction(1, 2**16))} * ({types.literal(Fraction(1))} + {size}))"
        differs = f"(({value} > ({wanted} + {near})) || ({value} < ({wanted} - {near})))"
    return f"""#include <stdio.h>

#include "{name}.h"
#include "{name}_vectors.h"

int main(void)
{{
    {name}_state state;
    int wrong = 0;
    {name}_reset(&state);
    for (int n = 0; n < {upper}_STEPS; n++) {{
        {name}_number z[{upper}_OUTPUTS];
        {name}_step(&state, {name}_vector_x[n], z);
        for (int k = 0; k < {upper}_OUTPUTS; k++) {{
            if (({name}_vector_owed[n][k] != 0U) && {differs}) {{
                wrong++;
            }}
        }}
    }}
    printf("{name}: %d steps, %d wrong\\n", {upper}_STEPS, wrong);
    return (wrong == 0) ? 0 : 1;
}}
"""


def _comes_out_exactly(design: Design, types: Types) -> bool:
    """Does the type of sums hold every number of the exact run over the vectors?"""
    if types.whole:
        return True
    bits = FLOAT_FORMATS["float32"].precision if types.sums == "float" else 53
    trace = _exact(design, [x for x, _ in _vectors(design)])
    if trace is None:
        return False
    numbers = [value for _, value in design.numbers()] + [v for part in (trace.c, trace.h) for row in part for v in row]
    return all((q := dyadic_quantum([v])) is not None and abs(v) < q * 2**bits for v in numbers if v)


def _vectors(design: Design) -> list[tuple[Vector, Expected]]:
    if design.problem is not None:
        owed = list(owed_run(design.problem, STEPS))
        spec = design.problem.spec
        if spec.outputs and spec.readout is None and spec.replies is None:
            return owed
        # What is owed is a threshold, the largest of several or a condition: the numbers are those of the fractions.
        return _told(design, [x for x, _ in owed])
    drawn = Drawing()
    inputs = [tuple(Fraction(drawn.below(3)) for _ in range(design.weights.cell.inputs)) for _ in range(STEPS)]
    return _told(design, inputs)


def _told(design: Design, inputs: Sequence[Vector]) -> list[tuple[Vector, Expected]]:
    """What the weights give in exact arithmetic, where there is such a thing."""
    trace = _exact(design, inputs)
    if trace is None:
        return [(x, (None,) * design.outputs) for x in inputs]
    matrix, bias = design.readout
    told: list[tuple[Vector, Expected]] = []
    for x, h in zip(inputs, trace.h, strict=True):
        z = [sum((v * y for v, y in zip(row, h, strict=True)), d) for row, d in zip(matrix, bias, strict=True)]
        told.append((x, z))
    return told


def _exact(design: Design, inputs: Sequence[Vector]) -> Trace | None:
    """The run in fractions; None where activations have no exact values, or the numbers grow too long."""
    if not design.weights.cell.exact:
        return None
    try:
        return run(design.weights, inputs)
    except LimitReached:
        return None
