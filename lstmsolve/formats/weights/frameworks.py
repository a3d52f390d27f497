"""Arrays as torch, Keras, ONNX and Flax name and order them, inside of texts and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lstmsolve.formats.weights.finding import Found
from lstmsolve.interop.reading.state_dicts import named_by_framework
from lstmsolve.kernel.spec.problems import Problem

OURS = frozenset({"format", "cell", "initial", "readout"})
"""Keys that may stand beside a framework's arrays."""


def gathered(record: Mapping[str, object], found: Found, problem: Problem | None) -> bool:
    """Note what a framework's arrays say; false where there are none of their names.

    Raises:
        InputError: several layers, two directions, or shapes that do not fit.
    """
    arrays = {key: value for key, value in record.items() if key not in OURS}
    if not named_by_framework(name.removesuffix(":0") for name in _names(arrays)):
        return False
    # Most weights are named as ours are, and do not wait for this.
    from lstmsolve.interop.reading.assembling import assemble, plainly_named
    from lstmsolve.interop.reading.json_tensors import json_tensors

    imported = assemble(plainly_named(json_tensors(arrays)), {}, problem, None, None)
    weights = imported.weights
    for gate, part in weights.gates.items():
        found.arrays |= {
            f"w_{gate.value}": [list(row) for row in part.w],
            f"u_{gate.value}": [list(row) for row in part.u],
            f"b_{gate.value}": list(part.b),
        }
    if any((*weights.initial.c, *weights.initial.h)):
        found.initial = {"c": list(weights.initial.c), "h": list(weights.initial.h)}
    if weights.layer is not None and (problem is None or problem.spec.has_layer):
        found.readout = {"V": [list(row) for row in weights.layer.V], "d": list(weights.layer.d)}
    found.notes += imported.notes
    return True


def _names(record: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _names(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"
