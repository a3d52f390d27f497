"""What the outputs of a cell can be after so many steps, whatever its weights and however many units it has.

    f, i, o are gates: at least 0, at most 1.
    c[n] = f c[n-1] + i g.  f c lies between 0 and c. i g lies between 0 and 1 for a crelu candidate, between -1 and 1
        for tanh, and anywhere for identity. So after n steps from c[-1], a crelu candidate leaves c within
        min(0, c[-1]) .. max(0, c[-1]) + n.
    h[n] = o σ_o(c[n]) lies between 0 and σ_o(c[n]): within 0..1 for crelu, -1..1 for tanh.
    z = V h + d is bounded where the case fixes V and d; without a layer z is h.

A demand that no number within these bounds meets is met by no weights at all. One string that leads to it is the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.kernel.base.affine import ONE, ZERO, ZERO_FORM
from lstmsolve.kernel.lstm.cells import Activation, Parameter
from lstmsolve.kernel.spec.problems import Problem, weight_names
from lstmsolve.kernel.spec.specs import Demand, Relation


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`, both included; None is no bound."""

    low: Fraction | None
    high: Fraction | None

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high)

    def times(self, factor: Fraction) -> Range:
        if not factor:
            return NOTHING
        low, high = (None if edge is None else edge * factor for edge in (self.low, self.high))
        return Range(low, high) if factor > 0 else Range(high, low)

    def with_zero(self) -> Range:
        low = None if self.low is None else min(ZERO, self.low)
        return Range(low, None if self.high is None else max(ZERO, self.high))


NOTHING = Range(ZERO, ZERO)
ANYTHING = Range(None, None)


def shown(problem: Problem, unit: int, steps: int) -> Range:
    """h of a unit after so many steps, from 1 on, at any weights. Without initial values all units are alike."""
    choice = problem.choice
    match choice.output:
        case Activation.CRELU | Activation.SIGMOID:
            ceiling = Range(ZERO, ONE)
        case Activation.TANH:
            ceiling = Range(-ONE, ONE)
        case Activation.IDENTITY:
            return _held(problem, unit, steps).with_zero()
    held = _held(problem, unit, steps)
    if choice.output is Activation.CRELU and held.high is not None and held.high <= 0:
        return NOTHING
    return ceiling


def _held(problem: Problem, unit: int, steps: int) -> Range:
    """c of a unit after so many steps."""
    choice = problem.choice
    if choice.free_c or choice.candidate is Activation.IDENTITY:
        return ANYTHING
    if choice.initial is not None and unit >= len(choice.initial.c):
        return ANYTHING
    start = ZERO if choice.initial is None else choice.initial.c[unit]
    least = -ONE if choice.candidate is Activation.TANH else ZERO
    return Range(start, start).with_zero() + Range(least * steps, ONE * steps)


def value(problem: Problem, demand: Demand, steps: int) -> Range:
    """What Σ factor z[k] of a demand can be after so many steps."""
    if not problem.spec.has_layer:
        total = NOTHING
        for output, factor in demand.terms:
            total += shown(problem, output, steps).times(Fraction(factor))
        return total
    hidden = problem.choice.hidden
    if hidden is None:
        return ANYTHING
    names = weight_names(problem.cell())
    fixed = {names[name]: number for name, number in problem.constraints.fixed.items()}
    total = NOTHING
    for unit in range(hidden):
        row = [(fixed.get(Parameter("V", None, output, unit)), factor) for output, factor in demand.terms]
        if any(entry is None for entry, _ in row):
            return ANYTHING
        weight = sum((entry * factor for entry, factor in row if entry is not None), ZERO)
        total += shown(problem, unit, steps).times(weight)
    for output, factor in demand.terms:
        shift = fixed.get(Parameter("d", None, output))
        if shift is None:
            return ANYTHING
        total += Range(shift * factor, shift * factor)
    return total


def is_bounded(problem: Problem, output: int) -> bool:
    """Do bounds tell anything about an output?"""
    return value(problem, Demand(output, ((output, 1),), Relation.EQUAL, ZERO_FORM), 1) != ANYTHING


def cannot_be_met(problem: Problem, demand: Demand, steps: int) -> bool:
    """Is a demand whose bound is a number out of reach after so many steps?"""
    reach, bound = value(problem, demand, steps), demand.bound.constant
    above = reach.high is not None and (reach.high < bound or (reach.high == bound and _strict(demand)))
    below = demand.relation is Relation.EQUAL and reach.low is not None and reach.low > bound
    return above or below


def _strict(demand: Demand) -> bool:
    return demand.relation is Relation.ABOVE
