"""Short texts of the command line: inputs such as `0,3,0`, weights such as `b_f=1 w_o=-1`."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.base.numbers import parse_number
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.records.reading import parsed
from lstmsolve.kernel.spec.problems import Problem, weight_names


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


def parse_weights(text: str, problem: Problem) -> Weights:
    """The problem's cell with the weights named here, and 0 for the rest.

    Raises:
        InputError: a name the cell does not have, a number that is none, a name given twice.
    """
    cell = problem.cell()
    names = weight_names(cell)
    complaints = Complaints()
    values = {}
    for part in text.replace(",w", " w").replace(",u", " u").replace(",b", " b").split():
        name, _, value = part.partition("=")
        number = complaints.attempt(parsed, value, name, _number)
        if name not in names:
            complaints.add(name, f"the cell has no such weight; it has {', '.join(islice(names, 12))} …")
        elif names[name] in values:
            complaints.add(name, "is given twice")
        elif number is not None:
            values[names[name]] = number
    complaints.refuse()
    return Weights.of(cell, values, problem.initial_state(cell.hidden))


def _number(value: object) -> Fraction:
    return parse_number(str(value))
