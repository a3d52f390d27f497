"""What is known of a design in floats, and of weights of few bits, in sentences."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Final, assert_never

from lstmsolve.kernel.base.errors import some
from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.model.floats import (
    INT_BITS,
    FloatRun,
    FloatsExact,
    FloatsHorizon,
    FloatsOpen,
    FloatsWrong,
    FloatVerdict,
    Rounding,
)

SHORT: Final = 1024
"""Powers of two from here on are shown as such."""


def float_line(verdict: FloatVerdict) -> str:
    """What holds of one format, in one sentence."""
    match verdict:
        case FloatsExact():
            return "exact at every length, in every order of evaluation"
        case FloatsHorizon(length, inputs, _, beyond):
            said = "exact in every order of evaluation"
            said += " at every length" if length is None else f" for {_size(Fraction(length))} steps"
            said += "" if inputs is None else f", inputs up to {_size(inputs)}"
            return said + ("" if beyond is None else f"; {_blocks(beyond)} fails")
        case FloatsWrong(run):
            return f"wrong: {float_run_line(run)}"
        case FloatsOpen(reason):
            return reason
        case _:
            assert_never(verdict)


def _size(value: Fraction) -> str:
    """Limits of floats are powers of two."""
    whole = value.numerator
    power = value.denominator == 1 and whole >= SHORT and whole & (whole - 1) == 0
    return f"2^{whole.bit_length() - 1}" if power else show_number(value)


def _blocks(run: FloatRun) -> str:
    blocks = " · ".join(
        f"({':'.join(map(show_number, x))})^{times}" if times > 1 else ":".join(map(show_number, x))
        for x, times in run.repeated[:12]
    )
    return blocks + (" · …" if len(run.repeated) > 12 else "")


def float_run_line(run: FloatRun) -> str:
    wanted = ", ".join("any" if value is None else show_number(value) for value in run.expected)
    got = ", ".join(show_number(Fraction(value) if isfinite(value) else value) for value in run.actual)
    return (
        f"the run {_blocks(run)} fails: at step {run.length - 1} h is ({got}), "
        f"the spec says ({wanted}); gates summed as {run.order}"
    )


def rounding_line(rounding: Rounding) -> str:
    """Whether weights fit into few bits, and which were rounded to what."""
    bits = f"{INT_BITS[rounding.arithmetic]} bits times a power of two for each tensor"
    if rounding.fits:
        return f"{rounding.arithmetic}: the weights fit, as integers of {bits}"
    told = some([f"{name} {show_number(old)} → {show_number(new)}" for name, (old, new) in rounding.changed.items()], 6)
    line = f"{rounding.arithmetic}: {len(rounding.changed)} of {rounding.total} weights are no integers of {bits}"
    line += f"; judged are the nearest that are: {told}"
    return line if rounding.given is None else f"{line} (as given: {rounding.given})"
