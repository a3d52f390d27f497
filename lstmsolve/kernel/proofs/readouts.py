"""What a step owes, as inequalities on h: of h itself or of a layer z = V h + d."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.kernel.base.affine import ZERO, show
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.specs import Output, Relation, Spec


@dataclass(frozen=True, slots=True)
class Demand:
    """`factors h + constant >= 0`, or `> 0`; factors are [H]."""

    factors: tuple[Fraction, ...]
    constant: Fraction
    strict: bool


def demands(spec: Spec, weights: Weights, outputs: Sequence[Output]) -> Iterator[Demand]:
    """What h must satisfy where the spec says `outputs`.

    Raises:
        OutsideFragment: the spec has no readout, or owes a number exactly.
    """
    if spec.readout is None:
        raise OutsideFragment("sigmoid and tanh reach no value exactly: give a [readout]")
    if spec.always:
        raise OutsideFragment("conditions of [property] are not followed for sigmoid and tanh")
    for owed in spec.demands(outputs):
        if owed.relation is Relation.EQUAL:
            raise OutsideFragment(
                f"the thresholds of [readout] stand for the outputs 1 and 0, not for {show(owed.bound)}"
            )
        read = [(_read(weights, output, spec.has_layer), factor) for output, factor in owed.terms]
        factors = [sum((row[unit] * sign for (row, _), sign in read), ZERO) for unit in range(weights.cell.hidden)]
        constant = sum((shift * sign for (_, shift), sign in read), ZERO) - owed.bound.constant
        yield Demand(tuple(factors), constant, owed.relation is Relation.ABOVE)


def _read(weights: Weights, place: int, layer: bool) -> tuple[tuple[Fraction, ...], Fraction]:
    """z[place] as a function of h."""
    if not layer:
        return tuple(Fraction(unit == place) for unit in range(weights.cell.hidden)), ZERO
    assert weights.layer is not None
    return tuple(weights.layer.V[place]), weights.layer.d[place]
