"""What is known of a design in floats, in sentences."""

from __future__ import annotations

from typing import assert_never

from lstmsolve.kernel.base.numbers import show_number
from lstmsolve.model.floats import FloatRun, FloatsExact, FloatsHorizon, FloatsOpen, FloatsWrong, FloatVerdict


def float_line(verdict: FloatVerdict) -> str:
    """What holds of one format, in one sentence."""
    match verdict:
        case FloatsExact():
            return "exact at every length, in every order of evaluation"
        case FloatsHorizon(length, inputs, _, beyond):
            said = "exact in every order of evaluation"
            said += " at every length" if length is None else f" for runs of up to {length} steps"
            said += "" if inputs is None else f" whose inputs are at most {show_number(inputs)} in size"
            return said + ("" if beyond is None else f"; beyond, {float_run_line(beyond)}")
        case FloatsWrong(run):
            return f"wrong: {float_run_line(run)}"
        case FloatsOpen(reason):
            return reason
        case _:
            assert_never(verdict)


def float_run_line(run: FloatRun) -> str:
    blocks = " · ".join(
        f"({':'.join(map(show_number, x))})^{times}" if times > 1 else ":".join(map(show_number, x))
        for x, times in run.repeated[:12]
    )
    more = " · …" if len(run.repeated) > 12 else ""
    wanted = ", ".join("any" if value is None else show_number(value) for value in run.expected)
    got = ", ".join(map(show_number, run.actual))
    return (
        f"the run {blocks}{more} fails: after {run.length} step{'s' if run.length > 1 else ''} h is ({got}), "
        f"the spec says ({wanted}); gates summed as {run.order}"
    )
