"""A worked run for a page: short, and through as many different situations as possible."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output
from lstmsolve.model.traces import Trace
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.simulator.exact import run

LENGTH: Final = 16
ATTEMPTS: Final = 60
LARGEST_SHOWN: Final = 5


@dataclass(frozen=True)
class Example:
    """Step by step: the inputs, the registers after them, what is owed, and the cell's run."""

    inputs: tuple[dict[str, Constant], ...]
    registers: tuple[dict[str, Value], ...]
    owed: tuple[tuple[Output, ...], ...]
    trace: Trace


def example_run(problem: Problem, weights: Weights) -> Example:
    """The most varied of some random runs; always the same one for the same problem."""
    random = Random(0)
    spec = problem.spec
    choices = [given for given in sample_inputs(spec) if all(_small(value) for value in given.values())]
    best: tuple[int, list[dict[str, Constant]]] = (-1, [])
    for _ in range(ATTEMPTS):
        registers = spec.initial
        inputs: list[dict[str, Constant]] = []
        seen: set[object] = set()
        while len(inputs) < LENGTH:
            legal = [given for given in choices if spec.assumed(registers, _values(given))]
            if not legal:
                break
            given = random.choice(legal)
            after = spec.step(registers, _values(given))
            registers = dict(after.registers)
            seen.add((tuple(given.items()), after.outputs))
            inputs.append(given)
        if len(seen) > best[0]:
            best = len(seen), inputs
    return _worked(problem, weights, best[1])


def _worked(problem: Problem, weights: Weights, inputs: list[dict[str, Constant]]) -> Example:
    registers = problem.spec.initial
    after_each: list[dict[str, Value]] = []
    owed: list[tuple[Output, ...]] = []
    columns: list[Vector] = []
    for given in inputs:
        after = problem.spec.step(registers, _values(given))
        registers = dict(after.registers)
        after_each.append(registers)
        owed.append(after.outputs)
        columns.append(tuple(column.constant for column in problem.spec.encode(_values(given))))
    return Example(tuple(inputs), tuple(after_each), tuple(owed), run(weights, columns))


def _values(given: dict[str, Constant]) -> dict[str, Value]:
    return {name: lifted(value) for name, value in given.items()}


def _small(value: Constant) -> bool:
    return isinstance(value, str) or abs(value) <= LARGEST_SHOWN
