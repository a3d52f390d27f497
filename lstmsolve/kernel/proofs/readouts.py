"""What a step owes, as inequalities on h: thresholds on h itself or on a layer z = V h + d."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lstmsolve.kernel.base.affine import ZERO, Affine, show
from lstmsolve.kernel.base.errors import OutsideFragment
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.spec.specs import Output, Spec


@dataclass(frozen=True, slots=True)
class Demand:
    """`factors h + constant >= 0`, or `> 0`; factors are [H]."""

    factors: tuple[Fraction, ...]
    constant: Fraction
    strict: bool


def demands(spec: Spec, weights: Weights, outputs: Sequence[Output]) -> Iterator[Demand]:
    """What h must satisfy where the spec says `outputs`.

    Raises:
        OutsideFragment: the spec has no readout, or owes a number that no threshold stands for.
    """
    readout = spec.readout
    if readout is None:
        raise OutsideFragment("sigmoid and tanh reach no value exactly: give a [readout]")
    for place, wanted in enumerate(outputs):
        if not isinstance(wanted, Affine):
            continue
        if not wanted.is_constant or wanted.constant not in (0, 1):
            raise OutsideFragment(f"the thresholds of [readout] stand for the outputs 1 and 0, not for {show(wanted)}")
        factors, constant = _read(weights, place, readout.layer)
        if wanted.constant == 1:
            yield Demand(factors, constant - readout.accept, readout.accept_strictly)
        else:
            yield Demand(tuple(-v for v in factors), readout.reject - constant, readout.reject_strictly)


def _read(weights: Weights, place: int, layer: bool) -> tuple[tuple[Fraction, ...], Fraction]:
    """z[place] as a function of h."""
    if not layer:
        return tuple(Fraction(unit == place) for unit in range(weights.cell.hidden)), ZERO
    assert weights.layer is not None
    return tuple(weights.layer.V[place]), weights.layer.d[place]
