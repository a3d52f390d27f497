"""Every counterexample is replayed on the real semantics, in fractions, before anyone sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.spec.domains import contains
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output, Spec
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
        cell = {"c": trace.c[n], "h": trace.h[n], "z": trace.outputs[n]}
        broken = spec.broken(registers, values, cell)
        if broken is not None or not all(demand.met_by(trace.outputs[n]) for demand in spec.demands(after.outputs)):
            expected = tuple(_expected(after.outputs, place) for place in range(len(trace.outputs[n])))
            return Counterexample(
                run(weights, columns[: n + 1], watch), expected, None if broken is None else broken.text
            )
    return None


def _columns(spec: Spec, given: Mapping[str, Constant]) -> Vector:
    values = {name: lifted(value) for name, value in given.items()}
    return tuple(column.constant for column in spec.encode(values))


def _expected(outputs: Sequence[Output], place: int) -> Fraction | None:
    if place >= len(outputs):
        return None
    expected = outputs[place]
    return expected.constant if isinstance(expected, Affine) else None
