"""Short texts of the command line: inputs such as `0,3,0`, or `a,b,a` by the symbols of a case."""

from __future__ import annotations

from fractions import Fraction

from lstmsolve.kernel.base.errors import Complaints, InputError, some
from lstmsolve.kernel.base.numbers import parse_number
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector
from lstmsolve.kernel.records.reading import parsed
from lstmsolve.kernel.spec.domains import Symbols, contains, describe
from lstmsolve.kernel.spec.machines import column_values
from lstmsolve.kernel.spec.problems import Problem


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


def parse_steps(text: str, problem: Problem) -> list[dict[str, Constant]]:
    """Steps separated by commas, the inputs of a case by colons: [T], numbers and symbols by name.

    A symbol may be written as its columns (`0:1:0`), and one of a machine's two symbols by its number or its name.

    Raises:
        InputError: a step with the wrong number of inputs, or a value that the input does not have.
    """
    complaints = Complaints()
    found = [complaints.attempt(_step, part, f"--inputs, step {n}", problem) for n, part in enumerate(text.split(","))]
    complaints.refuse()
    return [step for step in found if step is not None]


def _step(text: str, key: str, problem: Problem) -> dict[str, Constant]:
    spec = problem.spec
    parts = [part.strip() for part in text.split(":")]
    if len(parts) == spec.columns and len(parts) != len(spec.inputs):
        columns = tuple(parsed(part, key, _number) for part in parts)
        if not spec.is_legal(columns):
            raise InputError.single(key, "is no input of the case", text)
        return spec.decode(columns)
    if len(parts) != len(spec.inputs):
        names = ":".join(entry.name for entry in spec.inputs)
        raise InputError.single(key, f"needs {len(spec.inputs)} inputs separated by ':', {names}", text)
    values: dict[str, Constant] = {}
    for entry, part in zip(spec.inputs, parts, strict=True):
        named = {} if problem.machine is None else column_values(problem.machine.alphabet)
        if isinstance(entry.domain, Symbols) and part not in entry.domain.names:
            raise InputError.single(key, f"{entry.name} is one of {some(entry.domain.names)}", part)
        is_name = isinstance(entry.domain, Symbols)
        values[entry.name] = part if is_name else named[part] if part in named else parsed(part, key, _number)
        if not contains(entry.domain, values[entry.name]):
            raise InputError.single(key, f"{entry.name} is {describe(entry.domain)}", part)
    return values


def _number(value: object) -> Fraction:
    return parse_number(str(value))
