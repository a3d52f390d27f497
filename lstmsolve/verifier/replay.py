"""Every counterexample is replayed on the real semantics, in fractions, before anyone sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import TypeVar

from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import Constant
from lstmsolve.kernel.lstm.cells import Vector, Weights
from lstmsolve.kernel.spec.domains import contains
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.kernel.spec.specs import Output, Spec
from lstmsolve.model.traces import Counterexample, FloatTrace, Owed, Trace
from lstmsolve.model.watch import UNWATCHED, Watch
from lstmsolve.obligations.stepping.systems import lifted
from lstmsolve.simulator.exact import run
from lstmsolve.simulator.gates import gates_of


def replayed(
    problem: Problem, weights: Weights, inputs: Sequence[Mapping[str, Constant]], watch: Watch = UNWATCHED
) -> Counterexample | None:
    """The counterexample that these inputs are, cut at the first step that fails; None if they are none.

    Inputs outside their domains, or beyond the promise of [assume], make no counterexample.

    Raises:
        LimitReached: the numbers are too long to go on with, or the watch ran out.
    """
    spec = problem.spec
    columns = _remembered(lambda given: _columns(spec, given))
    trace = run(weights, map(columns, inputs), watch)
    told: list[Owed] = []
    for step in followed(problem, inputs, trace, watch):
        if step is None:
            return None
        told.append(step)
        if not step.right:
            n = len(told)
            cut = Trace(trace.inputs[:n], trace.c[:n], trace.h[:n], None if trace.z is None else trace.z[:n])
            return Counterexample(cut, step.outputs, step.broken, gates_of(weights, cut, watch), tuple(told))
    return None


def followed(
    problem: Problem, inputs: Sequence[Mapping[str, Constant]], trace: Trace | FloatTrace, watch: Watch = UNWATCHED
) -> Iterator[Owed | None]:
    """What the spec says of each step of a run on these inputs; None, and no more, once nothing is owed.

    That is at an input outside of its domain, and where the promise of [assume] is broken.
    """
    spec = problem.spec
    registers = spec.initial
    outputs: Sequence[Sequence[Fraction | float]] = trace.h if trace.z is None else trace.z
    values_of = _remembered(lambda given: _legal(spec, given))
    for n, given in enumerate(inputs):
        watch.check()
        values = values_of(given)
        if values is None or not spec.assumed(registers, values):
            yield None
            return
        after = spec.step(registers, values)
        registers = dict(after.registers)
        said = outputs[n]
        # Infinities and NaN are no fractions, and never what a spec says.
        finite = all(isinstance(value, Fraction) or isfinite(value) for value in (*said, *trace.c[n], *trace.h[n]))
        cell = {"c": _exact(trace.c[n]), "h": _exact(trace.h[n]), "z": _exact(said)} if finite else {}
        broken = spec.broken(registers, values, cell) if finite else None
        met = finite and all(demand.met_by(cell["z"]) for demand in spec.demands(after.outputs))
        expected = tuple(_expected(after.outputs, place) for place in range(len(said)))
        named = {name: _constant(value) for name, value in registers.items()}
        yield Owed(given, named, expected, met and broken is None, None if broken is None else broken.text)


def _legal(spec: Spec, given: Mapping[str, Constant]) -> Mapping[str, Value] | None:
    """The inputs as the spec takes them; None where one is outside of its domain."""
    if not all(contains(entry.domain, given[entry.name]) for entry in spec.inputs):
        return None
    return {name: lifted(value) for name, value in given.items()}


R = TypeVar("R")


def _remembered(found: Callable[[Mapping[str, Constant]], R]) -> Callable[[Mapping[str, Constant]], R]:
    """What a function says of each input, once: long runs have few different ones."""
    known: dict[tuple[tuple[str, Constant], ...], R] = {}

    def remembered(given: Mapping[str, Constant]) -> R:
        key = tuple(given.items())
        if key not in known:
            known[key] = found(given)
        return known[key]

    return remembered


def _exact(values: Sequence[Fraction | float]) -> tuple[Fraction, ...]:
    return tuple(value if isinstance(value, Fraction) else Fraction(value) for value in values)


def _constant(value: Value) -> Constant:
    return value.constant if isinstance(value, Affine) else str(value)


def _columns(spec: Spec, given: Mapping[str, Constant]) -> Vector:
    values = {name: lifted(value) for name, value in given.items()}
    return tuple(column.constant for column in spec.encode(values))


def _expected(outputs: Sequence[Output], place: int) -> Fraction | None:
    if place >= len(outputs):
        return None
    expected = outputs[place]
    return expected.constant if isinstance(expected, Affine) else None
