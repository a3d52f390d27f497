"""What a step owes, as inequalities on h: thresholds and differences of h itself or of a layer z = V h + d."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.kernel.base.affine import ZERO, show
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.proofs.conditions import Condition
from lstmsolve.kernel.spec.specs import PLACE, Output, Relation, Spec


@dataclass(frozen=True, slots=True)
class Demand:
    """`factors h + constant >= 0`, or `> 0`; factors are [H]."""

    factors: tuple[Fraction, ...]
    constant: Fraction
    strict: bool


def demands(spec: Spec, weights: Weights, outputs: Sequence[Output], besides: Sequence[Condition]) -> Iterator[Demand]:
    """What h must satisfy where the spec says `outputs`, and conditions must hold.

    Raises:
        OutsideFragment: the spec owes a number that no threshold stands for.
    """
    for condition in besides:
        yield of_condition(spec, weights, condition)
    for demand in spec.demands(outputs):
        if demand.relation is Relation.EQUAL:
            if spec.readout is None or spec.readout.accept is None:
                raise OutsideFragment("sigmoid and tanh reach no value exactly: give a [readout]")
            raise OutsideFragment(
                f"the thresholds of [readout] stand for the outputs 1 and 0, not for {show(demand.bound)}"
            )
        factors, constant = [ZERO] * weights.cell.hidden, -demand.bound.constant
        for place, sign in demand.terms:
            row, start = _read(weights, place, spec.has_layer)
            factors = [have + sign * more for have, more in zip(factors, row, strict=True)]
            constant += sign * start
        yield Demand(tuple(factors), constant, demand.relation is Relation.ABOVE)


def of_condition(spec: Spec, weights: Weights, condition: Condition) -> Demand:
    """A condition as an inequality on h alone."""
    factors, constant = [ZERO] * weights.cell.hidden, condition.form.constant
    for name, factor in condition.form.terms:
        found = PLACE.fullmatch(name)
        assert found is not None
        row, start = _read(weights, int(found["place"]), spec.has_layer and found["part"] == "z")
        factors = [have + factor * more for have, more in zip(factors, row, strict=True)]
        constant += factor * start
    return Demand(tuple(factors), constant, condition.strict)


def _read(weights: Weights, place: int, layer: bool) -> tuple[tuple[Fraction, ...], Fraction]:
    """z[place] as a function of h."""
    if not layer:
        return tuple(Fraction(unit == place) for unit in range(weights.cell.hidden)), ZERO
    assert weights.layer is not None
    return tuple(weights.layer.V[place]), weights.layer.d[place]
