"""The least gain of a design for which boxes are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol, TypeAlias

from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Activation, Cell, Layer, State, Weights
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.watch import Watch
from lstmsolve.smooth.built.designing import Impracticable
from lstmsolve.smooth.lattice import Plan
from lstmsolve.smooth.nets import Table, net_of, table_of
from lstmsolve.smooth.proving import Accepts, Proven, Task, prove

GAINS: Final = tuple(Fraction(gain) for gain in ("4", "5", "6", "7", "8", "10", "12", "15", "20", "30"))
CLOSE_ENOUGH: Final = Fraction(102, 100)
PLAN: Final = Plan(0.5, 1, cuts=0, fine=2.0**13)
"""A state of the spec and a symbol have one box each, so one step is enough."""


@dataclass(frozen=True, slots=True)
class Built:
    """Weights, their certificate, which has been accepted, and their gain."""

    weights: Weights
    certificate: EnclosureCertificate
    gain: Fraction


class Graded(Protocol):
    """Weights for every gain."""

    @property
    def hidden(self) -> int: ...

    def weights(self, gain: Fraction) -> Weights: ...


Attempt: TypeAlias = Callable[[Fraction], Built | str]


def build(problem: Problem, design: Graded, accepts: Accepts, watch: Watch) -> Built | Impracticable:
    """The weights of a design of nearly the least gain that is proved.

    Raises:
        InputError: weights are fixed that such a cell does not have.
    """
    sized = problem.with_hidden(design.hidden)
    reason = "the time was too short for any proof"

    def attempt(gain: Fraction) -> Built | str:
        watch.say(f"{design.hidden} units with gain {float(gain):g}")
        weights = design.weights(gain)
        unmet = next(sized.constraints.unmet(weights), None)
        if unmet is not None:
            return f"the weights do not meet the case's conditions: {unmet}"
        exact = table_of(problem.spec, weights)
        task = Task(sized, exact, net_of(exact, weights), weights, Fraction(0))
        found = prove(task, accepts, watch, ((PLAN, max(0.0, watch.remaining)),))
        return Built(weights, found.certificate, gain) if isinstance(found, Proven) else found

    below: Fraction | None = None
    for gain in GAINS:
        found = attempt(gain)
        if isinstance(found, Built):
            return _least(found, below, attempt, watch)
        reason, below = found, gain
    return Impracticable(f"no gain up to {float(GAINS[-1]):g} was proved: {reason}")


def _least(best: Built, below: Fraction | None, attempt: Attempt, watch: Watch) -> Built:
    """Halve the gap to the gain that was not proved, in tenths, for a third of the time that is left."""
    enough = watch.remaining * 2 / 3
    if below is None:
        return best
    while best.gain > below * CLOSE_ENOUGH and watch.remaining > enough:
        middle = Fraction(round((best.gain + below) / 2 * 10), 10)
        if middle in (best.gain, below):
            break
        try:
            found = attempt(middle)
        except LimitReached:
            break
        if isinstance(found, Built):
            best = found
        else:
            below = middle
    return best


def owed_by(problem: Problem) -> Table:
    """The states of the spec and what they owe, before there are weights.

    Raises:
        InputError: the inputs are not listed value by value.
        OutsideFragment: what the spec owes is no threshold.
    """
    return table_of(problem.spec, _blank(problem))


def _blank(problem: Problem) -> Weights:
    """A cell that does nothing."""
    cell = Cell(problem.spec.columns, 1, Activation.SIGMOID, Activation.TANH, Activation.TANH)
    outputs = max(1, problem.spec.width)
    zero = Fraction(0)
    blank = Weights.of(cell, {}, State.zero(1))
    return Weights(cell, blank.gates, blank.initial, Layer(((zero,),) * outputs, (zero,) * outputs))
