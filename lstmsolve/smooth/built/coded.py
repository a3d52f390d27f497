"""Sigmoid and tanh weights out of codes: each unit shows tanh 1, -tanh 1 or 0, and is written afresh at each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from lstmsolve.kernel.base.affine import ZERO
from lstmsolve.kernel.lstm.cells import Activation, Cell, Gate, Parameter, State, Weights
from lstmsolve.smooth.built.designing import SHOWN, short

HALF: Final = Fraction(1, 2)


@dataclass(frozen=True)
class Coded:
    """Threshold units by which arguments are at least 1 or at most -1 wherever that matters."""

    parameters: Mapping[Parameter, Fraction]
    inputs: int
    hidden: int
    outputs: int | None
    """Of the layer."""

    def weights(self, gain: Fraction) -> Weights:
        """The weights of this gain, in short decimals: i and o are asked with G / 2, f is closed by G."""
        values: dict[Parameter, Fraction] = {Parameter("b", Gate.FORGET, unit): -gain for unit in range(self.hidden)}
        for place, value in self.parameters.items():
            scale = Fraction(1) if place.gate is None else gain if place.gate is Gate.CANDIDATE else gain * HALF
            if place.matrix in ("u", "V"):
                scale /= SHOWN
            values[place] = values.get(place, ZERO) + scale * value
        cell = Cell(self.inputs, self.hidden, Activation.SIGMOID, Activation.TANH, Activation.TANH, self.outputs)
        return Weights.of(cell, {place: short(value) for place, value in values.items()}, State.zero(self.hidden))
