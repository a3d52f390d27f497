"""Every counterexample is replayed on the real semantics, in fractions, before anyone sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import ANY, Constant
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.spec.domains import contains
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output, Relation, Spec
from lstmsolve.model.traces import Counterexample
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.simulator.exact import run


def replayed(
    problem: Problem, weights: Weights, inputs: Sequence[Mapping[str, Constant]], watch: Watch = UNWATCHED
) -> Counterexample | None:
    """The counterexample that these inputs are, cut at the first step that fails; None if they are none.

    Inputs outside their domains, or beyond the promise of [assume], make no counterexample.

    Raises:
        LimitReached: the numbers are too long to go on with, or the watch ran out.
    """
    spec = problem.spec
    columns = [_columns(spec, given) for given in inputs]
    trace = run(weights, columns, watch)
    registers = spec.initial
    for n, given in enumerate(inputs):
        watch.check()
        legal = all(contains(entry.domain, given[entry.name]) for entry in spec.inputs)
        values = {name: lifted(value) for name, value in given.items()}
        if not legal or not spec.assumed(registers, values):
            return None
        after = spec.step(registers, values)
        registers = dict(after.registers)
        if any(not meets(spec, expected, trace.h[n][unit]) for unit, expected in enumerate(after.outputs)):
            expected = tuple(_expected(after.outputs, unit) for unit in range(weights.cell.hidden))
            return Counterexample(run(weights, columns[: n + 1], watch), expected)
    return None


def meets(spec: Spec, expected: Output, actual: Fraction) -> bool:
    """Is a concrete output what the spec says?"""
    if expected is ANY:
        return True
    assert isinstance(expected, Affine)
    relation, bound = spec.owed(expected)
    match relation:
        case Relation.EQUAL:
            return actual == bound.constant
        case Relation.AT_LEAST:
            return actual >= bound.constant
        case Relation.AT_MOST:
            return actual <= bound.constant


def _columns(spec: Spec, given: Mapping[str, Constant]) -> Vector:
    values = {name: lifted(value) for name, value in given.items()}
    return tuple(column.constant for column in spec.encode(values))


def _expected(outputs: Sequence[Output], unit: int) -> Fraction | None:
    if unit >= len(outputs):
        return None
    expected = outputs[unit]
    return expected.constant if isinstance(expected, Affine) else None
