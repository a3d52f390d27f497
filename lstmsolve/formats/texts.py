"""Short texts of the command line: inputs such as `0,3,0`."""

from __future__ import annotations

from fractions import Fraction

from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.base.numbers import parse_number
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.records.reading import parsed


def parse_inputs(text: str, columns: int) -> list[Vector]:
    """Steps separated by commas, columns by colons: [T, D].

    Raises:
        InputError: a step with the wrong number of columns, or that is no number.
    """
    complaints = Complaints()
    steps: list[Vector] = []
    for n, part in enumerate(text.split(",")):
        key = f"--inputs, step {n}"
        values = [complaints.attempt(parsed, value, key, _number) for value in part.split(":")]
        if len(values) != columns:
            complaints.add(key, f"needs {columns} columns separated by ':', has {len(values)}", part)
        steps.append(tuple(value for value in values if value is not None))
    complaints.refuse()
    return steps


def _number(value: object) -> Fraction:
    return parse_number(str(value))
