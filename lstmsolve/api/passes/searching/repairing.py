"""`solve --from` for cells with sigmoid gates and tanh: given weights moved until they are proved."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

from lstmsolve.api.passes.smooth import refused_by, require_readout
from lstmsolve.kernel.base.errors import InputError, OutsideFragment
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Move, Solved, Unknown
from lstmsolve.model.watch import Watch
from lstmsolve.smooth.repairing.mending import Repaired, Unrepaired, repair


def repair_smooth(problem: Problem, given: Weights, watch: Watch, seed: int) -> Solved | Unknown:
    """Weights near those given, with a checked certificate. `problem` has their hidden size.

    Raises:
        InputError: no readout, inputs that are not listed, or outputs that no threshold stands for.
    """
    require_readout(problem)
    try:
        found = repair(problem, given, refused_by(watch), watch, seed)
    except OutsideFragment as outside:
        raise InputError.single(
            "property.always" if problem.spec.always else "output", str(outside), source=problem.name
        ) from None
    match found:
        case Unrepaired(reason, closest):
            return Unknown(reason, None, closest)
        case Repaired(weights, certificate):
            move = _move(given, weights)
            told = (
                f"the given weights were moved by at most {float(move.most):.3g} ({move.place.name}), altogether by "
                f"{float(100 * move.relative):.3g} % of their size"
                if move.most
                else "the given weights are right as they are"
            )
            boxes = f"every step keeps {len(certificate.boxes)} boxes, in real arithmetic; the proof has been checked"
            return Solved(weights, certificate, f"{told}; {boxes}", moved=move)


def _move(given: Weights, weights: Weights) -> Move:
    before = given.values()
    changes = {place: abs(value - before[place]) for place, value in weights.values().items()}
    place = max(changes, key=lambda name: changes[name])
    size = sum((value**2 for value in before.values()), Fraction(0))
    change = sum((value**2 for value in changes.values()), Fraction(0))
    relative = Fraction(f"{sqrt(change / size):.3g}") if size else Fraction(0)
    return Move(changes[place], place, relative)
