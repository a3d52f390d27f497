"""State dicts as JSON: `{k: v.tolist() for k, v in net.state_dict().items()}`, names to numbers in lists of lists."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from math import prod

from lstmsolve.interop.reading.tensors import Tensor
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.records import reading as records

MAX_DIMENSIONS = 4


def json_tensors(record: object) -> dict[str, Tensor]:
    """The tensors of a parsed JSON object; objects within objects become names with dots.

    Raises:
        InputError: what is no list of numbers, or a list whose rows differ in length.
    """
    found: dict[str, Tensor] = {}
    _collect(records.table(record, ""), "", found)
    return found


def _collect(table: Mapping[str, object], prefix: str, found: dict[str, Tensor]) -> None:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            _collect(value, f"{name}.", found)
        elif not isinstance(value, str) and value is not None:
            numbers: list[Fraction] = []
            shape = _flatten(value, name, numbers, 0)
            found[name] = Tensor(name, shape, partial(tuple, numbers))
            assert len(numbers) == prod(shape)


def _flatten(value: object, at: str, numbers: list[Fraction], depth: int) -> tuple[int, ...]:
    """Append the numbers in order; their shape."""
    if not isinstance(value, list):
        numbers.append(records.number(value, at))
        return ()
    if depth >= MAX_DIMENSIONS:
        raise InputError.single(at, f"has more than {MAX_DIMENSIONS} dimensions")
    shapes = [_flatten(entry, f"{at}[{place}]", numbers, depth + 1) for place, entry in enumerate(value)]
    if any(shape != shapes[0] for shape in shapes):
        raise InputError.single(at, "has rows of different lengths")
    return (len(value), *(shapes[0] if shapes else ()))
