"""`verify` with weights of few bits: the nearest that fit are judged, and those given beside them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from lstmsolve.arithmetic.fixed import nearest_fit
from lstmsolve.kernel.base.errors import LimitReached
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.model.floats import IntName
from lstmsolve.model.outcomes import VerifyOutcome
from lstmsolve.model.watch import Part, Watch
from lstmsolve.showing.floats import rounding_line

GIVEN_SECONDS: Final = 10.0
"""For the weights as given, which are judged after the nearest that fit."""


def in_integers(
    judge: Callable[[Weights, Watch], VerifyOutcome], given: Weights, arithmetic: IntName, watch: Watch
) -> VerifyOutcome:
    """The verdict on the nearest weights that fit, with what was rounded and the verdict on those given.

    Sums, c and h are exact, and the start is that of the case: what holds few bits is the weights.
    """
    weights, rounding = nearest_fit(given, arithmetic)
    outcome = judge(weights, watch)
    if not rounding.fits:
        with suppress(LimitReached):  # what was found of the nearest holds without it
            rounding = replace(rounding, given=judge(given, Part(watch, GIVEN_SECONDS)).verdict)
    return replace(outcome, reason=f"{rounding_line(rounding)}; {outcome.reason}", rounding=rounding)
