"""A worked run for a page: short, and through as many different situations as possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Final, TypeAlias

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output
from lstmsolve.model.traces import Trace
from lstmsolve.obligations.modes.partitions import sample_inputs
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.simulator.exact import run as run_cell

LENGTH: Final = 14
WIDTH: Final = 48
"""Runs that are carried on side by side."""

ALIKE: Final = 4
"""So many of them may end in situations that look the same."""

LARGEST_SHOWN: Final = 5
FAR: Final = 2
"""Counts beyond this look the same."""

_Look: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Example:
    """Step by step: the inputs, the registers after them, what is owed, and the cell's run."""

    inputs: tuple[dict[str, Constant], ...]
    registers: tuple[dict[str, Value], ...]
    owed: tuple[tuple[Output, ...], ...]
    trace: Trace

    @property
    def demands(self) -> tuple[tuple[Fraction | None, ...], ...]:
        """What is owed as numbers; None where it may be anything."""
        return tuple(tuple(v.constant if isinstance(v, Affine) else None for v in row) for row in self.owed)


@dataclass(frozen=True)
class _Run:
    inputs: tuple[int, ...]
    """Places among the choices."""
    registers: Mapping[str, Value]
    seen: frozenset[_Look]
    last_new: int
    """The length after which nothing new was seen."""


def example_run(problem: Problem, weights: Weights) -> Example:
    """A short run through as many different steps as are found; always the same one for the same problem.

    Steps differ in what the registers look like (a symbol, 0, 1, or more), in the input, or in what is owed. Many
    runs are carried on side by side, those of most variety, and of the best one what follows its last new step is cut.
    """
    spec = problem.spec
    choices = [given for given in sample_inputs(spec) if all(_small(value) for value in given.values())]
    runs = [_Run((), spec.initial, frozenset(), 0)]
    best = runs[0]
    for _ in range(LENGTH):
        longer = [further for run in runs for further in _further(run, choices, problem)]
        longer.sort(key=lambda run: (-len(run.seen), run.last_new, run.inputs))
        kept: Counter[_Look] = Counter()
        runs = []
        for run in longer:
            look = _look(run.registers.values())
            kept[look] += 1
            if kept[look] <= ALIKE and len(runs) < WIDTH:
                runs.append(run)
        best = max([best, *runs[:1]], key=lambda run: len(run.seen))
    return _worked(problem, weights, [choices[place] for place in best.inputs[: max(best.last_new, 1)]])


def _further(run: _Run, choices: Sequence[dict[str, Constant]], problem: Problem) -> Iterator[_Run]:
    """The run with one more step, in each way that is allowed."""
    for place, given in enumerate(choices):
        if not problem.spec.assumed(run.registers, _values(given)):
            continue
        after = problem.spec.step(run.registers, _values(given))
        before, said = _look(run.registers.values()), _look(after.outputs)
        # That something else is owed for once tells more than another step of the same kind.
        looks = frozenset({(before, place, said), (said, place), said})
        inputs = (*run.inputs, place)
        new = not looks <= run.seen
        yield _Run(inputs, dict(after.registers), run.seen | looks, len(inputs) if new else run.last_new)


def _look(values: Iterable[object]) -> _Look:
    """What values look like from afar: small whole numbers and symbols as they are."""
    return tuple(
        max(-FAR, min(FAR, floor(value.constant))) if isinstance(value, Affine) and value.is_constant else str(value)
        for value in values
    )


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
    return Example(tuple(inputs), tuple(after_each), tuple(owed), run_cell(weights, columns))


def _values(given: dict[str, Constant]) -> dict[str, Value]:
    return {name: lifted(value) for name, value in given.items()}


def _small(value: Constant) -> bool:
    return isinstance(value, str) or abs(value) <= LARGEST_SHOWN
